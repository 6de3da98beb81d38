"""A run as columns over epochs: extended as lines arrive, never rebuilt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
        times = [line.time for line in self.begins] + [line.time for line in self._lines[-1:]]
        times += [line.time for line in self.ends]
        return max(map(from_iso, times), default=np.nan)

    def tallies(self, split: str, output: str) -> TallyColumns | None:
        """The counts of one split and output, read as far as the lines go; None where there are none."""
        self._read_tallies()
        return self._tallies.get((split, output))

    def split_names(self, output: str) -> list[str]:
        """The splits that have counts of `output`: training, validation, then probes by name."""
        self._read_tallies()
        names = {split for split, name in self._tallies if name == output}
        return sorted(names, key=lambda name: ({"train": 0, "val": 1}.get(name, 2), name))

    def samples(self, positions: list[int] | None = None) -> list[tuple[int, Samples]]:
        """(epoch, samples) of the epochs at `positions`, all if None."""
        kinds: dict[str, str] = {output.name: output.kind for output in self.outputs()}
        return [
            (epoch, samples) for epoch, rows in self._parts("samples", positions) for samples in samples_of(rows, kinds)
        ]

    def observed(self, positions: list[int] | None = None) -> dict[int, dict[str, npt.NDArray[Any]]]:
        """What was observed, by epoch and name."""
        return {epoch: observed_of(rows) for epoch, rows in self._parts("observed", positions)}

    def _take(self, line: EpochLine) -> None:
        slot = self._slots.get(line.epoch)
        if slot is None:
            slot = self._slots[line.epoch] = len(self._lines)
            self._lines.append(line)
        elif self._lines[slot].attempt <= line.attempt:
            self._lines[slot] = line
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
        widths = {output.name: len(output.thresholds) for output in self.outputs()}
        for key, rows in PartReader(self.folder).read("tallies", wanted, faults=self.faults):
            try:
                for tally in tallies_of(rows):
                    self._put(wanted[key], tally, widths)
            except RunFormatError as error:
                self.faults.append(f"epoch {key[1]}: {error}")

    def _put(self, slot: int, tally: Tally, widths: dict[str, int]) -> None:
        thresholds = tally.histogram.shape[-1] - 1
        if widths.get(tally.output) != thresholds:
            self.faults.append(
                f"a histogram must have one bin more than the {widths.get(tally.output)} thresholds of its output. "
                f"Received: {thresholds + 1} bins of {tally.split} {tally.output!r}"
            )
            return
        key = (tally.split, tally.output)
        columns = self._tallies.get(key)
        if columns is None:
            columns = self._tallies[key] = TallyColumns(len(tally.histogram), thresholds)
        columns.put(slot, tally)

    def _parts(self, kind: str, positions: list[int] | None) -> list[tuple[int, Any]]:
        places = range(len(self._order)) if positions is None else positions
        lines = [self.line(position) for position in places]
        keys = [(line.attempt, line.epoch) for line in lines if line.rows.get(kind)]
        found = PartReader(self.folder).read(kind, keys, faults=self.faults)
        return sorted(((epoch, rows) for (_, epoch), rows in found), key=lambda item: item[0])
