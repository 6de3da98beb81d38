"""The recorded samples of a run at one epoch: which they are, and what was decided about each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, SampleIds, Samples, kind_of

from ..counts.scores import TINY
from ..reading.sample_ids import called
from ..run import Run
from ..statistics.paired import Scheme

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of one run at one epoch.

    Args:
        samples: as they were recorded.
        output: what was counted of them.
        counted: how many samples of the split were counted at this epoch, recorded one by one or not.
        ids: what the user calls the samples of the split; None where that was not recorded.
    """

    samples: Samples
    output: Output
    counted: int
    ids: SampleIds | None = None

    def taken(self, rows: Array) -> Predictions:
        """The same of some of the samples, by their rows."""
        if np.array_equal(rows, np.arange(len(self.samples.sample))):
            return self
        samples = self.samples
        some = replace(
            samples,
            sample=samples.sample[rows],
            y_true=samples.y_true[rows],
            y_score=samples.y_score[rows],
            label=samples.label if samples.label is None or np.ndim(samples.label) == 1 else samples.label[rows],
            weight=None if samples.weight is None else samples.weight[rows],
        )
        return replace(self, samples=some)

    @property
    def fingerprint(self) -> str:
        """Of ids and labels: where it is the same, the samples are."""
        ids, truth = np.asarray(self.samples.sample, np.int64), np.asarray(self.samples.y_true, np.int64)
        return hashlib.sha256(b"".join([ids.tobytes(), str(truth.shape).encode(), truth.tobytes()])).hexdigest()

    @property
    def usable(self) -> Array:
        """bool [samples]: those that have a score (of every class) and a label that is not ignored."""
        kept = kind_of(self.output).kept(self.samples.y_true, self.output).reshape(len(self.samples.sample), -1)
        return np.logical_not(np.isnan(self.samples.y_score).any(axis=1)) & kept.all(axis=1)

    @property
    def whole(self) -> bool:
        """Whether the scores of all classes were kept, not those of the true one and the largest alone."""
        return self.samples.label is None or np.ndim(self.samples.label) == 1

    def truth(self, scheme: Scheme) -> Array:
        """Labels as `Scheme.outcome` takes them."""
        return self.samples.y_true if scheme.argmax else self.sides()

    def sides(self) -> Array:
        """Whether a sample is of each class, 0 or 1 [samples, classes]; for binary of the positive one."""
        return kind_of(self.output).one_vs_rest(self.samples.y_true, len(self.output.classes)) * 1

    def decided(self, scheme: Scheme, threshold: float | None) -> Array:
        """What was decided, as `Scheme.outcome` takes it; a threshold needs the scores to be `whole`."""
        if scheme.argmax:
            return self._largest()
        return (self.scores() > np.float32(threshold)) * 1

    def scores(self) -> Array:
        """float32 [samples, scores], denormal ones as zero, as they are counted."""
        score = self.samples.y_score
        return np.where(np.abs(score) < TINY, np.float32(0), score)

    def _largest(self) -> Array:
        """The class with the largest score, of equals the first one, as argmax has it."""
        score, label = self.samples.y_score, self.samples.label
        labels = np.broadcast_to(np.arange(score.shape[1]) if label is None else label, score.shape)
        best = score == score.max(axis=1, keepdims=True, initial=-np.inf)
        found: Array = np.where(best, labels, len(self.output.classes)).min(axis=1, initial=len(self.output.classes))
        return found


def predictions(run: Run, split: str, position: int, output: str | None) -> Predictions | None:
    """What was recorded of the epoch at a position; None where no samples were."""
    if split not in run.splits(output):
        return None
    for _, samples in run.sample_records(split, output=output, positions=[position]):
        counted = run.value("tp + fp + tn + fn", split, average="0", output=output, position=position)
        number = 0 if np.isnan(counted) else int(counted)
        return Predictions(samples, run.output(output), number, run.sample_ids(split))
    return None


def aligned(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions]:
    """The same of the samples that both have, in one order, where both say what these are called; else as they are.

    The second takes the positions of the first: of two validation sets in another order a sample has two.
    """
    if first.ids is None or second.ids is None:
        return first, second
    (at_a, names_a), (at_b, names_b) = _named(first.samples, first.ids), _named(second.samples, second.ids)
    if names_a.dtype != names_b.dtype:
        return first.taken(at_a[:0]), second.taken(at_b[:0])
    _, in_a, in_b = np.intersect1d(names_a, names_b, assume_unique=True, return_indices=True)
    order = np.argsort(at_a[in_a])
    one, other = first.taken(at_a[in_a][order]), second.taken(at_b[in_b][order])
    return one, replace(other, samples=replace(other.samples, sample=one.samples.sample))


def _named(samples: Samples, ids: SampleIds) -> tuple[Array, Array]:
    """The rows of the samples that have an id, and these ids."""
    rows = np.flatnonzero(np.isin(samples.sample, ids.sample))
    return rows, called(np.asarray(samples.sample)[rows], ids)
