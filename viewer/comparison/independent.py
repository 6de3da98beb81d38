"""Two runs as independent counts: what is left where their samples are not the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import FormulaError, Spec, evaluate
from ..statistics.bootstrap import interval
from ..statistics.paired import Scheme
from .entrant import Entrant

Array = npt.NDArray[Any]
JEFFREYS = 0.5


def independent(a: Entrant, b: Entrant, spec: Spec) -> tuple[float, float]:
    """Ends of the interval of B - A, each value drawn from its own posterior; NaN where there are no counts."""
    rng = np.random.default_rng(a.terms.seed)
    first, second = _drawn(a, spec, rng), _drawn(b, spec, rng)
    if first is None or second is None or np.isnan(b.value(spec) - a.value(spec)):
        return float("nan"), float("nan")
    draws = min(len(first), len(second))
    low, high = interval((second[:draws] - first[:draws])[None], a.terms.level)
    return float(low[0]), float(high[0])


def _drawn(entrant: Entrant, spec: Spec, rng: np.random.Generator) -> Array | None:
    """float64 [draws]: the formula of counts drawn from their posterior; None where there are no counts."""
    position, output = entrant.positions["chosen"], entrant.terms.output
    if position is None or entrant.terms.split not in entrant.run.splits(output):
        return None
    scheme = entrant.scheme(spec)
    counts = _counts(entrant, spec, scheme, position)
    if counts is None or not counts.sum():
        return None
    draws = max(min(entrant.terms.draws, 20_000_000 // counts.size), 200)
    gamma = rng.standard_gamma(counts + JEFFREYS, size=(draws, *counts.shape))
    totals = gamma / gamma.sum(axis=-1, keepdims=True) * counts.sum(axis=-1, keepdims=True)
    try:
        return evaluate(spec, scheme.inputs(totals.reshape(draws, -1), {}))
    except FormulaError:
        return None


def _counts(entrant: Entrant, spec: Spec, scheme: Scheme, position: int) -> Array | None:
    """What is drawn together in a row: the four counts (of each class), or what becomes of each true class."""
    terms, run = entrant.terms, entrant.run
    if scheme.argmax or scheme.kind == "binary":
        found = run.confusion(terms.split, position, entrant.threshold(spec), terms.output)
        return found if found is None or scheme.argmax else found.reshape(1, 4)
    tables = [
        run.counts(terms.split, entrant.threshold(spec), label=label, output=terms.output)
        for label in range(len(scheme.classes))
    ]
    epoch = int(entrant.epochs[position])
    if epoch not in tables[0].index:
        return None
    return np.array([table[["tn", "fp", "fn", "tp"]].loc[epoch].to_numpy() for table in tables])
