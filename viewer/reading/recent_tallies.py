"""The tallies of single epochs, from disk when they are asked for; the last few stay."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, RunFormatError, Tally, kind_of

from .tally_scanner import TallyScanner, check_width, classes_of
from .whole_samples import check_whole

Array = npt.NDArray[Any]
KEPT = 40  # epochs: those around the one in the picture, around its ghosts, and the last ones
HELD = 2**28  # bytes of these, but for one that takes more by itself
TOGETHER = 8  # epochs that are read at once where one after the other is asked for: they stand together in a part
Key = tuple[int, int]  # slot, and how often it was recorded


class RecentTallies:
    """Whole tallies of an epoch, by split and output.

    Not `cachetools.LRUCache`: it has one bound, not epochs and bytes, and refuses an epoch that is larger than that.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._kept: OrderedDict[Key, dict[tuple[str, str], Tally]] = OrderedDict()
        self._held = 0  # bytes of these

    def at(self, split: str, output: Output, slot: int) -> Tally | None:
        """The tally of a slot; None where there is none, or it is not what the manifest says."""
        key = self._key(slot)
        if key not in self._kept:
            self._read(slot)
        found = self._kept[key]
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and (len(self._kept) > KEPT or self._held > HELD):
            _, gone = self._kept.popitem(last=False)
            self._held -= _bytes(gone)
        return found.get((split, output.name))

    def _read(self, slot: int) -> None:
        """Takes in a slot, and where one beside it was asked for as well, those that stand together with it."""
        slots, beside = [slot], [near for near in (slot - 1, slot + 1) if self._key(near) in self._kept]
        if beside and TOGETHER * _bytes(self._kept[self._key(beside[0])]) <= HELD // 4:
            index, first = self._scanner.index, slot // TOGETHER * TOGETHER
            together = index.counting(range(first, min(first + TOGETHER, len(index.epochs))))
            slots += [near for near in together if near != slot and self._key(near) not in self._kept]
        for near, tallies in self._scanner.tallies(slots, check_tally).items():
            found = {(tally.split, tally.output): tally for tally in tallies}
            self._held += _bytes(found) - _bytes(self._kept.get(self._key(near), {}))
            self._kept[self._key(near)] = found

    def _key(self, slot: int) -> Key:
        return slot, self._scanner.index.marks(slot)


def _bytes(tallies: dict[tuple[str, str], Tally]) -> int:
    matrices = (0 if tally.matrix is None else tally.matrix.nbytes for tally in tallies.values())
    return sum(tally.histogram.nbytes for tally in tallies.values()) + sum(matrices)


def check_tally(tally: Tally, output: Output) -> None:
    """Raises RunFormatError where a tally has other bins or classes than the manifest says."""
    labels, classes = np.arange(len(tally.histogram)), classes_of(output)
    bins = tally.histogram.shape[-1]
    check_width("a histogram", received=bins, expected=len(output.thresholds) + 1, labels=labels, output=output)
    if len(labels) != classes:
        raise RunFormatError(f"an epoch must have a histogram for each of {classes} classes. Received: {len(labels)}")
    if tally.group_counts is not None:
        grouped_counts(tally, output)
    check_whole(tally, output)
    if tally.matrix is not None:
        check_width("a matrix", received=tally.matrix.shape[-1], expected=classes, labels=labels, output=output)


def grouped_counts(tally: Tally, output: Output) -> Array:
    """The counts of each group of a tally, int64 [classes, groups, numbers]; raises RunFormatError where they are none.

    The numbers of a group are those of `Output.group_thresholds`, four each, or a row of its matrix.
    """
    assert tally.group_counts is not None
    argmax, at = kind_of(output).argmax, output.group_thresholds or []
    numbers = len(output.classes) if argmax else 4 * len(at)
    flat = tally.group_counts.reshape(len(tally.group_counts), -1)
    if not numbers or flat.shape[1] % numbers or flat.shape[1] < numbers or not set(at) <= set(output.thresholds):
        raise RunFormatError(
            f"counts of groups must be {numbers} for each group and class. Received: {flat.shape[1]} of a class"
        )
    return flat.reshape(len(flat), -1, numbers)
