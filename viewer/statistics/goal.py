"""What a person wants of a threshold: something to be best, and conditions to be met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from recorder.runfile import ONE_VS_REST

from ..counts.prevalence import at_prevalence
from ..formulas import FORMULAS, Formula, FormulaError, Inputs, Spec, evaluate, parse_spec

Array = npt.NDArray[Any]
Counts = tuple[Array, Array, Array, Array]
COUNTS = ("tp", "fp", "tn", "fn")
TOLERANCE = 1e-9  # relative: what rounding may do to a share


@dataclass(frozen=True, slots=True)
class Condition:
    """A formula that must be at least, or at most, so much."""

    spec: Spec
    bound: float
    at_least: bool

    def __str__(self) -> str:
        return f"{self.spec.label} of at {'least' if self.at_least else 'most'} {self.bound:,g}"

    def shortfall(self, counts: Counts) -> Array:
        """By how much it is missed, as a share of the bound: 0 where it is met, infinite where it is undefined."""
        values = measure(self.spec, counts)
        missed = (self.bound - values if self.at_least else values - self.bound) / self.bound
        return np.where(np.isnan(missed), np.inf, np.where(missed > TOLERANCE, missed, 0))


class Conditions(TypedDict, total=False):
    """What a `Goal` takes beside its formula."""

    cost_fp: float | None
    cost_fn: float | None
    alerts: float | None
    precision: float | None
    recall: float | None
    prevalence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What to optimise, and under which conditions.

    With costs, the cost per sample is minimised: (cost_fp fp + cost_fn fn) / samples. Without costs and formula,
    precision is maximised where recall has a condition and precision has none, recall where precision or alerts have
    one and recall has none, else F1.

    Args:
        formula: the formula to maximise (or minimise, where lower is better): a name, an expression, a function.
        cost_fp: cost of a false positive, 0 or more, in any unit.
        cost_fn: cost of a false negative, in the same unit.
        alerts: the largest number of samples in 10,000 that may be called positive.
        precision: the lowest precision allowed, in (0, 1].
        recall: the lowest recall allowed, in (0, 1].
        prevalence: share of positives, in (0, 1), that all formulas are evaluated for; the scores within each class
            stay as they were recorded.

    Raises:
        ValueError: An argument breaks its rule.
    """

    formula: str | Formula | Spec | Callable[..., Any] | None = None
    cost_fp: float | None = None
    cost_fn: float | None = None
    alerts: float | None = None
    precision: float | None = None
    recall: float | None = None
    prevalence: float | None = None

    def __post_init__(self) -> None:
        for name in ("precision", "recall"):
            bound = getattr(self, name)
            if bound is not None and not 0 < bound <= 1:
                raise ValueError(f"{name} must be in (0, 1]. Received: {bound}")
        if self.alerts is not None and not 0 < self.alerts <= 10_000:
            raise ValueError(f"alerts must be in (0, 10000], of 10,000 samples. Received: {self.alerts}")
        if self.prevalence is not None and not 0 < self.prevalence < 1:
            raise ValueError(f"prevalence must be in (0, 1). Received: {self.prevalence}")
        self._check_costs()

    def _check_costs(self) -> None:
        given = [cost for cost in (self.cost_fp, self.cost_fn) if cost is not None]
        if given and self.formula is not None:
            raise ValueError(f"a goal must have a formula or costs, not both. Received: {self.formula!r} and {given}")
        if given and (len(given) < 2 or min(given) < 0 or max(given) == 0):
            raise ValueError(
                "cost_fp and cost_fn must be given together, 0 or more, not both 0. "
                f"Received: {self.cost_fp} and {self.cost_fn}"
            )

    @property
    def objective(self) -> Spec:
        """What is to be best.

        Raises:
            FormulaError: The formula is unknown, or does not follow the threshold.
        """
        if self.cost_fp is not None and self.cost_fn is not None:
            return _cost(self.cost_fp, self.cost_fn)
        if self.formula is None:
            return parse_spec(self._left_open())
        spec = parse_spec(self.formula)
        if spec.threshold is not None or not spec.formula.needs or not set(spec.formula.needs) <= set(COUNTS):
            raise FormulaError(
                "a threshold is chosen for a formula of tp, fp, tn and fn that has none of its own"
                f"{FORMULAS.nearest(spec.formula.name)}. "
                f"Received: {spec.label}"
            )
        return spec

    def _left_open(self) -> str:
        """What to look for where conditions say what is not to be given up for it."""
        if self.recall is not None:
            return "precision" if self.precision is None else "f1"
        return "f1" if self.precision is None and self.alerts is None else "recall"

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must be met."""
        stated = (
            (parse_spec("precision"), self.precision, True),
            (parse_spec("recall"), self.recall, True),
            (ALERTS, self.alerts, False),
        )
        return tuple(Condition(spec, bound, at_least) for spec, bound, at_least in stated if bound is not None)

    @property
    def measures(self) -> dict[str, Spec]:
        """What a result states, by label: the objective, then precision, recall and alerts."""
        stated = (self.objective, parse_spec("precision"), parse_spec("recall"), ALERTS)
        return {spec.label: spec for spec in stated}

    @property
    def lowest(self) -> bool:
        """Whether the objective is to be low."""
        return self.objective.formula.higher_is_better is False

    def value(self, counts: Counts) -> Array:
        """The objective at counts as they were counted, of any one shape."""
        return measure(self.objective, self.rescaled(counts))

    def shortfall(self, counts: Counts) -> Array:
        """By how much all conditions together are missed, 0 where they are met, at counts as they were counted."""
        there = self.rescaled(counts)
        missed = np.zeros(np.shape(there[0]))
        for condition in self.conditions:
            missed = missed + condition.shortfall(there)
        return missed

    def rescaled(self, counts: Counts) -> Counts:
        """The counts at the prevalence that is asked for."""
        return counts if self.prevalence is None else at_prevalence(*counts, self.prevalence)

    def __str__(self) -> str:
        wanted = f"{'lowest' if self.lowest else 'highest'} {self.objective.label}"
        under = " and ".join(map(str, self.conditions))
        return f"{wanted}{' with ' * bool(under)}{under}"


def measure(spec: Spec, counts: Counts) -> Array:
    """A formula of counts of any one shape: float64 of that shape, NaN where it is undefined."""
    return evaluate(spec, inputs_of(counts))


def inputs_of(counts: Counts) -> Inputs:
    """Counts of one class against the rest as formulas take them."""
    tp, fp, tn, fn = (np.asarray(count)[None] for count in counts)
    classes = ("negative", "positive")
    return Inputs(tp=tp, fp=fp, tn=tn, fn=fn, matrix=None, logs={}, kind=ONE_VS_REST, classes=classes, argmax=False)


def _cost(cost_fp: float, cost_fn: float) -> Spec:
    def cost(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
        return (cost_fp * fp + cost_fn * fn) / (tp + fp + tn + fn)

    return Spec(Formula("cost", cost, COUNTS, low=0.0, higher_is_better=False), label="cost per sample")


def _alerts(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    return 10_000 * (tp + fp) / (tp + fp + tn + fn)


ALERTS = Spec(Formula("alerts", _alerts, COUNTS, low=0.0, high=10_000.0), label="alerts per 10,000")
