"""Samples whose label looks wrong: confident learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, kind_of

Array = npt.NDArray[Any]
NO_CLASS = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """What confident learning makes of the samples of one epoch.

    Args:
        sample: int64 [columns], position in the data set.
        label: int32 [columns], the label; None unless multi-label.
        y_true: int32 [columns], the class a sample is labelled with.
        suggested: int32 [columns], the class the model is confident of; -1 where there is none.
        margin: float64 [columns], probability of the suggested class less that of the labelled one; NaN where no class
            is suggested.
    """

    sample: Array
    label: Array | None
    y_true: Array
    suggested: Array
    margin: Array

    @property
    def suspect(self) -> npt.NDArray[np.bool_]:
        """bool [columns]: the model is confident of another class than the labelled one."""
        return (self.suggested != NO_CLASS) & (self.suggested != self.y_true)


def suspects_of(samples: Samples, output: Output) -> Suspects:
    """Confident learning on the predictions of one epoch; each label of a multi-label output by itself.

    The method wants predictions on samples that the model was not trained on: those of validation, not of a probe of
    training samples.

    Args:
        samples: of one epoch.
        output: what they are of. Of more than 16 classes only the true one and the top five are known, and suggested.
    """
    truth = np.asarray(samples.y_true)
    kind = kind_of(output)
    kept = kind.kept(truth, output)
    place = np.nonzero(kept)
    y_true, scores = truth[kept].astype(np.int32), kind.probabilities(samples, len(output.classes))[kept]
    label = place[1].astype(np.int32) if kind.labels_apart else None
    suggested = np.full(len(y_true), NO_CLASS, np.int32)
    for one in [...] if label is None else [label == number for number in np.unique(label)]:
        suggested[one] = confident_class(y_true[one], scores[one])
    rows = np.arange(len(y_true))
    margin = np.where(suggested == NO_CLASS, np.nan, scores[rows, suggested] - scores[rows, y_true])
    return Suspects(sample=samples.sample[place[0]], label=label, y_true=y_true, suggested=suggested, margin=margin)


def confident_class(y_true: Array, scores: Array) -> Array:
    """The class that the model is confident of: Northcutt, Jiang and Chuang, "Confident Learning" (2021), eq. 1 and 2.

    The threshold of a class is the mean probability that samples labelled with it get for it. The confident class of a
    sample is, of those whose threshold it reaches, the one with the highest probability. Samples where it is not the
    labelled one are the off-diagonals of the confident joint: suspects.

    Args:
        y_true: int [samples], the labelled class.
        scores: float [samples, classes], probabilities; NaN where unknown.

    Returns:
        int32 [samples], -1 where no threshold is reached.

    >>> scores = np.array([[0.9, 0.1], [0.7, 0.3], [0.1, 0.9], [0.2, 0.8]])
    >>> confident_class(np.array([0, 0, 0, 1]), scores).tolist()  # thresholds 17/30 and 0.8: the third looks like a 1
    [0, 0, 1, 1]
    """
    own = y_true[:, None] == np.arange(scores.shape[1])
    told = own & ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        thresholds = np.where(told, scores, 0).sum(axis=0) / told.sum(axis=0)
    # A mean of equal numbers may come out a rounding error above them.
    confident = scores >= thresholds - 1e-6
    best = np.where(confident, scores, -1).argmax(axis=1)
    return np.where(confident.any(axis=1), best, NO_CLASS).astype(np.int32)
