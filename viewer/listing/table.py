"""A list of runs: rows that pass the filter, sorted, with the columns that were asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from recorder.runfile.names import shown as show_name

from ..counts.bounded import with_bounds
from ..formulas.query import Where
from ..formulas.spec import as_formulas
from ..index.known import KnownRun
from ..index.opening import open_known
from ..run import Run, UnreadableRun
from .column import AnyRun, Column, parse_column
from .order import ranked
from .where import parse_where

if TYPE_CHECKING:
    import pandas as pd

ALWAYS = ("run", "name", "group", "status", "epochs", "planned")
PROBLEM = "problem"  # shown where there is one; asked for last, when all else has been read
LONGEST = 120  # characters of columns
USUAL = ("loss", "val_loss", "mcc")
MOST_OTHERS = 3  # columns of other logs


@dataclass(frozen=True, slots=True, repr=False)
class Listing:
    """Runs and their values.

    Args:
        runs: those that pass the filter, in order; those that cannot be read among them.
        columns: a value for each run by the column's text, None where a run has none.
        left_out: how many runs the filter left out.
    """

    runs: tuple[AnyRun, ...]
    columns: Mapping[str, list[Any]]
    left_out: int

    def __repr__(self) -> str:
        columns = ", ".join(self.columns)
        shown = columns if len(columns) <= LONGEST else f"{columns[:LONGEST]}…"
        return f"Listing({len(self.runs)} runs, {self.left_out} left out, columns {shown})"

    def _repr_html_(self) -> str:
        """For notebooks; names are shown without what could act on the page."""
        return str(self.frame().map(lambda value: show_name(value) if isinstance(value, str) else value).to_html())

    @property
    def with_bounds(self) -> dict[str, list[Any]]:
        """The columns; behind one that bins leave open by as much as is printed, `NAME ±` says by how much."""
        return with_bounds(self.columns)

    def frame(self) -> pd.DataFrame:
        """One row a run, indexed by its folder's name."""
        from ..needs.pandas import pd

        return pd.DataFrame(self.with_bounds).set_index("run")


def list_runs(
    folder: str | Path = "runs",
    metrics: str | Sequence[str] = (),
    *,
    where: str | None = None,
    sort: str | Sequence[str] = (),
    reverse: bool = False,
    split: str | None = None,
    **where_taken: Unpack[Where],
) -> pd.DataFrame:
    """The runs at or below a folder as a DataFrame, one row a run; also those that cannot be read, and why: `problem`.

    Behind a column whose numbers bins leave open, a column `NAME ±` says by how much they may be off.

        viewer.list_runs("runs", ["val:mcc", "config.lr"], where="epochs >= 10", sort="best(val:mcc)")

    Args:
        folder: of runs, at any level.
        metrics: columns: formulas with or without a split, logs, `config.KEY`. Of formulas and logs the last value is
            taken: at the newest epoch in which the split was counted. `best(val:mcc)`, `min(loss)` and `max(...)` take
            another one.
        where: a filter, such as "config.lr < 0.001 and name in ('a', 'b')".
        sort: columns, the first one decides: the better end of a formula or loss first, all else increasing; runs
            without a value last.
        reverse: the other way round; runs without a value stay last.
        split: of formulas that name none; None for validation where there is any.
        where_taken: of formulas that do not say otherwise: `threshold`, `average`, `output`, `prevalence`, `weights`.

    Raises:
        ValueError: A filter or column is malformed, or no run has it.
        FileNotFoundError: There is no such folder.
    """
    runs, columns, order = open_known(folder, _warn), as_formulas(metrics), as_formulas(sort)
    return listing_of(runs, columns, where=where, sort=order, reverse=reverse, split=split, **where_taken).frame()


def listing_of(
    runs: Sequence[AnyRun],
    metrics: Sequence[str] = (),
    *,
    where: str | None = None,
    sort: Sequence[str] = (),
    reverse: bool = False,
    split: str | None = None,
    **where_taken: Unpack[Where],
) -> Listing:
    """The same of opened runs, see `list_runs`; `where_taken` is what `Where` has, of formulas that do not say it."""
    column = partial(parse_column, split=split, **where_taken)
    kept = [run for run, passed in zip(runs, _passed(runs, where, column), strict=True) if passed]
    asked = {text: column(text) for text in (*ALWAYS, *(metrics or _usual(kept)), *sort, PROBLEM)}
    values = {text: dict(zip(map(id, kept), column.values(kept), strict=True)) for text, column in asked.items()}
    for text in reversed(sort):
        down = asked[text].down(reverse=reverse)
        kept = ranked(kept, lambda run, found=values[text]: found[id(run)], down=down)  # type: ignore[misc]
    columns = {text: [found[id(run)] for run in kept] for text, found in values.items()}
    if not any(columns[PROBLEM]) and PROBLEM not in metrics:
        del columns[PROBLEM]
    return Listing(tuple(kept), columns, len(runs) - len(kept))


def _passed(runs: Sequence[AnyRun], where: str | None, column: Callable[[str], Column]) -> list[bool]:
    if where is None:
        return [True] * len(runs)
    test, names = parse_where(where)
    values = {name: column(name).values(runs) for name in names}
    return [test(lambda name, row=row: values[name][row]) for row in range(len(runs))]  # type: ignore[misc]


def _usual(runs: Sequence[AnyRun]) -> list[str]:
    readable = dict.fromkeys(_has(run) for run in runs if not isinstance(run, UnreadableRun))
    return usual_columns(readable)


def _has(run: Run | KnownRun) -> tuple[tuple[str, ...], bool]:
    """The logs of a run, and whether it has counts."""
    return tuple(run.logs), run.counted if isinstance(run, KnownRun) else bool(run.manifest.outputs)


def _warn(sentence: str) -> None:
    warnings.warn(sentence, RuntimeWarning, stacklevel=3)


def usual_columns(runs: Iterable[tuple[Sequence[str], bool]]) -> list[str]:
    """What is shown where nothing is asked for: of the last loss and MCC what the runs have.

    Of runs that have neither loss nor counts, a ranking say, their first logs, those of validation before others.

    Args:
        runs: the logs of each, and whether it has counts.
    """
    there: dict[str, None] = {}
    others: dict[str, None] = {}
    for logs, counted in runs:
        own = [text for text in USUAL if (counted if text == "mcc" else text in logs)]
        there |= dict.fromkeys(own)
        if not own:
            others |= dict.fromkeys([log for log in logs if log.startswith("val_")] or logs)
    return [*(text for text in USUAL if text in there), *list(others)[:MOST_OTHERS]]
