"""Runs of files that the real MLflow, wandb and Trackio wrote: every value of them, and nothing that is none."""

from __future__ import annotations

import datetime
import gzip
import importlib.util
import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viewer
from tests.commands import invoke
from viewer.importers import Imported, import_mlflow, import_neptune, import_trackio, import_wandb
from viewer.importers.imported import write
from viewer.importers.logged import Logged

FIXTURES = Path(__file__).parent / "fixtures"
CONFIG = {"lr": 0.01, "optimizer": "adam", "layers": 3}
POINTS = {
    0: {"loss": 1.5, "val/acc": 0.25},
    10: {"loss": 0.75, "val/acc": 0.5},
    25: {"loss": math.nan},
    40: {"loss": 0.125, "val/acc": 0.875},
}  # as fixtures/trackers.py has them
Importer = Callable[..., list[Imported]]
SOURCES: dict[str, tuple[Importer, str]] = {
    "a database of MLflow": (import_mlflow, "mlflow.db"),
    "a folder of MLflow": (import_mlflow, "mlruns"),
    "an offline run of wandb": (import_wandb, "finished.wandb"),
    "a database of Trackio": (import_trackio, "project.db"),
    "an export of Trackio": (import_trackio, "project.parquet"),
}


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, unpacked."""
    return unpacked(FIXTURES, tmp_path_factory.mktemp("trackers") / "files")


def unpacked(source: Path, folder: Path) -> Path:
    shutil.copytree(source, folder, dirs_exist_ok=True)
    for path in folder.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    return folder


def read(importer: Importer, source: Path, folder: Path, **asked: Any) -> tuple[dict[str, viewer.Run], list[Imported]]:
    found = importer(source, folder, **asked)
    return {one.name: viewer.open_run(one.folder) for one in found if one.folder}, found


def is_the_baseline(run: viewer.Run) -> None:
    """Every value at its step, the parameters with their types."""
    assert (run.unit, run.status, run.faults) == ("step", "finished", [])
    assert run.epoch_numbers.tolist() == list(POINTS)
    for name in ("loss", "val/acc"):
        np.testing.assert_equal(run.logs[name], [values.get(name, math.nan) for values in POINTS.values()])
    assert {name: value for name, value in run.manifest.config.items() if name != "imported"} == CONFIG
    assert run.manifest.config["imported"]["from"] in ("mlflow", "wandb", "trackio")


@pytest.mark.parametrize("title", SOURCES)
def test_every_value_is_at_its_step(fixtures: Path, tmp_path: Path, title: str) -> None:
    """Of each program, in each form that it has; NaN is NaN, what was not logged is a gap; the source stays."""
    importer, name = SOURCES[title]
    before = {path: path.stat().st_mtime_ns for path in fixtures.rglob("*")}
    runs, found = read(importer, fixtures / name, tmp_path)
    if importer is import_mlflow:  # the last loss was logged twice
        assert runs["baseline"].logs["loss"][-1] == 0.25
        assert any("more than once: ['loss']" in sentence for sentence in found[0].left_out)
        assert runs["baseline"].logs["huge"][-1] == math.inf
        np.testing.assert_equal(runs["baseline"].logs["val/acc"], [0.25, 0.5, math.nan, 0.875])
        config = dict(runs["baseline"].manifest.config)
        assert {name: value for name, value in config.items() if name != "imported"} == CONFIG
    else:
        is_the_baseline(runs["baseline"])
        assert "what is no number: ['note']" in found[0].left_out
    assert before == {path: path.stat().st_mtime_ns for path in fixtures.rglob("*")}


@pytest.mark.parametrize("name", ["mlflow.db", "mlruns"])
def test_runs_of_mlflow_have_their_experiment_and_their_end(fixtures: Path, tmp_path: Path, name: str) -> None:
    """What failed did not finish; what was deleted is no run; a long name of an experiment is whole."""
    runs, _ = read(import_mlflow, fixtures / name, tmp_path)
    assert set(runs) == {"baseline", "failed"}
    assert runs["failed"].status == "interrupted"
    assert runs["baseline"].manifest.group == "an experiment: #1 of a long name, " + "long " * 20 + "indeed"
    assert runs["baseline"].manifest.created < runs["failed"].manifest.created


def test_groups_and_nested_values_of_the_others(fixtures: Path, tmp_path: Path) -> None:
    """wandb's group and exit code, names with dots for what is nested; Trackio's group, or the project."""
    runs, _ = read(import_wandb, fixtures / "finished.wandb", tmp_path / "w")
    assert runs["baseline"].manifest.group == "group"
    assert runs["baseline"].logs["nested.a.b"].tolist() == list(POINTS)
    runs, _ = read(import_wandb, fixtures / "failed.wandb", tmp_path / "w")
    assert (runs["failed"].status, runs["failed"].manifest.group) == ("interrupted", "project")
    for name in ("project.db", "project.parquet"):
        runs, _ = read(import_trackio, fixtures / name, tmp_path / name)
        assert {run.name: run.manifest.group for run in runs.values()} == {"baseline": "group", "second": "project"}


def test_steps_may_be_epochs_and_the_command_says_where_runs_are(fixtures: Path, tmp_path: Path) -> None:
    """`--unit epoch`; another unit is refused."""
    command = ["import", "mlflow", str(fixtures / "mlflow.db"), "--to", str(tmp_path)]
    result = invoke([*command, "--unit", "epoch"])
    assert result.exit_code == 0, result.output
    assert [viewer.open_run(line).unit for line in result.stdout.split()] == ["epoch", "epoch"]
    assert "unit must be step or epoch" in str(invoke([*command, "--unit", "day"]).exception)
    for program, name in (("wandb", "finished.wandb"), ("trackio", "project.db")):
        result = invoke(["import", program, str(fixtures / name), "--to", str(tmp_path)])
        assert result.exit_code == 0, result.output


def test_a_database_that_is_written_is_read_with_what_waits(fixtures: Path, tmp_path: Path) -> None:
    """Rows that stand in the log beside it are there; nobody is kept from writing on."""
    shutil.copy(fixtures / "project.db", tmp_path / "project.db")
    with closing(sqlite3.connect(tmp_path / "project.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        sql = "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES ('x', '', 'late', 3, ?)"
        connection.execute(sql, [b'{"loss": 7}'])
        connection.commit()
        runs, _ = read(import_trackio, tmp_path / "project.db", tmp_path / "runs")
        connection.execute(sql, [b"{}"])
    assert runs["late"].logs["loss"].tolist() == [7]


def test_flags_of_mlflow_are_true_and_false_and_a_run_of_nothing_is_named(fixtures: Path, tmp_path: Path) -> None:
    """MLflow keeps a bool by Python's `str`: it becomes a bool again; a run without metrics is told of."""
    file = tmp_path / "mlflow.db"
    shutil.copy(fixtures / "mlflow.db", file)
    with closing(sqlite3.connect(file)) as connection:
        (key,) = connection.execute("SELECT run_uuid FROM runs WHERE name = 'baseline'").fetchone()
        flags = {"shuffle": "True", "nesterov": "False", "json": "true", "name": "Truer"}
        connection.executemany(
            "INSERT INTO params VALUES (?, ?, ?)", [(name, text, key) for name, text in flags.items()]
        )
        connection.execute(
            "INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, experiment_id) "
            "SELECT 'f0', 'nothing-yet', status, start_time, lifecycle_stage, experiment_id FROM runs "
            "WHERE run_uuid = ?",
            [key],
        )
        connection.commit()
    told = invoke(["import", "mlflow", str(file), "--to", str(tmp_path / "runs")])
    assert told.exit_code == 0
    assert "nothing-yet: no run is made of it, as it has no point" in told.stderr
    (baseline,) = [run for run in viewer.open_runs(tmp_path / "runs") if run.name == "baseline"]
    assert {name: baseline.config[name] for name in flags} == {
        "shuffle": True, "nesterov": False, "json": True, "name": "Truer"
    }  # fmt: skip


