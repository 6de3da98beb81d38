"""The thread that reads for a table."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from recorder import RunWriter
from viewer.listing.answer import Question
from viewer.listing.background import Background
from viewer.listing.live import LiveRuns

PATIENCE = 60.0  # seconds for what takes a blink


class Told(LiveRuns):
    """Sets an event with every answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read, self.fails = threading.Event(), 0

    def step(self) -> bool:
        if self.fails:
            self.fails -= 1
            raise KeyError("a fault of ours")
        found = super().step()
        if not found and self.rows and self.rows[0].read:
            self.read.set()
        return found


def test_it_reads_what_is_asked_goes_on_after_a_fault_and_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody calls `step` but the thread; an error in a step is logged once; nothing is left behind."""
    with RunWriter(tmp_path, name="one") as writer:
        writer.epoch(0, logs={"loss": 0.5})
    earlier = set(threading.enumerate())
    live = Told(tmp_path)
    live.fails = 3
    reader = Background(live)
    asked = live.ask()
    asked.question, asked.visible = Question(columns=("loss",)), (0, 9)
    live.wanted.set()
    assert live.read.wait(PATIENCE)
    reader.close()
    assert asked.rows[0].value("loss") == 0.5
    assert [record.getMessage() for record in caplog.records] == ["the table of runs: KeyError: 'a fault of ours'"]
    assert "epochreel-runs" not in {thread.name for thread in set(threading.enumerate()) - earlier}
