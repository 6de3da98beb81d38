"""A run as columns over epochs: extended as lines arrive, never rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    decode_line,
    from_iso,
    observed_of,
    read_manifest,
    samples_of,
)

from .columns import ScalarColumns
from .decision import CountsOverEpochs
from .histograms import Histograms
from .matrices import Matrices
from .recent import RecentTallies
from .rows import TallyScanner, classes_of
from .run_lines import RunLines
from .single import SingleEpoch
from .weights import WeightsOverEpochs, weights_at

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
T = TypeVar("T")
FEW = 8  # epochs that are read one by one


class RunTable:
    """What the files of one run say so far.

    To open it costs the manifest and the bytes of the lines. What the lines say is decoded, and what the parts hold
    is read, when it is asked for the first time; from then on only what is new.

    Args:
        folder: the run.

    Raises:
        FileNotFoundError: There is no manifest.
        RunFormatError: It is broken, or of a newer major version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._faults: list[str] = []
        self._lines = RunLines(folder / LINES, self._faults)
        self._single: tuple[tuple[int, int], SingleEpoch] | None = None
        self._scanner = scanner = TallyScanner(folder, self._lines, self.outputs, self._faults)
        self._histograms, self._matrices, self._recent = Histograms(scanner), Matrices(scanner), RecentTallies(scanner)
        self.refresh()

    @property
    def begins(self) -> list[BeginLine]:
        """Where attempts begin."""
        return self._lines.index.begins

    @property
    def ends(self) -> list[EndLine]:
        """Where attempts end."""
        return self._lines.index.ends

    @property
    def faults(self) -> list[str]:
        """A sentence for each line or part that could not be read, so far."""
        self._lines.take()
        return self._faults

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch, epochs increasing."""
        return self._lines.index.order

    @property
    def epochs(self) -> Ints:
        """int64 [epochs]: epoch numbers, increasing."""
        return self._lines.index.epochs[self.order]

    @property
    def logs(self) -> ScalarColumns:
        """Every log, over slots."""
        return self._lines.columns.logs

    @property
    def seconds(self) -> ScalarColumns:
        """Durations in seconds, over slots."""
        return self._lines.columns.seconds

    def refresh(self) -> bool:
        """Takes in what was appended; True if there was anything."""
        return self._lines.refresh()

    def outputs(self) -> list[Output]:
        """What was counted; the manifest is read again until it says so."""
        if not self.manifest.outputs and len(self):
            try:
                self.manifest = read_manifest(self.folder)
            except (OSError, RunFormatError) as error:
                self._faults.append(str(error))
        return self.manifest.outputs

    def line(self, position: int) -> EpochLine:
        """The line of the epoch at `position` in `epochs`."""
        return self._lines.columns.line(int(self.order[position]))

    def last_time(self) -> float:
        """Seconds since 1970 of the last line; NaN where there is none."""
        try:
            line = decode_line(self._lines.index.last) if self._lines.index.last else None
        except RunFormatError:
            line = None
        return np.nan if line is None else from_iso(line.time)

    def log_values(self) -> dict[str, Floats]:
        """Every log by name, float64 [epochs], NaN where an epoch has none."""
        columns, order = self.logs, self.order
        return {name: columns.column(name)[order] for name in columns.names()}

    def single(self, position: int) -> SingleEpoch:
        """The epoch at `position` in `epochs`, by itself; of the last one, -1, nothing else need be decoded."""
        newest = self._lines.newest() if position == -1 else None
        if newest is not None:
            return SingleEpoch(newest, lambda split, output: self._recent.at(split, output, int(self.order[-1])))
        slot = int(self.order[position])
        key = (slot, len(self._lines.index.changes))
        if self._single is None or self._single[0] != key:
            line = self._lines.columns.line(slot)
            self._single = key, SingleEpoch(line, lambda split, output: self._recent.at(split, output, slot))
        return self._single[1]

    def newest(self, split: str, output: str) -> int | None:
        """Position of the newest epoch in which the split was counted; the lines are looked at from the end."""
        for position in range(len(self) - 1, -1, -1):
            if split in self.single(position).split_names(output):
                return position
        return None

    def changed(self, seen: int) -> tuple[list[int], int]:
        """The slots that changed after the first `seen` changes, each once, and how many changes there are by now."""
        index = self._lines.index
        return index.since(seen), len(index.changes)

    def __len__(self) -> int:
        return len(self._lines.index)

    def split_names(self, output: str) -> list[str]:
        """The splits that were counted of `output`: training, validation, then probes by name."""
        names = self._lines.columns.counts.splits(output)
        return sorted(names, key=lambda name: ({"train": 0, "val": 1}.get(name, 2), name))

    def counts_at_decision(self, split: str, output: Output) -> CountsOverEpochs | None:
        """The counts at the decision, from the lines alone; None of more classes than these state."""
        return self._lines.columns.counts.at(split, output.name, classes_of(output), self.order)

    def counts_at(self, split: str, output: Output, edge: int) -> CountsOverEpochs:
        """The counts at the threshold of that index."""
        return self._histograms.at(split, output, edge, self.order)

    def weights_at(self, split: str, output: Output, edge: int) -> WeightsOverEpochs | None:
        """Sums of sample weights at the threshold of that index; None where none were recorded."""
        return weights_at(self._scanner, split, output, edge, self.order)

    def matrices(self, split: str, output: Output, positions: Sequence[int] | None = None) -> Ints | None:
        """[epochs, K, K], rows = true class, at some positions, all if None; None where none was recorded."""
        slots = self.order if positions is None else self.order[list(positions)]
        if positions is not None and len(positions) <= FEW:
            tallies = [self._recent.at(split, output, int(slot)) for slot in slots]
            found = [None if tally is None else tally.matrix for tally in tallies]
            nothing = np.zeros((len(output.classes), len(output.classes)), np.int64)
            known = any(matrix is not None for matrix in found)
            return np.stack([nothing if matrix is None else matrix for matrix in found]) if known else None
        return self._matrices.at(split, output, slots)

    def histograms(self, split: str, output: Output, positions: Sequence[int]) -> Ints:
        """int64 [positions, classes, 2, bins]; 0 where none was recorded."""
        slots = self.order[list(positions)]
        if len(slots) > FEW or self._histograms.all_kept:
            return self._histograms.whole(split, output, slots)
        nothing = np.zeros((classes_of(output), 2, len(output.thresholds) + 1), np.int64)
        tallies = [self._recent.at(split, output, int(slot)) for slot in slots]
        found = [nothing if tally is None else tally.histogram for tally in tallies]
        return np.reshape(found, (len(found), *nothing.shape))

    def read_ahead(self) -> None:
        """Reads all histograms at once, as far as they can be kept; one epoch after the other takes ten times that."""
        self._histograms.keep_all()

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

    def _parts(self, kind: str, positions: list[int] | None, parse: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
        """(epoch, what `parse` makes of its rows), file by file; a fault for each that it cannot make sense of."""
        places = range(len(self)) if positions is None else positions
        lines = [self.line(position) for position in places]
        keys = [(line.attempt, line.epoch) for line in lines if line.rows.get(kind)]
        for (_, epoch), rows in PartReader(self.folder).read(kind, keys, faults=self._faults):
            try:
                parsed = parse(rows)
            except (ValueError, TypeError) as error:  # not what the format says: nulls, lists of another length
                self._faults.append(f"epoch {epoch}: {error}")
            else:
                yield epoch, parsed
