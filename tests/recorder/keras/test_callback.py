"""`RunRecorder` in real trainings: each state read at its moment, nothing called twice, nothing stopped."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder, counting
from recorder.runfile import EndLine, EpochLine, four_counts, read_lines, read_manifest, read_records
from tests.conftest import later, later_rows

from .trainings import TRAIN, VAL, At, Predictions, fit, model_with, records_of, totals


def test_counts_equal_those_of_tapped_scores_and_of_predict(tmp_path: Path) -> None:
    """At every epoch and threshold: counts of the tally = of the tapped scores = of `predict`, off the edges."""
    predictions = Predictions()
    recorder = RunRecorder(tmp_path)
    records = fit(recorder, predictions)
    (output,) = read_manifest(recorder.folder).outputs
    assert len(records) == 3
    for record, predicted in zip(records, predictions.found, strict=True):
        (samples,) = record.samples
        val = next(tally for tally in record.tallies if tally.split == "val")
        again = counting.tally_arrays(samples.y_true, samples.y_score, output=output, split="val")
        np.testing.assert_array_equal(val.histogram, again.histogram)
        np.testing.assert_array_equal(samples.y_true, VAL[1])
        near = (np.abs(predicted - np.asarray(output.thresholds)) <= 1e-6).sum(axis=0)
        direct = counting.tally_arrays(VAL[1], predicted, output=output, split="val")
        for got, wanted in zip(four_counts(val.histogram), four_counts(direct.histogram), strict=True):
            assert (np.abs(got[0] - wanted[0]) <= near).all()


def test_counts_equal_those_that_keras_counts(tmp_path: Path) -> None:
    """In training and in validation, the counts at the decision equal Keras's four metrics beside the tally."""
    m = keras.metrics
    keras_own = {"tp": m.TruePositives, "fp": m.FalsePositives, "tn": m.TrueNegatives, "fn": m.FalseNegatives}
    metrics = [kind(thresholds=0.3, name=name) for name, kind in keras_own.items()]
    recorder = RunRecorder(tmp_path)
    fit(recorder, metrics=[ConfusionTally(decision_threshold=0.3), *metrics])
    lines = [line for line in read_lines(recorder.folder) if isinstance(line, EpochLine)]
    assert len(lines) == 3
    for line in lines:
        for row, prefix in zip(line.counts, ("", "val_"), strict=True):
            assert {name: getattr(row, name) for name in keras_own} == {
                name: line.logs[prefix + name] for name in keras_own
            }


@pytest.mark.campaign
@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"steps_per_execution": 3}, *later({"jit_compile": True})])
def test_ways_of_compiling(tmp_path: Path, options: dict) -> None:
    """Compiled by XLA, run eagerly or several steps at once, counts and samples are the same as ever."""
    if keras.config.backend() == "torch" and "run_eagerly" not in options:
        pytest.skip("PyTorch's compiler takes minutes, and Keras runs one step at a time there")
    recorder = RunRecorder(tmp_path)
    model = model_with([ConfusionTally()], **options)
    predictions = Predictions()
    options = {"validation_data": VAL, "epochs": 2, "batch_size": 50, "verbose": 0}
    model.fit(*TRAIN, callbacks=[recorder, predictions], **options)
    for record, predicted in zip(records_of(recorder), predictions.found, strict=True):
        assert totals(record) == {"train": 200, "val": 100}
        np.testing.assert_allclose(record.samples[0].y_score, predicted, atol=1e-6)
        np.testing.assert_array_equal(record.samples[0].y_true, VAL[1])


def test_each_split_is_read_at_its_moment(tmp_path: Path) -> None:
    """Training counts hold the training samples and validation counts the validation ones, also when another
    callback evaluates at the epoch's end."""
    for others in ((), (At(lambda model, epoch: model.evaluate(*TRAIN, verbose=0)),)):
        for record in fit(RunRecorder(tmp_path), *others):
            assert totals(record) == {"train": 200, "val": 100}
            assert len(record.samples[0].sample) == 100


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"validation_freq": 2, "epochs": 4}, [{"train": 200}, {"train": 200, "val": 100}] * 2),
        ({"validation_data": None}, [{"train": 200}] * 3),
        *later_rows(
            ({"validation_data": None, "validation_split": 0.25}, [{"train": 150, "val": 50}] * 3),
            ({"initial_epoch": 2, "epochs": 4}, [{"train": 200, "val": 100}] * 2),
        ),
    ],
)
def test_ways_of_fitting(tmp_path: Path, options: dict, wanted: list[dict[str, int]]) -> None:
    """`validation_freq`, no validation, `validation_split` and `initial_epoch` are recorded as they happen."""
    records = fit(RunRecorder(tmp_path), **options)
    assert [totals(record) for record in records] == wanted
    assert records[0].epoch == options.get("initial_epoch", 0)


