"""`RunRecorder` in real trainings: each state read at its moment, nothing called twice, nothing stopped."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder, counting
from recorder.runfile import EpochRecord, four_counts, read_manifest, read_records

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)
Y = (X[:, 0] + RNG.normal(size=300) > 1).astype(np.float32)
TRAIN, VAL = (X[:200], Y[:200]), (X[200:], Y[200:])


def model_with(metrics: list, outputs: int = 1) -> keras.Model:
    """A small network with dropout."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    head = layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax")
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dropout(0.2), head])
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=metrics)
    return model


def fit(
    recorder: RunRecorder, *others: keras.callbacks.Callback, metrics: list | None = None, **options
) -> list[EpochRecord]:
    """A short training; its records."""
    model = model_with([ConfusionTally()] if metrics is None else metrics)
    options = {"validation_data": VAL, "epochs": 3, "verbose": 0} | options
    model.fit(*TRAIN, callbacks=[recorder, *others], **options)
    return read_records(recorder.folder)


def totals(record: EpochRecord) -> dict[str, int]:
    """Samples counted in each split."""
    return {tally.split: int(tally.histogram.sum()) for tally in record.tallies}


class Predictions(keras.callbacks.Callback):
    """What the model of each epoch's end predicts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.found.append(self.model.predict(VAL[0], verbose=0))


class EvaluatesToo(keras.callbacks.Callback):
    """Somebody else's evaluation at the end of each epoch."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.model.evaluate(*TRAIN, verbose=0)


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
        far = (np.abs(predicted - np.asarray(output.thresholds)) > 1e-6).all(axis=0)
        direct = counting.tally_arrays(VAL[1], predicted, output=output, split="val")
        for got, wanted in zip(four_counts(val.histogram), four_counts(direct.histogram), strict=True):
            np.testing.assert_array_equal(got[:, far], wanted[:, far])


def test_each_split_is_read_at_its_moment(tmp_path: Path) -> None:
    """Training counts hold the training samples and validation counts the validation ones, also when another
    callback evaluates at the epoch's end."""
    for others in ((), (EvaluatesToo(),)):
        for record in fit(RunRecorder(tmp_path), *others):
            assert totals(record) == {"train": 200, "val": 100}
            assert len(record.samples[0].sample) == 100


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"validation_freq": 2, "epochs": 4}, [{"train": 200}, {"train": 200, "val": 100}] * 2),
        ({"validation_data": None}, [{"train": 200}] * 3),
        ({"validation_data": None, "validation_split": 0.25}, [{"train": 150, "val": 50}] * 3),
        ({"initial_epoch": 2, "epochs": 4}, [{"train": 200, "val": 100}] * 2),
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
    assert counted[0] == counted[1] == 2 * (7 + 4)


def test_keras_four_counts_are_read_from_the_logs(tmp_path: Path) -> None:
    """Without a tally, Keras's four counts are recorded, under short and default names, at their threshold."""
    m = keras.metrics
    for names in (("tp", "tn", "fn", "fp"), (None,) * 4):
        kinds = (m.TruePositives, m.TrueNegatives, m.FalseNegatives, m.FalsePositives)
        metrics = [kind(thresholds=0.25, name=name) for kind, name in zip(kinds, names, strict=True)]
        recorder = RunRecorder(tmp_path)
        records = fit(recorder, metrics=metrics)
        (output,) = read_manifest(recorder.folder).outputs
        assert (output.source, output.thresholds) == ("keras_counts", [0.25])
        assert totals(records[0]) == {"train": 200, "val": 100}


def test_without_counts_the_logs_are_recorded(tmp_path: Path) -> None:
    """A model with neither leaves its logs, learning rate and times."""
    (record, *_) = fit(RunRecorder(tmp_path), metrics=["accuracy"])
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(record.logs)
    assert set(record.seconds) == {"epoch", "train", "val"}
    assert not record.tallies


def test_derived_values_steer_other_callbacks(tmp_path: Path) -> None:
    """EarlyStopping follows a value that `derive` put into the logs, and it equals the formula of the counts."""
    stop = keras.callbacks.EarlyStopping(monitor="val_never_better", mode="max", patience=1)
    derive = {"val_never_better": lambda tp, fp: 0.0 * tp * fp, "val_tp": lambda tp: tp, "bad": lambda tp: 1 / 0}
    with pytest.warns(RuntimeWarning, match=r"derive\['bad'\] failed and is left out: ZeroDivisionError"):
        records = fit(RunRecorder(tmp_path, derive=derive), stop, epochs=10)
    assert len(records) == 2
    val = next(tally for tally in records[0].tallies if tally.split == "val")
    above = val.histogram[0, 1, np.searchsorted(counting.default_thresholds(), 0.5) + 1 :].sum()
    assert records[0].logs["val_tp"] == above


