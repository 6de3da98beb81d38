"""Two runs at their epochs, and which runs are compared so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import Spec
from ..formulas.best import direction
from ..statistics.mcnemar import UNKNOWN, McNemar, grouped_mcnemar, mcnemar
from .compared_run import ComparedRun
from .independent import independent
from .predictions import Predictions, aligned, groups_differ, groups_of, predictions
from .sample_by_sample import Estimate, estimates, of_decisions

Array = npt.NDArray[Any]
ALPHA = 0.05
PAIRED, INDEPENDENT, NONE = "paired bootstrap", "independent posteriors", "no interval"
GROUPED = "paired bootstrap of groups"
MOST_RUNS, NEXT = 5, 4  # up to so many runs all pairs are compared; of more the best with so many that come next


def _none() -> Array:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One formula of two runs.

    Args:
        formula: its label.
        method: how the interval came about.
        estimate: the values, and the interval of B - A.
    """

    formula: str
    method: str
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two runs, each at its epoch and threshold.

    Args:
        a: name of A.
        b: name of B.
        reason: why the samples were not compared one by one; "" where they were.
        counted: how many samples the split has; more than were compared where only some were recorded.
        sample: int64 [samples], positions of those that were compared one by one.
        called: what these are called, [samples]: the user's own ids, else the positions.
        y_true: int32 [samples] or [samples, labels], their labels.
        right_a: bool [samples], whether A decides right (of a multi-label output, all labels).
        right_b: bool [samples], the same of B.
        group: int64 [samples], from 0, of those that belong together; None where each stands for itself.
        joined: whether A and B state other groups than one another, and `group` is of both.
        rows: one a formula.
    """

    a: str
    b: str
    reason: str = ""
    counted: int = 0
    sample: Array = field(default_factory=_none)
    called: Array = field(default_factory=_none)
    y_true: Array = field(default_factory=_none)
    right_a: Array = field(default_factory=_none)
    right_b: Array = field(default_factory=_none)
    group: Array | None = None
    joined: bool = False
    rows: tuple[Row, ...] = ()

    @property
    def groups(self) -> int:
        """How many groups the samples are of; 0 where each stands for itself."""
        return 0 if self.group is None else int(self.group.max(initial=-1)) + 1

    @property
    def samples(self) -> int:
        """How many were compared one by one."""
        return len(self.sample)

    @property
    def quarters(self) -> tuple[int, int, int, int]:
        """How many samples both, A alone, B alone and neither decide right."""
        a, b = self.right_a > 0, self.right_b > 0
        return int((a & b).sum()), int((a & ~b).sum()), int((b & ~a).sum()), int((~(a | b)).sum())

    @property
    def test(self) -> McNemar:
        """McNemar's, of groups where the samples come in such; NaN where the samples were not compared one by one."""
        if self.reason or self.groups == 1:
            return UNKNOWN
        if self.group is not None:
            ahead = self.right_a.astype(np.int64) - self.right_b
            return grouped_mcnemar(np.bincount(self.group, ahead).round().astype(np.int64))
        _, only_a, only_b, _ = self.quarters
        return mcnemar(only_a, only_b)


