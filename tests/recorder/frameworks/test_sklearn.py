"""scikit-learn: what a model predicts after a call, or an iteration, is what was counted of it."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from recorder.runfile import read_lines, read_manifest
from recorder.sklearn import RunCallback, recorded

from .oracle import check_counts, records_of

X, Y = load_digits(return_X_y=True)
CANCER = load_breast_cancer()
NAMES = np.array(["malignant", "benign"])  # their order is not that of the alphabet, in which classes_ are


def test_each_call_of_partial_fit_is_a_point(tmp_path: Path) -> None:
    """Every second call and the last, of ten classes, equal at every threshold; the model is left as it was."""
    model, found = GaussianNB(), {}
    with recorded(model, tmp_path, val=(X[1000:], Y[1000:]), every=2, verbose=0) as run:
        for call in range(1, 6):
            part = slice(100 * (call - 1), 100 * call)
            assert model.partial_fit(X[part], Y[part], classes=np.arange(10)) is model
            found[call] = model.predict_proba(X[1000:])
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [2, 4, 5]
    for record in records:
        check_counts(record, run.folder, Y[1000:], found[record.epoch])
    assert "partial_fit" not in vars(model)
    assert read_lines(run.folder)[-1].reason == "finished"


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_string_labels_and_models_without_probabilities(tmp_path: Path, loss: str) -> None:
    """Classes are those of the model, in its order; a decision of 0 is a score of 1/2."""
    x, y = CANCER.data / CANCER.data.max(axis=0), NAMES[CANCER.target]
    model = SGDClassifier(loss=loss, random_state=0)
    weight = np.linspace(1, 2, len(y) - 300)
    with recorded(model, tmp_path, val=(x[300:], y[300:], weight), verbose=0) as run:
        for _ in range(3):
            model.partial_fit(x[:300], y[:300], classes=NAMES)
    assert run.folder is not None
    (output,) = read_manifest(run.folder).outputs
    assert output.classes == ["benign", "malignant"]
    record, decision = records_of(run.folder)[-1], model.decision_function(x[300:])
    scores = model.predict_proba(x[300:]) if loss == "log_loss" else 1 / (1 + np.exp(-decision))
    if loss == "log_loss":
        check_counts(record, run.folder, y[300:] == "malignant", scores)
    samples = record.samples[0]
    np.testing.assert_allclose(
        samples.y_score.ravel(), np.float32(scores[:, 1] if scores.ndim > 1 else scores), rtol=1e-6
    )
    np.testing.assert_array_equal(samples.y_score.ravel() > 0.5, model.predict(x[300:]) == "malignant")
    np.testing.assert_array_equal(samples.weight, np.float32(weight))


def test_several_labels_and_warm_starts(tmp_path: Path) -> None:
    """Rows of labels are multi-label; a `fit` is one call, whatever it calls itself."""
    rows = np.stack([Y % 2 == 0, Y > 4, Y == 9], axis=1).astype(int)
    model = MLPClassifier((8,), max_iter=3, warm_start=True, random_state=0)
    with warnings.catch_warnings(), recorded(model, tmp_path, val=(X[1000:], rows[1000:]), verbose=0) as run:
        warnings.simplefilter("ignore")
        for _ in range(2):
            model.fit(X[:300], rows[:300])
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [1, 2]
    assert records[-1].logs["loss"] == model.loss_
    check_counts(records[-1], run.folder, rows[1000:], model.predict_proba(X[1000:]))


def test_an_error_ends_the_run_and_one_of_ours_does_not_stop_it(tmp_path: Path) -> None:
    """The reason is recorded; a set that cannot be predicted is one warning."""
    model = GaussianNB()
    with pytest.raises(KeyError), recorded(model, tmp_path / "a", val=(X, Y), verbose=0) as run:  # noqa: PT012
        model.partial_fit(X, Y, classes=np.arange(10))
        raise KeyError
    assert read_lines(run.folder)[-1].reason == "stopped by KeyError"
    with warnings.catch_warnings(record=True) as met, recorded(model, tmp_path / "b", val=(X[:, :3], Y), verbose=0):
        warnings.simplefilter("always")
        for _ in range(3):
            model.partial_fit(X, Y)
    assert len([each for each in met if "predicting failed and is left out: ValueError" in str(each.message)]) == 1
    with pytest.raises(TypeError, match=r"^val must be \(x, y\) or \(x, y, sample_weight\), or several by name\. Rec"):
        recorded(model, tmp_path, val=X).__enter__()


def test_iterations_of_a_fit_with_callbacks(tmp_path: Path) -> None:
    """Where scikit-learn has callbacks: the model of each iteration, the last of which is the one that is left."""
    pytest.importorskip("sklearn.callback", reason="this scikit-learn has no callbacks")
    x = X / 16
    run = RunCallback(tmp_path, val=(x[1000:], Y[1000:]), every=2, verbose=0)
    model: Any = LogisticRegression(max_iter=7).set_callbacks(run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raise KeyError
        except KeyError:  # another try, while the error of the first one is handled, ends as it ends
            model.fit(x[:1000], Y[:1000])
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [2, 4, 6, 7]
    check_counts(records[-1], run.folder, Y[1000:], model.predict_proba(x[1000:]))
    short = LogisticRegression(max_iter=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        short.fit(x[:1000], Y[:1000])
    check_counts(records[1], run.folder, Y[1000:], short.predict_proba(x[1000:]))
    assert read_lines(run.folder)[-1].reason == "finished"


def test_a_fit_that_is_made_while_an_error_is_handled_ends_well(tmp_path: Path) -> None:
    """A second attempt within `except` is no failure: the error is that of the first."""
    pytest.importorskip("sklearn.callback", reason="this scikit-learn has no callbacks")
    run = RunCallback(tmp_path, val=(X[1000:], Y[1000:]), verbose=0)
    model: Any = LogisticRegression(max_iter=2).set_callbacks(run)
    try:
        raise ValueError
    except ValueError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X[:1000], Y[:1000])
    assert read_lines(run.folder)[-1].reason == "finished"


def test_what_is_no_estimator_is_refused(tmp_path: Path) -> None:
    """Nothing of it could ever be recorded, and nobody would be told."""
    with pytest.raises(TypeError, match=r"^model must have partial_fit or fit\. Received: str$"):
        recorded("model", tmp_path, val=(X, Y)).__enter__()


def test_a_label_that_the_model_does_not_know_is_ignored(tmp_path: Path) -> None:
    """Of two classes too, where it is no negative; the others count as scikit-learn counts them."""
    names = np.where(Y == 8, "eight", "other")
    model = SGDClassifier(loss="log_loss", random_state=0)
    strange = np.where(np.arange(797) % 5 == 0, "strange", names[1000:])
    with pytest.warns(RuntimeWarning, match="159 labels of val are none|160 labels of val are none"):  # noqa: SIM117
        with recorded(model, tmp_path, val=(X[1000:], strange), verbose=0) as run:
            model.partial_fit(X[:1000], names[:1000], classes=["eight", "other"])
    (record,) = records_of(run.folder)
    known = strange != "strange"
    assert record.tallies[0].ignored == (~known).sum()
    check_counts(record, run.folder, strange[known] == "other", model.predict_proba(X[1000:])[known, 1])


def test_what_records_nothing_is_said(tmp_path: Path) -> None:
    """A regressor is refused, and a block in which the model had no call is told of."""
    with pytest.raises(TypeError, match=r"^model must be a classifier.*\. Received: SGDRegressor$"):
        recorded(SGDRegressor(), tmp_path, val=(X, Y)).__enter__()
    with pytest.warns(RuntimeWarning, match="this very GaussianNB had no call of partial_fit or fit"):  # noqa: SIM117
        with recorded(GaussianNB(), tmp_path, val=(X, Y)):
            GaussianNB().fit(X, Y)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "model",
    [
        SGDClassifier(loss="log_loss", random_state=0),
        MLPClassifier((4,), max_iter=2, random_state=0),
        make_pipeline(StandardScaler(), SGDClassifier(random_state=0)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_copies_and_pickles_within_the_block_are_of_the_model_alone(tmp_path: Path, model: Any) -> None:
    """Whoever keeps the best model by a deep copy trains that copy later, and a checkpoint can be written."""
    kind, labels = type(model), Y[:300] % 2
    with warnings.catch_warnings(), recorded(model, tmp_path, val=(X[:300], labels), verbose=0) as run:
        warnings.simplefilter("ignore")
        model.fit(X[:300], labels)
        others = [copy.deepcopy(model), clone(model), pickle.loads(pickle.dumps(model))]
        said = model.predict(X[:300])
        assert isinstance(model, kind)
        assert type(copy.copy(model)) is kind
        for other in others:
            assert type(other) is kind
            other.fit(X[:300], 1 - labels)
        np.testing.assert_array_equal(model.predict(X[:300]), said)
    assert type(model) is kind
    assert [record.epoch for record in records_of(run.folder)] == [1]


@pytest.mark.parametrize("constant", [0, 1])
def test_a_label_that_is_always_the_same_is_counted_as_it_is(tmp_path: Path, constant: int) -> None:
    """Of such a label a forest gives one column, that of the only class that it has met."""
    rows = np.stack([Y % 2 == 0, np.full(len(Y), constant), Y > 4], axis=1).astype(int)
    model = RandomForestClassifier(5, random_state=0)
    with recorded(model, tmp_path, val=(X[:400], rows[:400]), verbose=0) as run:
        model.fit(X[:400], rows[:400])
    (record,) = records_of(run.folder)
    found = record.tallies[0].histogram[1]
    assert found.sum(axis=1).tolist() == [400 * (1 - constant), 400 * constant]
    np.testing.assert_array_equal(record.samples[0].y_score > 0.5, model.predict(X[:400]))


def test_labels_of_several_columns_that_are_no_zeros_and_ones_are_refused(tmp_path: Path) -> None:
    """One warning names the rule."""
    rows = np.stack([Y % 2 + 1, Y % 3], axis=1)
    model = RandomForestClassifier(3, random_state=0)
    with pytest.warns(RuntimeWarning, match="each must be 0 or 1. Received"):  # noqa: SIM117
        with recorded(model, tmp_path, val=(X[:200], rows[:200]), verbose=0):
            model.fit(X[:200], rows[:200])


def test_scores_of_pairs_of_classes_are_refused(tmp_path: Path) -> None:
    """Three classes have three pairs: argmax of these is no decision."""
    for model in (SVC(decision_function_shape="ovo"), make_pipeline(SVC(decision_function_shape="ovo"))):
        with pytest.warns(RuntimeWarning, match='decision_function_shape must be "ovr"'):  # noqa: SIM117
            with recorded(model, tmp_path, val=(X[:200], Y[:200] % 3), verbose=0):
                model.fit(X[:200], Y[:200] % 3)


def test_classes_that_are_whole_floats_have_the_names_of_whole_numbers(tmp_path: Path) -> None:
    """`recall@1` is one of them, where `recall@1.0` is a threshold."""
    model = GaussianNB()
    with recorded(model, tmp_path, val=(X[:200], Y[:200] * 1.0), verbose=0) as run:
        model.fit(X[:200], Y[:200] * 1.0)
    assert run.folder is not None
    (output,) = read_manifest(run.folder).outputs
    assert output.classes == [str(number) for number in range(10)]
