"""Whether the process that writes a run lives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.runfile import BeginLine, process_lives, process_started, processes, read_lines
from recorder.runfile.processes import process_mark
from recorder.starting import start_run

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")


@linux
def test_a_process_started_before_now_and_says_the_same_twice() -> None:
    """The start of this process is in the past, after boot, and stays what it is."""
    started = process_started()
    assert 0 < time.time() - started < 100_000
    assert process_started(os.getpid()) == started
    assert process_started(2**22 + 1) is None


@linux
def test_a_number_that_is_used_again_is_another_process() -> None:
    """A living process is taken for that of a run only if it started when the run's did."""
    assert process_lives(os.getpid(), process_started()) is True
    assert process_lives(os.getpid(), process_started() - 3600) is False
    assert process_lives(os.getpid()) is True, "a run that does not say when: the number decides"


@linux
@pytest.mark.parametrize("jump", [3600.0, -86_400.0])
def test_a_clock_that_is_set_ends_nobody(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """The system's idea of when it booted moves with its clock, and with it when a process started; its mark stays."""
    started, mark, booted = process_started(), process_mark(), processes._booted()
    monkeypatch.setattr(processes, "_booted", lambda: booted + jump)
    assert process_lives(os.getpid(), started, mark) is True
    assert process_lives(os.getpid(), started) is False, "as format 1.0 has it"
    assert process_lives(os.getpid(), started, "another boot:1") is False


@linux
def test_a_process_that_ended_does_not_live() -> None:
    """A child lives while it waits, and no more once it has ended: neither as a zombie nor when it is gone."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    started = process_started(child.pid)
    assert process_lives(child.pid, started) is True
    child.stdin.close()
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
    assert process_lives(child.pid, started) is False
    child.wait()
    assert process_lives(child.pid, started) is False


@linux
def test_a_start_says_when_its_process_started(tmp_path: Path) -> None:
    """The begin line of a run has the time, so that a viewer can ask."""
    (line,) = read_lines(start_run(tmp_path).folder)
    assert isinstance(line, BeginLine)
    assert process_lives(line.pid, line.process_started, line.process_mark) is True
    assert line.process_mark == process_mark()
