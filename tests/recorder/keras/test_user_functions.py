"""`derive` and `observe`: functions of the user, who may make mistakes."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

import viewer
from recorder import ConfusionTally, RunRecorder, counting

from .trainings import CLASSES, VAL, Predictions, X, Y, fit, model_with, records_of


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


@pytest.mark.campaign
def test_undefined_is_nan(tmp_path: Path) -> None:
    """0/0 in a derived formula is NaN, without an error and without a warning."""
    (record,) = fit(RunRecorder(tmp_path, derive={"empty": lambda tp, fn: (tp - tp) / (fn - fn)}), epochs=1)
    assert np.isnan(record.logs["empty"])


@pytest.mark.campaign
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


SPLIT = {"f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)}


def derived(
    tmp_path: Path, functions: dict, width: int, kind: str, labels: np.ndarray
) -> tuple[dict, Path, np.ndarray]:
    """What one epoch's validation gives for these functions, the folder of the run, and the scores."""
    recorder = RunRecorder(tmp_path, derive={f"val_{name}": function for name, function in functions.items()})
    several = {"kind": kind} if kind == "multilabel" else {}
    model = model_with([ConfusionTally(**several)], width=width, kind=kind)
    predictions = Predictions()
    model.fit(
        *(X[:200], labels[:200]), validation_data=(X[200:], labels[200:]), epochs=1, verbose=0,
        callbacks=[recorder, predictions],
    )  # fmt: skip
    return records_of(recorder)[0].logs, recorder.folder, predictions.found[0]


def test_several_classes_derive_from_arrays(tmp_path: Path) -> None:
    """Of three classes tp fp tn fn are arrays, a value for each class is averaged (macro), `matrix` is K x K."""
    functions = SPLIT | {
        "macro": lambda tp, fp, fn: np.nanmean(2 * tp / (2 * tp + fp + fn)),
        "accuracy_again": lambda matrix: np.trace(matrix) / matrix.sum(),
        "micro": lambda tp, fn: tp.sum() / (tp.sum() + fn.sum()),
        "second": lambda tp, fn: tp[1] / (tp[1] + fn[1]),
    }
    logs, folder, scores = derived(tmp_path, functions, 3, "multiclass", CLASSES)
    truth, decided = CLASSES[200:], scores.argmax(axis=1)
    assert logs["val_f1"] == pytest.approx(f1_score(truth, decided, average="macro"))
    assert logs["val_f1"] == logs["val_macro"] == pytest.approx(viewer.open_run(folder).metric("f1").iloc[0])
    assert logs["val_accuracy_again"] == logs["val_micro"] == pytest.approx((truth == decided).mean())
    assert logs["val_second"] == pytest.approx(recall_score(truth, decided, labels=[1], average="macro"))


@pytest.mark.campaign
def test_labels_derive_from_arrays(tmp_path: Path) -> None:
    """Of three labels likewise; `matrix` is refused in words, for there is none."""
    labels = np.stack([Y, 1 - Y, X[:, 1] > 0], axis=1).astype(int)
    functions = SPLIT | {"bad": lambda matrix: matrix[0, 0]}
    with pytest.warns(RuntimeWarning, match=r"derive\['val_bad'\] \(of 3 classes.*matrix must be of one decision"):
        logs, folder, scores = derived(tmp_path, functions, 3, "multilabel", labels)
    each = [f1_score(labels[200:, k], scores[:, k] > 0.5, zero_division=np.nan) for k in range(3)]
    assert logs["val_f1"] == pytest.approx(np.nanmean(each))
    assert logs["val_f1"] == pytest.approx(viewer.open_run(folder).metric("f1").iloc[0])
    assert np.isnan(logs["val_bad"])


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


def test_one_f1_of_two_softmax_units(tmp_path: Path) -> None:
    """`Dense(2, "softmax")`: the derived F1 is that of class 1, as scikit-learn's and the viewer's."""
    logs, folder, scores = derived(tmp_path, SPLIT, 2, "multiclass", Y.astype(int))
    wanted = f1_score(VAL[1], scores[:, 1] > 0.5, zero_division=np.nan)
    assert logs["val_f1"] == pytest.approx(wanted, nan_ok=True)
    assert logs["val_f1"] == pytest.approx(viewer.open_run(folder).metric("f1").iloc[0], nan_ok=True)


def mcc_of(tp, fp, tn, fn):
    """Matthews correlation coefficient of four counts."""
    return (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))


@pytest.mark.parametrize(
    ("width", "kind", "asked"),
    [
        pytest.param(1, "binary", "mcc", marks=pytest.mark.campaign),
        pytest.param(2, "multiclass", "mcc", marks=pytest.mark.campaign),
        (3, "multiclass", "mcc"),
        pytest.param(3, "multilabel", "mcc", marks=pytest.mark.campaign),
    ],
)
def test_one_number_has_one_meaning(tmp_path: Path, width: int, kind: str, asked: str) -> None:
    """The value in the logs, what `derive` gives and what a run is asked for are one figure, of every kind."""
    labels = np.stack([Y, 1 - Y, X[:, 1] > 0], axis=1) if kind == "multilabel" else CLASSES if width == 3 else Y
    functions = {"f1": SPLIT["f1"], "balance": lambda tp, fn, tn, fp: (tp / (tp + fn) + tn / (tn + fp)) / 2}
    functions |= {"one_mcc": mcc_of}
    logs, folder, _ = derived(tmp_path, functions, width, kind, labels.astype(int))
    run = viewer.open_run(folder)
    assert logs["val_mcc"] == pytest.approx(run.metric(asked).iloc[0], abs=1e-6, nan_ok=True)
    assert logs["val_f1"] == pytest.approx(run.metric("f1").iloc[0], nan_ok=True)
    assert logs["val_balance"] == pytest.approx(
        run.metric("(tp / (tp + fn) + tn / (tn + fp)) / 2").iloc[0], nan_ok=True
    )
    if kind == "multilabel" or width < 3:
        assert logs["val_one_mcc"] == pytest.approx(logs["val_mcc"], abs=1e-6, nan_ok=True)
