"""Two runs as independent counts: what is left where their samples are not the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import FormulaError, Inputs, Spec
from ..statistics.percentiles import holding, interval
from ..statistics.posterior import posterior_values
from .compared_run import ComparedRun

Array = npt.NDArray[Any]
TURNS = 16  # times that the draws of B are put into another order


def independent(a: ComparedRun, b: ComparedRun, spec: Spec) -> tuple[float, float]:
    """Ends of the interval of B - A, each value drawn from its own posterior; NaN where there are no counts.

    The draws of every posterior come from the same noise, in the same order: those of B are put into another one, so
    that nothing ties them to those of A.
    """
    first, second = _draws(a, spec), _draws(b, spec)
    value = np.array([b.value(spec) - a.value(spec)])
    if first is None or second is None or np.isnan(value[0]):
        return float("nan"), float("nan")
    rng = np.random.default_rng(a.query.seed)
    differences = np.concatenate([rng.permutation(second)[: len(first)] - first[: len(second)] for _ in range(TURNS)])
    low, high = holding(*interval(differences[None], a.query.level), value)
    return float(low[0]), float(high[0])


def _draws(compared: ComparedRun, spec: Spec) -> Array | None:
    """float64 [draws]: the formula of counts drawn from their posterior; None where there are no counts."""
    inputs = _inputs(compared, spec)
    if inputs is None or not inputs.tp.any() | inputs.fp.any() | inputs.tn.any() | inputs.fn.any():
        return None
    position = compared.position()
    share = None if position is None else compared.run.share(compared.query.query(spec), position=position)
    if share is not None and np.isnan(share):
        return None
    try:
        return posterior_values(spec, inputs, share=None if share is None else np.array([share]))[:, 0]
    except FormulaError:
        return None


def _inputs(compared: ComparedRun, spec: Spec) -> Inputs | None:
    """The counts of the chosen epoch."""
    position, query, run = compared.position(), compared.query.query(spec), compared.run
    if position is None or query.split not in run.splits(query.output):
        return None
    scheme, threshold = compared.scheme(spec), compared.threshold(spec)
    if scheme.argmax:
        matrix = run.confusion(query.split, position, threshold=threshold, output=query.output)
        return None if matrix is None else scheme.inputs(matrix.reshape(1, -1), {})
    epoch, counts = int(compared.epochs[position]), []
    for label in scheme.kind.scored(range(len(scheme.classes))):
        table = run.counts(query.split, threshold, label=label, output=query.output)
        if epoch not in table.index:
            return None
        counts.append(table[["tn", "fp", "fn", "tp"]].loc[epoch].to_numpy())
    return scheme.inputs(np.concatenate(counts)[None], {})
