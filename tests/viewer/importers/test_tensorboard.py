"""Runs of TensorBoard's log folders: scalars, and counts that answer every formula."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viewer
from tests.commands import invoke
from viewer.counts.pr_curves import grid, histogram_of, is_above
from viewer.importers import Imported, import_tensorboard
from viewer.importers.events import EventFileError, records

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
    runs = {run.name: run for run in (viewer.open_run(one.folder) for one in found if one.folder)}
    assert set(runs) == {"logs", "lr/0.1"}
    assert runs["lr/0.1"].epoch_numbers.tolist() == [100, 200]
    np.testing.assert_equal(runs["lr/0.1"].logs["Loss/train"], [3.0, np.nan])
    np.testing.assert_equal(runs["lr/0.1"].logs["step"], [np.nan, 1.0])


def write_file(path: Path, values: list[tuple[str, int, float, float]]) -> Path:
    """An event file of these tags, steps, times and values, by TensorBoard's own writer."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for tag, step, time, value in values:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            RecordWriter(file).write(Event(wall_time=time, step=step, summary=summary).SerializeToString())
    return path


def losses(found: list[Imported]) -> dict[str, list[float]]:
    runs = [viewer.open_run(one.folder) for one in found if one.folder is not None]
    return {run.name: run.logs["loss"].tolist() for run in runs}


def test_a_second_training_in_a_folder_is_another_run(tmp_path: Path) -> None:
    """Two fits of Keras with the same log folder: each its own values, validation and PR curves with its own."""
    import keras

    x, y = np.zeros((8, 1), np.float32), np.array([0, 1] * 4)
    histories = []
    for epochs in (3, 2):
        model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
        model.compile(optimizer="sgd", loss="binary_crossentropy")
        callback = keras.callbacks.TensorBoard(tmp_path / "logs" / "fit", write_graph=False)
        fitted = model.fit(x, y, validation_data=(x, y), epochs=epochs, verbose=0, callbacks=[callback])
        histories.append(fitted.history)
    found = import_tensorboard(tmp_path / "logs", tmp_path / "runs")
    runs = [viewer.open_run(one.folder) for one in found if one.folder]
    assert [run.name for run in runs] == ["fit", "fit-2"]
    for run, history in zip(runs, histories, strict=True):
        for name, values in history.items():
            np.testing.assert_allclose(run.logs[name], values, rtol=1e-6)


