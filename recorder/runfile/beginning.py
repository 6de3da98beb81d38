"""How an attempt begins: who makes it, when, and what it is given that the run was not."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from .codec import iso_time
from .processes import process_mark, process_started
from .schema import BeginLine, Manifest

# What a manifest says, and a start may be given anew.
OF_A_RUN = ("config", "group", "class_names", "output_class_names")


def begin_line(
    *,
    epochs: int | None = None,
    config: dict[str, Any] | None = None,
    group: str | None = None,
    class_names: list[str] | None = None,
    output_class_names: dict[str, list[str]] | None = None,
) -> BeginLine:
    """The line that starts an attempt, of this process and now.

    Args:
        epochs: how many are planned in all; None if that is not known.
        config: the user's; None where none was given, as for the others.
        group: what the run belongs to.
        class_names: of the classes.
        output_class_names: of the classes of each output.
    """
    return BeginLine(
        attempt=0,
        time=iso_time(time.time()),
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=process_started(),
        process_mark=process_mark(),
        epochs=epochs,
        config=config,
        group=group,
        class_names=class_names,
        output_class_names=output_class_names,
    )


def only_new(begin: BeginLine, manifest: Manifest) -> BeginLine:
    """`begin` without what the manifest says too."""
    for name in OF_A_RUN:
        if getattr(begin, name) == getattr(manifest, name):
            setattr(begin, name, None)
    return begin
