"""Chosen formulas in MLflow beside a run, which becomes an artifact of MLflow's.

from recorder.mlflow import MlflowTracker

with mlflow.start_run():
    with RunWriter("runs", trackers=[MlflowTracker({"val_f1": f1})]) as run:
        ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import mlflow
from mlflow.entities import Metric

from ..derived import Functions
from ..runfile import EpochRecord
from ..tracking import Tracker

__all__ = ["MlflowTracker"]

REFUSED = re.compile(r"[^\w.\- :/]")  # in the name of a metric, by MLflow
AT_ONCE = 1_000  # metrics that MLflow takes together


class MlflowTracker(Tracker):
    """Logs to a run of MLflow's; the step is the number of the point.

    What MLflow takes in no name, such as the `@` of `val_f1@0.3`, is `_` there, once more where two would be alike.

    Args:
        metrics: as in `Tracker`: `{"val_f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)}`.
        run_id: of MLflow's run; None for the one that is active when the recording begins.
        logs: whether the logs of the run are logged too.
        artifact: whether the run's folder is attached at the end, under its name.
    """

    def __init__(
        self, metrics: Functions | None = None, *, run_id: str | None = None, logs: bool = False, artifact: bool = True
    ) -> None:
        super().__init__(metrics, logs=logs)
        self._given, self._artifact = run_id, artifact
        self._run_id, self._names = "", dict[str, str]()

    def begin(self, folder: Path | None) -> None:
        """Finds MLflow's run.

        Raises:
            ValueError: None is active, and none was named.
        """
        active = mlflow.active_run()
        if self._given is None and active is None:
            raise ValueError("a run of MLflow's must be active, or run_id= given. Received: neither")
        self._run_id = active.info.run_id if self._given is None else self._given

    def log(self, record: EpochRecord, values: Mapping[str, float]) -> None:
        """One batch of metrics."""
        time, called = int(record.time * 1000), self._called(values)
        metrics = [Metric(called[name], value, time, record.epoch) for name, value in values.items()]
        for first in range(0, len(metrics), AT_ONCE):
            mlflow.MlflowClient().log_batch(self._run_id, metrics=metrics[first : first + AT_ONCE])

    def _called(self, names: Iterable[str]) -> dict[str, str]:
        """By name how MLflow calls it: no two alike, and each the same at every point."""
        new = [name for name in names if name not in self._names]
        for name in sorted(new, key=lambda one: REFUSED.search(one) is not None):  # what it takes keeps its name
            taken, called = set(self._names.values()), REFUSED.sub("_", name)
            while called in taken:
                called += "_"
            self._names[name] = called
        return self._names

    def end(self, folder: Path | None) -> None:
        """Attaches the folder."""
        if self._artifact and folder is not None:
            mlflow.MlflowClient().log_artifacts(self._run_id, str(folder), artifact_path=folder.name)
