"""Runs of every released version of the format open for ever, and say what they said on the day they were written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder.runfile import EpochRecord, RunFileWriter, Samples, Tally, begin_line, read_manifest, read_records

HERE = Path(__file__).parent
RUNS = sorted(path.with_suffix("") for path in HERE.glob("*/*.json"))


def expected(run: Path) -> dict[str, Any]:
    """What stands beside a run."""
    return json.loads((run.parent / f"{run.name}.json").read_text())


def number(value: float | str) -> float:
    return float(value)  # "nan", "inf" and "-inf" too


def assert_tally(got: Tally, put: dict[str, Any]) -> None:
    histogram = got.histogram
    if histogram.shape[-1] >= 50:
        histogram = np.cumsum(histogram, axis=-1)[..., ::50]
    assert (got.split, got.output, got.ignored) == (put["split"], put["output"], put["ignored"])
    assert histogram.tolist() == put["histogram"]
    assert got.nan.tolist() == put["nan"]
    for name in ("matrix", "weights", "weight_squares"):
        found = getattr(got, name)
        assert (None if found is None else found.tolist()) == put[name]


def assert_samples(got: Samples, put: dict[str, Any]) -> None:
    assert (got.split, got.output, list(got.y_score.shape)) == (put["split"], put["output"], put["shape"])
    assert (int(got.sample.sum()), int(got.y_true.sum())) == (put["sample"], put["y_true"])
    scores = [np.nansum(got.y_score, dtype=np.float64), got.y_score[-1, -1]]
    np.testing.assert_allclose(scores, [number(value) for value in put["y_score"]], rtol=1e-12)
    assert (None if got.label is None else int(got.label.sum())) == put["label"]
    weight = None if got.weight is None else got.weight.sum(dtype=np.float64)
    assert weight == (None if put["weight"] is None else pytest.approx(put["weight"], rel=1e-12))


def assert_record(got: EpochRecord, put: dict[str, Any]) -> None:
    assert got.epoch == put["epoch"]
    np.testing.assert_equal(dict(got.logs), {name: number(value) for name, value in put["logs"].items()})
    assert sorted(got.seconds) == put["seconds"]
    for tally, stated in zip(got.tallies, put["tallies"], strict=True):
        assert_tally(tally, stated)
    for samples, stated in zip(got.samples, put["samples"], strict=True):
        assert_samples(samples, stated)
    assert {name: values.tolist() for name, values in got.observed.items()} == put["observed"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.parent.name}-{run.name}")
def test_the_recorder_reads_an_old_run(run: Path) -> None:
    """Every count, log, sample and array of a run of an earlier release is read as that release read it."""
    wanted = expected(run)
    manifest = read_manifest(run)
    assert (manifest.name, manifest.group, manifest.config) == (wanted["name"], wanted["group"], wanted["config"])
    for output in manifest.outputs:
        stated = wanted["outputs"][output.name]
        assert (output.kind, output.classes, len(output.thresholds)) == tuple(stated.values())
    records = read_records(run)
    assert [record.epoch for record in records] == [epoch["epoch"] for epoch in wanted["epochs"]]
    for record, stated in zip(records, wanted["epochs"], strict=True):
        assert_record(record, stated)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.parent.name}-{run.name}")
def test_the_viewer_reads_an_old_run(run: Path) -> None:
    """Epochs, logs and four formulas of every split and output are those of the day the run was written."""
    wanted, opened = expected(run), viewer.open_run(run)
    assert opened.name == wanted["name"]
    assert opened.planned_epochs == wanted["planned_epochs"]
    assert opened.epoch_numbers.tolist() == [epoch["epoch"] for epoch in wanted["epochs"]]
    for position, epoch in enumerate(wanted["epochs"]):
        for name, value in epoch["logs"].items():
            np.testing.assert_equal(opened.logs[name][position], number(value))
    for question, values in wanted["metrics_at_half"].items():
        output, split, formula = question.split("/")
        average = None if opened.output(output).kind == "binary" else "macro"
        found = opened.values(formula, split=split, threshold=0.5, average=average, output=output)
        np.testing.assert_allclose(found, [number(value) for value in values], rtol=1e-12, err_msg=question)
    assert not opened.faults


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.parent.name}-{run.name}")
def test_an_old_run_is_gone_on_with(run: Path, tmp_path: Path) -> None:
    """A resume of an earlier release's run adds an epoch behind the others, which stay as they were."""
    folder = tmp_path / run.name
    shutil.copytree(run, folder)
    writer = RunFileWriter.resume(folder, begin_line())
    writer.append(EpochRecord(epoch=10_000, unit=read_manifest(folder).unit, logs={"loss": 0.25}))
    writer.close()
    *before, last = read_records(folder)
    for record, stated in zip(before, expected(run)["epochs"], strict=True):
        assert_record(record, stated)
    assert (last.epoch, last.logs) == (10_000, {"loss": 0.25})


