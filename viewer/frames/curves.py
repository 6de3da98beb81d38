"""Numbers of the curves over epochs: formulas of the counts, and logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import FormulaError, Spec, parse_spec
from .frame import Frame

Array = npt.NDArray[Any]
LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "crossentropy")


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over epochs.

    Args:
        label: for the legend.
        split: "val", "train" or a probe; "" for a log that belongs to none.
        epochs: int64 [epochs].
        values: float64 [epochs]; NaN is a gap.
        style: number of its colour; the splits of one formula share it.
        low: end of the axis, None if open.
        high: end of the axis, None if open.
        band: ends of the credible band, float64 [epochs] each; None where there is none.
        best: position of the best value; None where neither end is good, or there is none.
        run: name of the run where several are shown, else "".
    """

    label: str
    split: str
    epochs: Array
    values: Array
    style: int = 0
    low: float | None = None
    high: float | None = None
    band: tuple[Array, Array] | None = None
    best: int | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class CurvesNumbers:
    """What the panel `curves` draws: the curves, and a sentence for each that could not be had."""

    curves: tuple[Curve, ...] = ()
    faults: tuple[str, ...] = field(default_factory=tuple)


def curves(frame: Frame, names: Sequence[str] = ()) -> CurvesNumbers:
    """The curves of formulas or logs by name; of the frame's own formulas where none is named.

    Where several runs are shown there is one curve a formula and run, of the frame's split, and the style is the run's.
    """
    found: list[Curve] = []
    faults: list[str] = []
    for style, question in enumerate(names or _own(frame)):
        try:
            found += _overlaid(frame, question) if len(frame.runs) > 1 else _curves_of(frame, question, style)
        except (FormulaError, ValueError) as error:
            faults.append(str(error))
    return CurvesNumbers(tuple(found), tuple(dict.fromkeys(faults)))


def best_position(values: Array, higher_is_better: bool | None) -> int | None:
    """Position of the best value, the first of equals; None where neither end is good or all are NaN."""
    if higher_is_better is None or not np.isfinite(values).any():
        return None
    finite = np.where(np.isfinite(values), values, -np.inf if higher_is_better else np.inf)
    return int(finite.argmax() if higher_is_better else finite.argmin())


def direction(spec: Spec) -> bool | None:
    """Whether higher is better: what the formula states; of a log, what its name tells."""
    stated = spec.formula.higher_is_better
    if stated is None and any(word in spec.label.lower() for word in LOWER_IS_BETTER):
        return False
    return stated


def _own(frame: Frame) -> Sequence[str | Spec]:
    if frame.metrics:
        return frame.metrics
    names = [name for name in frame.logs if not name.startswith("val_") and name not in ("loss", "learning_rate")]
    return names[:8]


def _curves_of(frame: Frame, question: str | Spec, style: int) -> Iterator[Curve]:
    if isinstance(question, str) and question in frame.logs:
        yield from _log_curves(frame, question, style)
        return
    spec = parse_spec(question)
    for split in frame.splits or [""]:
        values = frame.values(spec, split)
        shown = split == frame.split
        yield Curve(
            label=spec.label,
            split=split,
            epochs=frame.epochs,
            values=values,
            style=style,
            low=spec.formula.low,
            high=spec.formula.high,
            band=frame.band(spec, split) if shown else None,
            best=best_position(values, direction(spec)) if shown else None,
        )
        if not {"tp", "fp", "tn", "fn", "matrix", "scores", "y_true", "y_score"} & set(spec.formula.needs):
            return  # of logs alone: the same for every split


def _log_curves(frame: Frame, name: str, style: int) -> Iterator[Curve]:
    validation = f"val_{name}"
    pair = validation in frame.logs
    yield Curve(name, "train" if pair else "", frame.epochs, frame.logs[name], style)
    if pair:
        values = frame.logs[validation]
        best = best_position(values, direction(parse_spec(f"`{name}`")))
        yield Curve(name, "val", frame.epochs, values, style, best=best)


def _overlaid(frame: Frame, question: str | Spec) -> Iterator[Curve]:
    for style, run in enumerate(frame.runs):
        spec = parse_spec(f"`{question}`" if isinstance(question, str) and question in run.logs else question)
        split = frame.split if frame.split in run.splits() else "val"
        values = frame.values(spec, split, run)
        name = f"{run.name} {run.folder.name[-4:]}"
        yield Curve(
            spec.label.strip("`"), split, run.epoch_numbers, values, style, spec.formula.low, spec.formula.high, run=name
        )
