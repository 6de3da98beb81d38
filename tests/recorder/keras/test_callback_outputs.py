"""`RunRecorder` with every kind of output, label, score and weight."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder, counting
from recorder.runfile import read_manifest
from recorder.runfile.kinds import KEPT_WHOLE
from tests.conftest import later

from .trainings import CLASSES, TRAIN, VAL, Predictions, X, Y, fit, model_with, records_of


def check(recorder: RunRecorder, truth: np.ndarray, scores: list[np.ndarray], **options: object) -> None:
    """Validation counts and samples of each epoch are those of these labels and scores."""
    (output,) = read_manifest(recorder.folder).outputs
    for record, score in zip(records_of(recorder), scores, strict=True):
        val = next(tally for tally in record.tallies if tally.split == "val")
        wanted = counting.samples_of(truth, score, output=output, split="val", max_samples=10_000)
        (samples,) = record.samples
        np.testing.assert_array_equal(samples.y_true, wanted.y_true)
        clear = (np.diff(np.sort(score.reshape(len(truth), -1)), axis=1) > 1e-5).all(axis=1)  # whatever a kernel rounds
        labels = [each if np.ndim(each) < 2 else each[clear] for each in (samples.label, wanted.label)]
        np.testing.assert_array_equal(*labels)
        np.testing.assert_allclose(samples.y_score, wanted.y_score, atol=1e-6)
        if output.kind != "multiclass" or len(output.classes) <= KEPT_WHOLE:
            tapped = counting.tally_arrays(truth, samples.y_score, output=output, split="val")
            np.testing.assert_array_equal(val.histogram, tapped.histogram)
            np.testing.assert_array_equal(val.matrix, tapped.matrix)
            assert val.ignored == tapped.ignored


@pytest.mark.parametrize("one_hot", [False, *later(True)])
def test_multi_class(tmp_path: Path, one_hot: bool) -> None:
    """A softmax output with sparse or one-hot labels: histograms, matrix and samples of every class."""
    labels = np.eye(3)[CLASSES] if one_hot else CLASSES
    options = {"loss": "categorical_crossentropy"} if one_hot else {}
    model = model_with([ConfusionTally()], width=3, kind="multiclass")
    model.compile("adam", **{"loss": model.loss} | options, metrics=[ConfusionTally()])
    recorder, predictions = RunRecorder(tmp_path, class_names=["a", "b", "c"]), Predictions()
    val = (X[200:], labels[200:])
    model.fit(X[:200], labels[:200], validation_data=val, epochs=2, verbose=0, callbacks=[recorder, predictions])
    check(recorder, CLASSES[200:], predictions.found)
    assert read_manifest(recorder.folder).outputs[0].classes == ["a", "b", "c"]


@pytest.mark.campaign
def test_many_classes_keep_the_true_one_and_the_top_five(tmp_path: Path) -> None:
    """Of 20 classes a sample keeps six scores, and every class its histogram."""
    labels = np.arange(300) % 20
    model = model_with([ConfusionTally()], width=20, kind="multiclass")
    recorder, predictions = RunRecorder(tmp_path), Predictions()
    val = (X[200:], labels[200:])
    model.fit(X[:200], labels[:200], validation_data=val, epochs=1, verbose=0, callbacks=[recorder, predictions])
    check(recorder, labels[200:], predictions.found)
    (record,) = records_of(recorder)
    assert record.samples[0].y_score.shape == (100, 6)
    assert record.tallies[1].histogram.sum(axis=(1, 2)).tolist() == [100] * 20


def test_multi_label_with_ignored_labels(tmp_path: Path) -> None:
    """Each label of a sigmoid output has its counts; -1 is left out of them and stays in the samples."""
    labels = np.stack([Y, 1 - Y, X[:, 1] > 0], axis=1).astype(int)
    labels[::7, 1] = -1
    model = model_with([ConfusionTally(kind="multilabel", ignore_label=-1)], width=3, kind="multilabel")
    recorder, predictions = RunRecorder(tmp_path), Predictions()
    val = (X[200:], labels[200:])
    model.fit(X[:200], labels[:200], validation_data=val, epochs=2, verbose=0, callbacks=[recorder, predictions])
    check(recorder, labels[200:], predictions.found)
    assert records_of(recorder)[0].tallies[1].ignored == (labels[200:] == -1).sum() > 0


def test_logits_are_recorded_as_probabilities(tmp_path: Path) -> None:
    """`from_logits=True` records sigmoid of what the model gives, and the manifest says so."""
    model = model_with([ConfusionTally(from_logits=True)], kind=None)
    recorder, predictions = RunRecorder(tmp_path, probe=VAL), Predictions()
    model.fit(*TRAIN, validation_data=VAL, epochs=2, verbose=0, callbacks=[recorder, predictions])
    (output,) = read_manifest(recorder.folder).outputs
    assert output.from_logits
    for record, logits in zip(records_of(recorder), predictions.found, strict=True):
        assert [samples.split for samples in record.samples] == ["val", "probe"]
        for samples in record.samples:
            np.testing.assert_allclose(samples.y_score, 1 / (1 + np.exp(-logits)), atol=1e-6)


def test_class_weights_and_sample_weights(tmp_path: Path) -> None:
    """As weighted metric: class weights weigh training, sample weights validation; the counts beside stay whole."""
    weight = np.linspace(0, 2, 100, dtype=np.float32)
    recorder = RunRecorder(tmp_path)
    model = model_with([], weighted_metrics=[ConfusionTally()])
    data = {"validation_data": (*VAL, weight), "class_weight": {0: 1.0, 1: 3.0}}
    model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[recorder], **data)
    assert read_manifest(recorder.folder).outputs[0].weighted
    for record in records_of(recorder):
        train, val = record.tallies
        np.testing.assert_allclose(train.weights[0], train.histogram[0] * [[1.0], [3.0]])
        assert val.histogram.sum() == 100
        for label in (0, 1):
            of_label = weight[VAL[1] == label]
            assert val.weights[0, label].sum() == pytest.approx(of_label.sum(), rel=1e-5)
            assert val.weight_squares[0, label] == pytest.approx((of_label**2).sum(), rel=1e-5)
        np.testing.assert_array_equal(record.samples[0].weight, weight)


@pytest.mark.campaign
def test_weights_of_validation_alone(tmp_path: Path) -> None:
    """Weights that come with validation only are recorded from its first epoch, and training has none."""
    weight = np.linspace(0, 2, 100, dtype=np.float32)
    recorder = RunRecorder(tmp_path)
    model = model_with([], weighted_metrics=[ConfusionTally()])
    model.fit(*TRAIN, epochs=4, verbose=0, callbacks=[recorder], validation_data=(*VAL, weight), validation_freq=2)
    assert read_manifest(recorder.folder).outputs[0].weighted
    first, second, third, fourth = records_of(recorder)
    assert [len(record.tallies) for record in (first, second, third, fourth)] == [1, 2, 1, 2]
    assert all(record.tallies[0].weights is None for record in (first, second, third, fourth))
    for record in (second, fourth):
        assert record.tallies[1].weights.sum() == pytest.approx(weight.sum(), rel=1e-5)
        np.testing.assert_array_equal(record.samples[0].weight, weight)


def test_unweighted_metrics_get_no_weights(tmp_path: Path) -> None:
    """Keras gives class weights to weighted metrics alone: a plain tally counts samples, and says it is unweighted."""
    recorder = RunRecorder(tmp_path)
    fit(recorder, epochs=1, class_weight={0: 1.0, 1: 3.0})
    assert not read_manifest(recorder.folder).outputs[0].weighted
    assert records_of(recorder)[0].tallies[0].weights is None


def two_heads(metrics: dict[str, list]) -> keras.Model:
    """A model with the outputs left and right."""
    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, activation="sigmoid", name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, heads)
    model.compile(loss="binary_crossentropy", metrics=metrics)
    return model


@pytest.mark.campaign
def test_several_outputs_and_a_probe_of_them(tmp_path: Path) -> None:
    """Two outputs record a tally each under their names, from training, validation and the probe."""
    model = two_heads({name: [ConfusionTally()] for name in ("left", "right")})
    targets = {"left": Y, "right": 1 - Y}
    recorder = RunRecorder(tmp_path, probe=(X[:9], {name: y[:9] for name, y in targets.items()}))
    model.fit(X, targets, validation_split=0.2, epochs=1, verbose=0, callbacks=[recorder])
    (record,) = records_of(recorder)
    sizes = {(tally.split, tally.output): int(tally.histogram.sum()) for tally in record.tallies}
    assert sizes == {
        (split, name): number
        for split, number in (("train", 240), ("val", 60), ("probe", 9))
        for name in ("left", "right")
    }
    right = next(samples for samples in record.samples if (samples.split, samples.output) == ("val", "right"))
    np.testing.assert_array_equal(right.y_true, 1 - Y[240:])


def test_one_tally_among_several_outputs_bears_its_name(tmp_path: Path) -> None:
    """A model with two outputs and one tally records that output, by name."""
    model = two_heads({"right": [ConfusionTally()]})
    recorder = RunRecorder(tmp_path)
    model.fit(X, {"left": Y, "right": 1 - Y}, epochs=1, verbose=0, callbacks=[recorder])
    assert [tally.output for tally in records_of(recorder)[0].tallies] == ["right"]


def test_scores_that_are_no_probabilities_are_reported_once(tmp_path: Path) -> None:
    """Logits without `from_logits` count in the end bins, every one of them, with one warning for all epochs."""
    model = model_with([ConfusionTally()], kind=None)
    recorder = RunRecorder(tmp_path)
    with pytest.warns(
        RuntimeWarning, match=r"scores of train are outside \[0, 1\] and count in the end bins"
    ) as caught:
        model.fit(X * 5, Y, validation_data=VAL, epochs=2, verbose=0, callbacks=[recorder])
    assert len([w for w in caught if "outside" in str(w.message)]) == 1
    for record in records_of(recorder):
        histogram, score = record.tallies[1].histogram[0].sum(axis=0), record.samples[0].y_score
        assert (histogram[0], histogram[-1]) == ((score <= 0).sum(), (score > 1).sum())
        assert histogram.sum() == 100


class Undefined(keras.layers.Layer):
    """NaN in place of the scores of marked samples, behind the last layer: of NaN, a kernel may make anything."""

    def call(self, inputs: list) -> object:
        x, score = inputs
        return keras.ops.where(x[:, :1] > 1e3, np.nan, score)


def test_nan_scores_are_counted_apart_and_reported_once(tmp_path: Path) -> None:
    """NaN scores are in no bin; how many there are of each class is recorded, with one warning for all epochs."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, Undefined()([inputs, keras.layers.Dense(1, activation="sigmoid")(inputs / 1e4)]))
    model.compile(loss="binary_crossentropy", metrics=[ConfusionTally()])
    x = VAL[0].copy()
    x[:5, 0] = 1e4
    recorder = RunRecorder(tmp_path)
    with pytest.warns(RuntimeWarning, match=r"5 scores of val are NaN; they are counted apart") as caught:
        model.fit(X, Y, validation_data=(x, VAL[1]), epochs=2, verbose=0, callbacks=[recorder])
    assert len([w for w in caught if "NaN" in str(w.message)]) == 1
    for record in records_of(recorder):
        val = record.tallies[1]
        assert val.histogram.sum() == 95
        assert val.nan[0].tolist() == [(VAL[1][:5] == 0).sum(), (VAL[1][:5] == 1).sum()]
        assert np.isnan(record.samples[0].y_score[:5]).all()
