"""How far a value is open: by the samples that happened to be drawn, by binning; and what the samples make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from ..counts.bounded import Bounded
from ..formulas import FormulaError, evaluate
from ..formulas.query import Query, Question, Where, query_of
from ..reading.some_epochs import SomeEpochs
from ..statistics.posterior import MOST_CELLS, credible_band
from .asked import Asked
from .complete import CompleteQuery
from .every_score import every_score
from .grouped import GroupedSamples
from .inputs import edge_of, inputs_of, with_scores
from .patience import Patience
from .sample_inputs import inputs_of_samples, samples_at
from .weighted import effective_inputs

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Assessed(Asked):
    """What is known of the values of formulas. Each epoch is computed once."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self._grouped = GroupedSamples(self._table)

    def bounded(self, question: Question, split: str = "val", *, position: int = -1, **where: Unpack[Where]) -> Bounded:
        """A formula at one epoch with its `bounds`, wherever one number is shown; the arguments are those of `value`.

        Of scores that were all recorded one by one the value is exact. Else only the counts in bins are known: the
        value is the middle of what they leave open.
        """
        asked, single = query_of(question, split, **where), self._table.single(position)
        query = self._complete(asked, single)
        if query is None or query.spec.formula.bounds is None:
            value = self.value(asked, position=position)
            return Bounded(value, value, value)
        there, inputs = np.array([range(len(self._table))[position]]), inputs_of(single, query)
        value = float(self._of_some(query, self._with_samples(query, inputs, there), there)[0])
        of_scores = "scores" in query.needs
        if np.isnan(value) or (of_scores and every_score(self._table, query, inputs, there)):
            return Bounded(value, value, value)
        binned = with_scores(inputs, self._table, query, there) if of_scores else inputs
        ends = (_one_end(query, query.spec.formula.bounds, end) for end in (0, 1))
        low, high = (float(evaluate(*end.narrowed(binned))[0]) for end in ends)
        return Bounded(value, low, high)

    def band(self, question: Question, split: str = "val", **where: Unpack[Where]) -> tuple[Floats, Floats] | None:
        """The credible interval of a formula of counts: its ends, float64 [epochs]; NaN where the formula is.

        `viewer.statistics.posterior.credible_band` says what it means, and where there is none: None. The arguments are
        those of `values`, and `level`. A prevalence is taken as known; of weights the sums are brought to the effective
        number of samples. Where groups of samples were recorded, it is groups that others might have been drawn of:
        `band_of` says it.
        """
        return self.band_so_far(query_of(question, split, **where), None)

    def band_of(self, question: Question, split: str = "val", **where: Unpack[Where]) -> str:
        """What a band takes as drawn at random: `40 groups`, `samples taken as independent` of a run that has groups of
        other samples, or "" where nobody said that any belong together. The arguments are those of `values`.
        """
        query = self._complete(query_of(question, split, **where))
        return "" if query is None else self._grouped.words(query)

    def share(
        self, question: Question, split: str = "val", *, position: int = -1, **where: Unpack[Where]
    ) -> float | None:
        """How much the counts of an epoch tell, as a share of so many independent samples; None for all.

        NaN where groups leave it open. The arguments are those of `band`.
        """
        asked = query_of(question, split, **where)
        query, there = self._complete(asked), np.array([range(len(self._table))[position]])
        if query is None:
            return None
        found = self._grouped.shares(query, inputs_of(SomeEpochs(self._table, there), query), there, asked.level)
        return None if found is None else float(found[0])

    def band_so_far(self, asked: Query, patience: Patience | None) -> tuple[Floats, Floats] | None:
        """The same, NaN at the epochs that were not reached: what is missing comes with the next call."""
        query = self._complete(asked)
        if query is None or (query.by_epoch and not query.of_whole and not asked.weights):
            return None
        joint = query.of_all_classes and len(query.output.classes) ** 2 <= MOST_CELLS

        def compute(positions: Ints) -> Array | None:
            if asked.weights:
                some = effective_inputs(self._table, query).of_epochs(positions)
            else:
                some = inputs_of(SomeEpochs(self._table, positions), query, matrix=joint)
                some = self._with_samples(query, some, positions)
            share = self._grouped.shares(query, some, positions, asked.level)
            found = credible_band(query.spec, some, level=asked.level, prevalence=asked.prevalence, share=share)
            return None if found is None else np.stack(found)

        found = self._remember(("band", query.key, asked.level), compute, patience)
        return None if found is None else (found[0], found[1])

    def bounds(self, question: Question, split: str = "val", **where: Unpack[Where]) -> tuple[Floats, Floats] | None:
        """How far binning can have moved a formula of `scores`: its lowest and highest value, float64 [epochs].

        None for formulas that know no bounds: those of counts are exact at recorded thresholds. The arguments are those
        of `values`.
        """
        query = self._complete(query_of(question, split, **where))
        if query is None or query.spec.formula.bounds is None:
            return None
        ends = [_one_end(query, query.spec.formula.bounds, end) for end in (0, 1)]

        def compute(positions: Ints) -> Array:
            return np.stack([self._by_epoch(end, positions)[0] for end in ends])

        found = self._remember(("bounds", query.key), compute)
        return None if found is None else (found[0], found[1])

    def exact(self, question: Question, split: str = "val", **where: Unpack[Where]) -> Floats:
        """A formula of the recorded samples instead of the counts, float64 [epochs]; NaN where there are no samples.

        Exact for these samples, at any threshold. Where they are all of a split (`max_samples`), it is what `values`
        gives at a recorded threshold, and lies within the `bounds` of a formula of `scores`. The arguments are those
        of `values`.

        Raises:
            FormulaError: No samples were recorded, not all of their scores were kept, or the formula is of logs alone.
        """
        query = self._complete(asked := query_of(question, split, **where))
        if query is None:
            label = asked.spec.label
            raise FormulaError(f"samples are for formulas of counts, scores and samples. Received: {label!r}")
        if query.threshold is not None:
            edge_of(query.threshold, query.output)  # is one
        return self._remembered("exact", query, lambda positions: self._of_samples(query, positions))[0]

    def _of_samples(self, query: CompleteQuery, positions: Ints) -> Array:
        """A formula of the samples at some epochs, and whether there were any, float64 [2, positions]."""
        found, logs = np.full((2, len(positions)), np.nan), self._table.log_values()
        found[1] = 0
        for place, sampled in enumerate(samples_at(self._table, query.split, query.output, positions)):
            if sampled is not None:
                own = {name: column[positions[place : place + 1]] for name, column in logs.items()}
                value = evaluate(*query.narrowed(inputs_of_samples(sampled, query, own)))
                found[:, place] = value.item(), 1
        return found


def _one_end(query: CompleteQuery, bounds: Callable[..., tuple[Any, Any]], end: int) -> CompleteQuery:
    """The same question of one end of the formula's bounds."""
    one = replace(query.spec.formula, function=lambda **values: bounds(**values)[end], bounds=None)
    return query.instead(replace(query.spec, formula=one))
