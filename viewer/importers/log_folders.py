"""TensorBoard's log folders: which of them belong to one run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SPLITS = {"train": "train", "validation": "val", "val": "val", "eval": "val", "test": "test"}
MARK = "tfevents"


@dataclass(frozen=True, slots=True)
class LogFolder:
    """A run of TensorBoard's.

    Args:
        name: where it stands below the folder that was looked at; that folder's own name for itself.
        files: event files, oldest first, by split; "" for those that stand in no split's folder.
    """

    name: str
    files: dict[str, list[Path]] = field(default_factory=dict)


def log_folders(root: Path) -> list[LogFolder]:
    """The runs at or below a folder; `train` and `validation`, as Keras writes them, are splits of one run.

    Raises:
        FileNotFoundError: There is no event file.
    """
    found: dict[Path, LogFolder] = {}
    for folder, files in sorted(_with_events(root)):
        split = SPLITS.get(folder.name, "") if folder != root else ""
        run = folder.parent if split else folder
        name = root.absolute().name if run == root else run.relative_to(root).as_posix()
        found.setdefault(run, LogFolder(name)).files[split] = files
    if not found:
        raise FileNotFoundError(f"a folder of TensorBoard's must hold event files (*{MARK}*). Received: {root}")
    return list(found.values())


def _with_events(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    for folder, _, names in os.walk(root):
        paths = (Path(folder) / name for name in names if MARK in name)
        files = sorted(path for path in paths if path.is_file())  # no pipe or device, which would never end
        if files:
            yield Path(folder), files
