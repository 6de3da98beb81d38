"""Training dynamics as they stood after any number of epochs, at a cost that does not grow with that number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .events import flips, forgetting
from .tracks import Tracks

Array = npt.NDArray[Any]
BLOCK = 32  # epochs that are summed at once: as many sums are kept as there are blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicsSoFar:
    """What the first n epochs say of each sample; the fields are those of `Dynamics`.

    Args:
        confidence: float64 [samples]; NaN for a sample without any prediction.
        variability: float64 [samples].
        correctness: float64 [samples].
        flips: int64 [samples].
        forgotten: int64 [samples].
    """

    confidence: Array
    variability: Array
    correctness: Array
    flips: Array
    forgotten: Array


class RunningDynamics:
    """Sums over blocks of epochs, from which the dynamics until any epoch follow.

    Args:
        tracks: of all epochs.
    """

    def __init__(self, tracks: Tracks) -> None:
        self.tracks = tracks
        known, correct = tracks.known, tracks.correct
        confidence = np.where(known, tracks.confidence, 0).astype(np.float32)
        nothing = np.zeros((min(len(known), 1), known.shape[1]), bool)  # no event ends in the first epoch
        flipped = np.concatenate([nothing, flips(tracks.predicted)])
        forgot = np.concatenate([nothing, forgetting(correct, known)])
        self._parts = {
            "known": _Sums(known, np.int64),
            "confidence": _Sums(confidence, np.float64),
            "squares": _Sums(confidence, np.float64, square=True),
            "correct": _Sums(correct, np.int64),
            "flips": _Sums(flipped, np.int64),
            "forgotten": _Sums(forgot, np.int64),
        }

    def until(self, epochs: int) -> DynamicsSoFar:
        """After the first `epochs` epochs."""
        sums = {name: part.until(epochs) for name, part in self._parts.items()}
        with np.errstate(invalid="ignore"):
            mean = sums["confidence"] / sums["known"]
            variance = sums["squares"] / sums["known"] - mean**2
            correctness = sums["correct"] / sums["known"]
        return DynamicsSoFar(
            confidence=mean,
            variability=np.sqrt(np.maximum(variance, 0)),
            correctness=correctness,
            flips=sums["flips"],
            forgotten=sums["forgotten"],
        )


class _Sums:
    """Sums of the first rows of a matrix.

    Args:
        rows: [epochs, samples].
        dtype: of the sums.
        square: of the squares of the rows.
    """

    def __init__(self, rows: Array, dtype: Any, *, square: bool = False) -> None:
        self._rows, self._dtype, self._square = rows, dtype, square
        starts = range(0, len(rows) - len(rows) % BLOCK, BLOCK)
        blocks = [self._sum(rows[start : start + BLOCK]) for start in starts]
        self._before = np.cumsum([np.zeros(rows.shape[1], dtype), *blocks], axis=0)

    def until(self, number: int) -> Array:
        """Sums of the first n rows."""
        whole = min(number // BLOCK, len(self._before) - 1)
        found: Array = self._before[whole] + self._sum(self._rows[whole * BLOCK : number])
        return found

    def _sum(self, rows: Array) -> Array:
        if self._square:
            wide = rows.astype(self._dtype)
            return np.asarray(np.einsum("es,es->s", wide, wide))
        return np.asarray(rows.sum(axis=0, dtype=self._dtype))
