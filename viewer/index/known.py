"""Runs as the index has them: they are opened only where somebody asks what it does not keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

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
    def epochs_done(self) -> int:
        """How many epochs, or steps, the training has behind it."""
        return int(self.says("done"))

    @property
    def config(self) -> dict[str, Any]:
        """The user's settings, as the manifest has them."""
        found: dict[str, Any] = msgspec.json.decode(self.says("config"))
        return found

    @property
    def logs(self) -> tuple[str, ...]:
        """Names of its logs."""
        return self.book.log_names[self.row]

    @property
    def counted(self) -> bool:
        """Whether anything was counted."""
        return bool(self.says("outputs"))