def test_a_training_that_was_resumed_is_another_attempt(tmp_path: Path) -> None:
    """A later file that goes back to a step in between: from there on the later values count, the others are hidden."""
    write_file(tmp_path / "a.tfevents.1", [("loss", step, 10 + step, 1.0) for step in range(5)])
    write_file(tmp_path / "b.tfevents.2", [("loss", step, 20 + step, 2.0) for step in (3, 4, 5)])
    run = viewer.open_run(import_tensorboard(tmp_path, tmp_path / "runs")[0].folder or "")
    assert run.logs["loss"].tolist() == [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    assert run.epochs["attempt"].tolist() == [0, 0, 0, 1, 1, 1]


def test_files_that_take_turns_are_one_run(tmp_path: Path) -> None:
    """Writers of other tags, and files that go on where the last one ended, start no run."""
    write_file(tmp_path / "a.tfevents.1", [("loss", step, 10 + step, step) for step in range(4)])
    write_file(tmp_path / "b.tfevents.2", [("accuracy", step, 10 + step, 0.5) for step in range(4)])
    write_file(tmp_path / "c.tfevents.3", [("loss", step, 20 + step, step) for step in (4, 5)])
    found = import_tensorboard(tmp_path, tmp_path / "runs")
    assert list(losses(found).values()) == [[0, 1, 2, 3, 4, 5]]
    assert found[0].left_out == ()


def test_a_step_that_one_file_has_twice_counts_once_and_is_said(tmp_path: Path) -> None:
    """Some log every batch under the number of the epoch: the last one is kept, no run is started."""
    write_file(
        tmp_path / "a.tfevents.1", [("loss", step, 10.0, value) for step, value in ((0, 3), (0, 2), (1, 1), (0, 5))]
    )
    (found,) = import_tensorboard(tmp_path, tmp_path / "runs")
    assert list(losses([found]).values()) == [[5, 1]]
    assert found.left_out == ("earlier values of steps that were written more than once: loss",)


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a bit of a value": (lambda data: data[:-10] + bytes([data[-10] ^ 1]) + data[-9:], "does not match its checksum"),
    "a bit of a length": (
        lambda data: data[: len(data) // 3 * 2] + b"\x01" + data[len(data) // 3 * 2 + 1 :],
        "checksum",
    ),
    "the end": (lambda data: data[:-3], "the next one is torn"),
    "no event": (lambda data: b"loss,acc\n" * 9, "what follows 0 records of "),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_ends_at_the_damage_and_is_named(tmp_path: Path, how: str) -> None:
    """No value that fails its checksum comes in; other folders do; the command names the file with its folder."""
    change, said = DAMAGE[how]
    bad = write_file(tmp_path / "logs" / "bad" / "a.tfevents.1", [("loss", step, step, step) for step in range(3)])
    write_file(tmp_path / "logs" / "good" / "a.tfevents.1", [("loss", 0, 0, 1.0)])
    bad.write_bytes(change(bad.read_bytes()))
    result = invoke(["import", "tensorboard", str(tmp_path / "logs"), "--to", str(tmp_path / "runs")])
    assert result.exit_code == 0
    stderr = " ".join(result.stderr.split())
    assert "records of bad/a.tfevents.1: " in stderr
    assert said in stderr
    found = {run.name: run.logs["loss"].tolist() for run in viewer.open_runs(tmp_path / "runs")}
    assert found.pop("good") == [1.0]
    assert found == ({} if how == "no event" else {"bad": [0.0, 1.0]})


def test_what_was_left_out_is_said_even_if_nothing_is_left(tmp_path: Path) -> None:
    """A folder of batches, histograms or damage only: no run, an exit code of failure, and the reason."""
    write_file(tmp_path / "logs" / "a.tfevents.1", [("loss", -1, 0, 1.0)])
    result = invoke(["import", "tensorboard", str(tmp_path / "logs"), "--to", str(tmp_path / "runs")])
    assert str(result.exception) == f"there must be an epoch to make a run of. Received: {tmp_path / 'logs'}"
    assert "logs: left out steps outside of 0 to 2147483647: loss" in " ".join(result.stderr.split())
    assert not (tmp_path / "runs").exists()


def test_what_is_for_other_plugins_is_named(tmp_path: Path) -> None:
    """Histograms and texts cannot be taken over; the scalars beside them are."""
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    with writer.as_default():
        tf.summary.scalar("loss", 1.0, step=0)
        tf.summary.histogram("weights", [1.0, 2.0], step=0)
        tf.summary.text("note", "words", step=0)
    writer.close()
    (found,) = import_tensorboard(tmp_path / "logs", tmp_path / "runs")
    assert losses([found]) == {"logs": [1.0]}
    assert found.left_out == ("histograms: weights", "text: note")


def test_a_pipe_among_the_logs_holds_nobody_up(tmp_path: Path) -> None:
    """Regular files only."""
    write_file(tmp_path / "a.tfevents.1", [("loss", 0, 0, 1.0)])
    os.mkfifo(tmp_path / "b.tfevents.2")
    assert losses(import_tensorboard(tmp_path, tmp_path / "runs")) == {tmp_path.name: [1.0]}


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
    result = invoke(["import", "tensorboard", str(tmp_path / "logs"), "--to", str(tmp_path / "runs")])
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


@given(whole=st.lists(st.binary(max_size=20), max_size=5), noise=st.binary(min_size=1, max_size=60), data=st.data())
def test_torn_and_other_bytes_end_the_records_with_an_error(
    tmp_path_factory: pytest.TempPathFactory, whole: list[bytes], noise: bytes, data: st.DataObject
) -> None:
    """Whole records come out as they went in, by TensorBoard's own writer; a torn one and noise are no silent end."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    path = tmp_path_factory.mktemp("records") / "events"
    with path.open("wb") as file:
        ends = [0]
        for record in whole:
            RecordWriter(file).write(record)
            ends.append(file.tell())
    bytes_of = path.read_bytes()
    assert list(records(path)) == whole
    cut = data.draw(st.integers(0, len(bytes_of)))
    for content in (bytes_of[:cut], bytes_of + noise):
        path.write_bytes(content)
        found: list[bytes] = []
        with nullcontext() if len(content) in ends else pytest.raises(EventFileError):
            for record in records(path):
                found.append(record)
        assert found == whole[: sum(end <= len(content) for end in ends) - 1]


def test_a_folder_without_event_files_is_refused(tmp_path: Path) -> None:
    """The rule, and what came."""
    with pytest.raises(FileNotFoundError, match=r"must hold event files \(\*tfevents\*\)\. Received: "):
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
