"""Trials of real searches of KerasTuner as runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer

keras_tuner = pytest.importorskip("keras_tuner", reason="keras_tuner is not installed")


def network(hp: Any) -> Any:
    import keras

    from recorder import ConfusionTally

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    rate = hp.Float("rate", 1e-3, 1.0)
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", metrics=[ConfusionTally()])
    return model


def search(tuner: Any, recorder: Any, epochs: int) -> None:
    x, y = np.linspace(-1, 1, 8)[:, None], np.array([0, 1] * 4)
    tuner.search(x, y, validation_data=(x, y), epochs=epochs, verbose=0, callbacks=[recorder])


@pytest.mark.campaign
def test_each_training_is_a_run_with_its_hyperparameters(tmp_path: Path) -> None:
    """Of one group; two executions of a trial are two runs of its name."""
    from recorder.keras_tuner import TrialRecorder

    where = {"directory": tmp_path / "tuner", "project_name": "project", "executions_per_trial": 2}
    tuner = keras_tuner.RandomSearch(network, "val_loss", max_trials=2, **where)
    search(tuner, TrialRecorder(tmp_path / "runs", config={"seed": 0}, verbose=0), epochs=2)
    runs = viewer.open_runs(tmp_path / "runs")
    trials = {f"project-{key}": trial.hyperparameters.values for key, trial in tuner.oracle.trials.items()}
    assert sorted(run.name for run in runs) == sorted([*trials, *trials])
    for run in runs:
        assert run.manifest.group == "project"
        assert run.manifest.config == trials[run.name] | {"seed": 0}
        assert (run.status, len(run.epoch_numbers), run.splits()) == ("finished", 2, ["train", "val"])


@pytest.mark.campaign
def test_hyperband_says_how_far_a_trial_was_trained(tmp_path: Path) -> None:
    """Its `tuner/epochs` is in `config`; a group of one's own stays."""
    from recorder.keras_tuner import TrialRecorder

    tuner = keras_tuner.Hyperband(
        network, "val_loss", max_epochs=2, factor=2, hyperband_iterations=1, directory=tmp_path / "tuner", seed=0
    )
    search(tuner, TrialRecorder(tmp_path / "runs", group="mine", verbose=0), epochs=2)
    runs = viewer.open_runs(tmp_path / "runs")
    assert len(runs) == len(tuner.oracle.trials)
    for run in runs:
        trained = run.manifest.config["tuner/epochs"] - run.manifest.config["tuner/initial_epoch"]
        assert (run.manifest.group, run.status, len(run.epoch_numbers)) == ("mine", "finished", trained)


def test_a_fit_outside_of_a_search_is_a_run_as_ever(tmp_path: Path) -> None:
    """Nothing of a trial is made up."""
    from recorder.keras_tuner import TrialRecorder

    recorder = TrialRecorder(tmp_path, name="alone", verbose=0)
    network(keras_tuner.HyperParameters()).fit(np.zeros((4, 1)), np.ones(4), verbose=0, callbacks=[recorder])
    (run,) = viewer.open_runs(tmp_path)
    assert (run.name, run.manifest.group, run.manifest.config) == ("alone", "", {})
