"""Two classifiers on the same samples: how many samples have each pair of outcomes.

The outcome of a sample is the cell of the confusion matrix that it falls into: its true class and what was decided.
Two runs differ in what they decided only. So a handful of cells, truth x A x B, says everything that any formula of
counts can tell about both; eight of them where there are two classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import OutputKind

from ..counts.confusion import counts_from_matrix
from ..counts.scores import Scores
from ..formulas import Inputs

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Which outcomes a sample may have, and what formulas make of their totals.

    Args:
        kind: of the output.
        classes: names; negative and positive for binary.
        argmax: a sample has one outcome, true class x decided class. If not, it has one of four for each class
            (tn, fp, fn, tp, in this order); for binary, for the positive class.
    """

    kind: OutputKind
    classes: tuple[str, ...]
    argmax: bool

    @property
    def outcomes(self) -> int:
        """How many there are."""
        if self.argmax:
            return len(self.classes) ** 2
        return 4 * self.kind.scores(len(self.classes))

    @property
    def drawn_together(self) -> int:
        """Outcomes of which a sample has one: of all where argmax decides, else of the four of each class."""
        return self.outcomes if self.argmax else 4

    def outcome(self, truth: Array, decided: Array) -> Array:
        """int64 [samples, columns], numbers of outcomes.

        Args:
            truth: classes [samples] where argmax decides, else 0 or 1 [samples, classes].
            decided: as `truth`.
        """
        if self.argmax:
            return (truth.astype(np.int64) * len(self.classes) + decided)[:, None]
        return 4 * np.arange(truth.shape[1]) + 2 * truth.astype(np.int64) + decided

    def inputs(self, totals: Array, logs: Mapping[str, Array]) -> Inputs:
        """What formulas are evaluated on.

        Args:
            totals: samples of each outcome, [draws, outcomes].
            logs: float64 [1] by name.
        """
        matrix = None
        if self.argmax:
            matrix = totals.reshape(-1, len(self.classes), len(self.classes))
            tp, fp, tn, fn = counts_from_matrix(matrix)
        else:
            tn, fp, fn, tp = np.moveaxis(totals.reshape(len(totals), -1, 4), (2, 1), (0, 1))
        return Inputs(
            tp=tp, fp=fp, tn=tn, fn=fn, matrix=matrix, logs=logs, kind=self.kind, classes=self.classes,
            argmax=self.argmax,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreScheme:
    """The same of scores: the outcome of a sample is its true class and the bin of its score, once for each class.

    Args:
        kind: of the output.
        classes: names; negative and positive for binary.
        thresholds: [thresholds], increasing; edges of the bins.
    """

    kind: OutputKind
    classes: tuple[str, ...]
    thresholds: Array

    @property
    def outcomes(self) -> int:
        """How many there are."""
        return self.kind.scores(len(self.classes)) * 2 * (len(self.thresholds) + 1)

    def outcome(self, truth: Array, scores: Array) -> Array:
        """int64 [samples, columns], numbers of outcomes.

        Args:
            truth: 0 or 1 [samples, classes], for binary of the positive class.
            scores: float32, as `truth`.
        """
        bins = len(self.thresholds) + 1
        found = np.searchsorted(np.asarray(self.thresholds, np.float32), scores, side="left")
        return (2 * np.arange(truth.shape[1]) + truth) * bins + found

    def inputs(self, totals: Array, logs: Mapping[str, Array]) -> Inputs:
        """What formulas of scores are evaluated on; arguments as of `Scheme.inputs`."""
        histogram = totals.reshape(len(totals), -1, 2, len(self.thresholds) + 1).swapaxes(0, 1)
        fp, tp = np.moveaxis(histogram.sum(axis=-1), -1, 0)  # as if all were called positive
        none = np.zeros_like(tp)
        return Inputs(
            tp=tp, fp=fp, tn=none, fn=none, matrix=None, logs=logs, kind=self.kind, classes=self.classes, argmax=False,
            scores=Scores.of_histogram(histogram, self.thresholds),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The samples of two runs by what happened to them in both.

    Args:
        counts: int64 [cells], samples of each cell.
        a: int64 [cells, columns], outcomes in A.
        b: int64 [cells, columns], outcomes in B.
        outcomes: how many there are.
        complete: cells that no sample fell into are there too.
        group: int64 [cells], from 0: the group that the samples of a cell are of, where samples come in groups that
            are drawn together. None where each sample stands for itself.
    """

    counts: Array
    a: Array
    b: Array
    outcomes: int
    complete: bool = False
    group: Array | None = None

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return int(self.counts.sum())

    @property
    def groups(self) -> int:
        """How many groups there are; 0 where each sample stands for itself."""
        return 0 if self.group is None else int(self.group.max(initial=-1)) + 1

    def totals(self) -> tuple[Array, Array]:
        """Samples of each outcome in A and in B, each int64 [1, outcomes]."""
        once = self.counts[None]
        return totals(once, self.a, self.outcomes), totals(once, self.b, self.outcomes)


def cells_of(a: Array, b: Array, outcomes: int, group: Array | None = None) -> Cells:
    """The cells that hold samples; all eight where there are two classes, unless samples come in groups.

    Args:
        a: int64 [samples, columns], outcomes in A, as of `Scheme.outcome`.
        b: the same in B.
        outcomes: how many there are.
        group: int64 [samples], the group of each; None where each stands for itself, as where no two are of one group.
    """
    if group is not None and len(np.unique(group)) < len(group):
        group = np.unique(group, return_inverse=True)[1]
        rows, counts = np.unique(np.hstack([group[:, None], a, b]), axis=0, return_counts=True)
        own, first, second = np.split(rows, [1, 1 + a.shape[1]], axis=1)
        return Cells(counts=counts, a=first, b=second, outcomes=outcomes, group=own[:, 0])
    if outcomes == 4 and a.shape[1] == 1:
        truth, first, second = np.indices((2, 2, 2)).reshape(3, 8)
        counts = np.bincount((2 * a + b % 2)[:, 0], minlength=8)
        return Cells(
            counts=counts, a=(2 * truth + first)[:, None], b=(2 * truth + second)[:, None], outcomes=4, complete=True
        )
    rows, counts = np.unique(np.hstack([a, b]), axis=0, return_counts=True)
    columns = a.shape[1]
    return Cells(counts=counts, a=rows[:, :columns], b=rows[:, columns:], outcomes=outcomes)


def totals(weights: Array, outcome: Array, outcomes: int) -> Array:
    """Samples of each outcome, int64 [draws, outcomes].

    Args:
        weights: samples of each cell, [draws, cells].
        outcome: int64 [cells, columns], outcomes of each cell.
        outcomes: how many there are.
    """
    found = np.zeros((len(weights), outcomes), np.int64)
    for column in outcome.T:
        order = np.argsort(column, kind="stable")
        numbers, starts = np.unique(column[order], return_index=True)
        if len(numbers):
            found[:, numbers] += np.add.reduceat(weights[:, order], starts, axis=1)
    return found
