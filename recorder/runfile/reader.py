"""Reading a run: its manifest, its lines, and the arrays that the lines commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .attempts import Attempts
from .codec import decode_line, decode_manifest, from_iso
from .door import LINES_BYTES, MANIFEST_BYTES, read_regular
from .errors import RunFormatError
from .files import Range, read_part, scan_part
from .layout import LINES, MANIFEST, Part, merged_parts, pending_parts, pending_path
from .merge import EPOCHS_IN_A_PART
from .parts import observed_of, samples_of, split_epochs, tallies_of
from .records import EpochRecord
from .schema import EpochLine, Line, Manifest

Key = tuple[int, int]  # attempt, epoch
FEW = 2  # epochs that are looked for one by one: the newest, or the one in the picture


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in `folder`.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is broken, no regular file, or of a newer major version.
    """
    return decode_manifest(read_regular(folder / MANIFEST, most=MANIFEST_BYTES))


def read_lines(folder: Path) -> list[Line]:
    """All complete lines of a run; raises RunFormatError on a broken one."""
    try:
        data = read_regular(folder / LINES, most=LINES_BYTES)
    except FileNotFoundError:
        return []
    lines = [decode_line(line) for line in data.split(b"\n")[:-1] if line]
    return [line for line in lines if line is not None]


def committed(lines: Collection[Line | None]) -> dict[int, EpochLine]:
    """The line that counts for each epoch, epochs increasing: those that no later attempt hides, see `Attempts`."""
    attempts, epochs = Attempts(), [line for line in lines if isinstance(line, EpochLine)]
    attempts.add(epochs)
    chosen = {line.epoch: line for line in epochs if attempts.counts(line.attempt, line.epoch)}
    return dict(sorted(chosen.items()))


class PartReader:
    """Finds and reads the rows of given epochs, wherever they stand at the moment.

    A part may be merged between the look and the reading; then the look is taken again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, kind: str, keys: Collection[Key], *, faults: list[str] | None = None) -> Iterator[tuple[Key, Any]]:
        """The rows of each wanted (attempt, epoch) that has any, once each, in the order of the files.

        Args:
            kind: "tallies", "samples" or "observed".
            keys: (attempt, epoch) of the wanted epochs.
            faults: takes a sentence for each part that cannot be read, which is then passed over.

        Raises:
            RunFormatError: A part is broken and `faults` is None; what was yielded before stands.
        """
        wanted = set(keys)
        for table in self._tables(kind, wanted, faults, lambda part: [read_part(part.path, kind, _span(part, wanted))]):
            for key, rows in split_epochs(table):
                if key in wanted:
                    wanted.discard(key)
                    yield key, rows

    def scan(
        self, kind: str, keys: Collection[Key], *, columns: Sequence[str], faults: list[str] | None = None
    ) -> Iterator[Any]:
        """Tables of some columns that together hold every row of the wanted keys, among others.

        The rows of an epoch may stand in several tables, and twice where it is merged at this moment: for a taker
        that puts each row where it belongs.

        Args:
            kind: as in `read`.
            keys: as in `read`.
            columns: names, `attempt` and `epoch` among them.
            faults: as in `read`.
        """
        wanted = set(keys)
        for table in self._tables(
            kind, wanted, faults, lambda part: scan_part(part.path, kind, _span(part, wanted), columns=columns)
        ):
            wanted.difference_update(key for key, _ in split_epochs(table))
            yield table

    def _tables(
        self, kind: str, wanted: set[Key], faults: list[str] | None, read: Callable[[Part], Iterable[Any]]
    ) -> Iterator[Any]:
        """What `read` makes of each part that may hold wanted keys; the caller takes out of `wanted` what it met."""
        for parts in self._looks(kind, wanted):
            vanished = False
            for part in parts:
                try:
                    yield from read(part) if _may_hold(part, wanted) else ()
                except FileNotFoundError:
                    vanished = True
                except RunFormatError as error:
                    if faults is None:
                        raise
                    faults.append(str(error))
            if not vanished or not wanted:
                return

    def _looks(self, kind: str, wanted: set[Key]) -> Iterator[list[Part]]:
        if len(wanted) <= FEW:  # in pending, most likely: no need to list folders
            yield [
                Part(kind, attempt, epoch, epoch, pending_path(self._folder, kind, attempt, epoch))
                for attempt, epoch in sorted(wanted)
            ]
        for _ in range(3):
            # Pending before merged: an epoch that is merged between the two is then seen in both, not in neither.
            pending = [part for part in pending_parts(self._folder) if part.kind == kind]
            yield [*merged_parts(self._folder, kind), *pending]


def read_records(folder: Path, *, faults: list[str] | None = None) -> list[EpochRecord]:
    """Every epoch of a run that counts, as it was written: arrays, logs and times.

    Args:
        folder: the run.
        faults: as in `PartReader.read`; an epoch whose parts cannot be read is there without them.
    """
    kinds: dict[str, str] = {output.name: output.kind for output in read_manifest(folder).outputs}
    chosen = committed(read_lines(folder))
    keys = [(line.attempt, line.epoch) for line in chosen.values()]
    reader = PartReader(folder)
    tallies = {key: tallies_of(rows) for key, rows in reader.read("tallies", keys, faults=faults)}
    samples = {key: samples_of(rows, kinds) for key, rows in reader.read("samples", keys, faults=faults)}
    observed = {key: observed_of(rows) for key, rows in reader.read("observed", keys, faults=faults)}
    return [
        EpochRecord(
            epoch=epoch,
            logs={name: float(value) for name, value in line.logs.items()},
            seconds=line.seconds,
            time=from_iso(line.time),
            tallies=tallies.get((line.attempt, epoch), ()),
            samples=samples.get((line.attempt, epoch), ()),
            observed=observed.get((line.attempt, epoch), {}),
        )
        for epoch, line in chosen.items()
    ]


def _span(part: Part, wanted: set[Key]) -> Range | None:
    """First and last of the wanted epochs in a part; None where these are many."""
    if len(wanted) > EPOCHS_IN_A_PART:
        return None
    epochs = [epoch for attempt, epoch in wanted if attempt == part.attempt and part.first <= epoch <= part.last]
    return min(epochs), max(epochs)


def _may_hold(part: Part, wanted: set[Key]) -> bool:
    if part.last - part.first < len(wanted):
        return any((part.attempt, epoch) in wanted for epoch in range(part.first, part.last + 1))
    return any(attempt == part.attempt and part.first <= epoch <= part.last for attempt, epoch in wanted)


__all__ = [
    "Key",
    "PartReader",
    "RunFormatError",
    "committed",
    "read_lines",
    "read_manifest",
    "read_records",
]