def test_settings_that_are_no_finite_numbers_are_named(tmp_path: Path) -> None:
    """NaN and infinities among what a tracker was configured with are kept as recorders keep them; they were null."""
    logged = Logged("wandb", "run", config={"nan": math.nan, "deep": {"list": [1.5, -math.inf]}, "none": None})
    logged.add(0, "loss", 1.0, 0.0)
    folder = write(logged.found("step"), tmp_path).folder
    assert folder is not None
    config = viewer.open_run(folder).config
    assert (config["nan"], config["deep"], config["none"]) == ("NaN", {"list": [1.5, "-Infinity"]}, None)


def test_a_torn_file_of_wandb_is_read_up_to_there(fixtures: Path, tmp_path: Path) -> None:
    """As of a process that was killed, or of a disk that lost a sector: said, and interrupted."""
    whole = (fixtures / "finished.wandb").read_bytes()
    cut = whole.rindex(b"\x82\x01\x05" + b"0.125")
    for data, what in ((whole[:cut], "torn"), (whole[:cut] + b"\0" + whole[cut + 1 :], "does not match its checksum")):
        (tmp_path / "run.wandb").write_bytes(data)
        runs, (found,) = read(import_wandb, tmp_path / "run.wandb", tmp_path / "runs")
        run = runs["baseline"]
        assert (run.status, run.epoch_numbers.tolist()) == ("interrupted", [0, 10, 25])
        assert found.left_out[-1] == f"what follows in run.wandb: the next record {'is ' * (what == 'torn')}{what}"


