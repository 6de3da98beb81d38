"""Formulas at every recorded threshold at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..counts.confusion import Counts
from ..counts.operating import best
from ..formulas import FormulaError, Inputs, Spec, evaluate, parse_spec
from ..formulas.best import direction
from .frame import Frame
from .views import class_in_view

Array = npt.NDArray[Any]
COUNTS = {"tp", "fp", "tn", "fn"}


def edges(frame: Frame) -> Array:
    """float64 [thresholds], increasing."""
    return frame.thresholds.astype(np.float64)


def following(frame: Frame) -> list[Spec]:
    """The frame's formulas that follow the threshold."""
    return [spec for spec in frame.metrics if COUNTS & set(spec.formula.needs)]


def moving(question: str | Spec) -> Spec:
    """A formula without the threshold of its own that `f1@0.3` has.

    Raises:
        FormulaError: It is unknown, or does not follow the threshold.
    """
    spec = parse_spec(question)
    if not COUNTS & set(spec.formula.needs):
        raise FormulaError(f"a formula must follow the threshold: use tp, fp, tn or fn. Received: {spec.label!r}")
    label = "@".join([spec.formula.label, str(spec.average)] if spec.average is not None else [spec.formula.label])
    return replace(spec, threshold=None, label=label if spec.split is None else f"{spec.split}:{label}")


def sweep(frame: Frame, spec: Spec, counts: Counts, logs: dict[str, Array]) -> Array:
    """A formula of tp, fp, tn, fn [classes, thresholds, ...]: float64 [thresholds, ...], NaN where undefined.

    Of the class in view where there is one and the formula asks for none of its own.

    Args:
        frame: of a run with counts.
        spec: the formula.
        counts: as they were counted; the prevalence that is set is taken into account here.
        logs: by name, as the formula takes them.

    Raises:
        FormulaError: It fails, or a prevalence is set and no one class is in view.
    """
    if spec.average is None:
        spec = replace(spec, average=class_in_view(frame))
    inputs = Inputs(*counts, matrix=None, logs=logs, kind=frame.kind, classes=frame.classes, argmax=False)
    return evaluate(*frame.query(spec).narrowed(inputs))


def subject(frame: Frame) -> str:
    """The class in view; "" where there is none, or the output is binary."""
    label = class_in_view(frame)
    return "" if label is None else frame.classes[label]


def scope(frame: Frame) -> str:
    """What formulas at a threshold are of: the class in view, each class against the rest; "" for a binary output."""
    return subject(frame) or ("one vs rest" if frame.kind.shares_samples(len(frame.classes)) else "")


def best_of(frame: Frame, spec: Spec, values: Array) -> tuple[Array, Array]:
    """The best value over thresholds, and that threshold: of equals the nearest to the decision.

    Args:
        frame: of the run.
        spec: the formula.
        values: float64 [..., thresholds].

    Returns:
        float64 [...] each; NaN where neither end is good, nothing is finite, or all is the same.
    """
    up = direction(spec)
    finite = np.where(np.isfinite(values) & (up is not None), values, np.nan)
    flat = np.fmax.reduce(finite, axis=-1) == np.fmin.reduce(finite, axis=-1)
    finite = np.where(flat[..., None], np.nan, finite)
    return best(
        finite,
        edges(frame),
        higher_is_better=bool(up),
        near=0.5 if frame.output is None else frame.output.decision_threshold,
    )
