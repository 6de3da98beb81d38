"""What a real MLflow holds beside a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from recorder.runfile import committed, read_lines

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Of a store of this test's own."""
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    yield mlflow.MlflowClient()
    mlflow.end_run()


def record(root: Path, *trackers: Any) -> Path:
    with RunWriter(root, name="baseline", trackers=trackers) as run:
        run.epoch(step=100, logs={"loss": 2.0}, val=(np.array([0, 1, 1]), np.array([0.9, 0.8, 0.1])))
        run.epoch(step=250, val=(np.array([0, 1, 1]), np.array([0.1, 0.8, 0.6])))
        run.epoch(step=300, val=(np.array([0, 1]), np.array([0.1, 0.2])))
    assert run.folder is not None
    return run.folder


def test_formulas_are_metrics_and_the_run_is_an_artifact(client: Any, tmp_path: Path) -> None:
    """At the steps of the points; an undefined precision is left out; the artifact is a run that can be read."""
    from recorder.mlflow import MlflowTracker

    mlflow.set_experiment(experiment_id=client.create_experiment("e", str(tmp_path / "artifacts")))
    with mlflow.start_run() as active:
        folder = record(tmp_path / "runs", MlflowTracker({"val_precision": lambda tp, fp: tp / (tp + fp)}))
    run_id = active.info.run_id
    history = client.get_metric_history(run_id, "val_precision")
    assert [(metric.step, metric.value) for metric in history] == [(100, 0.5), (250, 1.0)]
    assert client.get_metric_history(run_id, "loss") == []
    kept = Path(client.download_artifacts(run_id, folder.name))
    assert committed(read_lines(kept, faults=[])).keys() == committed(read_lines(folder, faults=[])).keys()
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(kept) for path in kept.rglob("*") if path.is_file()} == names


def test_a_run_may_be_named_and_logs_go_along(client: Any, tmp_path: Path) -> None:
    """`run_id=`, with no run active; no artifact where none is wanted."""
    from recorder.mlflow import MlflowTracker

    run_id = client.create_run("0").info.run_id
    record(tmp_path / "runs", MlflowTracker(run_id=run_id, logs=True, artifact=False))
    assert [(metric.step, metric.value) for metric in client.get_metric_history(run_id, "loss")] == [(100, 2.0)]


def test_without_a_run_of_mlflow_it_says_so(client: Any, tmp_path: Path) -> None:
    """Before the first point."""
    from recorder.mlflow import MlflowTracker

    with pytest.raises(ValueError, match=r"^a run of MLflow's must be active, or run_id= given. Received: neither$"):
        record(tmp_path / "runs", MlflowTracker())


def test_names_that_mlflow_refuses_cost_no_other_value(client: Any, tmp_path: Path) -> None:
    """`val_f1@0.5` is `val_f1_0.5` there; of more metrics than MLflow takes at once all come."""
    from recorder.mlflow import MlflowTracker

    run_id = client.create_run("0").info.run_id
    tracker = MlflowTracker({"val_hits@0.5": lambda tp: tp}, run_id=run_id, logs=True, artifact=False)
    with RunWriter(tmp_path / "runs", trackers=[tracker]) as run:
        logs = {f"log {number}": float(number) for number in range(1_100)}
        run.epoch(0, logs=logs, val=(np.array([0, 1, 1]), np.array([0.9, 0.8, 0.1])))
    kept = client.get_run(run_id).data.metrics
    assert kept == {"val_hits_0.5": 1.0} | logs


def test_names_that_are_alike_in_mlflow_stay_two_metrics(client: Any, tmp_path: Path) -> None:
    """What MLflow takes keeps its name; of the others each has its own, at every point the same."""
    from recorder.mlflow import MlflowTracker

    run_id = client.create_run("0").info.run_id
    tracker = MlflowTracker(
        {"val_a@1": lambda tp: tp, "val_a#1": lambda fp: -fp}, run_id=run_id, logs=True, artifact=False
    )
    with RunWriter(tmp_path / "runs", trackers=[tracker]) as run:
        for epoch in range(2):
            run.epoch(epoch, logs={"val_a_1": 7.0}, val=(np.array([0, 1, 1]), np.array([0.9, 0.8, 0.9])))
    assert client.get_run(run_id).data.metrics == {"val_a_1": 7.0, "val_a_1_": 2.0, "val_a_1__": -1.0}
    assert len(client.get_metric_history(run_id, "val_a_1_")) == 2