def test_an_offline_run_that_was_resumed_is_one_run(fixtures: Path, tmp_path: Path) -> None:
    """Files of one id: what goes on later takes the place of those steps; what begins anew is a run of its own."""
    for number in range(3):
        home = tmp_path / "wandb" / f"offline-run-{number}-abc123"
        home.mkdir(parents=True)
        shutil.copy(fixtures / f"resumed-{number}.wandb", home / "run-abc123.wandb")
    (tmp_path / "wandb" / "latest-run").symlink_to(home)
    shutil.copytree(tmp_path / "wandb" / "offline-run-0-abc123", tmp_path / "wandb" / "other")
    (tmp_path / "wandb" / "other" / "run-abc123.wandb").rename(tmp_path / "wandb" / "other" / "run-b.wandb")
    found = import_wandb(tmp_path / "wandb", tmp_path / "runs")
    runs = [viewer.open_run(one.folder or "") for one in found]
    assert [run.logs["loss"].tolist() for run in runs] == [[0, 0.1, 1.2, 1.3], [2, 2.1], [0, 0.1, 0.2, 0.3]]
    assert [(run.status, run.faults) for run in runs] == [("finished", [])] * 3
    configs = [{key for key in run.manifest.config if key != "imported"} for run in runs]
    assert configs == [{"start 0", "start 1"}, {"start 2"}, {"start 0"}]


def test_what_cannot_be_read_is_said_before_anything_is_written(fixtures: Path, tmp_path: Path) -> None:
    """Of a folder with a file that is none, and a store with a line that is none: no run of what stands before it."""
    (tmp_path / "wandb").mkdir()
    shutil.copy(fixtures / "finished.wandb", tmp_path / "wandb" / "run-a.wandb")
    (tmp_path / "wandb" / "run-b.wandb").write_text("junk")
    shutil.copytree(fixtures / "mlruns", tmp_path / "mlruns")
    (later,) = (meta.parent for meta in tmp_path.glob("mlruns/*/*/meta.yaml") if "name: failed" in meta.read_text())
    (later / "metrics" / "loss").write_text("junk\n")
    for importer, name, said in (
        (import_wandb, "wandb", "must begin with"),
        (import_mlflow, "mlruns", "must be a time"),
    ):
        with pytest.raises(ValueError, match=said):
            importer(tmp_path / name, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_history_of_wandb_in_parquet(tmp_path: Path) -> None:
    """Columns as wandb's exports have them; null is no value."""
    rows = [{"_step": step, "_timestamp": 1.7e9 + step, "_runtime": step, **values} for step, values in POINTS.items()]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "abc.parquet")
    runs, _ = read(import_wandb, tmp_path, tmp_path / "runs")
    np.testing.assert_equal(runs["abc"].logs["val/acc"], [0.25, 0.5, math.nan, 0.875])
    assert set(runs["abc"].logs) == {"loss", "val/acc"}


