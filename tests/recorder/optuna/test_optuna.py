"""Trials of real studies of Optuna as runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.ending import end_reason
from recorder.optuna import trial_settings

optuna = pytest.importorskip("optuna", reason="optuna is not installed")


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def searched(root: Path, **study: Any) -> dict[str, Any]:
    """Four trials: two whole ones, one that is pruned, and one that fails; their states by number."""

    def objective(trial: Any) -> float:
        trial.suggest_float("rate", 0, 1)
        trial.suggest_categorical("name", ["a", None])
        with RunWriter(root, **trial_settings(trial, {"seed": 3})) as run:
            for epoch in range(3):
                run.epoch(epoch, val=(np.array([0, 1, 1]), np.array([0.2, 0.7, 0.4])))
                trial.report(float(trial.number == 2), epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned
                if trial.number == 3:
                    raise OSError("no more data")
        return 0.0

    made = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.5), **study)
    made.optimize(objective, n_trials=4, catch=OSError)
    return {trial.number: trial for trial in made.trials}


def test_each_trial_is_a_run_of_the_study(tmp_path: Path) -> None:
    """Its parameters are in `config`, its state is Optuna's own word for it."""
    trials = searched(tmp_path, study_name="wide")
    runs = {run.name: run for run in viewer.open_runs(tmp_path)}
    assert set(runs) == {f"wide-{number}" for number in trials}
    states = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "interrupted"}
    for number, trial in trials.items():
        run = runs[f"wide-{number}"]
        assert run.manifest.group == "wide"
        assert run.manifest.config == trial.params | {"seed": 3}
        assert run.status == states[trial.state.name]
    assert len(runs["wide-2"].epoch_numbers) == 1


def test_a_study_without_a_name_is_a_group_all_the_same(tmp_path: Path) -> None:
    """The name that Optuna makes up is the group, and in no run's name."""
    searched(tmp_path)
    runs = viewer.open_runs(tmp_path)
    assert len({run.manifest.group for run in runs}) == 1
    assert sorted(run.name for run in runs) == [f"trial-{number}" for number in range(4)]


def test_a_fixed_trial_is_of_no_study() -> None:
    """As one tries an objective with parameters of one's own."""
    trial = optuna.trial.FixedTrial({"rate": 0.5})
    trial.suggest_float("rate", 0, 1)
    assert trial_settings(trial) == {"name": "trial-0", "group": "", "config": {"rate": 0.5}}


def test_a_fit_of_keras_that_is_pruned_says_so(tmp_path: Path) -> None:
    """`with RunRecorder(...)` knows by what the block is left; the epochs until then are there."""
    import keras

    from recorder import ConfusionTally, RunRecorder

    def objective(trial: Any) -> float:
        class Prune(keras.callbacks.Callback):
            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                if trial.number and epoch == 1:
                    raise optuna.TrialPruned

        model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=[ConfusionTally()])
        with RunRecorder(tmp_path, verbose=0, **trial_settings(trial)) as recorder:
            model.fit(np.zeros((4, 1)), np.array([0, 1, 0, 1]), epochs=3, verbose=0, callbacks=[recorder, Prune()])
        return 0.0

    optuna.create_study(study_name="fits").optimize(objective, n_trials=2)
    runs = {run.name: run for run in viewer.open_runs(tmp_path)}
    assert [(runs[name].status, len(runs[name].epoch_numbers)) for name in ("fits-0", "fits-1")] == [
        ("finished", 3),
        ("pruned", 2),
    ]


@pytest.mark.parametrize(("kind", "reason"), [(None, "finished"), (KeyboardInterrupt, "stopped by KeyboardInterrupt")])
def test_other_ends_are_what_they_were(kind: Any, reason: str) -> None:
    """Only a pruned trial is pruned, a subclass of it too."""
    assert end_reason(kind) == reason
    assert end_reason(type("Mine", (optuna.TrialPruned,), {})) == "pruned"
