"""What a panel of curves draws, as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A value over epochs.

    Args:
        label: of the formula or log.
        split: "val", "train" or a probe; "" for a value that belongs to none.
        epochs: int64 [epochs], or steps; float64 of a run whose own unit is another.
        values: float64 [epochs]; NaN is a gap.
        now: the value at the cursor, NaN where there is none.
        bounded: the value at a position, a `Bounded` where it can be had; None where the formula knows no bounds.
        style: number of its colour, the run's where several are shown, else the formula's; None for ink.
        low: end of the axis, None if open.
        high: end of the axis, None if open.
        band: ends of the credible band, float64 [epochs] each; None where there is none.
        drawn: what the band takes as drawn at random, in words: `40 groups`; "" where nobody said that samples belong
            together.
        best: position of the run's best epoch; None where it has none, neither end is good, or it is not a main curve.
        main: it is labelled; the others are the same formula on other splits.
        counted: it is a formula, not a log.
        run: name of the run where several are shown, else "".
        broken: positions at which a log was recorded as NaN or infinite.
        diverged: epoch at which a loss broke out; None where it did not.
        unit: what `epochs` are: "epoch" or "step".
        edge: " (at 0.5)" where the recorded edge that is used is not the threshold that is asked for, else "".
    """

    label: str
    split: str
    epochs: Array
    values: Array
    now: float = np.nan
    bounded: Callable[[int], float] | None = None
    style: int | None = None
    low: float | None = None
    high: float | None = None
    band: tuple[Array, Array] | None = None
    drawn: str = ""
    best: int | None = None
    main: bool = True
    counted: bool = True
    run: str = ""
    edge: str = ""
    unit: Unit = "epoch"
    broken: tuple[int, ...] = ()
    diverged: int | None = None

    @property
    def words(self) -> str:
        """The formula, and the edge where that must be said."""
        return self.label + self.edge

    def at(self, position: int) -> float:
        """The value at a position; a `Bounded` where the formula knows how far it is open."""
        value = float(self.values[position])
        return value if self.bounded is None or np.isnan(value) else self.bounded(position)

    def at_epoch(self, epoch: int | None) -> float:
        """The same of an epoch by its number; NaN where it has none."""
        if epoch is None:
            return float("nan")
        position = int(np.searchsorted(self.epochs, epoch))
        known = position < len(self.epochs) and self.epochs[position] == epoch
        return self.at(position) if known else float("nan")

    @property
    def newest(self) -> float:
        """The last value that is known, as `at` gives it; NaN where there is none."""
        position = last_known(self.values)
        return float("nan") if position is None else self.at(position)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others of a picture."""
        return self.label, self.split, self.run


def last_known(values: Array) -> int | None:
    """Position of the last number that is finite; None where there is none."""
    known = np.isfinite(values[::-1])
    behind = int(known.argmax()) if len(known) else 0
    return len(known) - 1 - behind if known[behind : behind + 1].any() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesNumbers:
    """What the panel `curves` draws.

    Args:
        curves: by formula, each with its splits or runs; those in focus first.
        faults: a sentence for each formula that could not be had.
        threshold: at which formulas are taken; None where they depend on none.
        mixed: some of them name another threshold, such as `f1@0.3`.
        best_by: by what the best epoch is the best, in words; "" where there is none, or runs differ in it.
    """

    curves: tuple[Curve, ...] = ()
    faults: tuple[str, ...] = ()
    threshold: float | None = None
    mixed: bool = False
    best_by: str = ""

    @property
    def nbytes(self) -> int:
        """Bytes of the values and bands, as of an array."""
        return sum(array.nbytes for curve in self.curves for array in (curve.values, *(curve.band or ())))
