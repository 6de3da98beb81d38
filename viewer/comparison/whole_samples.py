"""Samples taken whole in two runs: whether all labels are right, how they rank, and how high the true class does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import OutputKind, counted_ks, kind_of, places_of

from ..counts.whole_samples import ExactMatches, Ranking, TopK, WholeSamples
from ..formulas import Inputs
from ..statistics.paired import Cells, cells_of
from .predictions import Predictions, groups_of

Array = npt.NDArray[Any]
FEWEST = 5  # outcomes: of four there are those of two classes


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSetScheme:
    """What formulas make of samples, each of which has one outcome: a row of numbers that are summed.

    Args:
        kind: of the output.
        classes: names.
        rows: float64 [outcomes, 4], all different: whether all labels are right, then what `Ranking` sums.
    """

    kind: OutputKind
    classes: tuple[str, ...]
    rows: Array

    @property
    def outcomes(self) -> int:
        """How many there are."""
        return max(len(self.rows), FEWEST)

    def inputs(self, totals: Array, logs: Mapping[str, Array]) -> Inputs:
        """What formulas are evaluated on; arguments as of `Scheme.inputs`."""
        right, precision, loss, coverage = (totals[:, : len(self.rows)] @ self.rows).T
        samples = totals.sum(axis=1).astype(np.float64)
        none = np.zeros((1, len(totals)), np.int64)
        whole = WholeSamples(
            exact_matches=ExactMatches(right, samples), ranking=Ranking(precision, loss, coverage, samples)
        )
        return Inputs(
            tp=none, fp=none, tn=none, fn=none, matrix=None, logs=logs, kind=self.kind, classes=self.classes,
            argmax=False, whole=whole,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TopKScheme:
    """The same of one class of several: the outcome of a sample is its true class, and the first k that has it.

    Args:
        kind: of the output.
        classes: names.
    """

    kind: OutputKind
    classes: tuple[str, ...]

    @property
    def outcomes(self) -> int:
        """How many there are."""
        return max(len(self.classes) * len(counted_ks(len(self.classes))), FEWEST)

    def outcome(self, truth: Array, scores: Array) -> Array:
        """int64 [samples, 1], numbers of outcomes; of equal scores the lower class is the higher, as in argmax.

        Args:
            truth: classes [samples].
            scores: float32 [samples, classes], denormal ones as 0.
        """
        return (truth * len(counted_ks(len(self.classes))) + places_of(truth, scores))[:, None]

    def inputs(self, totals: Array, logs: Mapping[str, Array]) -> Inputs:
        """What formulas are evaluated on; arguments as of `Scheme.inputs`."""
        ks = counted_ks(len(self.classes))
        first = totals[:, : len(self.classes) * len(ks)].reshape(len(totals), len(self.classes), len(ks))
        top_k = TopK(np.cumsum(first, axis=2).astype(np.float64).swapaxes(0, 1), ks)
        samples, none = top_k.samples, np.zeros_like(top_k.samples)
        return Inputs(
            tp=samples, fp=none, tn=none, fn=none, matrix=None, logs=logs, kind=self.kind, classes=self.classes,
            argmax=True, whole=WholeSamples(top_k),
        )  # fmt: skip


def top_k_ranks(found: tuple[Predictions, Predictions]) -> tuple[TopKScheme, Cells]:
    """The samples of two runs by the ranks that their true classes have in both; `found` as of `label_sets`."""
    both, output = found[0].usable & found[1].usable, found[0].output
    scheme = TopKScheme(kind=kind_of(output), classes=tuple(output.classes))
    truth = np.asarray(found[0].samples.y_true, np.int64)[both]
    a, b = (scheme.outcome(truth, one.scores()[both]) for one in found)
    return scheme, cells_of(a, b, scheme.outcomes, groups_of(*found, both))


def label_sets(
    found: tuple[Predictions, Predictions], thresholds: Sequence[float | None]
) -> tuple[LabelSetScheme, Cells]:
    """The samples of two runs by the outcomes that they have in both.

    Args:
        found: predictions of A and B, of the same samples, with the scores of all labels.
        thresholds: of A and B.
    """
    both = found[0].usable & found[1].usable
    true = found[0].sides()[both] == 1
    numbers = [
        sample_numbers(true, one.scores()[both], threshold) for one, threshold in zip(found, thresholds, strict=True)
    ]
    rows, outcome = np.unique(np.concatenate(numbers), axis=0, return_inverse=True)
    output = found[0].output
    scheme = LabelSetScheme(kind=kind_of(output), classes=tuple(output.classes), rows=rows)
    a, b = np.split(outcome.reshape(-1, 1), 2)
    return scheme, cells_of(a, b, scheme.outcomes, groups_of(*found, both))


def sample_numbers(true: Array, scores: Array, threshold: float | None) -> npt.NDArray[np.float64]:
    """float64 [samples, 4]: the rows of `LabelSetScheme`, as `recorder.whole_samples` counts them.

    Args:
        true: bool [samples, labels].
        scores: float32 [samples, labels], denormal ones as 0.
        threshold: above which a label is called true.
    """
    rank, among_true = np.zeros((2, *true.shape), np.int64)
    for label in range(true.shape[1]):
        as_high = scores[:, label, None] >= scores
        rank += as_high
        among_true += as_high & true[:, label, None]
    number, others = true.sum(axis=1), (~true).sum(axis=1)
    precision = np.where(true, among_true / np.maximum(rank, 1), 0).sum(axis=1)
    wrong = np.where(true, rank - among_true, 0).sum(axis=1)
    right = ((scores > np.float32(threshold)) == true).all(axis=1)
    return np.stack(
        [
            right,
            np.where(number > 0, precision / np.maximum(number, 1), 1.0),  # of no true label it is 1
            wrong / np.maximum(number * others, 1),
            np.where(true, rank, 0).max(axis=1, initial=0),
        ],
        axis=1,
    ).astype(np.float64)
