"""A run as columns over epochs: what its lines say, and what its parts hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recorder.runfile import (
    LINES,
    Output,
    ReplacedError,
    RunFormatError,
    SampleIds,
    Samples,
    kind_of,
    observed_of,
    samples_of,
)

from ..points import named
from .argmax import ArgmaxCounts
from .decision_counts import CountsOverEpochs
from .gaps import Gaps
from .histograms import Histograms
from .line_table import Floats, Ints, LineTable
from .matrices import Matrices
from .recent_tallies import RecentTallies, check_tally, grouped_counts
from .sample_ids import IdsOfSamples, SampleGroups
from .single_epoch import SingleEpoch
from .tally_scanner import TallyScanner, classes_of, readable
from .weights import WeightsOverEpochs, weights_at
from .whole_samples import Column, of_tallies, scanned

T = TypeVar("T")
FEW = 8  # epochs that are read one by one


class RunTable(LineTable):
    """What the files of one run say so far.

    To open it costs the manifest and the bytes of the lines. What the lines say is decoded, and what the parts hold
    is read, when it is asked for the first time; from then on only what is new.

    Args:
        folder: the run.

    Attributes:
        replaced: whether the lines are those of another run by now, of which nothing was taken in.

    Raises:
        FileNotFoundError: There is no manifest.
        RunFormatError: It is broken, or of a newer major version; or the lines are no regular file.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.replaced = False
        self._ids = IdsOfSamples(folder, self._files)
        self._single: tuple[tuple[int, int], SingleEpoch] | None = None
        self._gaps, self._hidden = Gaps(folder, self._promised, lambda: self.unit), 0
        self._scanner = TallyScanner(folder, self._lines, self.outputs, self._gaps)
        self._start()
        self._lines.refresh()

    def _start(self) -> None:
        scanner = self._scanner
        self._argmax = ArgmaxCounts(scanner)
        self._histograms, self._matrices, self._recent = Histograms(scanner), Matrices(scanner), RecentTallies(scanner)

    @property
    def faults(self) -> list[str]:
        """A sentence for each line or part that could not be read, or is not there yet; so far as anybody asked."""
        self._lines.take()
        self._forget_hidden()
        return self.faults_so_far

    @property
    def faults_so_far(self) -> list[str]:
        """The same of the lines that were decoded until now."""
        return list(dict.fromkeys([*self._files.values(), *self._faults, *self._gaps.sentences()]))

    def refresh(self) -> bool:
        """Takes in what was appended, what came late and what has changed; True if there was anything."""
        news = self._read_lines()
        changed = self._read_manifest_again()
        self._forget_hidden()
        late = self._gaps.arrived()
        if late:
            self._lines.index.mark(late)
        return news or changed or bool(late)

    def outputs(self) -> list[Output]:
        """What was counted; the manifest is read again until it says so."""
        if not self.manifest.outputs and len(self):
            self._read_manifest_again()
        return self.manifest.outputs

    def missing(self, position: int, kind: str = "tallies") -> str:
        """Why the parts have nothing of the epoch at `position`, in a sentence; nothing where that is not known.

        Args:
            position: in `epochs`.
            kind: "tallies", "samples" or "observed".
        """
        return self._gaps.of(int(self.order[position]), kind)

    def single(self, position: int) -> SingleEpoch:
        """The epoch at `position` in `epochs`, by itself; of the last one, -1, nothing else need be decoded."""
        newest = self._lines.newest() if position == -1 else None
        if newest is not None:
            return SingleEpoch(newest, lambda split, output: self._recent.at(split, output, int(self.order[-1])))
        slot = int(self.order[position])
        key = (slot, self.version)
        if self._single is None or self._single[0] != key:
            line = self._lines.columns.line(slot)
            self._single = key, SingleEpoch(line, lambda split, output: self._recent.at(split, output, slot))
        return self._single[1]

    @property
    def has_points(self) -> bool:
        """Whether anything is recorded: of most runs the last line tells it, and nothing else need be decoded."""
        return self._lines.newest() is not None or len(self) > 0

    def newest(self, split: str, output: str) -> int | None:
        """Position of the newest epoch in which the split was counted; the lines are looked at from the end."""
        for position in range(len(self) - 1, -1, -1):
            if split in self.single(position).split_names(output):
                return position
        return None

    def counts_at(self, split: str, output: Output, edge: int) -> CountsOverEpochs:
        """The counts at the threshold of that index."""
        return self._histograms.at(split, output, edge, self.order)

    def weights_at(self, split: str, output: Output, edge: int) -> WeightsOverEpochs | None:
        """Sums of sample weights at the threshold of that index; None where none were recorded."""
        return weights_at(self._scanner, split, output, edge, self.order)

    def argmax_counts(self, split: str, output: Output) -> CountsOverEpochs | None:
        """What argmax made of each class, of outputs without a matrix; None where a matrix says it, or nobody."""
        return self._argmax.at(split, output, self.order)

    def matrices(
        self, split: str, output: Output, positions: Sequence[int] | None = None, *, many: bool = False
    ) -> Ints | None:
        """[epochs, K, K], rows = true class, at some positions, all if None; None where none was recorded.

        Args:
            split: of the counts.
            output: of the model.
            positions: in `epochs`.
            many: others will be asked for next, so that nothing else of these epochs is read.
        """
        slots = self.order if positions is None else self.order[list(positions)]
        if positions is not None and len(positions) <= FEW and not many:
            tallies = [self._recent.at(split, output, int(slot)) for slot in slots]
            found = [None if tally is None else tally.matrix for tally in tallies]
            nothing = np.zeros((len(output.classes), len(output.classes)), np.int64)
            known = any(matrix is not None for matrix in found)
            return np.stack([nothing if matrix is None else matrix for matrix in found]) if known else None
        return self._matrices.at(split, output, slots)

    def matrices_fit(self, output: Output) -> bool:
        """Whether the matrices of all epochs can be kept in memory; else they are to be asked for some at a time."""
        return not (kind_of(output).argmax and output.matrix) or self._matrices.fit(output)

    def histograms(self, split: str, output: Output, positions: Sequence[int]) -> Ints:
        """int64 [positions, classes, 2, bins]; 0 where none was recorded."""
        slots = self.order[list(positions)]
        if len(slots) > FEW or self._histograms.all_kept:
            return self._histograms.whole(split, output, slots)
        nothing = np.zeros((classes_of(output), 2, len(output.thresholds) + 1), np.int64)
        tallies = [self._recent.at(split, output, int(slot)) for slot in slots]
        found = [nothing if tally is None else tally.histogram for tally in tallies]
        return np.reshape(found, (len(found), *nothing.shape))

    def whole_samples(self, column: Column, split: str, output: Output, positions: Ints) -> Floats:
        """A column of `Tally` of samples as a whole, float64 [positions, lists, numbers]; NaN where there is none."""
        slots = self.order[positions]
        if len(slots) > FEW:
            return scanned(self._scanner, column, split, output, slots)
        return of_tallies([self._recent.at(split, output, int(slot)) for slot in slots], column, output)

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

    def promised_samples(self, position: int) -> int:
        """How many samples a point has of all splits and outputs together, as its line says: no part is read."""
        keys = self._lines.index.keys([int(self.order[position])])
        return sum(self._scanner.reader.promised("samples", key) for key in keys)

    def sample_ids(self, split: str) -> SampleIds | None:
        """What the user calls the samples of a split; None where that was not recorded."""
        return self._ids.of(split, self.version)

    def sample_groups(self, split: str) -> SampleGroups | None:
        """Which samples of a split belong together; None where that was not recorded."""
        return self._ids.groups(split, self.version)

    def group_counts(self, split: str, output: Output, positions: Sequence[int]) -> dict[int, Ints]:
        """Counts of each group by position, int64 [classes, groups, numbers]; none of a point without."""
        if output.group_thresholds is None:
            return {}
        slots = {int(self.order[position]): int(position) for position in positions}
        return {
            slots[slot]: grouped_counts(tally, output)
            for slot, tallies in self._scanner.tallies(list(slots), check_tally).items()
            for tally in tallies
            if (tally.split, tally.output) == (split, output.name) and tally.group_counts is not None
        }

    def observed(self, positions: list[int] | None = None) -> dict[int, dict[str, npt.NDArray[Any]]]:
        """What was observed, by epoch and name."""
        found: dict[int, dict[str, npt.NDArray[Any]]] = {}
        for epoch, arrays in self._parts("observed", positions, observed_of):  # those that were added are apart
            found[epoch] = {**arrays, **found.get(epoch, {})}
        return dict(sorted(found.items()))

    def _parts(self, kind: str, positions: list[int] | None, parse: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
        """(epoch, what `parse` makes of its rows), file by file; what is missing, or makes no sense, is a gap."""
        slots = (self.order if positions is None else self.order[positions]).tolist()
        keys, met = self._lines.index.keys(slots), set[tuple[int, int]]()
        broken: dict[int, str] = {}
        faults: list[str] = []
        for key, rows in readable(self._scanner.reader.read(kind, keys, faults=faults), faults):
            met.add(key)
            try:
                parsed = parse(rows)
            except (ValueError, TypeError) as error:  # not what the format says: nulls, lists of another length
                broken[keys[key]] = f"{named(self.unit, key[1])}: {error}"
            else:
                yield key[1], parsed
        self._gaps.settle(kind, kind, keys, met, broken=broken, faults=faults)

    def _read_lines(self) -> bool:
        try:
            news = self._lines.refresh()
        except RunFormatError as error:
            self._files[LINES], self.replaced = str(error), isinstance(error, ReplacedError)
            return False
        self._files.pop(LINES, None)
        self.replaced = False
        return news

    def _promised(self, key: tuple[int, int], kind: str) -> bool:
        return self._scanner.reader.promised(kind, key) > 0

    def _forget_hidden(self) -> None:
        index = self._lines.index
        if self._hidden != index.hidden:
            self._hidden, slots = index.hidden, self._gaps.slots()
            self._gaps.forget(slots.difference(index.counting(slots)))

    def _read_manifest_again(self) -> bool:
        before = self._manifest.grids
        news = self._manifest.read_again()
        if news and self._manifest.grids != before:
            self._start()  # what was kept is of other classes or thresholds
            self._lines.index.mark(self.order.tolist())
        return news
