"""What a compiled model has for the recorder."""

from __future__ import annotations

import keras
import numpy as np

from recorder import ConfusionTally
from recorder.keras.keras_metrics import find_counts, find_tallies

from .trainings import TRAIN, model_with


def test_tallies_of_one_output_are_told_apart_by_their_names() -> None:
    """Two tallies with other decisions on one output are found under their own names, weighted metrics too."""
    first, second = ConfusionTally(), ConfusionTally(decision_threshold=0.3, name="low")
    model = model_with(["accuracy", first], weighted_metrics=[second])
    assert find_tallies(model) == [], "before the first batch there is none"
    model.train_on_batch(*TRAIN)
    assert find_tallies(model) == [(first, "mcc"), (second, "low")]


def test_counts_need_all_four() -> None:
    """Three of Keras's four are no counts; all four are, with or without validation, and not those of another name."""
    model = model_with([keras.metrics.TruePositives(name="tp")])
    logs = {"tp": 1.0, "fp": 2.0, "tn": 3.0, "my_fn": 4.0}
    assert find_counts(model, logs) is None
    found = find_counts(model, logs | {"fn": np.float32(5)})
    assert (found.output.source, found.output.thresholds) == ("keras_counts", [0.5])
    (tally,) = found.tallies
    assert (tally.split, tally.histogram.tolist()) == ("train", [[[3, 2], [5, 1]]])
