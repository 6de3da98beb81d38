"""Reading a run: its manifest, its lines, and the arrays that the lines commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from .codec import decode_line, decode_manifest, from_iso
from .errors import RunFormatError
from .layout import LINES, MANIFEST, Part, merged_parts, pending_parts
from .parts import observed_of, read_part, samples_of, split_epochs, tallies_of
from .records import EpochRecord
from .schema import EpochLine, Line, Manifest

Key = tuple[int, int]  # attempt, epoch


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in `folder`.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is broken, or of a newer major version.
    """
    return decode_manifest((folder / MANIFEST).read_bytes())


def read_lines(folder: Path) -> list[Line]:
    """All complete lines of a run; raises RunFormatError on a broken one."""
    try:
        data = (folder / LINES).read_bytes()
    except FileNotFoundError:
        return []
    lines = [decode_line(line) for line in data.split(b"\n")[:-1] if line]
    return [line for line in lines if line is not None]


def committed(lines: Collection[Line | None]) -> dict[int, EpochLine]:
    """The line that counts for each epoch: where an epoch was recorded twice, the later attempt's."""
    chosen: dict[int, EpochLine] = {}
    for line in lines:
        if isinstance(line, EpochLine):
            earlier = chosen.get(line.epoch)
            if earlier is None or line.attempt >= earlier.attempt:
                chosen[line.epoch] = line
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
        for _ in range(3):
            parts = self._parts(kind, wanted)
            vanished = False
            for part in parts:
                try:
                    table = read_part(part.path, kind)
                except FileNotFoundError:
                    vanished = True
                    continue
                except RunFormatError as error:
                    if faults is None:
                        raise
                    faults.append(str(error))
                    continue
                for key, rows in split_epochs(table):
                    if key in wanted:
                        wanted.discard(key)
                        yield key, rows
            if not vanished or not wanted:
                return

    def _parts(self, kind: str, wanted: set[Key]) -> list[Part]:
        # Pending before merged: an epoch that is merged between the two looks is then seen in both, not in neither.
        pending = [part for part in pending_parts(self._folder) if part.kind == kind]
        merged = merged_parts(self._folder, kind)
        return [part for part in [*merged, *pending] if _may_hold(part, wanted)]


def read_records(folder: Path) -> list[EpochRecord]:
    """Every epoch of a run as it was written: arrays, logs and times; the later attempt's where there are two."""
    kinds: dict[str, str] = {output.name: output.kind for output in read_manifest(folder).outputs}
    chosen = committed(read_lines(folder))
    keys = [(line.attempt, line.epoch) for line in chosen.values()]
    reader = PartReader(folder)
    tallies = {key: tallies_of(rows) for key, rows in reader.read("tallies", keys)}
    samples = {key: samples_of(rows, kinds) for key, rows in reader.read("samples", keys)}
    observed = {key: observed_of(rows) for key, rows in reader.read("observed", keys)}
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
