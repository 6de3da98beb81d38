"""Counts are read at their moment, wherever the recorder stands and whoever else evaluates."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import BeginLine, read_lines, read_manifest, read_records
from tests.conftest import later

from .trainings import TRAIN, VAL, At, X, Y, model_with, records_of, totals

EVALUATE = {"x": X[:77], "y": Y[:77], "verbose": 0}


class Begins(keras.callbacks.Callback):
    """Evaluates when an epoch begins."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.model.evaluate(**EVALUATE)


class Midway(keras.callbacks.Callback):
    """Evaluates in the middle of an epoch."""

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if batch == 3:
            self.model.evaluate(**EVALUATE)


def train_counts(path: Path, *callbacks: keras.callbacks.Callback, **options: object) -> list[np.ndarray]:
    """Training's histogram of each epoch of the same training."""
    recorder = next(each for each in callbacks if isinstance(each, RunRecorder))
    model = model_with([ConfusionTally()])
    model.fit(*TRAIN, epochs=3, verbose=0, callbacks=list(callbacks), shuffle=False, **options)
    return [tally.histogram for record in records_of(recorder) for tally in record.tallies if tally.split == "train"]


@pytest.mark.campaign
@pytest.mark.parametrize("validation", [VAL, *later(None)])
def test_an_evaluate_before_the_recorder_changes_nothing(tmp_path: Path, validation: object) -> None:
    """A callback that stands before the recorder and evaluates at the epoch's end: training counts of all samples."""
    options = {"validation_data": validation}
    evaluates = [At(lambda model, epoch: model.evaluate(**EVALUATE)) for _ in range(2)]
    after = train_counts(tmp_path, RunRecorder(tmp_path / "a"), *evaluates, **options)
    before = train_counts(tmp_path, *evaluates, RunRecorder(tmp_path / "b"), **options)
    np.testing.assert_array_equal(before, after)
    assert [int(histogram.sum()) for histogram in after] == [200] * 3
    if keras.config.backend() != "torch":  # where `evaluate` draws random numbers, and the training is another one
        np.testing.assert_array_equal(after, train_counts(tmp_path, RunRecorder(tmp_path / "c"), **options))


def test_an_evaluate_at_the_beginning_of_an_epoch_is_not_counted_in(tmp_path: Path) -> None:
    """What a callback before the recorder evaluates in its `on_epoch_begin` is no training."""
    found = train_counts(tmp_path, Begins(), RunRecorder(tmp_path))
    assert [int(histogram.sum()) for histogram in found] == [200] * 3


@pytest.mark.skipif(keras.config.backend() == "jax", reason="Keras on JAX cannot evaluate in the middle of an epoch")
def test_an_evaluate_in_the_middle_costs_the_training_counts_and_one_warning(tmp_path: Path) -> None:
    """Keras's own metrics are of half an epoch then; no count is better than a wrong one, and validation is right."""
    recorder = RunRecorder(tmp_path)
    model = model_with([ConfusionTally()])
    with pytest.warns(RuntimeWarning, match=r"evaluate\(\) in the middle of an epoch resets") as caught:
        model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[Midway(), recorder])
    assert len([w for w in caught if "epochreel" in str(w.message)]) == 1
    assert [totals(record) for record in records_of(recorder)] == [{"val": 100}] * 3


def test_two_recorders_of_a_model_that_is_trained_again_both_have_its_training(tmp_path: Path) -> None:
    """The one that sets the counts to zero for the new training takes nothing from the other."""
    model = model_with([ConfusionTally()])
    for fit in "ab":
        recorders = [RunRecorder(tmp_path / fit, max_samples=most, verbose=0) for most in (10, 80)]
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            model.fit(*TRAIN, validation_data=VAL, epochs=2, verbose=0, callbacks=recorders)
        for recorder in recorders:
            assert [totals(record) for record in records_of(recorder)] == [{"train": 200, "val": 100}] * 2


