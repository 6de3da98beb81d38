"""Processes that start runs of one name at the same instant: no two write one attempt, nothing is left half made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.runfile import read_records

from ..conftest import Effort
from .conftest import Figures

RACER = """
import sys
from recorder import RunWriter
from recorder.runfile import RunBusyError

print("ready", flush=True)
for line in sys.stdin:
    root, resume, first = line.split()
    try:
        run = RunWriter(root, name="same", resume=resume)
    except RunBusyError as error:
        print("busy", flush=True)
        run = None
    else:
        for epoch in range(int(first), int(first) + 3):
            run.epoch(epoch, logs={"loss": float(epoch)}, val=([0, 1, 1], [0.1, 0.8, 0.4]))
        print(run.folder.name, run._writer.attempt, flush=True)
    sys.stdin.readline()
    if run is not None:
        run.close()
    print("closed", flush=True)
"""


class Racer:
    """Another process, which starts a run whenever it is told to, and holds it until it is told to end it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RACER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, *words: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def racers(effort: Effort) -> Iterator[list[Racer]]:
    """Three of them, or six."""
    started = [Racer() for _ in range(3 if effort(0, 100) < 50 else 6)]
    assert {racer.said() for racer in started} == {"ready"}
    yield started
    for racer in started:
        racer.process.kill()
        racer.process.communicate()


def race(racers: list[Racer], root: Path, resume: str, first: int = 0) -> list[str]:
    """What each got that starts at the same instant; then all end."""
    for racer in racers:
        racer.say(root, resume, first)
    got = [racer.said() for racer in racers]
    for racer in racers:
        racer.say()
        assert racer.said() == "closed"
    return got


def test_runs_of_one_name_that_start_at_once(
    tmp_path: Path, racers: list[Racer], effort: Effort, figures: Figures
) -> None:
    """`resume="never"`: a run each. "allow": the run of that name goes on once; who comes second is told so."""
    rounds, refused = effort(3, 300), 0
    for number in range(rounds):
        apart, together = tmp_path / f"{number}-never", tmp_path / f"{number}-allow"
        got = race(racers, apart, "never")
        assert len({text.split()[0] for text in got}) == len(racers)
        first = race(racers, together, "allow")
        won = [text for text in first if text != "busy"]
        assert won
        assert len(set(won)) == len(won), "no attempt twice"
        again = race(racers, together, "allow", first=3)
        assert sorted(text == "busy" for text in again) == [False] + [True] * (len(racers) - 1), again
        refused += first.count("busy") + again.count("busy")
        for folder in (*apart.iterdir(), *together.iterdir()):
            records = read_records(folder)
            assert [record.epoch for record in records] in ([0, 1, 2], [0, 1, 2, 3, 4, 5])
            assert all(len(record.tallies) == 1 for record in records)
            assert not list((folder / "pending").iterdir())
    figures(starts=3 * rounds * len(racers), refused=refused, attempts_twice=0, lost=0)