def test_the_model_is_called_for_no_extra_batch(tmp_path: Path) -> None:
    """With and without the recorder, the model sees the same number of batches (run eagerly and counted)."""

    class Counting(keras.layers.Layer):
        calls = 0

        def call(self, inputs):
            Counting.calls += 1
            return inputs

    counted = []
    for callbacks in ([], [RunRecorder(tmp_path)]):
        model = keras.Sequential([Counting(), keras.layers.Dense(1, activation="sigmoid")])
        model.compile(loss="binary_crossentropy", metrics=[ConfusionTally()], run_eagerly=True)
        model.build((None, 4))
        Counting.calls = 0
        model.fit(*TRAIN, validation_data=VAL, epochs=2, verbose=0, callbacks=callbacks)
        counted.append(Counting.calls)
    assert counted[0] == counted[1] >= 2 * (7 + 4)


@pytest.mark.campaign
def test_keras_four_counts_are_read_from_the_logs(tmp_path: Path) -> None:
    """Without a tally, Keras's four counts are recorded, under short and default names, at their threshold."""
    m = keras.metrics
    for names in (("tp", "tn", "fn", "fp"), (None,) * 4):
        kinds = (m.TruePositives, m.TrueNegatives, m.FalseNegatives, m.FalsePositives)
        metrics = [kind(thresholds=0.25, name=name) for kind, name in zip(kinds, names, strict=True)]
        recorder = RunRecorder(tmp_path, class_names=["no", "yes"])
        records = fit(recorder, metrics=metrics)
        (output,) = read_manifest(recorder.folder).outputs
        assert (output.source, output.thresholds, output.classes) == ("keras_counts", [0.25], ["no", "yes"])
        assert totals(records[0]) == {"train": 200, "val": 100}


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_without_counts_the_logs_are_recorded(tmp_path: Path) -> None:
    """A model with neither leaves its logs, learning rate and times, and no warning."""
    (record, *_) = fit(RunRecorder(tmp_path, class_names=["a", "b", "c"]), metrics=["accuracy"])
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(record.logs)
    assert set(record.seconds) == {"epoch", "train", "val"}
    assert not record.tallies


@pytest.mark.campaign
def test_every_nth_epoch_and_the_last(tmp_path: Path) -> None:
    """`every=3` records epochs 2 and 5 of 7, and the last one, planned or stopped at, with its own counts."""
    assert [record.epoch for record in fit(RunRecorder(tmp_path, every=3), epochs=7)] == [2, 5, 6]

    def stop(model: keras.Model, epoch: int) -> None:
        model.stop_training = epoch == 3

    records = fit(RunRecorder(tmp_path, every=3), At(stop), epochs=7)
    assert [record.epoch for record in records] == [2, 3]
    assert totals(records[1]) == {"train": 200, "val": 100}


