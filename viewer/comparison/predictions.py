"""The recorded samples of a run at one epoch: which they are, and what was decided about each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, kind_of

from ..counts.scores import TINY
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
    """

    samples: Samples
    output: Output
    counted: int

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
        return Predictions(samples, run.output(output), 0 if np.isnan(counted) else int(counted))
    return None
