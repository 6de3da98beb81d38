"""Keras's own four counts: taken where they are four counts of one question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from recorder import RunRecorder
from recorder.keras.keras_counts import find_counts
from recorder.runfile import read_manifest
from tests.conftest import later

from .trainings import CLASSES, TRAIN, VAL, X, Y, model_with, records_of

M = keras.metrics
FOUR = {"tp": M.TruePositives, "tn": M.TrueNegatives, "fn": M.FalseNegatives, "fp": M.FalsePositives}


def four(**options: Any) -> list[Any]:
    """The four metrics."""
    return [kind(name=name, **options) for name, kind in FOUR.items()]


def test_counts_need_all_four() -> None:
    """Three of Keras's four are no counts; all four are, with or without validation, and not those of another name."""
    model = model_with([keras.metrics.TruePositives(name="tp")])
    logs = {"tp": 1.0, "fp": 2.0, "tn": 3.0, "my_fn": 4.0}
    assert find_counts(model, logs).found == []
    ((output, (tally,)),) = find_counts(model, logs | {"fn": np.float32(5)}).found
    assert (output.source, output.thresholds) == ("keras_counts", [0.5])
    assert (tally.split, tally.histogram.tolist()) == ("train", [[[3, 2], [5, 1]]])


UNEQUAL = [kind(name=name, thresholds=0.3 + 0.2 * (name == "fn")) for name, kind in FOUR.items()]
REFUSED = {
    "weighted": ({"weighted_metrics": four()}, {"sample_weight": np.full(200, 0.25)}, "as weighted_metrics they are"),
    "unequal": ({"metrics": UNEQUAL}, {}, r"their thresholds differ: \[0\.3, 0\.5\]"),
    "softmax": ({"metrics": four(), "width": 3, "kind": "multiclass"}, {}, "the output gives several scores a sample"),
    "16 bits": ({"metrics": four(dtype="bfloat16")}, {}, "in 16 bits counts stop"),
}


@pytest.mark.parametrize("case", ["softmax", *later("weighted", "unequal", "16 bits")])
def test_what_is_no_count_of_one_question_is_not_taken_for_one(tmp_path: Path, case: str) -> None:
    """Sums of weights, several thresholds, several scores a sample, 16 bits: the logs alone, and one warning why."""
    options, data, why = REFUSED[case]
    options = {"metrics": []} | options
    wide = options.get("width", 1) > 1
    labels = np.eye(3)[CLASSES] if wide else Y
    model = model_with(**options)
    if wide:
        model.compile(loss="categorical_crossentropy", metrics=four())
    recorder = RunRecorder(tmp_path)
    with pytest.warns(RuntimeWarning, match=rf"fn, fp, tn, tp are not taken for counts: {why}") as caught:
        model.fit(
            *(X[:200], labels[:200]), validation_data=(X[200:], labels[200:]), epochs=2, verbose=0,
            callbacks=[recorder], **data,
        )  # fmt: skip
    assert len([w for w in caught if "epochreel" in str(w.message)]) == 1
    for record in records_of(recorder):
        assert not record.tallies
        assert {"tp", "val_fn"} <= set(record.logs)


@pytest.mark.campaign
def test_four_counts_of_each_output(tmp_path: Path) -> None:
    """A model with two outputs records the four counts of each under its name."""
    inputs = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, activation="sigmoid", name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, heads)
    model.compile(loss="binary_crossentropy", metrics={"left": four(thresholds=0.25), "right": four()})
    recorder = RunRecorder(tmp_path, class_names={"left": ["no", "yes"]})
    model.fit(X, {"left": Y, "right": 1 - Y}, validation_split=0.2, epochs=1, verbose=0, callbacks=[recorder])
    outputs = {output.name: output for output in read_manifest(recorder.folder).outputs}
    assert {name: (o.thresholds, o.classes[1]) for name, o in outputs.items()} == {
        "left": ([0.25], "yes"),
        "right": ([0.5], "positive"),
    }
    (record,) = records_of(recorder)
    for tally in record.tallies:
        logged = {name: record.logs[f"{'val_' * (tally.split == 'val')}{tally.output}_{name}"] for name in FOUR}
        assert tally.histogram[0].tolist() == [[logged["tn"], logged["fp"]], [logged["fn"], logged["tp"]]]
        assert tally.histogram.sum() == {"train": 240, "val": 60}[tally.split]


def test_a_subclass_says_by_its_loss_how_wide_it_is(tmp_path: Path) -> None:
    """A subclassed model does not say what it gives; under a categorical loss the four are of several scores."""

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.head = keras.layers.Dense(3, activation="softmax")

        def call(self, inputs):
            return self.head(inputs)

    model = Own()
    model.compile(loss="categorical_crossentropy", metrics=four())
    with pytest.warns(RuntimeWarning, match="the output gives several scores a sample"):
        model.fit(X, np.eye(3)[CLASSES], epochs=1, verbose=0, callbacks=[RunRecorder(tmp_path)])


@pytest.mark.filterwarnings("error:epochreel")
def test_weights_that_are_one_question_are_counts(tmp_path: Path) -> None:
    """The four metrics at one threshold of a sigmoid output are counts, as ever, without a word."""
    recorder = RunRecorder(tmp_path)
    model_with(four(thresholds=0.3)).fit(*TRAIN, validation_data=VAL, epochs=1, verbose=0, callbacks=[recorder])
    assert [int(tally.histogram.sum()) for tally in records_of(recorder)[0].tallies] == [200, 100]
