"""SQL over all runs of a folder: a DuckDB connection with views of runs, epochs, counts and samples."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from recorder.runfile import kind_of
from recorder.runfile.names import is_address

from ..config import resolve
from ..run import local_folder, no_run_at
from .book import Book
from .macros import macros
from .parts import parts_of
from .sources import Sources, sources_of

if TYPE_CHECKING:
    import duckdb

_OUTPUTS = pa.schema(
    [("run", pa.string()), ("output", pa.string()), ("grid", pa.int32()), ("classes", pa.list_(pa.string()))]
)
_EDGES = pa.schema([("grid", pa.int32()), ("place", pa.int32()), ("edge", pa.float64())])
MOST_COLUMNS = 1_000  # logs that are columns; the others are in `logs`
_RUNS = """
CREATE TEMP VIEW runs AS SELECT run, name, "group", status, unit, points, epochs, steps, planned,
    TRY_CAST(regexp_extract(created, '^[-0-9T:.]+') AS TIMESTAMP) AS created, config, problem FROM _runs
"""
_COUNTS = """
CREATE TEMP VIEW counts AS SELECT run, point, epoch, step, split, output, label, class, tp, fp, tn, fn FROM _counts
"""
# Under which attempts the parts of each point stand: what no line commits, or a later attempt hides, is not among them.
_COMMITTED = """
CREATE TEMP VIEW _committed AS SELECT run, point, epoch, step, unnest(attempts) AS attempt FROM _epochs
"""
_SAMPLES = """
CREATE TEMP VIEW samples AS SELECT run, point, c.epoch, step, split, output, sample, label, y_true, y_score, weight
    FROM _samples s JOIN _committed c USING (run, attempt) WHERE s.epoch = c.point
"""
# Of equally near thresholds the lower one, as everywhere: the bins above it are called positive.
_AT = """
CREATE TEMP MACRO "at"(threshold) AS TABLE
    WITH edge AS (
        SELECT grid, place, edge FROM _edges
        QUALIFY row_number() OVER (PARTITION BY grid ORDER BY abs(edge - CAST(threshold AS DOUBLE)), place) = 1
    )
    SELECT run, point, c.epoch, step, split, output, label, classes[coalesce(label, 0) + 1] AS class,
        edge AS threshold,
        CAST(coalesce(list_sum(positives[place + 1:]), 0) AS BIGINT) AS tp,
        CAST(coalesce(list_sum(negatives[place + 1:]), 0) AS BIGINT) AS fp,
        CAST(list_sum(negatives[:place]) AS BIGINT) AS tn,
        CAST(list_sum(positives[:place]) AS BIGINT) AS fn
    FROM _tallies t JOIN _committed c USING (run, attempt) JOIN _outputs o USING (run, output) JOIN edge USING (grid)
    WHERE t.epoch = c.point