@dataclass(frozen=True, slots=True)
class Finding:
    """One formula of a pair, with the p-value that is corrected for all tests of the comparison.

    Args:
        pair: of runs.
        row: the formula.
        p_holm: corrected; NaN without a test.
    """

    pair: Pair
    row: Row
    p_holm: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the corrected test says that the difference is more than chance."""
        return self.p_holm < ALPHA


def chosen_pairs(
    compared_runs: Sequence[ComparedRun], baseline: ComparedRun | None = None
) -> list[tuple[ComparedRun, ComparedRun]]:
    """Which runs are compared in pairs.

    The baseline with each other one; without a baseline all of up to five runs, of more the best with the four that
    come next by the first formula, each of these as A, the best one as B.
    """
    if baseline is not None:
        return [(baseline, compared) for compared in compared_runs if compared is not baseline]
    if len(compared_runs) <= MOST_RUNS:
        return [(a, b) for number, a in enumerate(compared_runs) for b in compared_runs[number + 1 :]]
    best, *others = ranked(compared_runs)[: NEXT + 1]
    return [(other, best) for other in others]


def ranked(compared_runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """The best first by the first formula at the chosen epochs; in the given order where neither end of it is good."""
    spec = compared_runs[0].query.formulas[0]
    higher = direction(spec)
    if higher is None:
        return list(compared_runs)
    values = np.array([compared.value(spec) for compared in compared_runs])
    return [compared_runs[place] for place in np.argsort(-values if higher else values, kind="stable")]


def compare_pairs(pairs: Sequence[tuple[ComparedRun, ComparedRun]]) -> list[Pair]:
    """Compares runs two by two at their chosen epochs; the samples of a run are read once while it is at hand."""
    recorded = lru_cache(maxsize=MOST_RUNS + 1)(_recorded)
    return [_compare(a, b, recorded(a), recorded(b)) for a, b in pairs]


def _compare(a: ComparedRun, b: ComparedRun, first: Predictions | None, second: Predictions | None) -> Pair:
    if first is not None and second is not None:
        first, second = aligned(first, second)
    reason = _why_not(a, b, first, second)
    if reason or first is None or second is None:
        return Pair(a=a.name, b=b.name, reason=reason, rows=tuple(_apart(a, b, spec) for spec in a.query.formulas))
    both, scheme = first.usable & second.usable, a.scheme()
    right = [
        (found.decided(scheme, one.threshold()) == found.truth(scheme)).reshape(len(both), -1).all(axis=1)[both]
        for one, found in ((a, first), (b, second))
    ]
    return Pair(
        a=a.name, b=b.name, counted=max(first.counted, second.counted), sample=first.samples.sample[both],
        called=a.run.called(first.samples.sample[both], a.query.split), y_true=first.samples.y_true[both],
        right_a=right[0], right_b=right[1], group=groups_of(first, second, both),
        joined=groups_differ(first, second, both), rows=tuple(_together(a, b, first, second)),
    )  # fmt: skip


def _recorded(compared: ComparedRun) -> Predictions | None:
    position, query = compared.position(), compared.query
    return None if position is None else predictions(compared.run, query.split, position, query.output)


def _why_not(a: ComparedRun, b: ComparedRun, first: Predictions | None, second: Predictions | None) -> str:
    unchosen = [one.name for one in (a, b) if one.position() is None]
    if unchosen:
        return f"nothing of {' and '.join(unchosen)} says which {a.run.unit} to choose"
    if first is None or second is None:
        without = " and ".join(one.name for one, found in ((a, first), (b, second)) if found is None)
        return f"no {a.query.split} samples of {without} were recorded at that {a.run.unit}"
    if (first.output.kind, first.output.classes) != (second.output.kind, second.output.classes):
        return "they do not decide between the same classes"
    if not len(first.samples.sample) and first.ids is not None and second.ids is not None:
        return "no recorded sample has the same id in both"
    if first.fingerprint != second.fingerprint:
        return "ids or labels of their recorded samples differ"
    if not a.scheme().argmax and not (first.whole and second.whole):
        return (
            f"a threshold needs the scores of all {len(first.output.classes)} classes, and only the largest were kept"
        )
    return ""


def _together(a: ComparedRun, b: ComparedRun, first: Predictions, second: Predictions) -> Iterator[Row]:
    same = [spec for spec in a.query.formulas if spec.split in (None, a.query.split)]  # the samples are of one split
    found = estimates((a, b), (first, second), same)
    grouped = groups_of(first, second, first.usable & second.usable) is not None
    for spec in a.query.formulas:
        if spec.label in found:
            yield Row(formula=spec.label, method=GROUPED if grouped else PAIRED, estimate=found[spec.label])
        else:
            yield _apart(a, b, spec)


def _apart(a: ComparedRun, b: ComparedRun, spec: Spec) -> Row:
    """A formula of two runs as if they had nothing in common."""
    low, high = independent(a, b, spec) if of_decisions(spec) else (float("nan"), float("nan"))
    return Row(
        formula=spec.label,
        method=NONE if np.isnan(low) else INDEPENDENT,
        estimate=Estimate(a=a.value(spec), b=b.value(spec), low=low, high=high),
    )
