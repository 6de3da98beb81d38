"""Formulas asked of a run: their values over epochs, or at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import Formula, FormulaError, Inputs, Spec, compile_expression, evaluate, parse_spec
from ..formulas.registry import COUNTS
from ..reading.rows import classes_of
from .inputs import Source, inputs_of, logs_alone, with_scores
from .memory import EpochMemory
from .query import Query
from .recorded import Recorded
from .sampled import samples_at
from .weighted import weighted_inputs

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Question = str | Formula | Spec | Callable[..., Any]
LARGEST = 4_000_000  # bins in memory at a time
FEW = 64  # epochs whose samples are in memory at a time
SAME_EDGE = 5e-4  # a label has three digits


class Asked(Recorded):
    """What formulas make of a run."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self._remember = EpochMemory(self._table)

    def values(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
        prevalence: float | None = None,
        *,
        weights: bool = False,
    ) -> Floats:
        """A formula over epochs, float64 [epochs]; NaN where it is undefined or nothing was recorded.

        Formulas of `scores` or of `y_true` and `y_score` are given some epochs at a time and remembered: each epoch
        must stand for itself.

        Args:
            formula: built-in name, expression, `f1@0.3`, `recall@macro`, or a function with telling parameter names.
                Of a run that has logs only, the name of a log is that log.
            split: "val", "train" or the name of a probe.
            threshold: above it a score is positive; None for the decision (argmax for multi-class). What the formula
                itself says (`@0.3`) goes before.
            average: "macro", "micro", "weighted" or a class; None for the formula's own.
            output: name of the output; the first one if None.
            prevalence: in (0, 1): as if so many samples were positive, the scores within each class as they are; None
                as they were. Of several classes one must be named.
            weights: sums of the sample weights stand in the place of tp, fp, tn and fn; an epoch without is NaN.
                Weights are summed over thresholds only, so that a multi-class output needs one.

        Raises:
            FormulaError: The formula is unknown, needs what the run has not, or fails.
            ValueError: Another argument breaks its rule.
        """
        query = self._query(formula, split, threshold, average, output, prevalence, weights=weights)
        if query is None or weights or not query.by_epoch:
            return self._values(self._table, formula, query)
        return self._remembered("values", query, lambda positions: self._by_epoch(query, positions))[0]

    def value(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
        prevalence: float | None = None,
        *,
        position: int = -1,
    ) -> float:
        """A formula at one epoch, by its position in `epoch_numbers`: for a look at many runs, as nothing else is read.

        The other arguments are those of `values`.
        """
        single = self._table.single(position)
        query = self._query(formula, split, threshold, average, output, prevalence, single)
        if query is None or not query.by_epoch:
            return float(self._values(single, formula, query)[0])
        there = np.array([range(len(self._table))[position]])
        return float(evaluate(*query.narrowed(self._filled(inputs_of(single, query), query, there)))[0])

    def edge_note(self, formula: Question, threshold: float | None = None, output: str | None = None) -> str:
        """ " (at 0.5)" where the recorded edge that is used is not the threshold that is asked for; else nothing."""
        spec = parse_spec(formula)
        asked = threshold if spec.threshold is None else spec.threshold
        if asked is None or {*COUNTS, "matrix"}.isdisjoint(spec.formula.needs) or not self._table.outputs():
            return ""
        used = self.snap(asked, output)
        return "" if abs(used - asked) < SAME_EDGE else f" (at {used:.4g})"

    def _query(
        self,
        formula: Question,
        split: str,
        threshold: float | None,
        average: str | None,
        output: str | None,
        prevalence: float | None,
        source: Source | None = None,
        *,
        weights: bool = False,
    ) -> Query | None:
        """The question in full; None for a formula of logs alone, and for a run of logs only."""
        spec = parse_spec(formula)
        if not spec.formula.of_counts or not self._table.outputs():
            return None
        stated = self.output(output)
        if split not in (source or self._table).split_names(stated.name):
            self.check_split(split, output)
        chosen = threshold if spec.threshold is None else spec.threshold
        asked = spec if spec.average or average is None else replace(spec, average=average)
        return Query(spec=asked, split=split, threshold=chosen, output=stated, prevalence=prevalence, weights=weights)

    def _values(self, source: Source, formula: Question, query: Query | None) -> Floats:
        """What a formula gives on all epochs of a source, or on its one."""
        if query is not None:
            inputs = weighted_inputs(self._table, query) if query.weights else inputs_of(source, query)
            result = evaluate(*query.narrowed(inputs))
        elif len(source):
            result = evaluate(self._of_logs(parse_spec(formula)), logs_alone(source))
        else:
            return np.zeros(0)
        shape = (len(source),)
        return np.array(result if result.shape == shape else np.broadcast_to(result, shape), np.float64)

    def _of_logs(self, spec: Spec) -> Spec:
        """The log of that name, where there are no counts for a formula of that name."""
        if spec.formula.of_counts and spec.text in self._table.logs.names():
            return Spec(compile_expression(f"`{spec.text}`"), label=spec.label)
        return spec

    def _remembered(self, kind: str, query: Query, compute: Callable[[Ints], Array]) -> Array:
        """Answers float64 [rows, epochs], the last of them whether there was what the question is about."""
        found = self._remember((kind, query.key), compute, keep=query)
        if found is None:
            return np.zeros((3, 0))
        if (query.of_samples or kind == "exact") and not found[-1].any():
            raise FormulaError(
                f"samples must have been recorded for this (max_samples, or a probe). Received: {query.split!r}"
            )
        return found

    def _by_epoch(self, query: Query, positions: Ints) -> Array:
        """A formula of scores or samples at some epochs, and whether there were samples, float64 [2, positions]."""
        whole, values, known = inputs_of(self._table, query), [], []
        for some in _portions(query, positions):
            inputs = self._filled(whole.of_epochs(some), query, some)
            values.append(evaluate(*query.narrowed(inputs)))
            known += [sampled is not None for sampled in inputs.samples or ()]
        return np.stack([np.concatenate(values), known if query.of_samples else np.ones(len(positions))])

    def _filled(self, inputs: Inputs, query: Query, positions: Ints) -> Inputs:
        """The inputs of some epochs with the scores and samples that a formula needs."""
        if "scores" in query.needs:
            inputs = with_scores(inputs, self._table, query, positions)
        if query.of_samples:
            inputs = replace(inputs, samples=samples_at(self._table, query, positions))
        return inputs


def _portions(query: Query, positions: Ints) -> Iterator[Ints]:
    bins = 2 * classes_of(query.output) * (len(query.output.thresholds) + 1)
    most = max(LARGEST // bins, 1) if "scores" in query.needs else FEW
    yield from np.split(positions, range(most, len(positions), most))
