"""Histograms over epochs, kept so that one threshold is one slice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import HISTOGRAM_COLUMNS, Output, TallyRows

from .columns import GrowingArray, enough_memory
from .decision_counts import CountsOverEpochs
from .tally_scanner import TallyScanner, check_width, classes_of

Array = npt.NDArray[np.integer]
Ints = npt.NDArray[np.int64]
HELD = 2**27  # bytes of one split: 33,000 epochs of a binary output, 330 of a hundred classes, fewer of large counts
LATEST = 2**22  # bytes of one of four counts that is kept for the next formula
RECENT = 8  # thresholds that are kept where not all are, as far as they fit; else one


class Histograms:
    """Counts at any threshold, by split and output over slots; read when they are asked for.

    All thresholds are kept where a split takes at most `HELD` bytes; else every hundredth where that does; and always
    those asked for last. Another one costs a reading of all parts.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._kept: dict[str, list[int]] = {}
        self._columns: dict[tuple[str, str], CountsAbove] = {}
        self._seen = 0
        self._width = np.dtype(CountsAbove.NARROWEST).itemsize  # bytes of a count: of the widest that was read
        self.all_kept = False
        self._latest: dict[tuple[str, str, int], CountsOverEpochs] = {}  # all formulas ask for the same
        self._latest_slots: Ints | None = None

    def at(self, split: str, output: Output, edge: int, slots: Ints) -> CountsOverEpochs:
        """The counts in these slots at the threshold of that index.

        Raises:
            ValueError: There is not enough memory for them.
        """
        with self._enough_memory(output, slots):
            self._reach(output, edge)
            if slots is not self._latest_slots:  # a new array where anything has changed
                self._latest, self._latest_slots = {}, slots
            found = self._latest.get((split, output.name, edge))
            return self._count(split, output, edge, slots) if found is None else found

    def whole(self, split: str, output: Output, slots: Ints) -> Ints:
        """Histograms int64 [slots, classes, 2, bins], 0 where there are none; read again where they are not kept."""
        found = np.zeros((len(slots), classes_of(output), 2, len(output.thresholds) + 1), np.int64)
        if self._fits():
            with self._enough_memory(output, slots):
                self._reach(output, 0)
            columns = self._columns.get((split, output.name))
            return found if columns is None else columns.histograms(slots)
        positions = {slot: position for position, slot in enumerate(slots.tolist())}

        def take(rows: TallyRows, stated: Output, places: Ints) -> None:
            if (rows.split, rows.output) == (split, output.name):
                wanted = places >= 0
                at = [positions[place] for place in places[wanted].tolist()]
                for side, histogram in enumerate(_checked(rows, stated)):
                    found[at, rows.label[wanted], side] = histogram[wanted]

        self._scanner.scan("histograms", list(positions), HISTOGRAM_COLUMNS, take)
        return found

    def keep_all(self) -> None:
        """Reads every epoch at once, where they can be kept: for those who go through them one by one."""
        outputs = self._scanner.outputs()
        if outputs and self._fits():
            self._reach(outputs[0], 0)

    @contextmanager
    def _enough_memory(self, output: Output, slots: Ints) -> Iterator[None]:
        """Makes a sentence of a lack of memory, after which nothing is kept."""
        with enough_memory(f"{len(slots):,} points with {2 * classes_of(output):,} counts each"):
            try:
                yield
            except MemoryError:
                self._kept, self._columns, self._latest, self._latest_slots = {}, {}, {}, None
                raise

    def _count(self, split: str, output: Output, edge: int, slots: Ints) -> CountsOverEpochs:
        columns = self._columns.get((split, output.name))
        if columns is None:
            return CountsOverEpochs.none(classes_of(output), len(slots))
        found = columns.at(edge, slots)
        if found.tp.nbytes <= LATEST:
            if len(self._latest) == 4:  # two splits at two thresholds
                self._latest.clear()
            for count in (found.tp, found.fp, found.tn, found.fn):
                count.flags.writeable = False
            self._latest[split, output.name, edge] = found
        return found

    def _fits(self, most: float = math.inf) -> bool:
        """Whether so many thresholds of each output can be kept; all, where nothing is said."""
        outputs = self._scanner.outputs()
        numbers = sum(2 * classes_of(output) * min(len(output.thresholds), most) for output in outputs)
        return numbers * self._width * self._scanner.index.slot_count <= HELD

    def _start(self, output: Output, edge: int) -> None:
        """Decides what is kept from now on; everything is read again."""
        recent = [] if self.all_kept else self._kept.get(output.name, [])[:RECENT]
        self.all_kept = self._fits()
        if self.all_kept:
            self._kept = {known.name: list(range(len(known.thresholds))) for known in self._scanner.outputs()}
        else:
            usual = _hundredths(output) if self._fits(101) else []
            several = [edge, *recent] if self._fits(RECENT) else [edge]
            self._kept = {output.name: list(dict.fromkeys([*several[:RECENT], *usual]))}
        self._columns, self._latest, self._seen = {}, {}, 0

    def _reach(self, output: Output, edge: int) -> None:
        """Reads what is new, and everything again where other thresholds are to be kept."""
        if self._fits() != self.all_kept or edge not in self._kept.get(output.name, ()):
            self._start(output, edge)
        self._read()

    def _read(self) -> None:
        index = self._scanner.index
        slots = index.since(self._seen)
        self._seen = len(index.changes)
        if slots:
            for columns in self._columns.values():
                columns.clear(slots)
            self._scanner.scan("histograms", slots, HISTOGRAM_COLUMNS, self._take)

    def _take(self, rows: TallyRows, output: Output, slots: Ints) -> None:
        if rows.output not in self._kept:
            return
        sides, key = _checked(rows, output), (rows.split, rows.output)
        if key not in self._columns:
            self._columns[key] = CountsAbove(classes_of(output), self._kept[output.name])
        wanted: Any = slice(None) if (slots >= 0).all() else slots >= 0
        self._columns[key].reach(self._scanner.index.slot_count)
        self._columns[key].put(slots[wanted], rows.label[wanted], *(histogram[wanted] for histogram in sides))
        self._width = max(self._width, self._columns[key].width)


