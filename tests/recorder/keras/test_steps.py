"""Points within an epoch: what they count adds up, and a run without them knows its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import viewer
from recorder import ConfusionTally, RunRecorder
from recorder.runfile import BeginLine, EpochRecord, Tally, begin_line, read_lines, read_manifest, read_records
from tests.conftest import later

from .trainings import TRAIN, VAL, fit, model_with, records_of

IDS = [f"s{at}" for at in range(100)]
BATCHES = 7  # of 32 samples in an epoch of 200
WITH_STEPS = "with every_steps= each epoch's end is a point"
FOUR = {
    "tp": keras.metrics.TruePositives,
    "tn": keras.metrics.TrueNegatives,
    "fp": keras.metrics.FalsePositives,
    "fn": keras.metrics.FalseNegatives,
}


def train_of(record: EpochRecord) -> Tally:
    (tally,) = (tally for tally in record.tallies if tally.split == "train")
    return tally


def summed(records: list[EpochRecord], epoch: int) -> np.ndarray:
    """The training counts of all points in an epoch together."""
    return np.sum([train_of(record).histogram for record in records if record.in_epoch == epoch], axis=0)


@pytest.mark.parametrize(
    ("every", "counted"),
    [
        pytest.param(1, "tally", marks=pytest.mark.campaign),
        (3, "tally"),
        pytest.param(7, "tally", marks=pytest.mark.campaign),
        pytest.param(3, "keras", marks=pytest.mark.campaign),
    ],
)
def test_counts_of_points_add_up_to_those_of_the_epoch(tmp_path: Path, every: int, counted: str) -> None:
    """A plain run of the same training has the same counts and logs at the ends of its epochs."""

    def metrics() -> list[Any]:
        return [ConfusionTally()] if counted == "tally" else [metric(name=name) for name, metric in FOUR.items()]

    plain = fit(RunRecorder(tmp_path / "plain"), metrics=metrics())
    points = fit(RunRecorder(tmp_path / "steps", every_steps=every), metrics=metrics())
    ends = [record for record in points if record.epoch % BATCHES == 0]
    within = [at for at in range(1, 3 * BATCHES + 1) if (at % BATCHES) % every == 0 or at % BATCHES == 0]
    assert [(record.epoch, record.in_epoch) for record in points] == [(at, (at - 1) // BATCHES) for at in within]
    assert [record.step for record in plain] == [BATCHES, 2 * BATCHES, 3 * BATCHES]
    for epoch, (record, end) in enumerate(zip(plain, ends, strict=True)):
        np.testing.assert_array_equal(summed(points, epoch), train_of(record).histogram)
        assert dict(end.logs) == dict(record.logs)
        val = [[tally.histogram.tolist() for tally in each.tallies if tally.split == "val"] for each in (record, end)]
        assert val[0] == val[1]
        assert len(val[0]) == 1
    first = next(record for record in points)
    assert train_of(first).histogram.sum() == min(every * 32, 200)


def test_validation_and_probes_at_each_point_are_what_the_model_predicts_there(tmp_path: Path) -> None:
    """Within an epoch and at its end, with no validation data of `fit`'s own."""

    class Predicts(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[np.ndarray] = []

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if batch in (3, 6):
                self.predict()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.predict()

        def predict(self) -> None:
            if keras.config.backend() == "jax":
                self.model.jax_state_sync()
            self.found.append(keras.ops.convert_to_numpy(self.model(VAL[0], training=False))[:, 0])

    predicts = Predicts()
    recorder = RunRecorder(
        tmp_path, every_steps=3, validation=VAL, probe=VAL, sample_ids=[f"s{at}" for at in range(100)]
    )
    records = fit(recorder, predicts, validation_data=None, epochs=2)
    assert [record.epoch for record in records] == [3, 6, 7, 10, 13, 14]
    for record, scores in zip(records, predicts.found, strict=True):
        assert [samples.split for samples in record.samples] == ["val", "probe"]
        for samples in record.samples:
            np.testing.assert_allclose(samples.y_score[:, 0], scores, rtol=1e-5)
        assert {"epoch", "train", "val"} == record.seconds.keys()
        assert record.seconds["epoch"] >= record.seconds["val"] > 0
        assert np.isfinite(record.logs["loss"])
        assert "learning_rate" in record.logs
    run = viewer.open_run(recorder.folder)
    assert (run.unit, run.in_epochs.tolist()) == ("step", [0, 0, 0, 1, 1, 1])
    assert run.samples(split="val", epoch=7)["id"][0] == "s0"


@pytest.mark.campaign
def test_the_pass_of_fit_goes_before_the_users_own(tmp_path: Path) -> None:
    """At an epoch's end Keras's validation is recorded, within the epoch the user's."""
    half = VAL[0][:50], VAL[1][:50]
    records = fit(RunRecorder(tmp_path, every_steps=4, validation=half), epochs=2)
    sizes = [[tally.histogram.sum() for tally in record.tallies if tally.split == "val"] for record in records]
    assert sizes == [[50], [100], [50], [100]]


def generator(batches: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for at in range(batches):
        yield TRAIN[0][at * 20 : at * 20 + 20], TRAIN[1][at * 20 : at * 20 + 20]


@pytest.mark.parametrize("batches", [7, *later(6)])
def test_an_epoch_of_unknown_length_ends_where_it_ends(tmp_path: Path, batches: int) -> None:
    """A point that falls on the end of such an epoch is the end, once; no count is lost."""
    recorder = RunRecorder(tmp_path, every_steps=3)
    model = model_with([ConfusionTally()])
    model.fit(generator(batches), callbacks=[recorder], validation_data=VAL, verbose=0)
    records = records_of(recorder)
    steps = int(model.optimizer.iterations)  # TensorFlow's has counted the batch that was none
    assert [record.epoch for record in records] == {6: [3, steps], 7: [3, 6, steps]}[batches]
    assert summed(records, 0).sum() == 20 * batches
    assert [len(record.tallies) for record in records] == [1] * (len(records) - 1) + [2]
    assert all(record.seconds["train"] > 0 for record in records)


@pytest.mark.skipif(keras.config.backend() == "torch", reason="Keras runs batches one by one on PyTorch")
def test_several_batches_in_one_execution(tmp_path: Path) -> None:
    """Points stand where Keras comes back from the device; counts still add up."""
    recorder = RunRecorder(tmp_path, every_steps=3)
    model = model_with([ConfusionTally()], steps_per_execution=2)
    model.fit(*TRAIN, batch_size=20, callbacks=[recorder], epochs=2, verbose=0)
    records = records_of(recorder)
    assert [record.epoch for record in records] == [4, 6, 10, 14, 16, 20]
    assert summed(records, 1).sum() == 200


@pytest.mark.campaign
def test_an_evaluation_within_an_epoch_costs_training_counts_alone(tmp_path: Path) -> None:
    """Somebody's own `evaluate` resets Keras's metrics: one warning, points and epochs are there, with validation."""

    class Evaluates(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 3:
                self.model.evaluate(*VAL, verbose=0)

    with pytest.warns(RuntimeWarning, match="resets Keras's metrics"):
        records = fit(RunRecorder(tmp_path, every_steps=2, validation=VAL), Evaluates(), epochs=2)
    assert [record.epoch for record in records] == [2, 4, 6, 7, 9, 11, 13, 14]
    for record in records:
        assert "val" in [tally.split for tally in record.tallies]
        assert all((tally.histogram >= 0).all() for tally in record.tallies)


def test_a_resumed_run_counts_on(tmp_path: Path) -> None:
    """The optimizer's steps go on; a recorder that counts in the other unit is refused before anything trains."""
    model = model_with([ConfusionTally()])
    first = RunRecorder(tmp_path, name="x", every_steps=5)
    model.fit(*TRAIN, callbacks=[first], epochs=1, verbose=0)
    again = RunRecorder(tmp_path, name="x", every_steps=5, resume="must")
    model.fit(*TRAIN, callbacks=[again], epochs=2, initial_epoch=1, verbose=0)
    assert [record.epoch for record in records_of(again)] == [5, 7, 12, 14]
    assert [line.epochs for line in read_lines(again.folder) if hasattr(line, "epochs")] == [7, 14]
    with pytest.raises(ValueError, match="must count in steps as it began"):
        model.fit(*TRAIN, callbacks=[RunRecorder(tmp_path, name="x", resume="must")], verbose=0)
    assert len(records_of(again)) == 4
    assert read_manifest(again.folder).unit == "step"


@pytest.mark.campaign
def test_a_model_that_was_trained_before_counts_on(tmp_path: Path) -> None:
    """Of what its optimizer counts no end is promised that lies behind it: `list` said 28/14 of a second `fit`."""
    model = model_with([ConfusionTally()])
    for epochs, planned in ((2, 14), (2, None), (5, 35)):  # the last may have an initial_epoch, which nobody tells
        recorder = RunRecorder(tmp_path, name="x", every_steps=5)
        model.fit(*TRAIN, callbacks=[recorder], epochs=epochs, verbose=0)
        assert next(line for line in read_lines(recorder.folder) if isinstance(line, BeginLine)).epochs == planned
    listed = viewer.list_runs(tmp_path, sort="steps")
    assert sorted(zip(listed["steps"], listed["planned"].fillna(0), strict=True)) == [(14, 14), (28, 0), (63, 0)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"every_steps": 0}, "every_steps must be an integer of 1 or more. Received: 0"),
        ({"every_steps": 5, "every": 2}, f"{WITH_STEPS}, and every must be 1. Received: 2"),
        ({"validation": VAL}, "validation= is for points within the epochs, and needs every_steps=. Received: no such"),
        ({"every_steps": 5, "validation": VAL[0]}, "validation must be (x, y). Received: ndarray"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_once(tmp_path: Path, given: Any, error: str) -> None:
    """Before there is a training, with the rule and what came."""
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        RunRecorder(tmp_path, **given)


@pytest.mark.campaign
def test_steps_that_are_set_back_say_nothing_any_more(tmp_path: Path) -> None:
    """Epochs are recorded as ever; the step stands beside them as long as it does not decrease."""

    class SetsBack(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                self.model.optimizer.iterations.assign(0)

    records = fit(RunRecorder(tmp_path), SetsBack(), epochs=3)
    assert [record.step for record in records] == [BATCHES, BATCHES, 2 * BATCHES]
    assert begin_line().adds is False
    assert len(read_records(next(tmp_path.iterdir()))) == 3


@pytest.mark.campaign
def test_a_metric_of_several_numbers_costs_no_point(tmp_path: Path) -> None:
    """As recall at two thresholds is: it is no log, and every point within the epoch is there with its counts."""
    scores = keras.metrics.Recall([0.1, 0.5], name="each")
    records = fit(RunRecorder(tmp_path, every_steps=3), metrics=[ConfusionTally(), scores], epochs=1)
    assert [record.epoch for record in records] == [3, 6, 7]
    assert sum(int(train_of(record).histogram.sum()) for record in records) == 200
    assert all("each" not in record.logs for record in records)
