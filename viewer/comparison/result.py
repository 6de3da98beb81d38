"""`Comparison`: several runs beside one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..statistics.correction import Floats, holm
from ..statistics.groups import Band, band_of
from . import drawing, tables, words
from .entrant import Entrant
from .pairs import Finding, Pair, chosen_pairs, compare_pairs, ranked
from .terms import Terms

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(eq=False)
class Comparison:
    """What `viewer.compare` returns. Every table is computed when it is first asked for.

    Args:
        entrants: the runs, in the order given.
        terms: what was asked of them.
        baseline: the run that all others are compared with in pairs; None for the pairs that `paired` names.
    """

    entrants: tuple[Entrant, ...]
    terms: Terms
    baseline: Entrant | None = None

    def __repr__(self) -> str:
        formulas = ", ".join(spec.label for spec in self.terms.formulas)
        return f"Comparison({len(self.entrants)} runs, {formulas}, split={self.terms.split!r})"

    @property
    def names(self) -> list[str]:
        """Names of the runs, each once."""
        return [entrant.name for entrant in self.entrants]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Index (`run`, `at`): the last, the best and the chosen epoch of each run.

        Columns: `group`, `state`, `epochs` (how many are recorded), `epoch`, `threshold` (the recorded edge in force,
        NaN where argmax decides), and a formula each.
        """
        return tables.summary_table(self.entrants, self.terms)

    @cached_property
    def config(self) -> pd.DataFrame:
        """Index `key`, a column a run: keys whose value is not the same in all; None where a run has no such key."""
        return tables.config_table(self.entrants)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """One row a run, formula and epoch: `run`, `group`, `formula`, `epoch`, `x` (as aligned), `value`."""
        return tables.curve_table(self.entrants, self.terms)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row a group, formula and x: `mean`, `sd` (between runs), `n` (runs that have a value there)."""
        return tables.band_table(self.band_of)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Index (`group`, `formula`): `n` runs, `mean` and `sd` of their values at the chosen epochs."""
        return tables.group_table(self.groups_of, self.terms)

    @cached_property
    def paired(self) -> pd.DataFrame:
        """One row a pair and formula, the difference being B - A at the chosen epochs.

        Columns: `a`, `b`, `formula`, `value_a`, `value_b`, `difference`, `low` and `high` (of its interval), `p`,
        `p_holm` (corrected for the number of `tests`), `method`, `samples` (compared one by one; 0 where the pair was
        not), `counted` (of how many). Of up to five runs all pairs are there, of more the best with the four that come
        next.
        """
        return tables.paired_table(self.rows)

    @cached_property
    def mcnemar(self) -> pd.DataFrame:
        """One row a pair: McNemar's exact test of who decides right more often.

        Columns: `a`, `b`, `samples`, `both_right`, `only_a` (right), `only_b`, `both_wrong`, `p`, `mid_p`, `p_holm`,
        `reason` (why the samples could not be compared one by one; "" where they were).
        """
        return tables.mcnemar_table(self.pairs, self._corrected[: len(self.pairs)].tolist())

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name, as they are written to files: the first column is the index."""
        names = ("summary", "config", "curves", "bands", "groups", "paired", "mcnemar")
        return {name: tables.by_first_column(getattr(self, name)) for name in names}

    def disagreements(self, a: str, b: str) -> pd.DataFrame:
        """The samples that one of two runs gets right and the other wrong: index `sample`, columns `y_true`, `right`.

        Args:
            a: name of a run.
            b: name of another one.

        Raises:
            ValueError: There is no such run, or the samples of the two cannot be compared one by one.
        """
        first, second = self.entrant(a), self.entrant(b)
        known = next((pair for pair in self.pairs if {pair.a, pair.b} == {a, b}), None)
        pair = known or compare_pairs([(first, second)])[0]
        if pair.reason:
            raise ValueError(f"samples must be the same to be compared one by one. Received: {pair.reason}")
        return tables.disagreement_table(pair)

    def draw(
        self, figure: Figure | None = None, *, size: tuple[int, int] = (1280, 720), dpi: int = 100, theme: str = "light"
    ) -> Figure:
        """Draws curves, groups and differences in pairs.

        Of more than eight runs and groups the five best have names, and the others are faint lines: up to a hundred,
        of more runs those that stand even steps of rank apart. `curves` has them all.

        Args:
            figure: to draw on, empty; a new one if None.
            size: pixels of a new figure, width and height.
            dpi: pixels an inch of a new figure; text grows with it.
            theme: "light" or "dark".

        Returns:
            The matplotlib figure.
        """
        return drawing.draw(self, figure, drawing.look(size, dpi, theme))

    def save(
        self,
        path: str | Path,
        *,
        size: tuple[int, int] = (1280, 720),
        dpi: int = 100,
        theme: str = "light",
        fps: float = 10.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Writes a picture (.png, .svg, .pdf), or a film with a cursor (.mp4, .webm, .gif, .apng, .html).

        Args:
            path: of the file; its ending says what it is.
            size: pixels, width and height.
            dpi: pixels an inch; text grows with it.
            theme: "light" or "dark".
            fps: places of the cursor a second; the last one stays for a second.
            progress: called with the pictures done and those there are, after each.

        Raises:
            ValueError: The ending is none of these.
        """
        drawing.save(self, Path(path), drawing.look(size, dpi, theme), fps=fps, progress=progress)

    @property
    def tests(self) -> int:
        """How many tests `p_holm` is corrected for: those of `paired` and of `mcnemar` together."""
        return int(np.isfinite(self._corrected).sum())

    @cached_property
    def findings(self) -> list[str]:
        """A plain sentence for each row of `paired`."""
        return [words.finding(one, self.terms) for one in self.rows]

    @cached_property
    def notes(self) -> list[str]:
        """Sentences: what could not be had, how the numbers came about, and what the intervals do not cover."""
        return words.notes(self.entrants, self.pairs, self.terms, self.tests)

    @cached_property
    def ranked(self) -> list[Entrant]:
        """The runs, the best first by the first formula; in the order given where neither end of it is good."""
        return ranked(self.entrants)

    def entrant(self, name: str) -> Entrant:
        """The run of that name; raises ValueError where there is none."""
        for entrant in self.entrants:
            if entrant.name == name:
                return entrant
        raise ValueError(f"run must be one of {self.names[:20]}. Received: {name!r}")

    @cached_property
    def pairs(self) -> list[Pair]:
        """The runs that are compared in pairs, with the samples behind it."""
        return compare_pairs(chosen_pairs(self.entrants, self.baseline))

    @cached_property
    def rows(self) -> list[Finding]:
        """Each formula of each pair."""
        rows = [(pair, row) for pair in self.pairs for row in pair.rows]
        return [Finding(*one, p) for one, p in zip(rows, self._corrected[len(self.pairs) :].tolist(), strict=True)]

    @cached_property
    def groups_of(self) -> dict[str, list[Entrant]]:
        """The runs of each group, of those that have one."""
        found: dict[str, list[Entrant]] = {}
        for entrant in self.entrants:
            if entrant.run.manifest.group:
                found.setdefault(entrant.run.manifest.group, []).append(entrant)
        return found

    @cached_property
    def band_of(self) -> dict[tuple[str, str], Band]:
        """Mean and spread over x by group and label of a formula."""
        return {
            (group, spec.label): band_of([one.x for one in members], [one.values(spec) for one in members])
            for group, members in self.groups_of.items()
            for spec in self.terms.formulas
        }

    @cached_property
    def _corrected(self) -> Floats:
        """p-values of all tests together: McNemar's of each pair, then those of each pair and formula."""
        return holm([pair.test.p for pair in self.pairs] + [row.estimate.p for pair in self.pairs for row in pair.rows])