@pytest.mark.campaign
def test_an_interruption_records_the_last_epoch_that_was_passed_over(tmp_path: Path) -> None:
    """Ctrl-C in epoch 4 of `every=3`: epochs 2 and 3 are there, with their own counts; in epoch 3 epoch 2 alone."""
    for when, wanted in ((4, [2, 3]), (3, [2])):
        started: list[int] = []

        def interrupt(model: keras.Model, epoch: int) -> None:
            if epoch == when - 1:  # noqa: B023 - within this round
                started.append(epoch)  # noqa: B023

        class Stops(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
                if started:  # noqa: B023 - within this round
                    raise KeyboardInterrupt

        recorder = RunRecorder(tmp_path / str(when), every=3, observe={"one": lambda model: 1.0})
        with pytest.raises(KeyboardInterrupt):
            fit(recorder, At(interrupt), Stops(), epochs=7)
        assert recorder.folder is not None
        records = read_records(recorder.folder)
        assert [record.epoch for record in records] == wanted
        assert [totals(record) for record in records] == [{"train": 200, "val": 100}] * len(wanted)
        assert "val_loss" in records[-1].logs
        assert [line.reason for line in read_lines(recorder.folder) if isinstance(line, EndLine)] == ["interrupted"]


def test_the_progress_bar_and_csv_logger_show_one_scalar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`mcc` and `val_mcc` stand in the progress bar, in CSVLogger's file and in the recorded logs, one value each."""
    path = tmp_path / "log.csv"
    records = fit(RunRecorder(tmp_path), keras.callbacks.CSVLogger(str(path)), verbose=1)
    shown = capsys.readouterr().out
    assert re.search(r"mcc: -?\d", shown)
    assert re.search(r"val_mcc: -?\d", shown)
    rows = list(csv.DictReader(path.open()))
    for row, record in zip(rows, records, strict=True):
        val = next(tally for tally in record.tallies if tally.split == "val")
        decision = int(np.searchsorted(counting.default_thresholds(), 0.5))
        tp, fp, tn, fn = (float(count[0, decision]) for count in four_counts(val.histogram))
        with np.errstate(all="ignore"):
            mcc = (tp * tn - fp * fn) / np.sqrt(np.float64((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))
        for shown_value in (row["val_mcc"], record.logs["val_mcc"]):
            assert float(shown_value) == pytest.approx(mcc, abs=1e-6, nan_ok=True)


def test_an_interrupted_training_leaves_every_epoch(tmp_path: Path) -> None:
    """After Ctrl-C in a callback the epochs are there and the run ends as interrupted; the next fit starts anew."""

    def interrupt(model: keras.Model, epoch: int) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    recorder = RunRecorder(tmp_path)
    model = model_with([ConfusionTally()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(*TRAIN, validation_data=VAL, epochs=9, verbose=0, callbacks=[recorder, At(interrupt)])
    first = recorder.folder
    assert [record.epoch for record in read_records(first)] == [0, 1]
    assert [line.reason for line in read_lines(first) if isinstance(line, EndLine)] == ["interrupted"]
    model.fit(*TRAIN, validation_data=VAL, epochs=2, verbose=0, callbacks=[recorder])
    assert [line.reason for line in read_lines(first) if isinstance(line, EndLine)] == ["interrupted"]
    assert recorder.folder != first
    for record in records_of(recorder):
        assert totals(record) == {"train": 200, "val": 100}
        assert len(record.samples[0].sample) == 100


def test_a_training_step_is_traced_without_the_tap(tmp_path: Path) -> None:
    """A second fit with other batches traces its steps anew: no samples of training get in, and none are missing."""
    model = model_with([ConfusionTally()])
    for batch in (32, 20):
        recorder = RunRecorder(tmp_path, max_samples=16)
        model.fit(*TRAIN, validation_data=VAL, batch_size=batch, epochs=2, verbose=0, callbacks=[recorder])
        for record in records_of(recorder):
            np.testing.assert_array_equal(record.samples[0].sample, np.arange(0, 100, 8))
            np.testing.assert_array_equal(record.samples[0].y_true, VAL[1][::8])


def test_the_manifest_says_what_was_counted_and_by_what(tmp_path: Path) -> None:
    """Decision threshold, that scores are probabilities, sampling plan, config and versions are in `run.json`."""
    recorder = RunRecorder(tmp_path, name="n", group="g", config={"lr": 0.1}, max_samples=10, every=2)
    fit(recorder, metrics=[ConfusionTally(decision_threshold=0.3)])
    manifest = read_manifest(recorder.folder)
    (output,) = manifest.outputs
    assert (output.decision_threshold, output.from_logits, output.source) == (float(np.float32(0.3)), False, "tally")
    assert (manifest.name, manifest.group, manifest.config) == ("n", "g", {"lr": 0.1})
    assert manifest.sampling == {"max_samples": 10, "every": 2}
    assert {"epochreel", "keras", "backend", keras.config.backend(), "python", "numpy"} <= set(manifest.versions)


def test_resume_goes_on_in_the_same_run(tmp_path: Path) -> None:
    """A second fit with `resume="allow"` appends the later epochs to the run of that name."""
    first = RunRecorder(tmp_path, name="a", resume="allow")
    fit(first, epochs=2)
    second = RunRecorder(tmp_path, name="a", resume="allow")
    records = fit(second, epochs=4, initial_epoch=2)
    assert second.folder == first.folder
    assert [record.epoch for record in records] == [0, 1, 2, 3]
