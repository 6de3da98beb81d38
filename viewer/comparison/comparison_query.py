"""What is asked of every run of a comparison, and the ways to say which epoch is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..formulas import FORMULAS, Spec, parse_spec
from ..formulas.best import direction
from ..formulas.query import Query
from ..formulas.spec import FormulaLike
from ..points import parse_point

At = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonQuery:
    """What is asked of every run.

    Args:
        formulas: to compare, the first one ranks the runs.
        split: "val", "train" or the name of a probe.
        threshold: above it a score is positive; None for each run's own decision.
        output: name of the output; the first one if None.
        best: what names each run's best epoch; None for what `viewer.run.best` takes.
        align: what curves run over: "epoch", "step" or "time".
        level: of the intervals, in (0, 1).
        draws: resamples of an interval.
        seed: of the resamples.
    """

    formulas: tuple[Spec, ...]
    split: str = "val"
    threshold: float | None = None
    output: str | None = None
    best: FormulaLike | None = None
    align: str = "epoch"
    level: float = 0.95
    draws: int = 10_000
    seed: int = 0

    def query(self, spec: Spec) -> Query:
        """The question of a formula."""
        asked = Query(spec=spec, split=self.split, threshold=self.threshold, output=self.output, level=self.level)
        return asked.of(spec)


def check_at(at: Any) -> None:
    """Raises ValueError where `at` is no way to say which epoch."""
    if parse_point(at) is not None:
        return
    how, colon, formula = at.partition(":") if isinstance(at, str) else ("", "", "")
    if at not in ("last", "best") and not (how in ("best", "max", "min") and colon and formula):
        raise ValueError(
            f'at must be "last", "best", "best:FORMULA", "max:FORMULA", "min:FORMULA", an epoch or a step. '
            f"Received: {at!r}"
        )
    if how == "best" and colon and direction(parse_spec(formula)) is None:
        near = FORMULAS.nearest(formula)
        raise ValueError(
            f"best needs a formula of which one end is good; say max:{formula} or min:{formula}{near}. Received: {at!r}"
        )
