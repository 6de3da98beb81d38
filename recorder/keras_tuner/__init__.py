"""Runs of KerasTuner's trials: hyperparameters in `config`, one group a search.

from recorder.keras_tuner import TrialRecorder

tuner.search(x, y, validation_data=(xv, yv), epochs=20, callbacks=[TrialRecorder("runs")])
"""

from __future__ import annotations

from typing import Any

from ..keras.callback import RunRecorder
from ..keras.training_end import callback_list

__all__ = ["TrialRecorder"]


class TrialRecorder(RunRecorder):
    """A `RunRecorder` that knows the trial whose training it records; arguments as there.

    Each training of a search is a run: its `config` has the hyperparameters beside what was given, its `group` is the
    name of the project unless one was given, and its name that of the project and the trial. KerasTuner ends no
    training early of its own: what Hyperband does not promote has been trained for as many epochs as it was to be, and
    is finished. In a `fit` outside of a search it is a `RunRecorder`.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the run of the trial."""
        given = self._start
        for callback in getattr(callback_list(self), "callbacks", ()):
            trial: Any = getattr(callback, "trial", None)
            if hasattr(trial, "hyperparameters"):
                tuner = getattr(callback, "tuner", None)
                project = str(getattr(tuner, "project_name", "trial"))
                self._start = given | {
                    "name": given["name"] or f"{project}-{trial.trial_id}",
                    "group": given["group"] or project,
                    "config": {**(given["config"] or {}), **trial.hyperparameters.values},
                }
        try:
            super().on_train_begin(logs)
        finally:
            self._start = given
