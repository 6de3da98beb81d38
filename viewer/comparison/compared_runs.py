"""Several runs beside one another: which are compared in pairs, what came of it, and their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..formulas import Spec
from ..statistics.correction import Floats, holm
from ..statistics.groups import Band, band_of
from . import words
from .compared_run import ComparedRun
from .comparison_query import ComparisonQuery
from .pairs import Finding, Pair, chosen_pairs, compare_pairs, ranked


@dataclass(eq=False)
class ComparedRuns:
    """The runs and what was asked of them; every result is computed when it is first asked for.

    Args:
        compared_runs: the runs, in the order given.
        query: what was asked of them.
        baseline: the run that all others are compared with in pairs; None for the pairs that `paired` names.
    """

    compared_runs: tuple[ComparedRun, ...]
    query: ComparisonQuery
    baseline: ComparedRun | None = field(default=None, kw_only=True)

    @property
    def names(self) -> list[str]:
        """Names of the runs, each once."""
        return [compared.name for compared in self.compared_runs]

    @property
    def tests(self) -> int:
        """How many tests `p_holm` is corrected for: those of `paired` and of `mcnemar` together."""
        return int(np.isfinite(self._corrected).sum())

    @cached_property
    def notes(self) -> list[str]:
        """Sentences: what could not be had, how the numbers came about, and what the intervals do not cover."""
        return words.notes(self.compared_runs, self.pairs, self.query, self.tests)

    @cached_property
    def ranked(self) -> list[ComparedRun]:
        """The runs, the best first by the first formula; in the order given where neither end of it is good."""
        return ranked(self.compared_runs)

    def compared(self, name: str) -> ComparedRun:
        """The run of that name; raises ValueError where there is none."""
        for compared in self.compared_runs:
            if compared.name == name:
                return compared
        raise ValueError(f"run must be one of {self.names[:20]}. Received: {name!r}")

    @cached_property
    def pairs(self) -> list[Pair]:
        """The runs that are compared in pairs, with the samples behind it."""
        return compare_pairs(chosen_pairs(self.compared_runs, self.baseline))

    @cached_property
    def rows(self) -> list[Finding]:
        """Each formula of each pair."""
        rows = [(pair, row) for pair in self.pairs for row in pair.rows]
        return [Finding(*one, p) for one, p in zip(rows, self._corrected[len(self.pairs) :].tolist(), strict=True)]

    @cached_property
    def groups_of(self) -> dict[str, list[ComparedRun]]:
        """The runs of each group, of those that have one."""
        found: dict[str, list[ComparedRun]] = {}
        for compared in self.compared_runs:
            if compared.group:
                found.setdefault(compared.group, []).append(compared)
        return found

    @cached_property
    def band_of(self) -> dict[tuple[str, str], Band]:
        """Mean and spread over x by group and label of a formula."""
        return {
            (group, spec.label): _band(members, spec)
            for group, members in self.groups_of.items()
            for spec in self.query.formulas
        }

    @cached_property
    def _corrected(self) -> Floats:
        """p-values of all tests together: McNemar's of each pair, then those of each pair and formula."""
        return holm([pair.test.p for pair in self.pairs] + [row.estimate.p for pair in self.pairs for row in pair.rows])


def _band(members: Sequence[ComparedRun], spec: Spec) -> Band:
    """Of the runs of a group, where it is known at which x their points stand."""
    known = [np.isfinite(one.x) for one in members]
    pairs = list(zip(members, known, strict=True))
    return band_of([one.x[there] for one, there in pairs], [one.values(spec)[there] for one, there in pairs])
