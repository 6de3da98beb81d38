"""SQL over many runs: the same numbers, to the last bit, that each run gives; and no way out of the runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import Samples, read_records, score_classes
from tests.commands import invoke
from viewer.formulas.registry import COUNTS
from viewer.index.refreshing import refresh
from viewer.reading.find import INDEX, find_runs
from viewer.run import Run, UnreadableRun, opened

duckdb = pytest.importorskip("duckdb")
OF_COUNTS = [name for name in viewer.FORMULAS if set(viewer.FORMULAS[name].needs) <= set(COUNTS)]


@pytest.fixture(scope="module")
def connection(runs: Path) -> Iterator[Any]:
    with viewer.connect(runs) as found:
        yield found


@pytest.fixture(scope="module")
def recorded(runs: Path) -> dict[str, Run]:
    found = {path.relative_to(runs).as_posix(): opened(path) for path in find_runs(runs)}
    return {name: run for name, run in found.items() if not isinstance(run, UnreadableRun)}


def asked(runs: dict[str, Run], row: dict[str, Any], formula: str, threshold: float | None = None) -> float:
    """What the run itself says of the point, split, output and class of a row."""
    run = runs[row["run"]]
    average = None if row["label"] is None else row["label"]
    values = run.values(formula, row["split"], output=row["output"], average=average, threshold=threshold)
    return float(values[run.position(f"{run.unit}:{row['point']}")])


def rows(connection: Any, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def same(one: float, other: float | None) -> bool:
    return bool(np.isnan(one) if other is None or np.isnan(other) else one == other)


@pytest.mark.parametrize("threshold", [None, 0.0, 0.3, 0.333, 1.0])
def test_every_formula_of_counts_is_what_the_run_says(
    connection: Any, recorded: dict[str, Run], threshold: float | None
) -> None:
    """Exactly, for each built-in one, point, split, output and class, at the decision and elsewhere; NaN is NULL."""
    calls = [f'"{name}"({", ".join(viewer.FORMULAS[name].needs)}) AS "_{name}"' for name in OF_COUNTS]
    source = "counts" if threshold is None else f"at({threshold})"
    found = rows(connection, f"select *, {', '.join(calls)} from {source}")
    met = set()
    for row in found:
        for name in OF_COUNTS if row["point"] in (0, 3, 100) else ("f1",):
            assert same(asked(recorded, row, name, threshold), row[f"_{name}"]), (name, row)
            met.add((name, row[f"_{name}"] is None))
    assert {name for name, _ in met} == set(OF_COUNTS)
    assert any(undefined for _, undefined in met)  # 0/0 is met too
    wanted = {
        (name, int(point), split, output.name)
        for name, run in recorded.items()
        for output in run.outputs
        for split in run.splits(output.name)
        for point in run.epoch_numbers[~np.isnan(run.values("tp", split, output=output.name, average="micro"))]
    }
    assert {(row["run"], row["point"], row["split"], row["output"]) for row in found} == wanted


def test_averages_over_classes_are_those_of_the_viewer(connection: Any, recorded: dict[str, Run]) -> None:
    """`avg` passes over classes where a formula is undefined, as macro averages do."""
    query = "select run, point, split, output, avg(f1(tp, fp, fn)) as value from counts group by all"
    for row in rows(connection, query):
        macro = recorded[row["run"]].values("f1", row["split"], output=row["output"])
        if len(recorded[row["run"]].output(row["output"]).classes) > 2:
            position = recorded[row["run"]].position(row["point"])
            np.testing.assert_allclose(macro[position], row["value"], rtol=1e-14)


def test_logs_and_points_are_those_of_the_runs(connection: Any, recorded: dict[str, Run]) -> None:
    """Each log at each point, NaN where that was recorded, NULL where nothing was; hidden attempts are not there."""
    found = rows(connection, "select * from epochs order by run, point")
    for name, run in recorded.items():
        own = [row for row in found if row["run"] == name]
        assert [row["point"] for row in own] == run.epoch_numbers.tolist()
        assert [row["attempt"] for row in own] == run.attempts.tolist()
        for log, values in run.logs.items():
            stated = run.not_finite(log)
            for row, value, broken in zip(own, values, stated, strict=True):
                assert same(value, row["logs"].get(log))
                assert (row["logs"].get(log) is not None) == (broken or not np.isnan(value))
                if log in row:
                    assert same(value, row[log])
        np.testing.assert_array_equal(run.steps, [np.nan if row["step"] is None else row["step"] for row in own])


def test_samples_are_those_of_the_runs(connection: Any, recorded: dict[str, Run]) -> None:
    """Every recorded prediction once, of committed points alone."""
    found = rows(connection, "select * from samples")
    for name, run in recorded.items():
        own = sorted(
            (row["point"], row["split"], row["output"], row["sample"], row["label"] or 0, row["y_true"], row["y_score"])
            for row in found
            if row["run"] == name
        )
        wanted = sorted(
            (record.epoch, one.split, one.output, *values)
            for record in read_records(run.folder)
            for one in record.samples
            for values in _each(one)
        )
        assert own == wanted, name


def _each(one: Samples) -> Iterator[tuple[int, int, int, float]]:
    """Sample, class, truth and score of each row of a part."""
    scores = np.asarray(one.y_score).reshape(len(one.sample), -1)
    truth = np.broadcast_to(np.asarray(one.y_true).reshape(len(scores), -1), scores.shape)
    labels = np.broadcast_to(score_classes(one), scores.shape)
    for sample, *own in zip(one.sample.tolist(), labels.tolist(), truth.tolist(), scores.tolist(), strict=True):
        yield from ((sample, *values) for values in zip(*own, strict=True))


def test_runs_say_what_the_list_says(connection: Any, runs: Path) -> None:
    """State, group and numbers of each, those that cannot be read among them."""
    listed = viewer.list_runs(runs, ["points", "steps", "problem"])
    for row in rows(connection, "select * from runs"):
        own = listed.loc[row["run"].rpartition("/")[2]]
        assert row["status"] == own["status"]
        assert row["problem"] == own["problem"] or not isinstance(own["problem"], str)
        if row["status"] != "unreadable":
            assert (row["name"], row["group"], row["points"]) == (own["name"], own["group"], own["points"])


def test_an_index_changes_nothing(runs: Path, tmp_path: Path, connection: Any) -> None:
    """With one, fresh or stale or not to be written, all views are the same as without."""
    root = tmp_path / "runs"
    shutil.copytree(runs, root, ignore=shutil.ignore_patterns(INDEX))
    late = next(path for path in find_runs(root) if "-late-" not in path.name and "-wide-" in path.name)
    shutil.move(late, tmp_path / "aside")
    refresh(root)
    shutil.move(tmp_path / "aside", late)
    for view in ("runs", "epochs", "counts", "at(0.3)"):
        with viewer.connect(root) as other:
            query = f"select * from {view} order by all"
            assert repr(rows(other, query)) == repr(rows(connection, query)), view


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_text('/etc/hostname')",
        "select * from '/etc/hostname'",
        "select * from glob('/*')",
        "copy (select 1) to '{outside}'",
        "attach '{outside}'",
        "set enable_external_access = true",
        "reset lock_configuration",
        "install httpfs",
        "export database '{outside}'",
        "select * from secret",
    ],
)
def test_a_query_gets_at_nothing_else(runs: Path, tmp_path: Path, query: str) -> None:
    """No other file is read or written, no extension loaded, no variable of the program seen."""
    secret = {"a": [1]}  # noqa: F841 - DuckDB would look for it by its name
    outside = tmp_path / "outside"
    with viewer.connect(runs, parts=False) as connection, pytest.raises(duckdb.Error):
        connection.execute(query.format(outside=outside))
    assert not outside.exists()


def test_names_are_names(tmp_path: Path) -> None:
    """Whatever logs, splits and runs are called: a column is what it is named, and nothing else is run."""
    names = ["it's", 'a"b', "Loss", "loss", "point", "x); drop view runs; --", "läuft", "ä"]
    with RunWriter(tmp_path, name="'; drop view runs; --") as run:
        run.epoch(0, logs={name: float(place) for place, name in enumerate(names)})
    with viewer.connect(tmp_path) as connection:
        (row,) = rows(connection, "select * from epochs")
        assert row["logs"] == {name: float(place) for place, name in enumerate(names)}
        assert [row[name] for name in names if name not in ("point", "loss")] == [0.0, 1.0, 2.0, 5.0, 6.0, 7.0]
        assert row["point"] == 0
        assert rows(connection, "select name from runs") == [{"name": "'; drop view runs; --"}]


def test_a_broken_part_is_left_out_and_said(tmp_path: Path) -> None:
    """The other parts are read; what is refused is refused as everywhere."""
    truth = np.arange(30) % 2
    for name in ("whole", "torn"):
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, val=(truth, truth * 0.5 + 0.2))
    part = next((run.folder / "samples").iterdir())
    part.write_bytes(part.read_bytes()[:-9])
    with (
        viewer.connect(tmp_path) as connection,
        pytest.warns(RuntimeWarning, match="is left out: .* must be a Parquet file of samples"),
    ):
        assert rows(connection, "select count(*) as n from samples") == [{"n": 30}]


def test_own_formulas_are_there_too(runs: Path) -> None:
    """Arithmetic of counts, with constants; what is no arithmetic is left out."""
    with viewer.FORMULAS.layer("test"):

        @viewer.formula("shifted")
        def moved(tp: Any, fn: Any, by: float = 0.5) -> Any:
            return -(np.sqrt(tp) ** 2) / (1 + fn) + by

        @viewer.formula
        def branching(tp: Any) -> Any:
            return np.where(tp > 1, 1.0, 0.0)

    try:
        with viewer.connect(runs, parts=False) as connection:
            assert rows(connection, 'select shifted(4, 1) a, moved(4, 1, "by" := 1.0) b') == [{"a": -1.5, "b": -1.0}]
            with pytest.raises(duckdb.Error, match="branching"):
                connection.execute("select branching(4)")
    finally:
        viewer.FORMULAS.drop("test")


def test_the_command_prints_as_list_does(runs: Path) -> None:
    """A table, csv or json of the rows; what DuckDB refuses is one error."""
    query = "select name, points from runs where name in ('plain', 'three') order by name"

    def printed(*words: str) -> str:
        result = invoke(["sql", query, str(runs), *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert printed() == "name   points\nplain  4\nthree  4\n"
    assert printed("--format", "csv") == "name,points\nplain,4\nthree,4\n"
    assert json.loads(printed("--format", "json")) == [{"name": "plain", "points": 4}, {"name": "three", "points": 4}]
    query = "select 'NaN'::double as one, [1.5, 'NaN'::double, 'inf'::double] as two"
    assert json.loads(printed("--format", "json"), parse_constant=pytest.fail) == [
        {"one": None, "two": [1.5, None, None]}
    ]
    with pytest.raises(ValueError, match="nonsense"):
        invoke(["sql", "select nonsense from runs", str(runs)], catch_exceptions=False)


def test_one_run_may_be_asked(runs: Path) -> None:
    """A run by itself is a folder of one run, and nothing is written into it."""
    folder = next(path for path in find_runs(runs) if "-plain-" in path.name)
    with viewer.connect(folder) as connection:
        assert rows(connection, "select name, points from runs") == [{"name": "plain", "points": 4}]
        assert rows(connection, "select count(distinct sample) as n from samples") == [{"n": 60}]
    assert not (folder / INDEX).exists()
