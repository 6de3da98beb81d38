"""Opening the runs of a folder, as far as the index does not spare it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from recorder.runfile import is_run

from ..reading.find import INDEX
from ..run import Run, UnreadableRun, local_folder, open_all
from .known import KnownRun


def open_known(folder: str | Path, say: Callable[[str], None]) -> list[Run | UnreadableRun | KnownRun]:
    """Every run at or below a folder, as `open_all`; those that the index has as they are now are not opened.

    Args:
        folder: of runs, or their address in object storage.
        say: takes a sentence where there is an index that cannot be used.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    path = local_folder(folder)
    if is_run(path) or not os.path.lexists(path / INDEX):
        return list(open_all(path))
    from .known_runs import known_runs  # with all that reads an index

    found = known_runs(path, say)
    return list(open_all(path)) if found is None else found
