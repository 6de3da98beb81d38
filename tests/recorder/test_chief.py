"""Which process writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recorder import Counts, RunWriter
from recorder.chief import is_chief


def cluster(role: str, index: int, *roles: str) -> str:
    """A TF_CONFIG."""
    hosts = {name: ["a:1"] for name in roles or ["worker"]}
    return json.dumps({"cluster": hosts, "task": {"type": role, "index": index}})


@pytest.mark.parametrize(
    ("environment", "chief"),
    [
        ({}, True),
        ({"RANK": "0", "WORLD_SIZE": "2"}, True),
        ({"RANK": "1", "WORLD_SIZE": "2"}, False),
        ({"RANK": "1", "WORLD_SIZE": "1"}, True),
        ({"RANK": "1"}, True),
        ({"RANK": "one", "WORLD_SIZE": "2"}, True),
        ({"TF_CONFIG": cluster("worker", 0)}, True),
        ({"TF_CONFIG": cluster("worker", 1)}, False),
        ({"TF_CONFIG": cluster("worker", 0, "worker", "chief")}, False),
        ({"TF_CONFIG": cluster("chief", 0, "worker", "chief")}, True),
        ({"TF_CONFIG": cluster("ps", 0, "worker", "ps")}, False),
        ({"TF_CONFIG": "no JSON"}, True),
        ({"TF_CONFIG": "[]"}, True),
    ],
)
def test_the_environment_says_who_writes(monkeypatch: Any, environment: dict[str, str], chief: bool) -> None:
    """What torchrun and TensorFlow's cluster set; what says nothing clear leaves a process its own chief."""
    for name in ("RANK", "WORLD_SIZE", "TF_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace())
    monkeypatch.delitem(sys.modules, "torch.distributed", raising=False)
    assert is_chief() == chief


def test_another_rank_writes_nothing_and_takes_part(tmp_path: Path, monkeypatch: Any) -> None:
    """A RunWriter of rank 1 makes no folder, asks tallies for their counts all the same, and may be told otherwise."""
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    asked = []

    class Asked(Counts):
        def counted(self, split: str, *, max_samples: int = 9) -> Any:
            asked.append(split)
            return super().counted(split, max_samples=max_samples)

    counts = Asked("binary")
    counts.update([0, 1], [0.2, 0.9])
    with RunWriter(tmp_path / "runs") as run:
        run.epoch(0, logs={"loss": 1.0}, val=counts, train=([0, 1], [0.1, 0.9]))
        assert run.folder is None
        assert repr(run) == "RunWriter(not started)"
    assert asked == ["val"]
    assert not (tmp_path / "runs").exists()
    with RunWriter(tmp_path / "own", chief=True) as run:
        run.epoch(0, logs={"loss": 1.0})
    assert run.folder is not None


def test_a_rank_that_shows_late_stops_writing(tmp_path: Path, monkeypatch: Any) -> None:
    """Where processes find each other after the writer was made, a warning says so, and nothing more is written."""
    run = RunWriter(tmp_path)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(RuntimeWarning, match="another process writes the run"):
        run.epoch(0, logs={"loss": 1.0})
    run.epoch(1, logs={"loss": 1.0})
    run.close()
    assert '"event":"epoch"' not in (run.folder / "epochs.jsonl").read_text()


def test_counts_that_were_not_reset_are_told_of(tmp_path: Path) -> None:
    """Counts recorded twice without a reset hold both epochs: one warning says so."""
    counts = Counts("binary")
    with RunWriter(tmp_path) as run:
        for epoch in range(2):
            counts.update([0, 1], [0.2, 0.9])
            run.epoch(epoch, val=counts)
            counts.reset()
        counts.update([0, 1], [0.2, 0.9])
        run.epoch(2, val=counts)
        with pytest.warns(RuntimeWarning, match=r"val holds what it held before, and more: reset\(\) it"):
            run.epoch(3, val=counts)
