"""LightGBM, XGBoost and CatBoost: what the trained model predicts at a round is what was counted at it."""

from __future__ import annotations

import copy
import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from recorder.runfile import EndLine, read_lines, read_manifest

from .oracle import check_counts, records_of

DATA = {"binary": load_breast_cancer(return_X_y=True), "multiclass": load_digits(return_X_y=True)}
pytestmark = [pytest.mark.filterwarnings("error:epochreel")] + [
    pytest.mark.filterwarnings(f"ignore:{about}")
    for about in ("Failed to import numba", "The argument 'eval_set' is deprecated")
]
RNG = np.random.default_rng(0)
ROUNDS = 7


def parts(kind: str) -> tuple[Any, Any, Any, Any]:
    """Training and validation."""
    x, y = DATA[kind]
    order = np.random.default_rng(1).permutation(len(y))[:500]
    return x[order[:300]], y[order[:300]], x[order[300:]], y[order[300:]]


def lightgbm_run(root: Path, kind: str, *, weight: Any = None, **more: Any) -> tuple[Any, Any]:
    """A run, and what its model predicts of the validation data after some rounds."""
    lightgbm = pytest.importorskip("lightgbm", reason="needs lightgbm")
    from recorder.lightgbm import RunCallback

    x, y, x_val, y_val = parts(kind)
    several = {"objective": "multiclass", "num_class": 10} if kind == "multiclass" else {"objective": "binary"}
    train, given = lightgbm.Dataset(x, y), more.pop("params", several) | {"verbose": -1, "num_threads": 1}
    val = lightgbm.Dataset(x_val, y_val, weight=weight, reference=train)
    run = RunCallback(root, verbose=0, every=more.pop("every", 3))
    callbacks = [run, *more.pop("callbacks", [])]
    model = lightgbm.train(given, train, ROUNDS, valid_sets=[val], callbacks=callbacks, **more)
    return run, lambda rounds: model.predict(x_val, num_iteration=rounds)


def xgboost_run(root: Path, kind: str, *, weight: Any = None, **more: Any) -> tuple[Any, Any]:
    """The same of XGBoost."""
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")
    from recorder.xgboost import RunCallback

    x, y, x_val, y_val = parts(kind)
    several = (
        {"objective": "multi:softprob", "num_class": 10} if kind == "multiclass" else {"objective": "binary:logistic"}
    )
    val = xgboost.DMatrix(x_val, label=y_val, weight=weight)
    run = RunCallback(root, verbose=0, every=more.pop("every", 3), val=val)
    callbacks = [run, *more.pop("callbacks", [])]
    model = xgboost.train(
        more.pop("params", several) | {"nthread": 1}, xgboost.DMatrix(x, y), ROUNDS,
        evals=[(val, "val")], callbacks=callbacks, verbose_eval=False, **more,
    )  # fmt: skip
    fresh = xgboost.DMatrix(x_val)
    return run, lambda rounds: model.predict(fresh, iteration_range=(0, rounds))


def catboost_run(
    root: Path, kind: str, *, weight: Any = None, every: int = 3, callbacks: Any = (), **more: Any
) -> tuple[Any, Any]:
    """The same of CatBoost, whose own predictions of binary labels are float64."""
    catboost = pytest.importorskip("catboost", reason="needs catboost")
    from recorder.catboost import RunCallback

    x, y, x_val, y_val = parts(kind)
    with RunCallback(root, verbose=0, every=every) as run:
        quiet = {"verbose": 0, "thread_count": 1, "allow_writing_files": False, "use_best_model": False}
        model = catboost.CatBoostClassifier(iterations=ROUNDS, eval_metric=run.metric, **quiet, **more)
        model.fit(x, y, eval_set=catboost.Pool(x_val, y_val, weight=weight), callbacks=[run, *callbacks])
    both = kind == "binary"
    return run, lambda rounds: model.predict_proba(x_val, ntree_end=rounds)[:, 1 if both else slice(None)]


TRAININGS = {"lightgbm": lightgbm_run, "xgboost": xgboost_run, "catboost": catboost_run}


