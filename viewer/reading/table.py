"""A run as columns over epochs: extended as lines arrive, never rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recorder.runfile import (
    LINES,
    BeginLine,
    EndLine,
    EpochLine,
    Manifest,
    Output,
    PartReader,
    RunFormatError,
    Samples,
    Tally,
    from_iso,
    observed_of,
    read_manifest,
    samples_of,
    tallies_of,
)

from .columns import GrowingArray, ScalarColumns
from .tail import Tail
from .tallies import TallyColumns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
T = TypeVar("T")


class RunTable:
    """What the files of one run say so far.

    Slots are rows in the order of arrival; `order` puts them in the order of epochs. An epoch that a later attempt
    records again takes over the slot.

    Args:
        folder: the run.

    Raises:
        FileNotFoundError: There is no manifest.
        RunFormatError: It is broken, or of a newer major version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self.begins: list[BeginLine] = []
        self.ends: list[EndLine] = []
        self.faults: list[str] = []
        self.logs = ScalarColumns()
        self.seconds = ScalarColumns()
        self._tail = Tail(folder / LINES)
        self._slots: dict[int, int] = {}
        self._epochs = GrowingArray((), np.int64)
        self._lines: list[EpochLine] = []
        self._unread: dict[tuple[int, int], int] = {}
        self._tallies: dict[tuple[str, str], TallyColumns] = {}
        self._order: Ints = np.zeros(0, np.int64)
        self._last_time = np.nan
        self.refresh()

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch, epochs increasing."""
        return self._order

    @property
    def epochs(self) -> Ints:
        """int64 [epochs]: epoch numbers, increasing."""
        return self._epochs.values[self._order]

    def refresh(self) -> bool:
        """Reads what was appended; True if there was anything."""
        decoded = self._tail.read()
        self.faults += decoded.faults
        for line in decoded.lines:
            if isinstance(line, EpochLine):
                self._take(line)
            elif isinstance(line, BeginLine):
                self.begins.append(line)
            else:
                self.ends.append(line)
        if decoded.lines:
            self._last_time = from_iso(decoded.lines[-1].time)
            self._order = np.argsort(self._epochs.values, kind="stable")
        return bool(decoded.lines or decoded.faults)

    def outputs(self) -> list[Output]:
        """What was counted; the manifest is read again until it says so."""
        if not self.manifest.outputs and self._lines:
            try:
                self.manifest = read_manifest(self.folder)
            except (OSError, RunFormatError) as error:
                self.faults.append(str(error))
        return self.manifest.outputs

    def line(self, position: int) -> EpochLine:
        """The line of the epoch at `position` in `epochs`."""
        return self._lines[self._order[position]]

    def last_time(self) -> float:
        """Seconds since 1970 of the last line; NaN where there is none."""
        return self._last_time

    def tallies(self, split: str, output: str) -> TallyColumns | None:
        """The counts of one split and output, read as far as the lines go; None where there are none."""
        self._read_tallies()
        return self._tallies.get((split, output))

    def split_names(self, output: str) -> list[str]:
        """The splits that have counts of `output`: training, validation, then probes by name."""
        self._read_tallies()
        found = self._tallies.items()
        names = {split for (split, name), columns in found if name == output and columns.known(self._order).any()}
        return sorted(names, key=lambda name: ({"train": 0, "val": 1}.get(name, 2), name))

    def samples(self, positions: list[int] | None = None) -> Iterator[tuple[int, Samples]]:
        """(epoch, samples) of the epochs at `positions`, all if None: file by file, so that not all are held at once.

        Epochs increase within a file only.
        """
        kinds: dict[str, str] = {output.name: output.kind for output in self.outputs()}
        for epoch, several in self._parts("samples", positions, lambda rows: samples_of(rows, kinds)):
            yield from ((epoch, samples) for samples in several)

    def observed(self, positions: list[int] | None = None) -> dict[int, dict[str, npt.NDArray[Any]]]:
        """What was observed, by epoch and name."""
        return dict(sorted(self._parts("observed", positions, observed_of)))

    def _take(self, line: EpochLine) -> None:
        slot = self._slots.get(line.epoch)
        if slot is None:
            slot = self._slots[line.epoch] = len(self._lines)
            self._lines.append(line)
        elif self._lines[slot].attempt <= line.attempt:
            self._unread.pop((self._lines[slot].attempt, line.epoch), None)
            self._lines[slot] = line
            for columns in self._tallies.values():
                columns.clear(slot)
        else:
            return
        self._epochs.put(slot, line.epoch)
        self.logs.put(slot, {name: float(value) for name, value in line.logs.items()})
        self.seconds.put(slot, line.seconds)
        if line.rows.get("tallies"):
            self._unread[line.attempt, line.epoch] = slot

    def _read_tallies(self) -> None:
        wanted, self._unread = self._unread, {}
        if not wanted:
            return
        outputs = {output.name: output for output in self.outputs()}
        for key, rows in PartReader(self.folder).read("tallies", wanted, faults=self.faults):
            try:
                for tally in tallies_of(rows):
                    self._put(wanted[key], tally, outputs.get(tally.output))
            except (ValueError, TypeError) as error:
                self.faults.append(f"epoch {key[1]}: {error}")

    def _put(self, slot: int, tally: Tally, output: Output | None) -> None:
        if output is None:
            raise RunFormatError(f"an output with counts must be in the manifest. Received: {tally.output!r}")
        classes, thresholds = 1 if output.kind == "binary" else len(output.classes), len(output.thresholds)
        histogram, matrix = tally.histogram.shape, None if tally.matrix is None else tally.matrix.shape
        if histogram != (classes, 2, thresholds + 1) or matrix not in (None, (classes, classes)):
            raise RunFormatError(
                f"counts must be of {classes} classes in {thresholds + 1} bins, as the manifest says. "
                f"Received: {tally.split} {tally.output!r}, a histogram {histogram} and a matrix {matrix}"
            )
        key = (tally.split, tally.output)
        if key not in self._tallies:
            self._tallies[key] = TallyColumns(classes, thresholds)
        self._tallies[key].put(slot, tally)

    def _parts(self, kind: str, positions: list[int] | None, parse: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
        """(epoch, what `parse` makes of its rows), file by file; a fault for each that it cannot make sense of."""
        places = range(len(self._order)) if positions is None else positions
        lines = [self.line(position) for position in places]
        keys = [(line.attempt, line.epoch) for line in lines if line.rows.get(kind)]
        for (_, epoch), rows in PartReader(self.folder).read(kind, keys, faults=self.faults):
            try:
                parsed = parse(rows)
            except (ValueError, TypeError) as error:  # not what the format says: nulls, lists of another length
                self.faults.append(f"epoch {epoch}: {error}")
            else:
                yield epoch, parsed
