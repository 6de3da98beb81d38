"""What was decided about each recorded sample of one epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, kind_of, not_denormal

from .paired import Scheme

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Predictions of one epoch.

    Args:
        samples: as they were recorded.
        output: what was counted of them.
    """

    samples: Samples
    output: Output

    @property
    def kept(self) -> Array:
        """bool [samples, columns]: whether there is a label that is not ignored, of each label that stands apart."""
        found = kind_of(self.output).kept(self.samples.y_true, self.output)
        return found if found.ndim == 2 else found[:, None]

    @property
    def usable(self) -> Array:
        """bool [samples]: those that have a score (of every class) and a label that is not ignored."""
        return np.logical_not(np.isnan(self.samples.y_score).any(axis=1)) & self.kept.all(axis=1)

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

    def outcomes(self, scheme: Scheme, threshold: float | None) -> Array:
        """int64 [samples, columns] of `Scheme.outcome`; -1 where nothing was counted: no score, or no label."""
        found = scheme.outcome(self.truth(scheme), self.decided(scheme, threshold))
        missing: Array = np.asarray(np.isnan(self.samples.y_score))
        if kind_of(self.output).argmax:  # a decision takes the scores of all classes
            missing = np.asarray(missing.any(axis=1, keepdims=True))
        return np.where(self.kept & ~missing, found, -1)

    def scores(self) -> Array:
        """float32 [samples, scores], denormal ones as zero, as they are counted."""
        return not_denormal(self.samples.y_score)

    def _largest(self) -> Array:
        """The class with the largest score, of equals the first one, as argmax has it."""
        score, label = self.samples.y_score, self.samples.label
        labels = np.broadcast_to(np.arange(score.shape[1]) if label is None else label, score.shape)
        best = score == score.max(axis=1, keepdims=True, initial=-np.inf)
        found: Array = np.where(best, labels, len(self.output.classes)).min(axis=1, initial=len(self.output.classes))
        return found
