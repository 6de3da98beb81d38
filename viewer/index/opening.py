"""Opening the runs of a folder, as far as the index does not spare it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from recorder.runfile import is_run

from ..reading.find import INDEX
from ..run import Run, UnreadableRun, open_all
from .known import KnownRun


def open_known(folder: Path, say: Callable[[str], None]) -> list[Run | UnreadableRun | KnownRun]:
    """Every run at or below a folder, as `open_all`; those that the index has as they are now are not opened.

    Args:
        folder: of runs.
        say: takes a sentence where there is an index that cannot be used.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    if is_run(folder) or not os.path.lexists(folder / INDEX):
        return list(open_all(folder))
    from .known_runs import known_runs  # with all that reads an index

    found = known_runs(folder, say)
    return list(open_all(folder)) if found is None else found
