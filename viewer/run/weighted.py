"""Sums of sample weights as what formulas take, in the place of counts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from recorder.runfile import kind_of

from ..formulas import FormulaError, Inputs
from ..formulas.registry import COUNTED, COUNTS
from ..reading.table import RunTable
from ..reading.weights import WeightsOverEpochs
from .complete import CompleteQuery
from .inputs import edge_of


def weighted_inputs(table: RunTable, query: CompleteQuery) -> Inputs:
    """Sums of weights for counts: floats, and approximate where a metric has added them up on a device.

    Raises:
        FormulaError: No weights were recorded, argmax decides, or the formula takes more than counts.
        ValueError: The threshold is not in [0, 1].
    """
    sums, output = _sums_for(table, query), query.output
    return Inputs(
        tp=sums.tp, fp=sums.fp, tn=sums.tn, fn=sums.fn, matrix=None, kind=kind_of(output),
        classes=tuple(output.classes), logs=table.log_values() if query.needs - COUNTED else {}, argmax=False,
    )  # fmt: skip


def effective_inputs(table: RunTable, query: CompleteQuery) -> Inputs:
    """The same brought to the effective number of samples, for a band: unequal weights leave more open than equal ones.

    `WeightsOverEpochs` says what that number is. Raises as `weighted_inputs`.
    """
    sums, inputs = _sums_for(table, query), weighted_inputs(table, query)
    total = sums.tp + sums.fp + sums.tn + sums.fn
    scale = np.divide(sums.effective, total, out=np.zeros_like(total), where=total > 0)
    return inputs.with_counts(*(count * scale for count in inputs.counts))


def _sums_for(table: RunTable, query: CompleteQuery) -> WeightsOverEpochs:
    output = query.output
    if query.needs & COUNTED - set(COUNTS):
        asked = query.spec.text or query.spec.label
        raise FormulaError(f"weights are for formulas of tp, fp, tn and fn. Received: {asked!r}")
    if query.threshold is None and kind_of(output).argmax:
        raise FormulaError("weights of several classes need a threshold, as argmax has none. Received: None")
    edge = edge_of(output.decision_threshold if query.threshold is None else query.threshold, output)
    found = _sums(table, table.version, query.split, output.name, edge)
    if found is None:
        raise FormulaError(
            "sample weights must have been recorded for this (weighted_metrics=[ConfusionTally()], or weights given to "
            f"RunWriter). Received: {query.split!r} without"
        )
    return found


@lru_cache(maxsize=2)
def _sums(table: RunTable, _version: int, split: str, name: str, edge: int) -> WeightsOverEpochs | None:
    """Several formulas in a row share them, and the bands of these."""
    (output,) = (output for output in table.outputs() if output.name == name)
    return table.weights_at(split, output, edge)