@pytest.mark.parametrize("kind", list(DATA))
@pytest.mark.parametrize("library", list(TRAININGS))
def test_counts_equal_those_of_scikit_learn(tmp_path: Path, library: str, kind: str) -> None:
    """Every third round and the last: counts of what a fresh prediction of so many rounds gives, at every threshold."""
    run, predict = TRAININGS[library](tmp_path, kind)
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [3, 6, 7]
    for record in records:
        check_counts(record, run.folder, parts(kind)[3], predict(record.epoch))
        assert "val_loss" in record.logs
    (output,) = read_manifest(run.folder).outputs
    assert output.kind == kind
    end = read_lines(run.folder)[-1]
    assert isinstance(end, EndLine)
    assert end.reason == "finished"


@pytest.mark.parametrize("library", list(TRAININGS))
def test_weights_of_the_set_are_summed(tmp_path: Path, library: str) -> None:
    """Sums of weights above 1/2 are those of a direct sum; each sample still counts once."""
    weight = RNG.uniform(0.5, 2, 200).astype(np.float32)
    run, predict = TRAININGS[library](tmp_path, "binary", weight=weight)
    record = records_of(run.folder)[-1]
    tally, scores = next(each for each in record.tallies if each.split == "val"), predict(record.epoch)
    assert tally.histogram.sum() == 200
    assert tally.weights is not None
    positive = parts("binary")[3] > 0.5
    at = np.asarray(read_manifest(run.folder).outputs[0].thresholds).searchsorted(0.5)
    wanted = weight[positive & (np.float32(scores) > 0.5)].sum(dtype=np.float64)
    np.testing.assert_allclose(tally.weights[0, 1, at + 1 :].sum(), wanted, rtol=1e-6)


def test_stopping_early_is_an_end_like_any_other(tmp_path: Path) -> None:
    """LightGBM and XGBoost stop after two rounds without progress; the run has finished."""
    lightgbm, xgboost = (pytest.importorskip(each, reason=f"needs {each}") for each in ("lightgbm", "xgboost"))
    never = {"objective": "binary", "metric": "auc", "learning_rate": 1e-12, "min_data_in_leaf": 200}
    early = lightgbm.early_stopping(2, verbose=False)
    run, _ = lightgbm_run(tmp_path, "binary", every=1, params=never, callbacks=[early])
    other, _ = xgboost_run(tmp_path, "binary", every=1, early_stopping_rounds=2, params={
        "objective": "binary:logistic", "eval_metric": "auc", "min_child_weight": 1e9})  # fmt: skip
    for each in (run, other):
        assert len(records_of(each.folder)) == 3
        assert read_lines(each.folder)[-1].reason == "finished"
    assert xgboost is not None


@pytest.mark.parametrize("name", ["cross_entropy_lambda", "xentlambda"])
def test_an_intensity_is_recorded_as_the_probability_that_it_stands_for(tmp_path: Path, name: str) -> None:
    """LightGBM predicts lambda, and a sample is positive with 1 - exp(-lambda)."""
    params = {"objective": name, "num_leaves": 4}
    run, predicted = lightgbm_run(tmp_path, "binary", every=ROUNDS, params=params)
    found = records_of(run.folder)[-1].samples[0].y_score.ravel()
    np.testing.assert_allclose(found, -np.expm1(-predicted(ROUNDS)), rtol=1e-5)


class StopError(RuntimeError):
    """Raised in the fourth round; CatBoost makes an error of its own of it."""


def break_lightgbm(root: Path) -> None:
    def broken(env: Any) -> None:
        if env.iteration == 3:
            raise StopError

    broken.order = 40  # type: ignore[attr-defined]
    lightgbm_run(root, "binary", every=1, callbacks=[broken])


