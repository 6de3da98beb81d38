"""How the counters of a tally lie on a device, whatever the framework: which score goes where, and back again.

One list of integers has for each class a row of bins of the samples that are not of it, then one of those that are,
then a counter for what is left out. A row has a bin more at either end than is recorded, for scores that are no
probabilities, and a counter for NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .bin_table import BinTable, bin_table
from .runfile import NO_LABEL, TINY
from .runfile.records import Array

SLACK = 1e-5  # of what rounding does to a probability; beyond it, a score is none

_MOST = np.finfo(np.float32).max
_ABOVE_HALF, _ABOVE_ONE = np.nextafter(np.array([0.5, 1], np.float32), np.float32(2))
# What is between these says what a label of 0 or 1 is; NaN falls before the first or behind the last, as the backend
# has it, and so is no label either way.
LABEL_EDGES = np.array([-_MOST, 0, _ABOVE_HALF, _ABOVE_ONE, np.inf], np.float32)
NONE, BELOW, NEGATIVE, POSITIVE, ABOVE, NONE_EITHER, LEFT_OUT = range(7)
SIDES = np.array([2, 0, 0, 1, 1, 2, 2], np.int32)  # rows of a class: not of it, of it, neither


@dataclass(frozen=True)
class ScoreRows:
    """Counters of scores.

    Args:
        classes: that have histograms.
        thresholds: float32, increasing.
    """

    classes: int
    thresholds: npt.NDArray[np.float32]

    @cached_property
    def edges(self) -> npt.NDArray[np.float32]:
        """float32: the thresholds, denormals counted as zero, between the bounds of what is a probability."""
        largest_denormal = np.nextafter(TINY, np.float32(0))
        inner = np.maximum(self.thresholds, largest_denormal)
        return np.concatenate([[-SLACK], inner, [1 + SLACK]]).astype(np.float32)

    @cached_property
    def table(self) -> BinTable | None:
        """What finds the bin between two edges; None where they lie too close to one another."""
        return bin_table(self.edges)

    @property
    def row(self) -> int:
        """Counters of one class and truth: its bins, then NaN."""
        return len(self.thresholds) + 4

    @property
    def stride(self) -> int:
        """Counters of one class."""
        return 2 * self.row + 1

    @property
    def size(self) -> int:
        """All counters."""
        return self.classes * self.stride

    def bins(self, scores: Any, xp: Any) -> Any:
        """int32, of the shape of the scores: how many edges are below each; of NaN any number up to that of the edges.

        Args:
            scores: float32, one axis or more.
            xp: `numpy`, or `jax.numpy` for arrays of JAX.
        """
        if self.table is None:
            return xp.searchsorted(xp.asarray(self.edges), scores).astype(np.int32)
        return self.table.bins(scores, xp)

    def folded(self, counters: Array) -> tuple[Array, Array, Array]:
        """Counters of scores as they are recorded.

        Args:
            counters: [classes * stride].

        Returns:
            [classes, 2, bins]: scores beyond 0 and 1 are in the end bins. [classes, 2]: NaN. [classes, 2]: beyond.
        """
        rows = counters.reshape(self.classes, self.stride)[:, :-1].reshape(self.classes, 2, self.row)
        bins = rows[..., 1:-2].copy()
        bins[..., 0] += rows[..., 0]
        bins[..., -1] += rows[..., -2]
        return bins, rows[..., -1].copy(), rows[..., 0] + rows[..., -2]

    def read(self, counters: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        """Sums of scores as `recorder.counters.Counters` has them, and fields of `Met`; nothing is shared with these.

        Args:
            counters: on the host: `histograms`, int64 [size], and where there are some `weights`, float [size, 2], sums
                of weights and of their squares.
        """
        histogram, nan, outside = self.folded(counters["histograms"])
        sums = {"histogram": histogram, "nan": nan}
        if "weights" in counters:
            weights, squares = (self.folded(column)[0] for column in counters["weights"].astype(np.float64).T)
            sums |= {"weights": weights, "weight_squares": squares.sum(axis=-1)}
        return sums, {"outside": int(outside.sum())}

    def of_labels(self, ignore_label: int | None) -> npt.NDArray[np.int32]:
        """int32 [codes]: the first counter of a class for each code of a label of 0 or 1."""
        return (sides(ignore_label) * self.row).astype(np.int32)


def label_values(ignore_label: int | None) -> npt.NDArray[np.int32]:
    """int32 [codes]: the canonical label that each code of a label of 0 or 1 stands for."""
    ignored = NO_LABEL if ignore_label is None else ignore_label
    return np.array([NO_LABEL, 0, 0, 1, 1, NO_LABEL, ignored], np.int32)


def labels_ignored(noted: Array, ignore_label: int | None) -> int:
    """Labels that are not counted, of int64 [codes or more], how often each code of a label of 0 or 1 came."""
    return int(noted[: len(SIDES)][sides(ignore_label) == 2].sum())


def labels_met(noted: Array) -> dict[str, int]:
    """Fields of `Met`, of the same."""
    return {"no_label": int(noted[NONE] + noted[NONE_EITHER]), "odd": int(noted[BELOW] + noted[ABOVE])}


def sides(ignore_label: int | None) -> Array:
    """int32 [codes]: 0 of a label that is not of a class, 1 of one that is, 2 of what does not count."""
    return np.where(ignore_label == SIDES, 2, SIDES)
