"""Probes: samples of the user's choice, predicted at an epoch's end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recorder import RunRecorder
from recorder.keras.probing import predict
from recorder.runfile import read_manifest

from .trainings import VAL, Predictions, X, Y, fit, model_with, totals


def test_probes_are_splits_of_their_own(tmp_path: Path) -> None:
    """Each probe is predicted at an epoch's end with the weights of that moment."""
    predictions = Predictions()
    recorder = RunRecorder(tmp_path, probe={"hard": VAL, "few": (X[:5], Y[:5])})
    records = fit(recorder, predictions)
    assert totals(records[0]) == {"train": 200, "val": 100, "hard": 100, "few": 5}
    for record, predicted in zip(records, predictions.found, strict=True):
        hard = next(samples for samples in record.samples if samples.split == "hard")
        np.testing.assert_allclose(hard.y_score, predicted, atol=1e-6)


@pytest.mark.campaign
def test_a_probe_needs_no_tally(tmp_path: Path) -> None:
    """Without a tally the probe alone is counted, on the default grid."""
    recorder = RunRecorder(tmp_path, probe=VAL)
    records = fit(recorder, metrics=["accuracy"])
    assert [totals(record) for record in records] == [{"probe": 100}] * 3
    assert read_manifest(recorder.folder).outputs[0].source == "arrays"


def test_a_probe_that_fails_costs_itself_alone(tmp_path: Path) -> None:
    """Labels that do not fit the probe are one warning; everything else of the epoch is recorded."""
    recorder = RunRecorder(tmp_path, probe=(X[:5], Y[:4]))
    with pytest.warns(RuntimeWarning, match=r"probe 'probe' failed and is left out: ValueError: y_true and y_score"):
        records = fit(recorder)
    assert [totals(record) for record in records] == [{"train": 200, "val": 100}] * 3


def test_prediction_in_batches_equals_predict() -> None:
    """Direct calls in batches give what `model.predict` gives."""
    model = model_with([])
    np.testing.assert_allclose(predict(model, X, batch=77), model.predict(X, verbose=0), atol=1e-6)