def test_what_the_exporter_of_neptune_saved(tmp_path: Path) -> None:
    """Its published schema: series of numbers are logs, single values config, the project is the group."""
    time = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    fixed = {"project_id": "team/project", "run_id": "RUN-1"}
    rows: list[dict[str, Any]] = [
        {"attribute_path": "sys/name", "attribute_type": "string", "string_value": "baseline"},
        {"attribute_path": "sys/failed", "attribute_type": "bool", "bool_value": True},
        {"attribute_path": "sys/owner", "attribute_type": "string", "string_value": "somebody"},
        {"attribute_path": "lr", "attribute_type": "float", "float_value": 0.01},
        {"attribute_path": "optimizer", "attribute_type": "string", "string_value": "adam"},
        {"attribute_path": "layers", "attribute_type": "int", "int_value": 3},
        {"attribute_path": "out", "attribute_type": "string_series", "step": Decimal(1), "string_value": "hello"},
        {"attribute_path": "loss", "attribute_type": "float_series", "step": Decimal("0.5"), "float_value": 9.0},
    ]
    for step, values in POINTS.items():
        for name, value in values.items():
            rows.append({"attribute_path": name, "attribute_type": "float_series", "step": Decimal(step),
                         "timestamp": time, "float_value": value})  # fmt: skip
    schema = pa.schema([
        ("project_id", pa.string()), ("run_id", pa.string()), ("attribute_path", pa.string()),
        ("attribute_type", pa.string()), ("step", pa.decimal128(18, 6)), ("timestamp", pa.timestamp("ms", tz="UTC")),
        ("int_value", pa.int64()), ("float_value", pa.float64()), ("string_value", pa.string()),
        ("bool_value", pa.bool_()), ("string_set_value", pa.list_(pa.string())),
    ])  # fmt: skip
    (tmp_path / "data" / "project").mkdir(parents=True)
    file = tmp_path / "data" / "project" / "RUN-1_part_0.parquet"
    pq.write_table(pa.Table.from_pylist([fixed | row for row in rows], schema), file)
    found = import_neptune(tmp_path / "data", tmp_path / "runs")
    run = viewer.open_run(found[0].folder or "")
    assert (run.name, run.manifest.group, run.epoch_numbers.tolist()) == ("baseline", "team/project", list(POINTS))
    np.testing.assert_equal(run.logs["loss"], [1.5, 0.75, math.nan, 0.125])
    assert run.manifest.config == CONFIG | {"imported": {"from": "neptune"}}
    assert run.status == "interrupted"
    assert found[0].left_out == (
        "steps that are no whole number from 0 to 2147483647: ['loss']",
        "what is no number: ['out']",
    )