@pytest.mark.parametrize("order", [(80, 10), *later((0, 30), (10, 80))])
def test_two_recorders_of_one_model_keep_what_each_asked_for(tmp_path: Path, order: tuple[int, int]) -> None:
    """Each keeps every 2^k-th sample, so many as it was told, with the scores of its epoch."""
    recorders = [RunRecorder(tmp_path / str(most), max_samples=most) for most in order]
    model = model_with([ConfusionTally()])
    scores: list[np.ndarray] = []
    predicts = At(lambda model, epoch: scores.append(model.predict(VAL[0], verbose=0)))
    model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[*recorders, predicts])
    strides = {0: 0, 10: 16, 30: 4, 80: 2}
    for recorder, most in zip(recorders, order, strict=True):
        for record, score in zip(records_of(recorder), scores, strict=True):
            assert totals(record) == {"train": 200, "val": 100}
            if not most:
                assert not record.samples
                continue
            (samples,) = record.samples
            np.testing.assert_array_equal(samples.sample, np.arange(0, 100, strides[most]))
            np.testing.assert_array_equal(samples.y_true, VAL[1][:: strides[most]])
            np.testing.assert_allclose(samples.y_score, score[:: strides[most]], atol=1e-6)


def two_heads(metrics: object, widths: tuple[int, int] = (1, 1)) -> keras.Model:
    """A model with the outputs left and right."""
    inputs = keras.Input((4,))
    heads = {
        name: keras.layers.Dense(width, activation="sigmoid" if width == 1 else "softmax", name=name)(inputs)
        for name, width in zip(("left", "right"), widths, strict=True)
    }
    model = keras.Model(inputs, heads)
    losses = {"left": "binary_crossentropy", "right": "sparse_categorical_crossentropy"}
    model.compile(loss=losses if widths[1] > 1 else "binary_crossentropy", metrics=metrics)
    return model


@pytest.mark.campaign
def test_class_names_of_several_outputs(tmp_path: Path) -> None:
    """Each output takes the names that stand under its own; one without keeps plain ones."""
    targets = {"left": Y, "right": (X[:, 1] > 0).astype(int) + (X[:, 2] > 0)}
    given = {"right": np.array(["low", "middle", "high"])}
    recorder = RunRecorder(tmp_path, class_names=given)
    model = two_heads({name: [ConfusionTally()] for name in targets}, (1, 3))
    model.fit(X, targets, validation_split=0.2, epochs=1, verbose=0, callbacks=[recorder])
    manifest = read_manifest(recorder.folder)
    assert {output.name: output.classes for output in manifest.outputs} == {
        "left": ["negative", "positive"],
        "right": ["low", "middle", "high"],
    }


@pytest.mark.campaign
def test_a_resume_compares_the_class_names_of_each_output(tmp_path: Path) -> None:
    """Other names of one output are in the line of the start and in one warning; counts go on under the first ones."""
    targets = {"left": Y, "right": Y}
    for names, said in ((["no", "yes"], ()), (["no", "yes"], ()), (["bad", "good"], ("class names",))):
        recorder = RunRecorder(tmp_path, name="a", class_names={"right": names}, resume="allow")
        model = two_heads({name: [ConfusionTally()] for name in targets})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(X, targets, epochs=1, verbose=0, callbacks=[recorder])
        told = [str(warning.message) for warning in caught if "goes on with other values" in str(warning.message)]
        assert len(told) == len(said)
        assert all(word in text for word, text in zip(said, told, strict=True))
    begins = [line for line in read_lines(recorder.folder) if isinstance(line, BeginLine)]
    assert [line.output_class_names for line in begins] == [None, None, {"right": ["bad", "good"]}]
    manifest = read_manifest(recorder.folder)
    assert manifest.output_class_names == {"right": ["no", "yes"]}
    assert [output.classes for output in manifest.outputs if output.name == "right"] == [["no", "yes"]]
    assert len(read_records(recorder.folder)[-1].tallies) == 2


def test_class_names_of_no_output_are_refused_before_the_first_epoch(tmp_path: Path) -> None:
    """A name that no output has raises, with the outputs there are; nothing is made."""
    model = two_heads({name: [ConfusionTally()] for name in ("left", "right")})
    recorder = RunRecorder(tmp_path / "runs", class_names={"middle": ["a", "b"]})
    with pytest.raises(
        ValueError, match=r"^class_names must be of outputs of the model: \['left', 'right'\]\. Received: \['middle'\]$"
    ):
        model.fit(X, {"left": Y, "right": Y}, verbose=0, callbacks=[recorder])
    assert not (tmp_path / "runs").exists()
    with pytest.raises(ValueError, match=r"^class_names\['left'\] must be a sequence of strings\. Received: 'ab'$"):
        RunRecorder(tmp_path, class_names={"left": "ab"})
