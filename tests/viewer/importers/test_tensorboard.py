"""Runs of TensorBoard's log folders: scalars, and counts that answer every formula."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import viewer
from viewer.cli import app
from viewer.counts.pr_curves import grid, histogram_of, is_above
from viewer.importers import import_tensorboard
from viewer.importers.events import frames

from .conftest import EPOCHS, Training


@pytest.fixture(scope="module")
def run(training: Training, tmp_path_factory: pytest.TempPathFactory) -> viewer.Run:
    (found,) = import_tensorboard(training.logs, tmp_path_factory.mktemp("runs"))
    return viewer.open_run(found.folder)


def test_keras_scalars_of_epochs_are_the_history(run: viewer.Run, training: Training) -> None:
    """`train` and `validation` are one run; names, epochs and values are those of `fit`; batches are left out."""
    assert run.name == "fit"
    assert run.status == "finished"
    assert run.epoch_numbers.tolist() == list(range(EPOCHS))
    assert set(training.history) <= set(run.logs) <= {*training.history, "learning_rate"}
    for name, values in training.history.items():
        np.testing.assert_allclose(run.logs[name], values, rtol=1e-6)


def test_pr_curves_are_exact_counts_at_every_threshold(run: viewer.Run, training: Training, truth: Any) -> None:
    """At each of the plugin's thresholds the four counts are those of the scores, by its rule: at or above."""
    edges = run.thresholds()
    assert len(edges) == 20
    for edge, at in zip(edges, np.arange(1, 21) / 20, strict=True):
        assert edge == pytest.approx(at, abs=1e-7)
        counts = run.counts(threshold=float(edge))
        for epoch, scores in enumerate(training.scores):
            called = np.floor(scores * np.float32(20)) >= round(at * 20)
            expected = [(called & (truth == 1)).sum(), (called & (truth == 0)).sum()]
            expected += [(~called & (truth == 0)).sum(), (~called & (truth == 1)).sum()]
            assert counts.loc[epoch].tolist() == expected


def test_every_formula_can_be_had_of_an_old_tensorboard_run(run: viewer.Run, training: Training, truth: Any) -> None:
    """scikit-learn agrees on formulas that nobody logged, at the decision and elsewhere."""
    from sklearn.metrics import f1_score, matthews_corrcoef

    assert run.splits() == ["val"]
    np.testing.assert_allclose(run.metric("mcc"), [matthews_corrcoef(truth, s >= 0.5) for s in training.scores])
    expected = [f1_score(truth, s >= 0.35, zero_division=np.nan) for s in training.scores]
    np.testing.assert_allclose(run.metric("f1@0.35"), expected)


def write_scalars(folder: Path, values: dict[str, list[tuple[int, float]]]) -> None:
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for tag, points in values.items():
            for step, value in points:
                tf.summary.scalar(tag, value, step=step)
    writer.close()


def test_each_folder_with_event_files_is_a_run(tmp_path: Path) -> None:
    """Any tags, any steps; a run is named by where it stands; what has no scalars is no run."""
    write_scalars(tmp_path / "logs", {"Loss/train": [(0, 1.0)]})
    write_scalars(
        tmp_path / "logs" / "lr" / "0.1", {"Loss/train": [(100, 3.0), (200, float("nan"))], "step": [(200, 1.0)]}
    )
    (tmp_path / "logs" / "empty").mkdir()
    found = import_tensorboard(tmp_path / "logs", tmp_path / "runs")
    runs = {run.name: run for run in (viewer.open_run(one.folder) for one in found)}
    assert set(runs) == {"logs", "lr/0.1"}
    assert runs["lr/0.1"].epoch_numbers.tolist() == [100, 200]
    np.testing.assert_equal(runs["lr/0.1"].logs["Loss/train"], [3.0, np.nan])
    np.testing.assert_equal(runs["lr/0.1"].logs["step"], [np.nan, 1.0])


def test_a_later_file_of_a_folder_wins(tmp_path: Path) -> None:
    """A training that was started again in the same folder: the newer value of a step counts."""
    import tensorflow as tf

    for suffix, value in ((".a", 1.0), (".b", 2.0)):
        writer = tf.summary.create_file_writer(str(tmp_path / "logs"), filename_suffix=suffix)
        with writer.as_default():
            tf.summary.scalar("loss", value, step=3)
        writer.close()
    (found,) = import_tensorboard(tmp_path / "logs", tmp_path / "runs")
    assert viewer.open_run(found.folder).logs["loss"].tolist() == [2.0]


def write_curve(folder: Path, step: int, scores: Any, truth: Any, tag: str = "pr", **options: Any) -> None:
    import tensorflow as tf
    from tensorboard.plugins.pr_curve import summary

    writer = tf.summary.create_file_writer(str(folder), filename_suffix=f".{step}.{tag.replace('/', '-')}")
    curve = summary.pb(tag, np.asarray(truth, bool), np.asarray(scores, np.float32), **options)
    with writer.as_default():
        tf.summary.experimental.write_raw_pb(curve.SerializeToString(), step=step)
    writer.close()


