"""A question that is complete: what is asked of which counts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from recorder.runfile import Output

from ..formulas import Inputs, Spec
from ..formulas.inputs import class_index
from ..formulas.registry import SAMPLES
from ..formulas.spec import AVERAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A formula, and where it is taken.

    Args:
        spec: the formula with its average or class.
        split: name of a split.
        threshold: in [0, 1]; None for the decision.
        output: of the model.
        prevalence: as if so many were positive; None as they were.
        weights: of the sums of sample weights, not of counts.
    """

    spec: Spec
    split: str
    threshold: float | None
    output: Output
    prevalence: float | None = None
    weights: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """What the formula takes."""
        return frozenset(self.spec.formula.needs)

    @property
    def of_samples(self) -> bool:
        """Whether it takes samples."""
        return not self.needs.isdisjoint(SAMPLES)

    @property
    def by_epoch(self) -> bool:
        """Whether each epoch costs enough to be remembered."""
        return self.of_samples or "scores" in self.needs

    @property
    def of_all_classes(self) -> bool:
        """Whether no class is singled out."""
        return self.spec.average is None or self.spec.average in AVERAGES

    @property
    def key(self) -> Hashable:
        """What tells it from others, while its formula lives."""
        formula = id(self.spec.formula.function), id(self.spec.formula.bounds)
        return formula, self.spec.average, self.split, self.threshold, self.output.name, self.prevalence, self.weights

    def narrowed(self, inputs: Inputs) -> tuple[Spec, Inputs]:
        """What is to be evaluated: of the class that is named alone, at the prevalence that is asked for."""
        spec = self.spec
        if spec.average is not None and spec.average not in AVERAGES:
            inputs = inputs.of_class(class_index(spec.average, inputs.classes))
            spec = replace(spec, average=None)
        return spec, inputs if self.prevalence is None else inputs.at_prevalence(self.prevalence)
