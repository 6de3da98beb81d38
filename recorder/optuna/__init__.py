"""Runs of Optuna's trials: parameters in `config`, one group a study, and pruned trials end as "pruned".

    from recorder.optuna import trial_settings

    def objective(trial):
        rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
        with RunWriter("runs", **trial_settings(trial)) as run:
            for epoch in range(20):
                ...
                run.epoch(epoch, val=(y_true, y_score))
                trial.report(score, epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned

`with RunRecorder("runs", **trial_settings(trial)) as recorder:` does the same around Keras's `fit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["trial_settings"]
NAMELESS = "no-name-"  # how Optuna begins the name of a study that was given none


def trial_settings(trial: Any, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`name`, `group` and `config` of the run of a trial, for `RunWriter` or `RunRecorder`.

    Call it once the parameters are suggested: those of which the trial does not know yet are not in it.

    Args:
        trial: `optuna.Trial`, or `optuna.trial.FixedTrial`, which belongs to no study and has no group.
        config: further settings; a parameter of the same name goes before.

    Returns:
        `name` is the study's and the number of the trial, `group` the study's name, `config` the parameters.
    """
    study = str(getattr(getattr(trial, "study", None), "study_name", ""))
    named = study if study and not study.startswith(NAMELESS) else "trial"
    return {"name": f"{named}-{trial.number}", "group": study, "config": {**(config or {}), **trial.params}}
