"""Formulas of two runs on the same samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import Spec, evaluate
from ..statistics.bootstrap import Values, paired_difference
from ..statistics.paired import Scheme, cells_of
from .entrant import Entrant
from .predictions import Predictions

Array = npt.NDArray[Any]
MOST_NUMBERS, FEWEST, MANY_CELLS = 400_000_000, 200, 2_000  # of a comparison; of draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A formula of two runs.

    Args:
        a: value of A.
        b: value of B.
        low: lower end of the interval of B - A; NaN where there is none.
        high: upper end.
        p: of the randomisation test; NaN where there is none.
    """

    a: float
    b: float
    low: float = float("nan")
    high: float = float("nan")
    p: float = float("nan")

    @property
    def difference(self) -> float:
        """B - A."""
        return self.b - self.a


def estimates(
    entrants: tuple[Entrant, Entrant], found: tuple[Predictions, Predictions], specs: Sequence[Spec]
) -> dict[str, Estimate]:
    """By label; those that share their thresholds share the resamples. Not there: what needs scores that were not kept.

    Args:
        entrants: A and B.
        found: their predictions of the same samples.
        specs: formulas of what was decided.
    """
    alike: dict[Any, list[Spec]] = defaultdict(list)
    for spec in specs:
        alike[tuple(entrant.threshold(spec) for entrant in entrants)].append(spec)
    estimated: dict[str, Estimate] = {}
    for thresholds, group in alike.items():
        scheme = entrants[0].scheme(group[0])
        if scheme.argmax or all(one.whole for one in found):
            estimated |= _estimates(entrants[0], found, thresholds, scheme, group)
    return estimated


def _estimates(
    entrant: Entrant, found: tuple[Predictions, Predictions], thresholds: Any, scheme: Scheme, specs: Sequence[Spec]
) -> dict[str, Estimate]:
    both, terms = found[0].usable & found[1].usable, entrant.terms
    truth = found[0].truth(scheme)[both]
    a, b = (
        scheme.outcome(truth, one.decided(scheme, threshold)[both])
        for one, threshold in zip(found, thresholds, strict=True)
    )
    cells = cells_of(a, b, scheme.outcomes)
    draws = terms.draws if cells.complete else min(terms.draws, MANY_CELLS, max(MOST_NUMBERS // cells.outcomes, FEWEST))
    result = paired_difference(cells, _values(scheme, specs), level=terms.level, draws=draws, seed=terms.seed)
    rows = np.array([result.a, result.b, result.low, result.high, result.p]).T.tolist()
    return {
        spec.label: Estimate(**dict(zip(("a", "b", "low", "high", "p"), row, strict=True)))
        for spec, row in zip(specs, rows, strict=True)
    }


def _values(scheme: Scheme, specs: Sequence[Spec]) -> Values:
    return lambda totals: np.array([evaluate(spec, scheme.inputs(totals, {})) for spec in specs])
