"""A question that is complete: asked of an output that the run has."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from recorder.runfile import Output

from ..formulas import Inputs, Spec
from ..formulas.query import Query
from ..formulas.registry import SAMPLES, WHOLE
from ..formulas.spec import AVERAGES


@dataclass(frozen=True, slots=True)
class CompleteQuery:
    """A question of counts, and the output it is asked of.

    Args:
        query: what is asked.
        output: of the model.
    """

    query: Query
    output: Output

    @property
    def spec(self) -> Spec:
        """The formula with its average or class."""
        return self.query.spec

    @property
    def split(self) -> str:
        """Of which the counts are."""
        return self.query.split

    @property
    def threshold(self) -> float | None:
        """In [0, 1]; None for the decision."""
        return self.query.threshold

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
        return self.of_samples or self.of_whole or "scores" in self.needs

    @property
    def of_whole(self) -> bool:
        """Whether it takes what was counted of samples as a whole."""
        return not self.needs.isdisjoint(WHOLE)

    @property
    def of_all_classes(self) -> bool:
        """Whether no class is singled out."""
        return self.spec.average is None or self.spec.average in AVERAGES

    @property
    def key(self) -> Hashable:
        """What tells it from others; without the level of a band."""
        query = self.query
        return (
            self.spec.formula.identity,
            self.spec.average,
            query.split,
            query.threshold,
            self.output.name,
            query.prevalence,
            query.weights,
        )

    def narrowed(self, inputs: Inputs) -> tuple[Spec, Inputs]:
        """What is to be evaluated: of the class that is named alone, at the prevalence that is asked for."""
        return self.query.narrowed(inputs)

    def instead(self, spec: Spec) -> CompleteQuery:
        """The same of another formula."""
        return replace(self, query=replace(self.query, spec=spec))
