"""Numbers of one formula over epochs and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit, four_counts

from ...formulas import FormulaError, Spec, parse_spec
from ...formulas.best import best_position, direction
from ...frame.frame import Frame
from ...frame.sweep import best_of, edges, following, moving, scope, sweep
from ...frame.views import has_histograms
from ...points import named
from ..curves.numbers import style_of
from ..in_words import brief

Array = npt.NDArray[Any]
ROWS, COLUMNS = 200, 400  # of the picture, at most
CHUNK = 64  # histograms that are summed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A formula over epochs and thresholds.

    Args:
        label: of the formula, with the class in view.
        style: number of its colour.
        epochs: int64 [epochs].
        thresholds: float64 [thresholds].
        values: float32 [thresholds, epochs]; NaN where undefined.
        picture: float32 [rows, columns]: the values at evenly spaced thresholds, from 0 up, and epochs.
        ridge: float64 [epochs]: the best threshold, of equals the nearest to the decision threshold; NaN where neither
            end is good, or nothing is defined.
        heights: float64 [epochs]: the values on the ridge.
        best: position in `epochs` of the best of them; None where there is none.
        reach: smallest and largest value; of a formula without ends all but the outermost.
        state: what the values depend on, and the record of each epoch.
        unit: what `epochs` are: "epoch" or "step".
    """

    label: str
    style: int
    epochs: Array
    thresholds: Array
    values: Array
    picture: Array
    ridge: Array
    heights: Array
    best: int | None
    reach: tuple[float, float]
    state: tuple[Any, tuple[Any, ...]]
    unit: Unit = "epoch"

    def in_words(self) -> str:
        """Where it is best."""
        if self.best is None:
            return f"{self.label} over {self.unit}s and thresholds"
        height, ridge = float(self.heights[self.best]), float(self.ridge[self.best])
        where = named(self.unit, self.epochs[self.best])
        return f"{self.label} best {brief(height)} at threshold {brief(ridge)}, {where}"

    def at(self, epoch: float, threshold: float) -> tuple[int, float, float]:
        """The nearest epoch and threshold, and the value there."""
        column, row = int(np.abs(self.epochs - epoch).argmin()), int(np.abs(self.thresholds - threshold).argmin())
        return int(self.epochs[column]), float(self.thresholds[row]), float(self.values[row, column])


def surface(frame: Frame, name: str = "", before: Surface | None = None) -> Surface | None:
    """One formula over all epochs and thresholds; None where counts are known at one or two only.

    Args:
        frame: of the run.
        name: of the formula; the first of the frame's that follows the threshold if "".
        before: what was there when fewer epochs were; only those that are new are then computed.

    Raises:
        FormulaError: It is unknown, does not follow the threshold, or fails.
    """
    if not has_histograms(frame):
        return None
    asked = parse_spec(name) if name else next(iter(following(frame)), None)
    if asked is None:
        raise FormulaError("a formula must follow the threshold: use tp, fp, tn or fn. Received: none that does")
    what = (id(frame.run), frame.output_name, frame.split, frame.knobs.label, frame.knobs.prevalence, asked.key)
    style = style_of(frame, asked, 0)
    found: Surface = frame.remember(("surface", style, *what), lambda: _surface(frame, asked, style, what, before))
    return found


def _surface(frame: Frame, asked: Spec, style: int, what: Any, before: Surface | None) -> Surface:
    spec, epochs, thresholds = moving(asked), frame.epochs, edges(frame)
    records = tuple((int(epoch), frame.run.line(position).attempt) for position, epoch in enumerate(epochs))
    known = len(before.epochs) if before is not None and before.state == (what, records[: len(before.epochs)]) else 0
    values = _values(frame, spec, np.arange(known, len(epochs)))
    heights, ridge = best_of(frame, spec, values.T)
    if before is not None and known:
        values = np.concatenate([before.values, values], axis=1)
        heights, ridge = np.append(before.heights, heights), np.append(before.ridge, ridge)
    return Surface(
        label=", ".join(filter(None, [spec.label, scope(frame)])),
        style=style,
        epochs=epochs,
        thresholds=thresholds,
        values=values,
        picture=_picture(values, epochs, thresholds, spacing(epochs, frame.unit)),
        ridge=ridge,
        heights=heights,
        best=best_position(heights, direction(spec)),
        reach=_reach(spec, values),
        state=(what, records),
        unit=frame.unit,
    )


def _values(frame: Frame, spec: Spec, positions: Array) -> Array:
    """float32 [thresholds, positions]."""
    step = max(CHUNK // len(frame.classes), 1)
    chunks: Sequence[Array] = [positions[start : start + step] for start in range(0, len(positions), step)]
    found = [_chunk(frame, spec, chunk) for chunk in chunks]
    return np.concatenate([np.zeros((len(edges(frame)), 0), np.float32), *found], axis=1)


def _chunk(frame: Frame, spec: Spec, positions: Array) -> Array:
    counts = four_counts(frame.histograms(positions, spec.split))
    tp, fp, tn, fn = (np.moveaxis(count, 0, -1) for count in counts)
    logs = {name: column[positions] for name, column in frame.logs.items()}
    values = sweep(frame, spec, (tp, fp, tn, fn), logs)
    return np.broadcast_to(values, (len(edges(frame)), len(positions))).astype(np.float32)


def _reach(spec: Spec, values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    if spec.formula.low is None or spec.formula.high is None:
        low, high = np.quantile(finite, [0.02, 0.98])
        return float(low), float(high)
    return float(finite.min()), float(finite.max())


def spacing(epochs: Array, unit: Unit) -> float:
    """How wide a point is on the axis: an epoch is 1; of steps it is what there usually is between two points."""
    return 1.0 if unit == "epoch" or len(epochs) < 2 else float(np.median(np.diff(epochs)))


def _picture(values: Array, epochs: Array, thresholds: Array, width: float = 1.0) -> Array:
    rows = np.abs(thresholds[:, None] - (np.arange(ROWS) + 0.5) / ROWS).argmin(axis=0)
    span = int(epochs[-1] - epochs[0]) + width
    many = min(round(span / width), COLUMNS)
    wanted = epochs[0] - width / 2 + (np.arange(many) + 0.5) * span / many
    columns = np.abs(epochs[:, None] - wanted).argmin(axis=0)
    missing = np.abs(epochs[columns] - wanted) > max(span / COLUMNS, width) / 2 + 1e-9
    picture = values[np.ix_(rows, columns)]
    picture[:, missing] = np.nan
    return picture