def break_xgboost(root: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")

    class Broken(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch == 3:
                raise StopError
            return False

    xgboost_run(root, "binary", every=1, callbacks=[Broken()])


def break_catboost(root: Path) -> None:
    class Broken:
        def after_iteration(self, info: Any) -> bool:
            if info.iteration == 4:
                raise StopError
            return True

    catboost_run(root, "binary", every=1, callbacks=[Broken()])


@pytest.mark.parametrize(
    ("broken", "error"),
    [(break_lightgbm, "StopError"), (break_xgboost, "StopError"), (break_catboost, "CatBoostError")],
)
def test_a_training_that_breaks_off_was_interrupted(tmp_path: Path, broken: Any, error: str) -> None:
    """An error of another callback ends the run with what was recorded before it."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - CatBoost's own error is no public name
        broken(tmp_path)
    assert raised.type.__name__ == error
    raised = None
    gc.collect()
    (folder,) = tmp_path.iterdir()
    assert len(records_of(folder)) == 4
    assert read_lines(folder)[-1].reason.startswith(("interrupted", "stopped by"))


def test_the_scikit_learn_classes_take_them_too(tmp_path: Path) -> None:
    """`LGBMClassifier` and `XGBClassifier`, with string labels and two evaluation sets; copies are not started."""
    pytest.importorskip("lightgbm", reason="needs lightgbm")
    from lightgbm import LGBMClassifier

    from recorder.lightgbm import RunCallback

    x, y, x_val, y_val = parts("binary")
    names = np.array(["benign", "malignant"])
    run = RunCallback(tmp_path, verbose=0, class_names=["benign", "malignant"])
    model = LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1)
    sets = [(x_val, names[y_val]), (x_val[:50], names[y_val[:50]])]
    model.fit(x, names[y], eval_set=sets, callbacks=[run])
    record = records_of(run.folder)[-1]
    assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {"valid_0": 200, "valid_1": 50}
    check_counts(record, run.folder, y_val, model.predict_proba(x_val)[:, 1], split="valid_0")
    assert copy.deepcopy(run).folder is None


def test_xgboosts_classes_and_margins(tmp_path: Path) -> None:
    """`XGBClassifier` of several labels, and an objective whose predictions are classes or margins."""
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")
    from recorder.xgboost import RunCallback

    x, y, x_val, y_val = parts("multiclass")
    rows, rows_val = (np.stack([each % 2 == 0, each > 4], axis=1).astype(int) for each in (y, y_val))
    run = RunCallback(tmp_path, verbose=0, val=(x_val, rows_val), kind="multilabel")
    model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1, callbacks=[run]).fit(x, rows)
    check_counts(records_of(run.folder)[-1], run.folder, rows_val, model.predict_proba(x_val))
    val = xgboost.DMatrix(x_val, label=y_val)
    hard, _ = xgboost_run(tmp_path, "multiclass", params={"objective": "multi:softmax", "num_class": 10})
    soft, predict = xgboost_run(tmp_path, "multiclass")
    np.testing.assert_array_equal(
        records_of(hard.folder)[-1].tallies[0].matrix, records_of(soft.folder)[-1].tallies[0].matrix
    )
    assert predict(1).shape == (val.num_row(), 10)


@pytest.mark.parametrize(("objective", "metric"), [("binary", "binary_logloss"), ("regression", "l2")])
def test_of_sets_of_one_name_the_first_is_recorded_and_it_is_said(tmp_path: Path, objective: str, metric: str) -> None:
    """LightGBM takes two sets "a"; counts and logs of that name are those of the first, and a warning says so."""
    lightgbm = pytest.importorskip("lightgbm", reason="needs lightgbm")
    from recorder.lightgbm import RunCallback

    x, y, x_val, y_val = parts("binary")
    train = lightgbm.Dataset(x, y)
    sets = [lightgbm.Dataset(x_val[:n], y_val[:n], reference=train) for n in (150, 60)]
    run, first = RunCallback(tmp_path, verbose=0), []
    callbacks = [run, lambda env: first.append(env.evaluation_result_list[0][2])]
    given = {"objective": objective, "verbose": -1, "num_threads": 1}
    with pytest.warns(RuntimeWarning, match="valid_names must differ"):
        lightgbm.train(given, train, 3, valid_sets=sets, valid_names=["a", "a"], callbacks=callbacks)
    records = records_of(run.folder)
    counted = [tally.histogram.sum() for record in records for tally in record.tallies]
    assert counted == [150] * 3 * (objective == "binary")
    assert [record.logs[f"a_{metric}"] for record in records] == first


def test_of_a_regression_the_logs_alone_are_recorded(tmp_path: Path) -> None:
    """No counts are made of numbers that are no probabilities."""
    run, _ = lightgbm_run(tmp_path, "binary", params={"objective": "regression"})
    with pytest.warns(RuntimeWarning, match="those of the objective reg:squarederror are no probabilities") as said:
        other, _ = xgboost_run(tmp_path, "binary", params={"objective": "reg:squarederror"})
    assert len(said) == 1, "of predictions that were asked for"
    for each, name in ((run, "val_l2"), (other, "val_rmse")):
        for record in records_of(each.folder):
            assert record.tallies == ()
            assert name in record.logs


def test_predictions_of_an_objective_of_ones_own_are_asked_about(tmp_path: Path) -> None:
    """Nothing tells whether they are probabilities: a warning says what is missing; XGBoost's are a regression's."""

    def log_loss(scores: Any, data: Any) -> Any:
        found = 1 / (1 + np.exp(-scores))
        return found - data.get_label(), found * (1 - found)

    with pytest.warns(RuntimeWarning, match=r"of your own are no probabilities.*from_logits=True") as said:
        run, _ = lightgbm_run(tmp_path, "binary", params={"objective": log_loss, "metric": "auc"})
    with pytest.warns(RuntimeWarning, match=r"are no probabilities.*from_logits=True") as also:
        other, _ = xgboost_run(tmp_path, "binary", params={"eval_metric": "auc"}, obj=log_loss)
    assert len(said) == len(also) == 1
    assert all(record.logs and not record.tallies for each in (run, other) for record in records_of(each.folder))


def test_a_training_that_evaluates_nothing_is_told_of_once(tmp_path: Path) -> None:
    """Without a validation set points hold their steps alone: a warning says what is missing."""
    lightgbm = pytest.importorskip("lightgbm", reason="needs lightgbm")
    from recorder.lightgbm import RunCallback

    x, y = load_breast_cancer(return_X_y=True)
    given = {"objective": "binary", "num_threads": 1, "verbose": -1}
    with pytest.warns(RuntimeWarning, match="the training was given no validation set") as said:
        lightgbm.train(given, lightgbm.Dataset(x, y), 3, callbacks=[RunCallback(tmp_path, verbose=0)])
    assert len(said) == 1


def test_predictions_that_nobody_hands_on_are_missed(tmp_path: Path) -> None:
    """A classifier of XGBoost without `val`, or of CatBoost without the metric, has logs, and one warning says why."""
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")
    catboost = pytest.importorskip("catboost", reason="needs catboost")
    from recorder.catboost import RunCallback as OfCatBoost
    from recorder.xgboost import RunCallback as OfXGBoost

    x, y, x_val, y_val = parts("binary")
    run = OfXGBoost(tmp_path, verbose=0)
    model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1, callbacks=[run])
    with pytest.warns(RuntimeWarning, match=r"RunCallback\(val=\(x_val, y_val\)\)") as said:
        model.fit(x, y, eval_set=[(x_val, y_val)], verbose=False)
    other = OfCatBoost(tmp_path, verbose=0)
    model = catboost.CatBoostClassifier(iterations=2, verbose=0, thread_count=1, allow_writing_files=False)
    with pytest.warns(RuntimeWarning, match=r"eval_metric=run\.metric of the classifier") as also:
        model.fit(x, y, eval_set=(x_val, y_val), callbacks=[other])
    other.end()
    assert len(said) == len([each for each in also if "epochreel" in str(each.message)]) == 1
    for each in (run, other):
        assert [(record.tallies, "val_loss" in record.logs) for record in records_of(each.folder)] == [((), True)] * 2
    with pytest.raises(ValueError, match=r"^labels of val must be numbers from 0.*Received: 'no'$"):
        OfXGBoost(tmp_path, val=(x_val, np.array(["no", "yes"])[y_val]))
