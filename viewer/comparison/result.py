"""`Comparison`: several runs beside one another."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import drawing, tables, words
from .compared_runs import ComparedRuns
from .pairs import compare_pairs

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


LONGEST = 100  # characters of formulas
FOR_ITS_TABLES = {"band_of", "compared", "compared_runs", "groups_of", "pairs", "ranked", "rows", "tables"}


class Comparison(ComparedRuns):
    """What `viewer.compare` returns: tables, sentences and pictures, each made when it is first asked for."""

    def __repr__(self) -> str:
        formulas = ", ".join(spec.label for spec in self.query.formulas)
        shown = formulas if len(formulas) <= LONGEST else f"{formulas[:LONGEST]}…"
        return f"Comparison({len(self.compared_runs)} runs, {shown}, split={self.query.split[:40]!r})"

    def __dir__(self) -> list[str]:
        """What somebody at a prompt may want; what its pictures and tables are made of goes without."""
        return [name for name in super().__dir__() if name not in FOR_ITS_TABLES]

    def _repr_html_(self) -> str:
        sentences = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in [*self.findings, *self.notes])
        return f"{self.summary.to_html()}{self.paired.to_html(index=False)}<ul>{sentences}</ul>"

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Index (`run`, `at`): the last, the best and the chosen epoch of each run.

        Columns: `group`, `state`, `epochs` (how many are recorded), `epoch`, `step` (where known), `threshold` (the
        edge in force, NaN where argmax decides), and a formula each.
        """
        return tables.summary_table(self.compared_runs, self.query)

    @cached_property
    def config(self) -> pd.DataFrame:
        """Index `key`, a column a run: keys whose value is not the same in all; None where a run has no such key."""
        return tables.config_table(self.compared_runs)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """One row a run, formula and epoch: `run`, `group`, `formula`, `epoch`, `step` where known, `x`, `value`."""
        return tables.curve_table(self.compared_runs, self.query)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row a group, formula and x: `mean`, `sd` (between runs), `n` (runs that have a value there)."""
        return tables.band_table(self.band_of)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Index (`group`, `formula`): `n` runs, `mean` and `sd` of their values at the chosen epochs."""
        return tables.group_table(self.groups_of, self.query)

    @cached_property
    def paired(self) -> pd.DataFrame:
        """One row a pair and formula, the difference being B - A at the chosen epochs.

        Columns: `a`, `b`, `formula`, `value_a`, `value_b`, `difference`, `low` and `high` (of its interval), `p`,
        `p_holm` (corrected for the number of `tests`), `method`, `samples` (compared one by one; 0 where the pair was
        not), `counted` (of how many), `sample_groups` (in how many groups these were drawn; 0 where each stands for
        itself). Of up to five runs all pairs are there, of more the best with the four that come
        next.
        """
        return tables.paired_table(self.rows)

    @cached_property
    def mcnemar(self) -> pd.DataFrame:
        """One row a pair: McNemar's exact test of who decides right more often; of groups where samples come in such.

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

        Where the user's own ids were recorded, a column `id` as well.

        Args:
            a: name of a run.
            b: name of another one.

        Raises:
            ValueError: There is no such run, or the samples of the two cannot be compared one by one.
        """
        first, second = self.compared(a), self.compared(b)
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

    @cached_property
    def findings(self) -> list[str]:
        """A plain sentence for each row of `paired`."""
        return [words.finding(one, self.query) for one in self.rows]