class CountsAbove:
    """How many samples of each class score above a threshold, and how many there are, over slots.

    Args:
        classes: histograms of an epoch.
        edges: indices of the thresholds that are kept.
    """

    NARROWEST = np.uint16

    def __init__(self, classes: int, edges: list[int]) -> None:
        self._edges = sorted(edges)
        self._places = {edge: place for place, edge in enumerate(self._edges)}
        self._above = GrowingArray((len(edges), classes, 2), self.NARROWEST)  # wider for more samples
        self._total = GrowingArray((classes, 2), np.int64)
        self._known = GrowingArray((classes,), np.bool_)

    @property
    def width(self) -> int:
        """Bytes of a count."""
        return self._above.values.itemsize

    def reach(self, length: int) -> None:
        """Makes room for so many slots at once."""
        for column in (self._above, self._total, self._known):
            column.reach(length)

    def put(self, slots: Ints, labels: Ints, *sides: Ints) -> None:
        """Takes rows of a slot and class each: the histograms [rows, bins] of negatives and of positives."""
        self._known.values[labels, slots] = True
        for side, histogram in enumerate(sides):
            above = _above(histogram, self._edges).T
            total = above[0]
            self._above.widen(_holding(int(above.max(initial=0)), int(above.min(initial=0))))
            self._total.values[labels, side, slots] = total
            self._above.values[:, labels, side, slots] = above[1:]

    def clear(self, slots: list[int]) -> None:
        """Forgets slots that are read again."""
        for column in (self._above, self._total, self._known):
            column.put(slots, 0)

    def at(self, edge: int, slots: Ints) -> CountsOverEpochs:
        """The counts in these slots."""
        length = int(slots.max(initial=-1)) + 1
        at = _stretch(slots)
        known = np.asarray(self._known.reach(length)[:, at].all(axis=0))
        above = self._above.reach(length)[self._places[edge]][..., at] * known.astype(np.int64)
        below = self._total.reach(length)[..., at] * known - above
        return CountsOverEpochs(above[:, 1], above[:, 0], below[:, 0], below[:, 1], known)

    def histograms(self, slots: Ints) -> Ints:
        """int64 [slots, classes, 2, bins]; all thresholds must be kept."""
        length = int(slots.max(initial=-1)) + 1
        above = self._above.reach(length).take(slots, axis=-1)
        found = np.empty((len(slots), *above.shape[1:3], len(above) + 1), np.int64)
        bins = np.moveaxis(found, (0, 3), (3, 0))  # in the order of `above`
        bins[0] = self._total.reach(length).take(slots, axis=-1) - above[0]
        np.subtract(above[:-1], above[1:], out=bins[1:-1], dtype=np.int64)
        bins[-1] = above[-1]
        return found


def _stretch(slots: Ints) -> slice | Ints:
    """These slots as a slice, where each follows on the one before: those of a run that nobody recorded again."""
    if len(slots) and slots[-1] - slots[0] == len(slots) - 1 and (slots[1:] > slots[:-1]).all():
        return slice(int(slots[0]), int(slots[-1]) + 1)
    return slots


def _holding(most: int, least: int) -> npt.DTypeLike:
    """The smallest type for counts up to `most`; a broken part may have negative ones."""
    if most <= np.iinfo(CountsAbove.NARROWEST).max and least >= 0:
        return CountsAbove.NARROWEST
    return np.int32 if most <= np.iinfo(np.int32).max else np.int64


def _hundredths(output: Output) -> list[int]:
    """Indices of the thresholds nearest to 0.00, 0.01 and so on."""
    wished = np.arange(101)[:, None] / 100
    return [int(edge) for edge in np.abs(np.asarray(output.thresholds) - wished).argmin(axis=1)]


def _above(histogram: Ints, edges: list[int]) -> Ints:
    """int64 [rows, edges + 1]: all samples, then those above each edge, of which the indices increase."""
    if len(edges) + 1 < histogram.shape[1]:
        histogram = np.add.reduceat(histogram, [0, *(edge + 1 for edge in edges)], axis=1)
    found: Ints = np.cumsum(histogram[:, ::-1], axis=1)[:, ::-1]
    return found


def _checked(rows: TallyRows, output: Output) -> tuple[Ints, Ints]:
    negatives, positives = rows.histograms()
    for received in (negatives.shape[1], positives.shape[1]):
        bins = len(output.thresholds) + 1
        check_width("a histogram", received=received, expected=bins, labels=rows.label, output=output)
    return negatives, positives
