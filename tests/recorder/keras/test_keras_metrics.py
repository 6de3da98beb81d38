"""The metrics of a compiled model, and the tallies among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder
from recorder.keras.keras_metrics import compiled_metrics, find_tallies
from recorder.runfile import read_manifest

from .trainings import TRAIN, VAL, X, Y, model_with, records_of


def names(model: keras.Model) -> list[tuple[Any, str]]:
    """The tallies that are found, and how they are called."""
    return [(found.tally, found.name) for found in find_tallies(model)]


def test_tallies_of_one_output_are_told_apart_by_their_names() -> None:
    """Two tallies with other decisions on one output are found under their own names, weighted metrics too."""
    first, second = ConfusionTally(), ConfusionTally(decision_threshold=0.3, name="low")
    model = model_with(["accuracy", first], weighted_metrics=[second])
    assert names(model) == [], "before the first batch there is none"
    model.train_on_batch(*TRAIN)
    assert names(model) == [(first, "mcc"), (second, "low")]


def test_a_name_that_stands_twice_is_what_the_logs_make_of_it() -> None:
    """Of one name, Keras calls the second value otherwise in the logs; the tally is called by that."""
    first, second = ConfusionTally(), ConfusionTally()
    model = model_with(["accuracy", first], weighted_metrics=[second])
    logs = model.train_on_batch(*TRAIN, return_dict=True)
    assert names(model) == [(first, "mcc"), (second, "weighted_mcc")]
    assert set(logs) == {"loss", *(each.log for each in compiled_metrics(model) if each.log != "loss")}


def test_plain_and_weighted_counts_are_two_outputs(tmp_path: Path) -> None:
    """`metrics=[ConfusionTally()], weighted_metrics=[ConfusionTally()]`: each row once, under a name of its own."""
    weight = np.linspace(0, 2, 100, dtype=np.float32)
    recorder = RunRecorder(tmp_path, class_names=["no", "yes"])
    model = model_with([ConfusionTally()], weighted_metrics=[ConfusionTally()])
    model.fit(*TRAIN, validation_data=(*VAL, weight), epochs=2, verbose=0, callbacks=[recorder])
    plain, weighted = read_manifest(recorder.folder).outputs
    assert [(o.name, o.weighted, o.classes) for o in (plain, weighted)] == [
        ("mcc", False, ["no", "yes"]),
        ("weighted_mcc", True, ["no", "yes"]),
    ]
    for record in records_of(recorder):
        val = {tally.output: tally for tally in record.tallies if tally.split == "val"}
        assert len(record.tallies) == 4
        np.testing.assert_array_equal(val["mcc"].histogram, val["weighted_mcc"].histogram)
        assert val["mcc"].weights is None
        assert val["weighted_mcc"].weights.sum() == pytest.approx(weight.sum(), rel=1e-5)
        assert [samples.output for samples in record.samples] == ["mcc", "weighted_mcc"]


def test_two_tallies_of_each_of_two_outputs_have_four_names() -> None:
    """Also where every output has a plain and a weighted tally of one name."""
    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, activation="sigmoid", name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, heads)
    metrics = [{name: [ConfusionTally()] for name in heads} for _ in range(2)]
    model.compile(loss="binary_crossentropy", metrics=metrics[0], weighted_metrics=metrics[1])
    model.train_on_batch(X, {"left": Y, "right": 1 - Y})
    assert [name for _, name in names(model)] == ["left/mcc", "right/mcc", "left/weighted_mcc", "right/weighted_mcc"]
