"""Numbers of the classes, each against the rest, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...counts.confusion import Counts
from ...counts.prevalence import at_prevalence
from ...formulas import FormulaError, Spec, parse_spec
from ...frame.class_counts import COUNTS, class_counts
from ...frame.frame import Frame
from ..in_words import brief, listed

Array = npt.NDArray[Any]
USUAL = ("f1", "recall", "precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerClass:
    """A formula of each class against the rest.

    Args:
        label: of the formula.
        style: number of its colour.
        values: float64 [classes], worst class of the first formula first; NaN where undefined.
        low: end of the axis, None if open.
        high: end of the axis, None if open.
    """

    label: str
    style: int
    values: Array
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesNumbers:
    """What the panel `classes` draws.

    Args:
        formulas: the first one decides the order.
        order: int64 [classes], numbers of the classes; those without a value of the first formula are last.
        names: of the classes, in this order.
        support: int64 [classes], samples of each, in this order.
        threshold: that decides; None where argmax does, or each formula has its own.
        mixed: some formulas have their own.
        faults: a sentence for each formula that could not be had.
    """

    formulas: tuple[PerClass, ...]
    order: Array
    names: tuple[str, ...]
    support: Array
    threshold: float | None = None
    mixed: bool = False
    faults: tuple[str, ...] = ()

    def in_words(self) -> str:
        """The worst classes by the first formula."""
        if not self.formulas:
            return f"{len(self.names)} classes"
        first = self.formulas[0]
        worst = (f"{name} {brief(float(value))}" for name, value in zip(self.names, first.values, strict=False))
        return f"{first.label}, worst first: {listed(worst)}"

    @property
    def undefined(self) -> int:
        """Classes without a value of the first formula."""
        return int(np.isnan(self.formulas[0].values).sum()) if self.formulas else 0


def classes(frame: Frame, names: Sequence[str] = ()) -> ClassesNumbers | None:
    """Formulas of each class at the cursor; None without counts.

    Args:
        frame: with the cursor.
        names: formulas; the frame's own, each without its average, where none is named.
    """
    counts = class_counts(frame)
    if counts is None or not any(count.any() for count in counts):
        return None
    found: list[tuple[Spec, Array]] = []
    faults: list[str] = []
    for question in names or _own(frame):
        try:
            spec = _alone(parse_spec(question))
            found.append((spec, _values(frame, spec, counts)))
        except FormulaError as error:
            faults.append(str(error))
    order = _worst_first(*found[0]) if found else np.arange(len(counts[0]))
    all_names = frame.classes
    styles = _styles(frame, [spec for spec, _ in found])
    return ClassesNumbers(
        formulas=tuple(
            PerClass(label=spec.label, style=style, values=values[order], low=spec.formula.low, high=spec.formula.high)
            for (spec, values), style in zip(found, styles, strict=True)
        ),
        order=order,
        names=tuple(all_names[at] for at in order),
        support=(counts[0] + counts[3])[order],
        threshold=frame.threshold if any(spec.threshold is None for spec, _ in found) else None,
        mixed=any(spec.threshold not in (None, frame.threshold) for spec, _ in found),
        faults=tuple(dict.fromkeys(faults)),
    )


def _own(frame: Frame) -> list[Spec]:
    """The frame's formulas that say something of one class; the usual ones besides, where there is but one such.

    A formula with a definition for the whole matrix, such as accuracy, is another thing for a class against the rest.
    """
    metrics = [spec for spec in frame.metrics if set(spec.formula.needs) <= COUNTS and not spec.formula.matrix_function]
    found = {_key(spec): spec for spec in metrics}
    if len(found) < 2:
        found |= {_key(spec): spec for spec in map(parse_spec, USUAL) if _key(spec) not in found}
    return list(found.values())


def _key(spec: Spec) -> tuple[Any, ...]:
    """What tells it from others, whatever its average."""
    return spec.formula, spec.threshold, spec.split


def _alone(spec: Spec) -> Spec:
    """The formula without an average."""
    of, at = "" if spec.split is None else f"{spec.split}:", "" if spec.threshold is None else f"@{spec.threshold:g}"
    return replace(spec, average=None, label=f"{of}{spec.formula.label or spec.formula.name}{at}")


def _values(frame: Frame, spec: Spec, counts: Counts) -> Array:
    needs = spec.formula.needs
    if not set(needs) <= COUNTS or not needs:
        raise FormulaError(f"a formula of each class must take tp, fp, tn, fn. Received: {spec.label!r}")
    if spec.threshold is not None or spec.split is not None:
        counts = class_counts(frame, spec.threshold, spec.split) or counts
    if frame.knobs.prevalence is not None:
        counts = at_prevalence(*counts, frame.knobs.prevalence)
    named = dict(zip(("tp", "fp", "tn", "fn"), (np.asarray(count, np.float64) for count in counts), strict=True))
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(spec.formula.function(**{need: named[need] for need in needs}), np.float64)
            return np.broadcast_to(found, named["tp"].shape)
    except Exception as error:  # somebody else's code; the other formulas go on
        raise FormulaError(f"{spec.label} failed: {type(error).__name__}: {error}") from error


def _worst_first(spec: Spec, values: Array) -> Array:
    ranked = values if spec.formula.higher_is_better is not False else -values
    return np.argsort(np.where(np.isnan(ranked), np.inf, ranked), kind="stable")


def _styles(frame: Frame, specs: Sequence[Spec]) -> list[int]:
    """Colours: those of the same formulas among the frame's, whatever their average; free ones for the others."""
    own = {_key(spec): number for number, spec in reversed(list(enumerate(frame.metrics)))}
    free = iter(range(len(frame.metrics), len(frame.metrics) + len(specs)))
    return [own[_key(spec)] if _key(spec) in own else next(free) for spec in specs]
