"""Counts of samples taken whole, for the formulas that take them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recorder.runfile import MOST_RANKED, Output, counted_ks, kind_of

from ..counts.whole_samples import ExactMatches, Ranking, TopK, WholeSamples
from ..formulas import FormulaError, Inputs
from ..formulas.registry import LABEL_SETS, WHOLE
from ..reading.table import RunTable
from .complete import CompleteQuery
from .inputs import edge_of

Ints = npt.NDArray[np.int64]


def with_whole(inputs: Inputs, table: RunTable, query: CompleteQuery, positions: Ints) -> Inputs:
    """The inputs of some epochs with what a formula takes of samples as a whole.

    Raises:
        FormulaError: An output of this kind has no such thing, or a class, an average or a prevalence is asked for
            where there is none.
    """
    _check(query)
    output, split, needs = query.output, query.split, query.needs
    top_k = matches = ranking = None
    if "top_k" in needs:
        counts = np.moveaxis(table.whole_samples("top_k", split, output, positions), 0, 1)
        top_k = TopK(counts, counted_ks(len(output.classes)))
        if needs.isdisjoint(("tp", "fp", "tn", "fn", "matrix")):  # the support, for averages
            inputs = inputs.with_counts(top_k.samples, *(np.zeros_like(top_k.samples) for _ in range(3)))
    if needs & LABEL_SETS:
        edge = edge_of(output.decision_threshold if query.threshold is None else query.threshold, output)
        counts = table.whole_samples("exact_matches", split, output, positions)[:, 0]
        matches = ExactMatches(counts[:, edge], counts[:, -1])
        if "ranking" in needs:
            sums = table.whole_samples("ranking_sums", split, output, positions)[:, 0]
            ranking = Ranking(
                sums[:, 0], sums[:, 1], sums[:, 2], np.where(np.isnan(sums[:, 0]), np.nan, matches.samples)
            )
    return replace(inputs, whole=WholeSamples(top_k, matches if "exact_matches" in needs else None, ranking))


def not_recorded(query: CompleteQuery, table: RunTable) -> FormulaError:
    """What is said where no epoch has them."""
    what = " and ".join(sorted(query.needs & WHOLE))
    labels = len(query.output.classes)
    if "ranking" in query.needs and not 1 < labels <= MOST_RANKED:
        return FormulaError(f"ranking is counted of 2 to {MOST_RANKED} labels. Received: {labels:,}")
    return FormulaError(
        f"{what} must have been counted in training, as it is from run format 1.4 on. "
        f"Received: {query.split!r} without, of a run that began with format {table.manifest.format}"
    )


def _check(query: CompleteQuery) -> None:
    kind, needs, asked = kind_of(query.output), query.needs, query.query
    if "top_k" in needs and not kind.argmax:
        raise FormulaError(f"top_k needs one class of several a sample. Received: {_a(query.output)}")
    if needs & LABEL_SETS and not kind.labels_apart:
        what = " and ".join(sorted(needs & LABEL_SETS))
        raise FormulaError(f"{what} needs several labels a sample. Received: {_a(query.output)}")
    if asked.prevalence is not None:
        raise FormulaError(
            "a prevalence is for formulas of counts and scores of one class, not of samples as a whole. "
            f"Received: {asked.prevalence:g}"
        )
    if query.spec.formula.of_label_sets and query.spec.average is not None:
        raise FormulaError(
            f"{query.spec.formula.name} is of all labels of a sample together, and takes no average and no class. "
            f"Received: {query.spec.average!r}"
        )


def _a(output: Output) -> str:
    return f"a {output.kind} output"