def test_several_curves_are_several_outputs(tmp_path: Path) -> None:
    """A tag is an output; a split that it begins with is its split; grids may differ."""
    rng = np.random.default_rng(0)
    for tag, number in (("train/cat", 11), ("val/cat", 11), ("val/dog", 51)):
        write_curve(tmp_path / "logs", 0, rng.random(30), rng.random(30) < 0.5, tag, num_thresholds=number)
    (found,) = import_tensorboard(tmp_path / "logs", tmp_path / "runs")
    run = viewer.open_run(found.folder)
    assert {output.name: len(output.thresholds) for output in run.manifest.outputs} == {"cat": 10, "dog": 50}
    assert run.splits("cat") == ["train", "val"]
    assert run.splits("dog") == ["val"]
    assert run.counts("val", output="dog").sum(axis=1).tolist() == [30]


def test_weighted_curves_are_left_out_and_named(tmp_path: Path) -> None:
    """Weights are no counts; the scalars beside them are taken."""
    write_curve(tmp_path / "logs", 0, [0.2, 0.7], [0, 1], weights=np.array([0.5, 1.5]))
    write_scalars(tmp_path / "logs", {"loss": [(0, 1.0)]})
    result = CliRunner().invoke(app, ["import", "tensorboard", str(tmp_path / "logs"), "--to", str(tmp_path / "runs")])
    run = viewer.open_run(result.stdout.strip())
    assert run.logs["loss"].tolist() == [1.0]
    assert run.splits() == []
    said = "left out PR curve pr: the counts of a PR curve must be whole numbers that fall as the threshold rises"
    assert said in " ".join(result.stderr.split())


scores_of = st.lists(st.integers(0, 1000).map(lambda n: np.float32(n / 1000)), min_size=1, max_size=30)


@given(scores=scores_of, number=st.integers(2, 40), data=st.data())
def test_either_rule_of_a_curve_gives_the_counts_it_had(scores: list[Any], number: int, data: st.DataObject) -> None:
    """Made by `>=` or by `>`, our counts at every threshold are those of the curve."""
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    even, values = np.linspace(0, 1, number).astype(np.float32), np.array(scores)
    for rule in (np.greater_equal, np.greater):
        called = rule(values, even[:, None])
        tp, fp = (called & truth).sum(axis=1), (called & ~truth).sum(axis=1)
        curve = np.stack([tp, fp, (~truth).sum() - fp, truth.sum() - tp, 0 * tp, 0 * tp]).astype(np.float32)
        above = is_above([curve])
        assert above or rule is np.greater_equal or not (values == 0).any()
        thresholds, histogram = grid(number, above=above), histogram_of(curve, above=above)
        assert histogram.sum() == len(scores)
        for index, threshold in enumerate(thresholds):
            place = index if above else index + 1
            assert histogram[0, :, index + 1 :].sum(axis=1).tolist() == [fp[place], tp[place]]
            if rule is np.greater_equal or above:
                assert (values > threshold).tolist() == called[place].tolist()


@given(records=st.lists(st.binary(max_size=20), max_size=5), noise=st.binary(max_size=60), data=st.data())
def test_torn_and_other_bytes_stop_the_frames(records: list[bytes], noise: bytes, data: st.DataObject) -> None:
    """Whole records come out as they went in, by TensorBoard's own writer; a torn one and noise end it."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    file, ends = io.BytesIO(), [0]
    for record in records:
        RecordWriter(file).write(record)
        ends.append(file.tell())
    whole = file.getvalue()
    cut = data.draw(st.integers(0, len(whole)))
    assert list(frames(whole)) == records
    assert list(frames(whole[:cut])) == records[: sum(end <= cut for end in ends) - 1]
    assert list(frames(whole + noise))[: len(records)] == records


def test_a_folder_without_event_files_is_refused(tmp_path: Path) -> None:
    """The rule, and what came."""
    with pytest.raises(FileNotFoundError, match=r"must hold event files \(\*tfevents\*\)\. Received: "):
        import_tensorboard(tmp_path, tmp_path / "runs")


def test_other_files_of_that_name_are_refused(tmp_path: Path) -> None:
    """A whole frame that is no event names its file."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    with (tmp_path / "x.tfevents.1").open("wb") as file:
        RecordWriter(file).write(b"\xff\xff\xff")
    with pytest.raises(ValueError, match=r"an event file must hold TensorBoard's events\. Received: x\.tfevents\.1"):
        import_tensorboard(tmp_path, tmp_path / "runs")


def test_the_viewer_reads_them_without_tensorflow(training: Training, tmp_path: Path) -> None:
    """A process that imports loads neither TensorFlow nor Keras, and leaves the logs as they are."""
    before = {path: path.read_bytes() for path in training.logs.rglob("*") if path.is_file()}
    code = (
        "import sys; from viewer.cli.app import app; import viewer.cli\n"
        f"app(['import', 'tensorboard', {str(training.logs)!r}, '--to', {str(tmp_path)!r}], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert len(viewer.open_runs(tmp_path)) == 1
    assert {path: path.read_bytes() for path in training.logs.rglob("*") if path.is_file()} == before
