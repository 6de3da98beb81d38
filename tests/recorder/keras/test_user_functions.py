"""`derive` and `observe`: functions of the user, who may make mistakes."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder, counting

from .trainings import CLASSES, X, fit, model_with, records_of


def test_derived_values_steer_other_callbacks(tmp_path: Path) -> None:
    """EarlyStopping follows a value that `derive` put into the logs, and it equals the formula of the counts."""
    stop = keras.callbacks.EarlyStopping(monitor="val_never_better", mode="max", patience=1)
    derive = {"val_never_better": lambda tp, fp: 0.0 * tp * fp, "val_tp": lambda tp: tp, "bad": lambda tp: [][1]}
    with pytest.warns(RuntimeWarning, match=r"derive\['bad'\] failed and is left out: IndexError"):
        records = fit(RunRecorder(tmp_path, derive=derive), stop, epochs=10)
    assert len(records) == 2
    val = next(tally for tally in records[0].tallies if tally.split == "val")
    above = val.histogram[0, 1, np.searchsorted(counting.default_thresholds(), 0.5) + 1 :].sum()
    assert records[0].logs["val_tp"] == above
    assert np.isnan(records[0].logs["bad"])


def test_undefined_is_nan(tmp_path: Path) -> None:
    """0/0 in a derived formula is NaN, without an error and without a warning."""
    (record,) = fit(RunRecorder(tmp_path, derive={"empty": lambda tp, fn: (tp - tp) / (fn - fn)}), epochs=1)
    assert np.isnan(record.logs["empty"])


def test_derived_from_keras_counts(tmp_path: Path) -> None:
    """A model with Keras's four metrics and no tally derives from these."""
    m = keras.metrics
    metrics = [
        m.TruePositives(name="tp"), m.TrueNegatives(name="tn"), m.FalseNegatives(name="fn"), m.FalsePositives(name="fp")
    ]  # fmt: skip
    for record in fit(RunRecorder(tmp_path, derive={"val_recall": lambda tp, fn: tp / (tp + fn)}), metrics=metrics):
        logs = record.logs
        wanted = np.float64(logs["val_tp"]) / (logs["val_tp"] + logs["val_fn"])
        assert logs["val_recall"] == pytest.approx(wanted, nan_ok=True)


def test_several_classes_derive_from_the_sum_over_classes(tmp_path: Path) -> None:
    """For multi-class, tp fp tn fn are sums over the classes (micro average), and `matrix` is the K x K matrix."""
    derive = {
        "trace": lambda matrix: np.trace(matrix) / matrix.sum(),
        "micro": lambda tp, fp, tn, fn: tp / (tp + fn),
    }
    recorder = RunRecorder(tmp_path, derive=derive)
    model = model_with(["accuracy", ConfusionTally()], width=3, kind="multiclass")
    model.fit(X, CLASSES, epochs=1, verbose=0, callbacks=[recorder])
    logs = records_of(recorder)[0].logs
    assert logs["trace"] == logs["micro"] == pytest.approx(logs["accuracy"])


def test_observed_scalars_and_arrays_are_saved(tmp_path: Path) -> None:
    """A scalar of `observe` joins the logs, an array is saved with its shape; a fault or a word is one warning."""
    observe = {
        "one": lambda model: 1.0,
        "kernel": lambda model: model.weights[0],
        "bad": lambda model: model.nothing,
        "word": lambda model: "good",
    }
    with pytest.warns(RuntimeWarning, match=r"observe\['(bad|word)'\] failed") as caught:
        records = fit(RunRecorder(tmp_path, observe=observe))
    assert len([w for w in caught if "observe" in str(w.message)]) == 2
    assert len(records) == 3
    assert records[0].logs["one"] == 1.0
    assert records[0].observed["kernel"].shape == (4, 8)


def test_functions_that_cannot_work_raise_at_once(tmp_path: Path) -> None:
    """What is no function, or takes what there is none of, is refused with the rule."""
    with pytest.raises(TypeError, match=r"^derive must map names to functions\. Received: 'a': 3$"):
        RunRecorder(tmp_path, derive={"a": 3})
    with pytest.raises(TypeError, match=r"^observe must map names to functions\. Received: \[1\]$"):
        RunRecorder(tmp_path, observe=[1])
    with pytest.raises(
        TypeError, match=r"^derive functions must take some of tp, fp, tn, fn, matrix\. Received: 'a': \['precision'\]$"
    ):
        RunRecorder(tmp_path, derive={"a": lambda tp, precision: tp})
