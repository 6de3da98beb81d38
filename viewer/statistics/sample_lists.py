"""Which samples are worth a look, in which order: hardest, forgotten, flipped, suspects, what two runs disagree on."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .aligned import matrix
from .suspects import NO_CLASS, Suspects
from .tracks import Tracks

Array = npt.NDArray[Any]
LISTS = {
    "hardest": "the lowest mean probability of the true class",
    "forgotten": "right once and wrong later, most often first",
    "flipped": "another predicted class than the time before, most often first",
    "suspects": "the model is sure of another class than the label: the label may be wrong; surest first",
}
ONLY_A, ONLY_B = "only-a", "only-b"


class Told(Protocol):
    """What the epochs say of each sample, as `Dynamics` and `DynamicsSoFar` have it."""

    @property
    def confidence(self) -> Array:
        """float64 [samples]."""
        ...

    @property
    def forgotten(self) -> Array:
        """int64 [samples]."""
        ...

    @property
    def flips(self) -> Array:
        """int64 [samples]."""
        ...


def listed(which: str, told: Told, margin: Array) -> Array:
    """Places of the samples of a list, the most telling first; of equals the harder, then the earlier.

    Args:
        which: one of `LISTS`.
        told: what the epochs say.
        margin: float64 [samples] as `margins` gives it.

    Returns:
        int64; all samples of "hardest", those without any prediction last; of the others those that belong there.

    Raises:
        ValueError: There is no such list.
    """
    counts = {"hardest": np.zeros(len(told.confidence)), "forgotten": told.forgotten, "flipped": told.flips}
    if which not in LISTS:
        raise ValueError(f"a list of samples must be one of {', '.join(LISTS)}. Received: {which!r}")
    telling = counts.get(which, margin)
    order: Array = np.lexsort((told.confidence, -telling))
    belongs = ~np.isnan(margin) if which == "suspects" else telling > 0
    return order if which == "hardest" else order[belongs[order]]


def margins(tracks: Tracks, suspects: Suspects, labels: int) -> tuple[Array, Array]:
    """Suspects at the places of tracks.

    Args:
        tracks: of the same split and output.
        suspects: of one of its epochs.
        labels: of a sample.

    Returns:
        float64 [samples], by how much the suggested class is ahead, NaN where the label is no suspect; int32 [samples],
        the suggested class, -1 where there is none.
    """
    columns, keys = (_keys(one.sample, one.label, labels) for one in (tracks, suspects))
    margin = np.where(suspects.suspect, suspects.margin, np.nan)
    return matrix(columns, [keys], [margin], np.nan)[0], matrix(columns, [keys], [suspects.suggested], NO_CLASS)[0]


def disagreements(which: str, right: tuple[Array, Array], known: Array, confidence: tuple[Array, Array]) -> Array:
    """Places of the samples that one of two runs gets right and the other wrong, the widest apart first.

    Args:
        which: `ONLY_A` or `ONLY_B`: which of the two is right.
        right: bool [samples] of A and of B.
        known: bool [samples]: both have a prediction.
        confidence: float [samples] of A and of B: probability of the true class.
    """
    (a, b), (first, second) = right, confidence
    belongs, ahead = (a & ~b, first - second) if which == ONLY_A else (b & ~a, second - first)
    order: Array = np.argsort(-ahead, kind="stable")
    return order[(belongs & known)[order]]


def _keys(sample: Array, label: Array | None, labels: int) -> Array:
    return sample if label is None else sample * labels + label
