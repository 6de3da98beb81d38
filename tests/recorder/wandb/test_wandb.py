"""What a real wandb leaves of an offline run beside ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter

wandb = pytest.importorskip("wandb", reason="wandb is not installed")


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for what wandb writes."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    yield tmp_path
    wandb.teardown()


def left(folder: Path) -> tuple[list[dict[str, Any]], list[Any]]:
    """Rows of the history, and artifacts, as wandb's own messages have them."""
    from wandb.proto import wandb_internal_pb2

    from viewer.importers.wandb_file import records_in

    rows, artifacts = [], []
    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    for data in records_in(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if record.WhichOneof("record_type") == "history":
            items = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
            rows.append({name: value for name, value in items.items() if not name.startswith("_")})
        elif record.WhichOneof("record_type") == "artifact":
            artifacts.append(record.artifact)
    return rows, artifacts


def record(root: Path, tracker: Any, log: Any = None) -> Path:
    with RunWriter(root, name="baseline", trackers=[tracker]) as run:
        for step, scores in ((100, [0.9, 0.8, 0.1]), (250, [0.1, 0.8, 0.6]), (300, [0.1, 0.2, 0.3])):
            run.epoch(step=step, logs={"loss": 1 / step}, val=(np.array([0, 1, 1]), np.array(scores)))
            if log is not None:
                log(step)
    assert run.folder is not None
    return run.folder


def precision(tp: Any, fp: Any) -> Any:
    return tp / (tp + fp)


def test_formulas_are_in_the_history_and_the_run_is_an_artifact(offline: Path) -> None:
    """On an axis of their own; an undefined precision is left out; every file of the run is in the artifact."""
    from recorder.wandb import WandbTracker

    with wandb.init(project="p", dir=offline):
        folder = record(offline / "runs", WandbTracker({"val_precision": precision}))
    wandb.teardown()
    rows, artifacts = left(offline)
    assert rows == [
        {"epochreel/step": 100, "val_precision": 0.5},
        {"epochreel/step": 250, "val_precision": 1.0},
    ]
    (artifact,) = artifacts
    assert (artifact.name, artifact.type) == (folder.name, "epochreel-run")
    kept = {entry.path for entry in artifact.manifest.contents}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == files or not kept  # a long manifest stands in a file of its own


def test_steps_of_ones_own_are_not_overtaken(offline: Path) -> None:
    """`commit=False`: the values join the row that the user's own `log` ends."""
    from recorder.wandb import WandbTracker

    with wandb.init(project="p", dir=offline) as run:
        tracker = WandbTracker({"val_precision": precision}, run=run, artifact=False, commit=False, logs=True)
        record(offline / "runs", tracker, lambda step: run.log({"mine": step}))
    wandb.teardown()
    rows, artifacts = left(offline)
    assert [(row["epochreel/step"], row["mine"]) for row in rows] == [(100, 100), (250, 250), (300, 300)]
    assert [row.get("val_precision") for row in rows] == [0.5, 1.0, None]
    assert artifacts == []


def test_without_a_run_of_wandb_it_says_so(tmp_path: Path) -> None:
    """Before the first point."""
    from recorder.wandb import WandbTracker

    with pytest.raises(ValueError, match=r"^a run of wandb's must go on \(wandb.init\), or run= be given. Received: n"):
        record(tmp_path / "runs", WandbTracker())
