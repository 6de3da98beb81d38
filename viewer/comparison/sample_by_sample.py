"""Formulas of two runs on the same samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import kind_of

from ..counts.bounded import difference
from ..counts.scores import Scores
from ..formulas import Spec, evaluate
from ..formulas.registry import COUNTS
from ..statistics.bootstrap import Values, paired_difference
from ..statistics.paired import Cells, Scheme, ScoreScheme, cells_of
from .compared_run import ComparedRun
from .comparison_query import ComparisonQuery
from .predictions import Predictions, groups_of
from .whole_samples import LabelSetScheme, TopKScheme, label_sets, top_k_ranks

Array = npt.NDArray[Any]
AnyScheme = Scheme | ScoreScheme | LabelSetScheme | TopKScheme
DRAWS, SCORE_DRAWS, FEWEST = 2_000, 1_000, 200  # at most, of more than eight cells
CROWDED, PIECES = 0.01, 512
MOST_NUMBERS = 400_000_000  # of all draws, beyond which there are fewer


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
        """B - A; a `Bounded` where bins leave one of them open."""
        return difference(self.b, self.a)


def estimates(
    compared_runs: tuple[ComparedRun, ComparedRun], found: tuple[Predictions, Predictions], specs: Sequence[Spec]
) -> dict[str, Estimate]:
    """By label; formulas that take the same from the samples share the resamples.

    Not there: formulas of what is neither decided, scored nor ranked, and those that need scores which were not kept.

    Args:
        compared_runs: A and B.
        found: their predictions of the same samples.
        specs: the formulas.
    """
    alike: dict[Any, list[Spec]] = defaultdict(list)
    for spec in specs:
        if of_decisions(spec):
            alike[tuple(compared.threshold(spec) for compared in compared_runs)].append(spec)
        elif of_scores(spec):
            alike["scores"].append(spec)
    estimated = _of_whole_samples(compared_runs, found, specs)
    for what, group in alike.items():
        scheme = _score_scheme(found) if what == "scores" else compared_runs[0].scheme(group[0])
        if scheme.outcomes * FEWEST > MOST_NUMBERS:  # the matrix of thousands of classes
            continue
        if (isinstance(scheme, Scheme) and scheme.argmax) or all(one.whole for one in found):
            made = _estimates(compared_runs[0].query, _cells(found, scheme, what), scheme, group)
            estimated |= made if isinstance(scheme, Scheme) else _at_every_score(made, found, scheme, group)
    return estimated


def _of_whole_samples(
    compared_runs: tuple[ComparedRun, ComparedRun], found: tuple[Predictions, Predictions], specs: Sequence[Spec]
) -> dict[str, Estimate]:
    """Those of all labels of a sample together, and of the rank of its class, which both runs have counted."""
    if not all(one.whole for one in found):
        return {}
    alike: dict[tuple[float | None, ...] | None, list[Spec]] = defaultdict(list)
    for spec in specs:
        if spec.formula.of_whole_samples and all(one.has(spec) for one in compared_runs):
            thresholds = tuple(compared.threshold(spec) for compared in compared_runs)
            alike[thresholds if spec.formula.of_label_sets else None].append(spec)
    estimated: dict[str, Estimate] = {}
    for of, group in alike.items():
        scheme, cells = top_k_ranks(found) if of is None else label_sets(found, of)
        estimated |= _estimates(compared_runs[0].query, cells, scheme, group)
    return estimated


def of_decisions(spec: Spec) -> bool:
    """Whether a formula takes nothing but what was decided."""
    return bool(spec.formula.needs) and {*spec.formula.needs} <= {*COUNTS, "matrix"}


def of_scores(spec: Spec) -> bool:
    """Whether a formula takes nothing but how the scores are distributed."""
    return spec.formula.needs == ("scores",)


def _score_scheme(found: tuple[Predictions, Predictions]) -> ScoreScheme:
    output = found[0].output
    thresholds = np.union1d(*(np.asarray(one.output.thresholds, np.float32) for one in found))
    finer = [_within_crowded_bins(one.scores()[one.usable].ravel(), thresholds) for one in found]
    return ScoreScheme(
        kind=kind_of(output), classes=tuple(output.classes), thresholds=np.unique(np.concatenate([thresholds, *finer]))
    )


def _within_crowded_bins(scores: Array, thresholds: Array) -> Array:
    """Scores that divide bins which hold more than one sample in a hundred: resamples see nothing within a bin."""
    ordered = np.sort(scores)
    place = np.searchsorted(thresholds, ordered, side="left")
    crowded = np.bincount(place, minlength=len(thresholds) + 1)[place] > CROWDED * len(ordered)
    return np.unique(ordered[crowded][:: max(len(ordered) // PIECES, 1)])


def _cells(found: tuple[Predictions, Predictions], scheme: Scheme | ScoreScheme, thresholds: Any) -> Cells:
    both, one = found[0].usable & found[1].usable, found[0]
    if isinstance(scheme, ScoreScheme):
        outcomes = [scheme.outcome(one.sides()[both], each.scores()[both]) for each in found]
    else:
        truth = one.truth(scheme)[both]
        outcomes = [
            scheme.outcome(truth, each.decided(scheme, threshold)[both])
            for each, threshold in zip(found, thresholds, strict=True)
        ]
    return cells_of(outcomes[0], outcomes[1], scheme.outcomes, groups_of(*found, both))


def _estimates(
    query: ComparisonQuery,
    cells: Cells,
    scheme: AnyScheme,
    specs: Sequence[Spec],
) -> dict[str, Estimate]:
    result = paired_difference(
        cells, _values(scheme, specs), level=query.level, draws=_draws(query, cells, scheme), seed=query.seed
    )
    rows = np.array([result.a, result.b, result.low, result.high, result.p]).T.tolist()
    return {
        spec.label: Estimate(**dict(zip(("a", "b", "low", "high", "p"), row, strict=True)))
        for spec, row in zip(specs, rows, strict=True)
    }


def _at_every_score(
    made: dict[str, Estimate], found: tuple[Predictions, Predictions], scheme: ScoreScheme, specs: Sequence[Spec]
) -> dict[str, Estimate]:
    """The same with values of the scores as they are, not of their bins; intervals move along."""
    both = found[0].usable & found[1].usable
    sides = found[0].sides()[both].T[:, None] == 1  # [classes, 1, samples]
    rows = [Scores.of_rows(sides, one.scores()[both].T[:, None]) for one in found]
    nothing = np.zeros((1, scheme.outcomes), np.int64)
    inputs = [replace(scheme.inputs(nothing, {}), tp=_total(sides), fp=_total(~sides), scores=row) for row in rows]
    exact = {}
    for spec in specs:
        a, b = (float(evaluate(spec, one)[0]) for one in inputs)
        was = made[spec.label]
        moved = (b - a) - was.difference
        exact[spec.label] = replace(was, a=a, b=b, low=was.low + moved, high=was.high + moved)
    return exact


def _total(sides: Array) -> Array:
    return np.count_nonzero(sides, axis=-1)


def _draws(query: ComparisonQuery, cells: Cells, scheme: AnyScheme) -> int:
    if cells.complete:
        return query.draws
    most = SCORE_DRAWS if isinstance(scheme, ScoreScheme) else DRAWS
    return min(query.draws, most, max(MOST_NUMBERS // cells.outcomes, FEWEST))


def _values(scheme: AnyScheme, specs: Sequence[Spec]) -> Values:
    return lambda totals: np.array([evaluate(spec, scheme.inputs(totals, {})) for spec in specs])
