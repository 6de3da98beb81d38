"""One question: a formula, and all that says where and how it is to be taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from .inputs import Inputs
from .spec import AVERAGES, FormulaLike, Spec, parse_spec


class Where(TypedDict, total=False):
    """The keyword arguments of a question, wherever one is asked with them.

    Args:
        threshold: above it a score is positive, in [0, 1]; None for the decision (argmax for multi-class).
        average: "macro", "micro", "weighted" or a class by name or number; None for the formula's own way.
        output: name of the output; the first one if None.
        prevalence: share of positives, in (0, 1), to evaluate for, the scores within each class as recorded; None for
            the recorded share. Of several classes one must be named.
        weights: sums of the sample weights stand in the place of tp, fp, tn and fn; an epoch without is NaN.
            Weights are summed over thresholds only, so that a multi-class output needs one.
        level: of a credible interval, in (0, 1).
    """

    threshold: float | None
    average: str | int | None
    output: str | None
    prevalence: float | None
    weights: bool
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question in full; what the formula itself says (`train:f1@0.3`) is already in its place.

    Args:
        spec: the formula, with its average or class.
        split: "val", "train" or the name of a probe.
        threshold: as in `Where`, as all that follow.
        output: name of the output.
        prevalence: of the positives.
        weights: instead of counts.
        level: of a credible interval.
    """

    spec: Spec
    split: str = "val"
    threshold: float | None = None
    output: str | None = None
    prevalence: float | None = None
    weights: bool = False
    level: float = 0.95

    def of(self, question: FormulaLike) -> Query:
        """The same of another formula, which may say some of it otherwise."""
        spec = parse_spec(question)
        if spec is self.spec and spec.split is None and spec.threshold is None:
            return self
        return replace(
            self,
            spec=spec,
            split=self.split if spec.split is None else spec.split,
            threshold=self.threshold if spec.threshold is None else spec.threshold,
        )

    def narrowed(self, inputs: Inputs) -> tuple[Spec, Inputs]:
        """What is to be evaluated: of the class that is named alone, at the prevalence that is asked for."""
        spec = self.spec
        if spec.average is not None and spec.average not in AVERAGES:
            inputs, spec = inputs.of_named(spec.average), replace(spec, average=None)
        return spec, inputs if self.prevalence is None else inputs.at_prevalence(self.prevalence)


Question = FormulaLike | Query


def query_of(question: Question, split: str = "val", **where: Unpack[Where]) -> Query:
    """The question that a formula and keyword arguments put; a `Query` is complete and stands alone.

    Raises:
        FormulaError: The formula is malformed, or names what is not known.
        TypeError: Something stands beside a `Query`, or a keyword is not one of `Where`.
    """
    if isinstance(question, Query):
        if where or split != "val":
            raise TypeError(f"a Query must stand alone, it says all. Received: {sorted(where)} beside it")
        return question
    rest: dict[str, Any] = dict(where)
    spec, average = parse_spec(question), rest.pop("average", None)
    if average is not None and spec.average is None:
        spec = replace(spec, average=average)
    return Query(spec=spec, split=split, **rest).of(spec)