@pytest.mark.parametrize(
    ("importer", "name", "said"),
    [
        (import_mlflow, "x.db", "x.db must be a database of SQLite. Received: file is not a database"),
        (import_trackio, "x.db", "x.db must be a database of SQLite. Received: file is not a database"),
        (import_trackio, "x.parquet", "x.parquet must be a file of Parquet. Received: "),
        (import_wandb, "x.wandb", r"a file of an offline run must begin with b':W&B\xe1\xbe'. Received: x.wandb"),
        (import_wandb, "x.parquet", "x.parquet must be a file of Parquet. Received: "),
        (import_neptune, "x.parquet", "x.parquet must be a file of Parquet. Received: "),
    ],
)
def test_what_is_none_of_their_files_is_refused(tmp_path: Path, importer: Importer, name: str, said: str) -> None:
    """The rule, and what came; no run; a pipe is not waited for."""
    (tmp_path / name).write_bytes(b"something else, long enough to be taken for a header of any kind" * 40)
    with pytest.raises(ValueError, match=r".*") as caught:
        importer(tmp_path / name, tmp_path / "runs")
    assert said in str(caught.value)
    os.mkfifo(tmp_path / f"pipe-{name}")
    with pytest.raises(ValueError, match="a pipe"):
        importer(tmp_path / f"pipe-{name}", tmp_path / "runs")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError):
        importer(tmp_path / "empty", tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("importer", "name", "size"),
    [(import_mlflow, "x.db", 2**34), (import_wandb, "x.wandb", 2**30), (import_neptune, "x.parquet", 2**30)],
)
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, importer: Importer, name: str, size: int) -> None:
    """Nothing of it comes into memory."""
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, size + 1)
    with pytest.raises(ValueError, match=f"{name}.*{size:,}|{size}"):
        importer(tmp_path / name, tmp_path / "runs")


def test_a_small_file_of_much_text_is_refused(tmp_path: Path) -> None:
    """One long text, a hundred thousand times, takes a few kilobytes of Parquet."""
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array(["x" * 200_000]))
    table = pa.table({"_step": np.arange(100_000), "loss": text})
    pq.write_table(table, tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < 2**21
    with pytest.raises(ValueError, match=r"1,024 rows of .*parquet must take at most 67,108,864 bytes. Received: 2"):
        import_wandb(tmp_path / "x.parquet", tmp_path / "runs")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Views among them: one that never ends is not asked."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i"
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute(
            f"CREATE VIEW metrics AS {endless} AS run_name, i AS timestamp, i AS step, i AS metrics FROM n"
        )
        connection.commit()
    for importer, said in ((import_trackio, "must have a table metrics"), (import_mlflow, "must have the tables runs")):
        with pytest.raises(ValueError, match=said):
            importer(tmp_path / "other.db", tmp_path / "runs")


@settings(max_examples=25)
@given(st.sampled_from([*SOURCES]), st.data())
def test_a_damaged_file_is_an_error_or_a_run(fixtures: Path, title: str, data: st.DataObject) -> None:
    """Whatever bytes are other ones or missing: one error that is meant, or runs that can be opened."""
    import tempfile

    importer, name = SOURCES[title]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / name
        (shutil.copytree if (fixtures / name).is_dir() else shutil.copy)(fixtures / name, source)
        files = sorted(path for path in [source, *source.rglob("*")] if path.is_file() and path.stat().st_size)
        file = data.draw(st.sampled_from(files))
        content = bytearray(file.read_bytes())
        for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
            content[at] = data.draw(st.integers(0, 255))
        file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        with suppress(ValueError, FileNotFoundError):
            for one in importer(source, Path(folder) / "runs"):
                if one.folder is not None:
                    assert len(viewer.open_run(one.folder).epoch_numbers) == one.epochs


@pytest.mark.parametrize("program", ["mlflow", "wandb", "trackio"])
def test_what_the_installed_program_writes_today(program: str, tmp_path: Path) -> None:
    """Fresh files by the script that made the fixtures, where its program is installed."""
    if importlib.util.find_spec(program) is None:
        pytest.skip(f"{program} is not installed")
    (tmp_path / "files").mkdir()
    subprocess.run([sys.executable, FIXTURES / f"make_{program}.py", tmp_path / "files"], check=True, timeout=250)
    files = unpacked(tmp_path / "files", tmp_path / "whole")
    for importer, name in SOURCES.values():
        if importer.__name__ == f"import_{program}":
            runs, _ = read(importer, files / name, tmp_path / "runs")
            np.testing.assert_equal(runs["baseline"].logs["val/acc"], [0.25, 0.5, math.nan, 0.875])
