"""Runs as the index has them: they are opened only where somebody asks what it does not keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from recorder.runfile import Output

from ..run import Run, UnreadableRun, opened

if TYPE_CHECKING:
    from .book import Book

OWN = "."  # what a run is called that is the folder itself


@dataclass(slots=True, eq=False)
class KnownRun:
    """A run of which the index says what its files say.

    Args:
        root: the folder of runs.
        book: what is known.
        row: in it.
    """

    root: Path
    book: Book
    row: int
    _run: Run | UnreadableRun | None = field(default=None, repr=False)

    def says(self, column: str) -> Any:
        """What stands in a column of the index."""
        return self.book.column(column)[self.row]

    @property
    def folder(self) -> Path:
        """Where it is."""
        key: str = self.says("run")
        return self.root if key == OWN else self.root / key

    @property
    def folder_name(self) -> str:
        """The last part of its path."""
        key: str = self.says("run")
        return self.root.name if key == OWN else key.rpartition("/")[2]

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self.says("name"))

    @property
    def group(self) -> str:
        """The group that it is in, "" where it is in none."""
        return str(self.says("group"))

    @property
    def opened(self) -> Run | UnreadableRun:
        """The run itself."""
        if self._run is None:
            self._run = opened(self.folder)
        return self._run

    @property
    def unit(self) -> str:
        """What its points are counted in."""
        return str(self.says("unit"))

    @property
    def has_points(self) -> bool:
        """Whether anything is recorded."""
        return bool(self.says("points"))

    @property
    def faults_so_far(self) -> list[str]:
        """What could not be read of the run itself, once it is opened; one of which anything is wrong is not known."""
        return self._run.faults_so_far if isinstance(self._run, Run) else []

    @property
    def is_whole(self) -> bool:
        """Whether it was opened, and nothing that was asked of it since was missing or broken."""
        return isinstance(self._run, Run) and not self._run.faults_so_far

    @property
    def epochs_done(self) -> int:
        """How many epochs, or steps, the training has behind it."""
        return int(self.says("done"))

    @property
    def config(self) -> dict[str, Any]:
        """The user's settings, as the latest start was given them."""
        found: dict[str, Any] = msgspec.json.decode(self.says("config"))
        return found

    @property
    def logs(self) -> tuple[str, ...]:
        """Names of its logs."""
        return self.book.log_names[self.row]

    @property
    def outputs(self) -> list[Output]:
        """What was counted; none of a run of logs only."""
        return self.book.outputs(self.row)

    @property
    def counted(self) -> bool:
        """Whether anything was counted."""
        return bool(self.says("outputs"))


Source = Run | KnownRun


def run_of(source: Source) -> Run:
    """The run itself; one that the index knows is opened.

    Raises:
        ValueError: It cannot be read any more.
    """
    found = source.opened if isinstance(source, KnownRun) else source
    if isinstance(found, UnreadableRun):
        raise ValueError(f"a run must be readable when it is wanted. Received: {found.folder.name}: {found.reason}")
    return found