def test_observed_scalars_and_arrays_are_saved(tmp_path: Path) -> None:
    """A scalar of `observe` joins the logs, an array is saved with its shape; a fault is one warning."""
    observe = {"one": lambda model: 1.0, "kernel": lambda model: model.weights[0], "bad": lambda model: model.nothing}
    with pytest.warns(RuntimeWarning, match=r"observe\['bad'\] failed"):
        records = fit(RunRecorder(tmp_path, observe=observe))
    assert records[0].logs["one"] == 1.0
    assert records[0].observed["kernel"].shape == (4, 8)


def test_probes_are_splits_of_their_own(tmp_path: Path) -> None:
    """Each probe is predicted at an epoch's end with the weights of that moment."""
    predictions = Predictions()
    recorder = RunRecorder(tmp_path, probe={"hard": VAL, "few": (X[:5], Y[:5])})
    records = fit(recorder, predictions)
    assert totals(records[0]) == {"train": 200, "val": 100, "hard": 100, "few": 5}
    hard = next(samples for samples in records[-1].samples if samples.split == "hard")
    np.testing.assert_allclose(hard.y_score, predictions.found[-1], atol=1e-6)


def test_every_nth_epoch_and_the_last(tmp_path: Path) -> None:
    """`every=3` records epochs 2 and 5 of 7, and the last."""
    assert [record.epoch for record in fit(RunRecorder(tmp_path, every=3), epochs=7)] == [2, 5, 6]


def test_resume_goes_on_in_the_same_run(tmp_path: Path) -> None:
    """A second fit with `resume="allow"` appends the later epochs to the run of that name."""
    first = RunRecorder(tmp_path, name="a", resume="allow")
    fit(first, epochs=2)
    second = RunRecorder(tmp_path, name="a", resume="allow")
    records = fit(second, epochs=4, initial_epoch=2)
    assert second.folder == first.folder
    assert [record.epoch for record in records] == [0, 1, 2, 3]


def test_a_disk_fault_never_stops_the_training(tmp_path: Path) -> None:
    """With the run folder made unwritable for two epochs: one warning, every epoch trained and recorded."""
    recorder = RunRecorder(tmp_path, name="fault")

    class Breaks(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            pending, away = recorder.folder / "pending", tmp_path / "away"
            if epoch == 1:
                pending.rename(away)
            if epoch == 3:
                away.rename(pending)

    with pytest.warns(RuntimeWarning, match="cannot write") as caught:
        records = fit(recorder, Breaks(), epochs=5)
    assert len([w for w in caught if "cannot write" in str(w.message)]) == 1
    assert [record.epoch for record in records] == [0, 1, 2, 3, 4]


def test_multi_class_and_several_outputs(tmp_path: Path) -> None:
    """A softmax output records a matrix; two outputs record a tally each under their names."""
    model = model_with([ConfusionTally()], outputs=3)
    labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    recorder = RunRecorder(tmp_path, class_names=["a", "b", "c"])
    model.fit(X, labels, validation_split=0.2, epochs=1, verbose=0, callbacks=[recorder])
    (record,) = read_records(recorder.folder)
    assert record.tallies[1].matrix.sum() == 60
    assert read_manifest(recorder.folder).outputs[0].classes == ["a", "b", "c"]

    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, activation="sigmoid", name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, heads)
    model.compile(loss="binary_crossentropy", metrics={name: [ConfusionTally()] for name in heads})
    recorder = RunRecorder(tmp_path)
    targets = {"left": Y, "right": 1 - Y}
    model.fit(X, targets, validation_split=0.2, epochs=1, verbose=0, callbacks=[recorder])
    (record,) = read_records(recorder.folder)
    assert {(tally.split, tally.output) for tally in record.tallies} == {
        (split, name) for split in ("train", "val") for name in ("left", "right")
    }


def test_wrong_arguments_raise_before_the_first_epoch(tmp_path: Path) -> None:
    """Each wrong argument raises with its rule, and no epoch is trained."""
    with pytest.raises(ValueError, match=r"^every must be an integer of 1 or more\. Received: 0$"):
        RunRecorder(tmp_path, every=0)
    with pytest.raises(ValueError, match=r"^max_samples must be an integer of 0 or more\. Received: -1$"):
        RunRecorder(tmp_path, max_samples=-1)
    with pytest.raises(TypeError, match=r"^derive must map names to functions\. Received: 'a': 3$"):
        RunRecorder(tmp_path, derive={"a": 3})
    with pytest.raises(ValueError, match=r"^probe must be \(x, y\)"):
        RunRecorder(tmp_path, probe=[1, 2, 3])
    with pytest.raises(TypeError, match=r"^config must be a mapping that JSON can hold\."):
        fit(RunRecorder(tmp_path, config={"x": object()}))
    with pytest.raises(ValueError, match=r"^resume must be"):
        fit(RunRecorder(tmp_path, resume="yes"))
