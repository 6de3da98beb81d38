"""Reads the parts of a run that is in object storage: those that are asked for are fetched first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from recorder.runfile import Part, PartReader
from recorder.runfile.part_reader import Key

from .remote_run import CachedRun


class FetchingReader(PartReader):
    """Reads the parts of a copy, and fetches them first.

    Args:
        run: the copy.
    """

    def __init__(self, run: CachedRun) -> None:
        super().__init__(run.folder)
        self._run = run

    def read(self, kind: str, keys: Collection[Key], *, faults: list[str] | None = None) -> Iterator[tuple[Key, Any]]:
        """As `PartReader.read`."""
        self._fetch(kind, keys, None, faults)
        return super().read(kind, keys, faults=faults)

    def scan(
        self, kind: str, keys: Collection[Key], *, columns: Sequence[str], faults: list[str] | None = None
    ) -> Iterator[Any]:
        """As `PartReader.scan`."""
        self._fetch(kind, keys, columns, faults)
        return super().scan(kind, keys, columns=columns, faults=faults)

    def _fetch(self, kind: str, keys: Collection[Key], columns: Sequence[str] | None, faults: list[str] | None) -> None:
        missing = self._run.fetch(kind, self._with_rows(kind, keys), columns)
        if faults is not None:
            faults += missing

    def _looks(self, kind: str, wanted: set[Key]) -> Iterator[Callable[[], list[Part]]]:
        for look in super()._looks(kind, wanted):
            yield partial(self._with_ranges, kind, look)

    def _with_ranges(self, kind: str, look: Callable[[], list[Part]]) -> list[Part]:
        return [*look(), *self._run.in_ranges(kind)]
