"""Formulas of sample weights in the place of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import FormulaError, Inputs, evaluate
from ..formulas.registry import COUNTED, COUNTS
from ..reading.weights import WeightsOverEpochs
from ..statistics.posterior import credible_band
from .asked import Question
from .assessed import Assessed
from .inputs import edge_of
from .query import Query

Floats = npt.NDArray[np.float64]


class Weighted(Assessed):
    """What formulas make of the weights that the samples came with."""

    def weighted_values(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
        prevalence: float | None = None,
    ) -> Floats:
        """A formula of sums of weights over epochs, float64 [epochs]; NaN where no weights were recorded.

        The sums are floats, and approximate where a metric has added them up on a device.

        Args:
            formula: of tp, fp, tn, fn and logs.
            split: as in `values`.
            threshold: as in `values`; a multi-class output needs one, as weights are summed over thresholds only.
            average: as in `values`.
            output: as in `values`.
            prevalence: as in `values`.

        Raises:
            FormulaError: No weights were recorded, or the formula takes more than counts.
            ValueError: Another argument breaks its rule.
        """
        query = self._counts_query(formula, split, threshold, average, output, prevalence)
        return evaluate(*query.narrowed(self._inputs(query, self._sums(query))))

    def weighted_band(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
        prevalence: float | None = None,
        *,
        level: float = 0.95,
    ) -> tuple[Floats, Floats] | None:
        """The credible interval of `weighted_values`: its ends, float64 [epochs]; None where `band` has none.

        The sums are brought to the effective number of samples of `WeightsOverEpochs`: unequal weights leave more open
        than as many equal ones. Arguments and errors are those of `weighted_values`, and `level`, in (0, 1).
        """
        query = self._counts_query(formula, split, threshold, average, output, prevalence)
        sums = self._sums(query)
        inputs = self._inputs(query, sums)
        total = inputs.tp + inputs.fp + inputs.tn + inputs.fn
        scale = np.divide(sums.effective, total, out=np.zeros_like(total), where=total > 0)
        effective = inputs.with_counts(*(count * scale for count in inputs.counts))
        return credible_band(query.spec, effective, level=level, prevalence=query.prevalence)

    def _counts_query(self, formula: Question, *asked: Any) -> Query:
        query = self._query(formula, *asked)
        if query is None or query.needs & COUNTED - set(COUNTS):
            raise FormulaError(f"weights are for formulas of tp, fp, tn and fn. Received: {formula!r}")
        return query

    def _inputs(self, query: Query, sums: WeightsOverEpochs) -> Inputs:
        return Inputs(
            tp=sums.tp, fp=sums.fp, tn=sums.tn, fn=sums.fn, matrix=None, kind=query.output.kind, argmax=False,
            logs=self._table.log_values() if query.needs - COUNTED else {}, classes=tuple(query.output.classes),
        )  # fmt: skip

    def _sums(self, query: Query) -> WeightsOverEpochs:
        output = query.output
        if query.threshold is None and output.kind == "multiclass":
            raise FormulaError("weights of several classes need a threshold, as argmax has none. Received: None")
        edge = edge_of(output.decision_threshold if query.threshold is None else query.threshold, output)
        found = self._table.weights_at(query.split, output, edge)
        if found is None:
            raise FormulaError(
                "sample weights must have been recorded for this (weighted_metrics=[ConfusionTally()], or weights "
                f"given to RunWriter). Received: {query.split!r} without"
            )
        return found
