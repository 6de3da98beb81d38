"""`epochreel export`: each kind of file, whole, from one command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke

SIZE = ["--size", "640x400", "--layout", "curves scores"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> viewer.Run:
    """A run of five epochs."""
    rng = np.random.default_rng(0)
    truth = rng.random(150) < 0.3
    with RunWriter(tmp_path_factory.mktemp("runs"), name="exported") as writer:
        for epoch in range(5):
            score = 1 / (1 + np.exp(1 - epoch * truth - rng.normal(size=150)))
            writer.epoch(epoch, logs={"loss": 1 / (1 + epoch)}, train=(truth, score), val=(truth, score))
    return viewer.open_run(writer.folder)


def export(run: viewer.Run, to: Path, *options: str) -> None:
    """Runs the command, which must succeed."""
    result = invoke(["export", str(run.folder), "--to", str(to), *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_tables_hold_what_the_run_answers(run: viewer.Run, tmp_path: Path) -> None:
    """Metrics, counts, samples and curves as csv, parquet and json equal what Python gives."""
    export(run, tmp_path / "metrics.csv", "-m", "f1@0.3")
    read = pd.read_csv(tmp_path / "metrics.csv", index_col="epoch")
    np.testing.assert_allclose(read["val:f1@0.3"], run.metric("f1", threshold=0.3))
    export(run, tmp_path / "counts.parquet", "--what", "counts", "--threshold", "0.3")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "counts.parquet"), run.counts(threshold=0.3))
    export(run, tmp_path / "samples.json", "--what", "samples", "--epoch", "2")
    rows = json.loads((tmp_path / "samples.json").read_text())
    np.testing.assert_allclose([row["y_score"] for row in rows], run.samples(epoch=2)["y_score"], atol=1e-6)
    export(run, tmp_path / "curves.csv", "--what", "curves", "--epoch", "2")
    curve = pd.read_csv(tmp_path / "curves.csv").set_index("threshold")
    at = curve.iloc[np.abs(curve.index - 0.3).argmin()]
    assert tuple(at[["tp", "fp", "tn", "fn"]]) == tuple(run.counts(threshold=0.3).loc[2])


@pytest.mark.parametrize("what", ["metrics", "counts", "samples"])
def test_a_table_of_some_epochs(run: viewer.Run, tmp_path: Path, what: str) -> None:
    """--start, --stop and --every choose them as of a film: the last of them is always there."""
    for options, epochs in ((["--start", "1", "--stop", "3"], [1, 2, 3]), (["--every", "3"], [0, 3, 4])):
        export(run, tmp_path / "some.csv", "--what", what, *options)
        assert sorted({*pd.read_csv(tmp_path / "some.csv")["epoch"]}) == epochs


def test_pictures_and_films_and_reports_are_made(run: viewer.Run, tmp_path: Path) -> None:
    """A picture of an epoch, a film of some epochs and a report, each under its name and no other."""
    export(run, tmp_path / "picture.png", "--epoch", "1", *SIZE)
    export(run, tmp_path / "film.gif", "--start", "1", "--stop", "3", "--hold", "0", *SIZE)
    export(run, tmp_path / "report.html", *SIZE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "picture.png", "report.html"]


def test_tensorboard_reads_what_is_exported(run: viewer.Run, tmp_path: Path) -> None:
    """TensorBoard's own reader finds the loss of every epoch and the pictures."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    export(run, tmp_path / "tensorboard", *SIZE)
    (folder,) = (tmp_path / "tensorboard").iterdir()
    events = accumulator.EventAccumulator(str(folder))
    events.Reload()
    assert events.Tags()["images"] or events.Tags()["tensors"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("film.avi", [], r"--to must end in one of \.png .*tensorboard\. Received: film\.avi"),
        ("none/film.mp4", [], r"the folder of --to must exist"),
        ("picture.png", ["--epoch", "77"], r"epoch must be a recorded one \(0 to 4; nearest: 4\)\. Received: 77"),
        ("film.mp4", ["--start", "3", "--stop", "1"], r"--stop must not be before --start"),
        ("x.csv", ["--start", "3", "--stop", "1"], r"--stop must not be before --start"),
        ("x.png", ["--stop", "1"], r"are for films and tables of several epochs\. Received: --stop for x\.png"),
        ("x.csv", ["--what", "curves", "--start", "1"], r"of several epochs\. Received: --start for curves"),
        ("x-report.html", ["--every", "2"], r"of several epochs\. Received: --every for x-report\.html"),
        ("x.csv", ["--what", "moods"], r"--what must be one of metrics, counts, samples, curves\. Received: moods"),
        ("x.csv", ["--split", "tset"], r"split must be one of "),
    ],
)
def test_a_mistake_is_one_sentence(
    run: viewer.Run, tmp_path: Path, name: str, options: list[str], message: str
) -> None:
    """A wrong name, folder, epoch, range, kind or split raises with its rule, and no file is left."""
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        invoke(["export", str(run.folder), "--to", str(tmp_path / name), *options], catch_exceptions=False)
    assert not list(tmp_path.iterdir())
