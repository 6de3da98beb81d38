"""The tallies of single epochs, from disk when they are asked for; the last few stay."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from recorder.runfile import Output, RunFormatError, Tally

from .tally_scanner import TallyScanner, check_width, classes_of

KEPT = 8  # epochs: the one in the picture, those behind it, and the last ones
HELD = 2**28  # bytes of these, but for one that takes more by itself


class RecentTallies:
    """Whole tallies of an epoch, by split and output.

    Not `cachetools.LRUCache`: it has one bound, not epochs and bytes, and refuses an epoch that is larger than that.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._kept: OrderedDict[tuple[int, int], dict[tuple[str, str], Tally]] = OrderedDict()

    def at(self, split: str, output: Output, slot: int) -> Tally | None:
        """The tally of a slot; None where there is none, or it is not what the manifest says."""
        key = slot, self._scanner.index.marks(slot)
        found = self._kept.pop(key, None)
        if found is None:
            found = {(tally.split, tally.output): tally for tally in self._scanner.tallies(slot, check_tally)}
        self._kept[key] = found
        while len(self._kept) > 1 and (len(self._kept) > KEPT or sum(map(_bytes, self._kept.values())) > HELD):
            self._kept.popitem(last=False)
        return found.get((split, output.name))


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
    if tally.matrix is not None:
        check_width("a matrix", received=tally.matrix.shape[-1], expected=classes, labels=labels, output=output)