"""
# What a query may not do: read or write files, load extensions, change any of this.
_SHUT = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def connect(folder: str | Path | None = None, *, parts: bool = True) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection to all runs at or below a folder, in memory; close it when you are done.

        with viewer.connect("runs") as runs:
            runs.sql("select run, max(f1(tp, fp, fn)) from counts where split = 'val' group by run").df()

    Views: `runs`, a row each; `epochs`, a row a point with each log as a column, and all of them in `logs`; `counts`, a
    row a point, split, output and class with tp, fp, tn and fn at the decision (argmax of several classes); `samples`,
    the recorded predictions. `at(0.3)` gives counts at another threshold, at the recorded one that is nearest. In each
    `point` is the number of the point in the run's own unit, `epoch` and `step` what is known of both. What later
    attempts hide is in none of them. The formulas of four counts are macros, under all of their names; undefined is
    NULL there.

    An index (`epochreel index`) is refreshed and used; without one the lines of all runs are read, a millisecond a run.
    `samples` and `at` read the runs' own parts. Queries can neither read nor write other files.

    Args:
        folder: of runs, at any level, or a run, or their address in object storage; the setting `dir` ("runs") if None.
        parts: whether there are `samples` and `at`; without them the parts of thousands of runs need not be listed.

    Raises:
        FileNotFoundError: There is no such folder, or no run at an address.
        ModuleNotFoundError: DuckDB is not installed (the extra `sql`).
    """
    from ..needs.duckdb import duckdb

    given = resolve().settings.dir if folder is None else folder
    sources = sources_of(local_folder(given, whole=parts, named=True))
    if is_address(given) and not len(sources.runs):  # storage has no folders: a name that is mistyped is as good as any
        raise no_run_at(given)
    connection = duckdb.connect()
    try:
        for name, table in _tables(sources, parts):
            connection.register(name, table)
        connection.execute("SET temp_directory = ?", [f"{tempfile.gettempdir()}/epochreel-{os.getpid()}"])
        for statement in _statements(sources, parts):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of columns, and rows, of what a query gives; nothing where its last statement gives none.

    Raises:
        ValueError: It is no query, or fails, and why.
    """
    from ..needs.duckdb import duckdb

    try:
        connection.execute(query)
        columns = [str(column[0]) for column in connection.description or ()]
        return columns, connection.fetchall() if columns else []
    except duckdb.Error as error:
        raise ValueError(str(error)) from error


def _tables(sources: Sources, parts: bool) -> Iterator[tuple[str, Any]]:
    book = Book(sources.runs)
    yield "_runs", sources.runs.append_column("status", pa.array(book.statuses, pa.string()))
    yield "_epochs", sources.epochs
    yield "_counts", sources.counts
    if parts:
        for kind in ("samples", "tallies"):
            yield f"_{kind}", parts_of(sources.folders, kind)
        yield from _outputs(book)


def _outputs(book: Book) -> Iterator[tuple[str, Any]]:
    """The outputs of each run, and the thresholds of each grid, from 1."""
    outputs: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    grids: dict[tuple[float, ...], int] = {}
    keys = book.column("run")
    for stated, rows in book.by_outputs():
        for output in stated:
            grid = grids.setdefault(tuple(output.thresholds), len(grids))
            classes = list(kind_of(output).scored(output.classes))
            outputs += [{"run": keys[row], "output": output.name, "grid": grid, "classes": classes} for row in rows]
    for thresholds, grid in grids.items():
        edges += [{"grid": grid, "place": place, "edge": edge} for place, edge in enumerate(thresholds, 1)]
    of_outputs = [
        ("run", pa.string()),
        ("output", pa.string()),
        ("grid", pa.int32()),
        ("classes", pa.list_(pa.string())),
    ]
    yield "_outputs", pa.Table.from_pylist(outputs, schema=pa.schema(of_outputs))
    of_edges = pa.schema([("grid", pa.int32()), ("place", pa.int32()), ("edge", pa.float64())])
    yield "_edges", pa.Table.from_pylist(edges, schema=of_edges)


def _statements(sources: Sources, parts: bool) -> Iterator[str]:
    yield _RUNS
    yield _epochs(sources)
    yield _COUNTS
    if parts:
        yield from (_COMMITTED, _SAMPLES, _AT)
    yield from macros()
    yield from _SHUT


def _epochs(sources: Sources) -> str:
    """Each log as a column; one whose name is taken, as names do not differ by case alone, is in `logs` only."""
    taken = {"run", "point", "epoch", "step", "attempt", "seconds", "logs"}
    columns: list[str] = []
    for name in sorted({log for logs in set(Book(sources.runs).log_names) for log in logs}):
        if name.lower() not in taken and len(columns) < MOST_COLUMNS:
            taken.add(name.lower())
            columns.append(f"map_extract(logs, {_quoted(name, chr(39))})[1] AS {_quoted(name, chr(34))}")
    shown = ", ".join(["run", "point", "epoch", "step", "attempt", *columns, "seconds", "logs"])
    return f"CREATE TEMP VIEW epochs AS SELECT {shown} FROM _epochs"


def _quoted(name: str, quote: str) -> str:
    return quote + name.replace(quote, 2 * quote) + quote
