"""Which files this process holds open."""

from __future__ import annotations

import contextlib
from pathlib import Path


def open_files(below: Path) -> list[Path] | None:
    """The files below a folder that this process has open, once for each descriptor; None where there is no telling.

    Of a folder, and not of all descriptors: what another thread opens or closes meanwhile, such as the connection of an
    earlier test, is none of the question.
    """
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        return None
    found = []
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that looks, and what another thread has closed since
            found.append(descriptor.readlink())
    return [path for path in found if path.is_relative_to(below.resolve())]
