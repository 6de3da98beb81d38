"""Which runs a folder holds, at whatever level the user pointed."""

from __future__ import annotations

from pathlib import Path

from recorder.runfile import MANIFEST, is_run

DEEPEST = 3  # a run, a folder of runs, a folder of those


def find_runs(folder: Path) -> list[Path]:
    """The run folders at or below `folder`, oldest first (their names begin with the time of their start).

    `folder` may be a run, a part of one, a folder of runs, or one above it.
    """
    folder = folder.absolute()
    for candidate in (folder, folder.parent):
        if is_run(candidate):
            return [candidate]
    patterns = ["/".join(["*"] * depth + [MANIFEST]) for depth in range(1, DEEPEST + 1)]
    found = {path.parent for pattern in patterns for path in folder.glob(pattern)}
    return sorted(found, key=lambda run: (run.name, str(run)))
