"""Training dynamics: what all epochs together say of each sample, and of each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .events import NEVER, churn, data_map, first_learnt, flips, forgetting, learnt_for_good
from .tracks import Tracks

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """What the epochs together say of each sample, and of each epoch. Of a multi-label output, of each label.

    Args:
        tracks: what it was computed from.
        confidence: float64 [samples], mean probability of the true class over the epochs.
        variability: float64 [samples], standard deviation of that probability.
        correctness: float64 [samples], share of the epochs in which the sample was right.
        forgotten: int64 [samples], forgetting events.
        first_learnt: int64 [samples], the first epoch in which the sample was right; -1 if in none.
        learnt: int64 [samples], the epoch since which it has always been right; -1 if it is wrong now.
        flips: int64 [samples], changes of the predicted class.
        churn: float64 [epochs], share of samples whose predicted class changed; NaN in the first epoch.
        newly_learnt: int64 [epochs], samples that were wrong in the epoch before and are right.
        newly_forgotten: int64 [epochs], samples that were right in the epoch before and are wrong.
    """

    tracks: Tracks
    confidence: Array
    variability: Array
    correctness: Array
    forgotten: Array
    first_learnt: Array
    learnt: Array
    flips: Array
    churn: Array
    newly_learnt: Array
    newly_forgotten: Array


def dynamics_of(tracks: Tracks) -> Dynamics:
    """Everything that `Dynamics` holds; `tracks.until(n)` gives it as it stood after n epochs."""
    known, correct = tracks.known, tracks.correct
    confidence, variability = data_map(tracks.confidence)
    changed, forgot = flips(tracks.predicted), forgetting(correct, known)
    learning = forgetting(known & ~correct, known)  # the same, with right and wrong exchanged
    with np.errstate(invalid="ignore"):
        correctness = correct.sum(axis=0) / known.sum(axis=0)
    return Dynamics(
        tracks=tracks,
        confidence=confidence,
        variability=variability,
        correctness=correctness,
        forgotten=forgot.sum(axis=0),
        first_learnt=_epochs(tracks, first_learnt(correct)),
        learnt=_epochs(tracks, learnt_for_good(correct, known)),
        flips=changed.sum(axis=0),
        churn=churn(changed, known),
        newly_learnt=_since_before(learning, len(known)),
        newly_forgotten=_since_before(forgot, len(known)),
    )


def _epochs(tracks: Tracks, position: Array) -> Array:
    """Positions as epoch numbers; -1 stays."""
    numbers = np.append(tracks.epochs, NEVER)  # which -1 finds last
    return numbers[position]


def _since_before(events: Array, epochs: int) -> Array:
    """Events [epochs - 1, samples] counted by the epoch they end in: int64 [epochs]."""
    return np.append(0, events.sum(axis=1))[:epochs]
