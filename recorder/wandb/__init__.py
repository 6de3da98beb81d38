"""Chosen formulas in Weights & Biases beside a run, which becomes an artifact there. Offline runs too.

from recorder.wandb import WandbTracker

wandb.init(project="project")
with RunWriter("runs", trackers=[WandbTracker({"val_f1": f1})]) as run:
    ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb

from ..derived import Functions
from ..runfile import EpochRecord
from ..tracking import Tracker

__all__ = ["WandbTracker"]


class WandbTracker(Tracker):
    """Logs to a run of wandb's, on an axis of its own: `epochreel/epoch` or `epochreel/step`, the number of the point.

    Args:
        metrics: as in `Tracker`: `{"val_f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)}`.
        run: of wandb's; None for the one that goes on when the recording begins.
        logs: whether the logs of the run are logged too.
        artifact: whether the run's folder is attached at the end, of type `epochreel-run`.
        commit: whether each point ends a step of wandb's. False joins the values to what your own `wandb.log` ends
            next: where you give it steps of your own, which must not be overtaken.
    """

    def __init__(
        self,
        metrics: Functions | None = None,
        *,
        run: Any = None,
        logs: bool = False,
        artifact: bool = True,
        commit: bool = True,
    ) -> None:
        super().__init__(metrics, logs=logs)
        self._given, self._artifact, self._commit = run, artifact, commit
        self._run: Any = None
        self._defined: set[str] = set()

    def begin(self, folder: Path | None) -> None:
        """Finds wandb's run.

        Raises:
            ValueError: None goes on, and none was given.
        """
        self._run = wandb.run if self._given is None else self._given
        if self._run is None:
            raise ValueError("a run of wandb's must go on (wandb.init), or run= be given. Received: neither")

    def log(self, record: EpochRecord, values: Mapping[str, float]) -> None:
        """One row of its history."""
        axis = f"epochreel/{record.unit}"
        for name in [name for name in values if name not in self._defined]:
            self._run.define_metric(name, step_metric=axis)
            self._defined.add(name)
        self._run.log({axis: record.epoch, **values}, commit=self._commit)

    def end(self, folder: Path | None) -> None:
        """Attaches the folder."""
        if self._artifact and folder is not None:
            artifact = wandb.Artifact(re.sub(r"[^A-Za-z0-9._-]", "-", folder.name)[-128:], type="epochreel-run")
            artifact.add_dir(str(folder))
            self._run.log_artifact(artifact)