def test_ids_of_samples_are_read() -> None:
    """What 1.1 called the samples of two splits, strings and numbers, it is called still."""
    run = viewer.open_run(HERE / "1.1" / "sample_ids")
    val, night = run.samples(split="val", epoch=0), run.samples(split="night", epoch=0)
    assert val["id"].tolist() == [f"img/{number:03d}.png" for number in range(30)]
    assert night["id"].tolist() == list(range(1_000, 1_008))


def test_steps_are_read() -> None:
    """What 1.3 counts in, the steps beside epochs and the epochs that steps lie in."""
    steps, beside = (viewer.open_run(HERE / "1.3" / name) for name in ("in_steps", "steps_beside"))
    assert (steps.unit, beside.unit) == ("step", "epoch")
    np.testing.assert_equal(steps.steps, [100, 250, 500, 600, 1_200])
    np.testing.assert_equal(steps.in_epochs, [0, 0, 1, np.nan, np.nan])
    np.testing.assert_equal(beside.steps, [70, np.nan, 2**33])
    np.testing.assert_equal(beside.in_epochs, [0, 1, 2])


def test_what_was_added_is_read() -> None:
    """Splits that 1.3 added stand at their points, merged or pending, and other points have none."""
    added, logs = (viewer.open_run(HERE / "1.3" / name) for name in ("added", "counts_added_to_logs"))
    known = {split: np.isfinite(added.values("accuracy", split=split)).tolist() for split in added.splits()}
    assert known == {"val": [True] * 4, "test": [True, True, False, True], "night": [False, True, False, False]}
    np.testing.assert_equal(added.logs["test_loss"], [0, 2, np.nan, 6])
    assert len(added.samples(split="night", epoch=1)) == 5
    assert np.isfinite(logs.values("accuracy", split="test")).tolist() == [False, True]


def test_groups_are_read() -> None:
    """What 1.4 recorded of which samples belong together, and counted of each group, is what it was on that day."""
    run = viewer.open_run(HERE / "1.4" / "groups")
    samples = run.samples(epoch=0)
    assert samples["group"].tolist() == [f"image {at % 9}" for at in samples["sample"]]
    assert samples["id"].tolist() == [f"row {at}" for at in samples["sample"]]
    assert [run.band_of("f1", split) for split in ("val", "train")] == ["9 groups", "12 groups"]
    tally = next(tally for tally in read_records(run.folder)[0].tallies if tally.split == "val")
    assert tally.group_counts is not None
    assert tally.group_counts.reshape(9, 2, 4).sum(axis=2).tolist() == [[10, 10]] * 9


def test_samples_taken_whole_are_read() -> None:
    """What 1.4 counted of top-k and of label sets is what it was on that day."""
    top_k, sets = (viewer.open_run(HERE / "1.4" / name) for name in ("top_k", "label_sets"))
    np.testing.assert_allclose(top_k.values("top3_accuracy") * 60, [14, 11, 16])
    np.testing.assert_allclose(top_k.values("train:top5_accuracy") * 60, [27, 26, 27])
    wanted = {
        "subset_accuracy": [6 / 39, 8 / 39, 4 / 38],
        "subset_accuracy@0.25": [5 / 39, 9 / 39, 3 / 38],
        "lrap": [0.7293447293447294, 0.7891737891737892, 0.7938596491228069],
        "ranking_loss": [0.41880341880341887, 0.40811965811965817, 0.3640350877192982],
        "coverage_error": [80 / 39, 78 / 39, 70 / 38],
    }
    for question, values in wanted.items():
        np.testing.assert_allclose(sets.values(question), values, rtol=1e-12, err_msg=question)


def test_every_golden_run_is_tried() -> None:
    """No run of the folder goes without its numbers, and none was lost."""
    folders = sorted(path for path in HERE.glob("[0-9]*/*") if path.is_dir())
    assert folders == RUNS
    assert len(RUNS) >= 25
