"""What a training has and its record has not is said once."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import pytest

from recorder import ConfusionTally, RunRecorder

from .trainings import TRAIN, VAL, fit, model_with


def said(recorder: RunRecorder, model: keras.Model) -> list[str]:
    """The recorder's words in a training of three epochs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[recorder])
    return [str(w.message) for w in caught if "epochreel" in str(w.message)]


def test_a_training_without_a_tally_is_told_how_to_have_counts(tmp_path: Path) -> None:
    """A forgotten tally is one sentence after the first epoch, no fault, and names the way out."""
    with pytest.warns(UserWarning, match="^epochreel: of this training") as caught:
        fit(RunRecorder(tmp_path), metrics=["accuracy"])
    said = [w for w in caught if "epochreel" in str(w.message)]
    assert [str(w.message) for w in said] == [
        "epochreel: of this training no counts, but 4 logs are recorded. Not recorded: counts, for there is no "
        "ConfusionTally: compile with metrics=[ConfusionTally()]."
    ]
    assert said[0].category is UserWarning


def test_nothing_is_said_where_nothing_is_missing(tmp_path: Path) -> None:
    """Counts and plain logs need no word."""
    assert said(RunRecorder(tmp_path), model_with(["accuracy", ConfusionTally()])) == []


@pytest.mark.campaign
def test_lists_of_thresholds_are_named(tmp_path: Path) -> None:
    """A Keras metric of several thresholds logs an array, which the record has no place for."""
    several = keras.metrics.Recall(thresholds=[0.3, 0.5], name="several")
    (sentence,) = said(RunRecorder(tmp_path), model_with([several, ConfusionTally()]))
    assert sentence == (
        "epochreel: of this training the counts of train and val and 4 logs are recorded. Not recorded: "
        "the logs 'several' (shape (2,)), 'val_several' (shape (2,)), which are no single numbers."
    )


class Hiding(keras.Model):
    """As Keras's guide to custom training steps has it: metrics of its own, and no others."""

    def __init__(self) -> None:
        super().__init__()
        self.head = keras.layers.Dense(1, activation="sigmoid")
        self.own = keras.metrics.Mean(name="own")

    @property
    def metrics(self):
        return [self.own]

    def call(self, inputs):
        return self.head(inputs)


def test_a_tally_that_a_property_hides_is_named(tmp_path: Path) -> None:
    """A compiled tally that `metrics` of the model's class leaves out records nothing, and the sentence says why."""
    model = Hiding()
    model.compile(loss="binary_crossentropy", metrics=[ConfusionTally()])
    (sentence,) = said(RunRecorder(tmp_path), model)
    assert "the ConfusionTally 'mcc', which has seen no batch or is not among model.metrics" in sentence
