"""Formulas asked of a run: their values over epochs, or at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from ..formulas import FormulaError, Inputs, Spec, compile_expression, evaluate
from ..formulas.query import Query, Question, Where, query_of
from ..reading.some_epochs import SomeEpochs
from ..reading.tally_scanner import classes_of
from .complete import CompleteQuery
from .epoch_memory import EpochMemory
from .every_score import every_score
from .inputs import Source, inputs_of, logs_alone, matrix_portions, with_scores
from .recorded import Recorded
from .sample_inputs import samples_at
from .weighted import weighted_inputs
from .whole_samples import not_recorded, with_whole

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
LARGEST = 4_000_000  # bins in memory at a time
FEW = 64  # epochs whose samples are in memory at a time
SAME_EDGE = 5e-4  # a label has three digits


class Asked(Recorded):
    """What formulas make of a run."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self._remember = EpochMemory(self._table)

    def values(self, question: Question, split: str = "val", **where: Unpack[Where]) -> Floats:
        """A formula over epochs, float64 [epochs]; NaN where it is undefined or nothing was recorded.

        Formulas of `scores` or of `y_true` and `y_score` are given some epochs at a time and remembered: each epoch
        must stand for itself.

        Args:
            question: built-in name, expression, `f1@0.3`, `recall@macro`, `train:f1`, a function with telling parameter
                names, or a `Query`. Of a run that has logs only, the name of a log is that log. What the formula itself
                says goes before the arguments.
            split: "val", "train" or the name of a probe.
            where: `threshold`, `average`, `output`, `prevalence`, `weights`, as `Where` has them.

        Raises:
            FormulaError: The formula is unknown, needs what the run has not, or fails.
            ValueError: Another argument breaks its rule.
        """
        asked = query_of(question, split, **where)
        query = self._complete(asked)
        if query is None or asked.weights or not (query.by_epoch or self._too_large(query)):
            return self._values(self._table, asked, query)
        return self._remembered("values", query, lambda positions: self._by_epoch(query, positions))[0]

    def value(self, question: Question, split: str = "val", *, position: int = -1, **where: Unpack[Where]) -> float:
        """A formula at one epoch, by its position in `epoch_numbers`: for a look at many runs, as nothing else is read.

        The other arguments are those of `values`.
        """
        asked, single = query_of(question, split, **where), self._table.single(position)
        query = self._complete(asked, single)
        if query is None or not query.by_epoch:
            return float(self._values(single, asked, query)[0])
        there = np.array([range(len(self._table))[position]])
        inputs = self._with_samples(query, inputs_of(single, query), there)
        if inputs.whole is not None and not inputs.whole.known.any():
            raise not_recorded(query, self._table)
        return float(self._of_some(query, inputs, there)[0])

    def edge_note(self, question: Question, split: str = "val", **where: Unpack[Where]) -> str:
        """ " (at 0.5)" where the recorded edge that is used is not the threshold that is asked for; else nothing."""
        query = query_of(question, split, **where)
        if query.threshold is None or not query.spec.formula.at_threshold or not self._table.outputs():
            return ""
        used = self.snap(query.threshold, query.output)
        return "" if abs(used - query.threshold) < SAME_EDGE else f" (at {used:.4g})"

    def _complete(self, query: Query, source: Source | None = None) -> CompleteQuery | None:
        """The question of an output of this run; None for a formula of logs alone, and for a run of logs only."""
        if not query.spec.formula.of_counts or not self._table.outputs():
            return None
        stated = self.output(query.output)
        if query.split not in (source or self._table).split_names(stated.name):
            self.check_split(query.split, stated.name)
        return CompleteQuery(query, stated)

    def _values(self, source: Source, asked: Query, query: CompleteQuery | None) -> Floats:
        """What a formula gives on all epochs of a source, or on its one."""
        if query is not None:
            inputs = weighted_inputs(self._table, query) if asked.weights else inputs_of(source, query)
            result = evaluate(*query.narrowed(inputs))
        elif len(source):
            result = evaluate(self._of_logs(asked.spec), logs_alone(source))
        else:
            return np.zeros(0)
        shape = (len(source),)
        return np.array(result if result.shape == shape else np.broadcast_to(result, shape), np.float64)

    def _of_logs(self, spec: Spec) -> Spec:
        """The log of that name, where there are no counts for a formula of it; `val:loss` is val_loss."""
        name, logs = spec.name.strip("`"), self._table.logs.names()
        if name in logs and not name.isidentifier() and "`" not in name:  # `val_ndcg@10`, which looks like a class
            return Spec(compile_expression(f"`{name}`"), label=spec.label)
        if not spec.formula.of_counts and spec.formula.needs != (name,):
            return spec
        known = [log for log in ((f"val_{name}", name) if spec.split == "val" else (name,)) if log in logs]
        return Spec(compile_expression(f"`{known[0]}`"), label=spec.label) if known else spec

    def _remembered(self, kind: str, query: CompleteQuery, compute: Callable[[Ints], Array]) -> Array:
        """Answers float64 [rows, epochs], the last of them whether there was what the question is about."""
        found = self._remember((kind, query.key), compute)
        if found is None:
            return np.zeros((3, 0))
        if query.of_whole and kind != "exact" and found.shape[1] and not found[-1].any():
            raise not_recorded(query, self._table)
        if (query.of_samples or kind == "exact") and not found[-1].any():
            raise FormulaError(
                f"samples must have been recorded for this (max_samples, or a probe). Received: {query.split!r}"
            )
        return found

    def _by_epoch(self, query: CompleteQuery, positions: Ints) -> Array:
        """A formula of scores or samples at some epochs, and whether there were samples, float64 [2, positions]."""
        large = self._too_large(query)
        whole, values, known = None if large else inputs_of(self._table, query), [], []
        for some in matrix_portions(query.output, positions) if large else _portions(query, positions):
            own = inputs_of(SomeEpochs(self._table, some), query) if whole is None else whole.of_epochs(some)
            inputs = self._with_samples(query, own, some)
            values.append(self._of_some(query, inputs, some))
            of_samples = np.array([sampled is not None for sampled in inputs.samples or ()], bool)
            of_whole = np.ones(len(some), bool) if inputs.whole is None else inputs.whole.known
            known.append(of_samples & of_whole if query.of_samples else of_whole)
        return np.stack([np.concatenate(values), np.concatenate(known)])

    def _too_large(self, query: CompleteQuery) -> bool:
        """Whether it takes matrices, or counts that come from them, which do not fit into memory for all epochs."""
        return query.threshold is None and not self._table.matrices_fit(query.output)

    def _with_samples(self, query: CompleteQuery, inputs: Inputs, positions: Ints) -> Inputs:
        """The inputs of some epochs with the samples that a formula may need, and what was counted of whole ones."""
        if query.of_whole:
            inputs = with_whole(inputs, self._table, query, positions)
        if not query.of_samples:
            return inputs
        return replace(inputs, samples=samples_at(self._table, query.split, query.output, positions))

    def _of_some(self, query: CompleteQuery, inputs: Inputs, positions: Ints) -> Array:
        """A formula at some epochs: of every score where all were recorded, of histograms at the others."""
        if "scores" not in query.needs:
            return evaluate(*query.narrowed(inputs))
        values, binned_only = np.full(len(positions), np.nan), np.ones(len(positions), bool)
        for places, scores in every_score(self._table, query, inputs, positions):
            exact = replace(inputs.of_epochs(places), scores=scores)
            values[places], binned_only[places] = evaluate(*query.narrowed(exact)), False
        if binned_only.any():
            rest = np.flatnonzero(binned_only)
            binned = with_scores(inputs.of_epochs(rest), self._table, query, positions[rest])
            values[rest] = evaluate(*query.narrowed(binned))
        return values


def _portions(query: CompleteQuery, positions: Ints) -> Iterator[Ints]:
    bins = 2 * classes_of(query.output) * (len(query.output.thresholds) + 1)
    most = max(LARGEST // bins, 1) if "scores" in query.needs else FEW
    yield from np.split(positions, range(most, len(positions), most))
