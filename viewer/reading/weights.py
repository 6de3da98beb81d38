"""Sums of sample weights over epochs, in the place of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recorder.runfile import WEIGHT_COLUMNS, Output, TallyRows

from .tally_scanner import TallyScanner, check_width, classes_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WeightsOverEpochs:
    """What `CountsOverEpochs` is, of weights: float64 [classes, epochs], 0 where none were recorded.

    Args:
        tp: sum of the weights of true positives.
        fp: as tp.
        tn: as tp.
        fn: as tp.
        effective: how many samples of equal weight are as good, (sum of weights)^2 / sum of squared weights (Kish 1965,
            Survey Sampling, section 11.7).
    """

    tp: Floats
    fp: Floats
    tn: Floats
    fn: Floats
    effective: Floats


def weights_at(scanner: TallyScanner, split: str, output: Output, edge: int, slots: Ints) -> WeightsOverEpochs | None:
    """The sums at the threshold of that index, read from the parts each time; None where there are none at all."""
    shape = classes_of(output), len(slots)
    sides, squares = np.zeros((2, 2, *shape)), np.zeros(shape)  # side, and at or below the threshold, or above
    places = {slot: place for place, slot in enumerate(slots.tolist())}

    def take(rows: TallyRows, stated: Output, found: Ints) -> None:
        if (rows.split, rows.output) != (split, output.name):
            return
        sums, of_squares = rows.weights()
        wanted = (found >= 0) & np.isfinite(of_squares).all(axis=1)
        if not wanted.any():
            return
        bins = len(stated.thresholds) + 1
        check_width("sums of weights", received=sums.shape[-1], expected=bins, labels=rows.label, output=stated)
        at = rows.label[wanted], [places[slot] for slot in found[wanted].tolist()]
        for side in (0, 1):
            own = sums[wanted, side]
            sides[side, 0][at], sides[side, 1][at] = own[:, : edge + 1].sum(axis=1), own[:, edge + 1 :].sum(axis=1)
        squares[at] = of_squares[wanted].sum(axis=1)

    scanner.scan("weights", list(places), WEIGHT_COLUMNS, take)
    if not squares.any():
        return None
    (tn, fp), (fn, tp) = sides
    effective = np.divide(sides.sum(axis=(0, 1)) ** 2, squares, out=np.zeros(shape), where=squares > 0)
    return WeightsOverEpochs(tp, fp, tn, fn, effective)
