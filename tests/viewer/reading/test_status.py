"""Whether a run still runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recorder import RunWriter
from recorder.runfile import BeginLine, EndLine, EpochLine
from recorder.runfile.codec import encode_line, from_iso, iso_time
from viewer.reading.status import status
from viewer.reading.table import RunTable
from viewer.run import Run

NOW = 2_000_000_000.0
TRAINING = """
import sys
from recorder import RunWriter
run = RunWriter(sys.argv[1], epochs=9)
run.epoch(0, logs={"loss": 1.0})
print(run.folder, flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_killed_leaves_an_interrupted_run(tmp_path: Path) -> None:
    """Running while the process lives, interrupted at once when it was killed; what was recorded is there."""
    command = [sys.executable, "-c", TRAINING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run = Run(process.stdout.readline().strip())
        assert run.status == "running"
        process.kill()
        process.wait()
    run.refresh()
    assert run.status == "interrupted"
    assert run.epoch_numbers.tolist() == [0]
    assert run.planned_epochs == 9


def test_a_process_that_lives_runs_however_long_it_is_silent(tmp_path: Path) -> None:
    """Its first epoch may take hours, and a line may come every twentieth; killed, it is interrupted."""
    command = [sys.executable, "-c", TRAINING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert status(RunTable(folder), now=time.time() + 30 * 24 * 3600) == "running"
        process.kill()
        process.wait()
    assert status(RunTable(folder), now=time.time()) == "interrupted"


@pytest.mark.parametrize("mark", [None, "another boot:1234"], ids=["format 1.0", "format 1.2"])
def test_a_number_of_a_process_that_another_has_now_is_no_sign_of_life(tmp_path: Path, mark: str | None) -> None:
    """The number is this test's, which lives; the start that was recorded is another one."""
    writer = RunWriter(tmp_path)
    lines = (writer.folder / "epochs.jsonl").read_bytes()
    begin = json.loads(lines)
    assert status(RunTable(writer.folder), now=time.time()) == "running"
    begin |= {"process_started": begin["process_started"] - 3600, "process_mark": mark}
    (writer.folder / "epochs.jsonl").write_text(json.dumps(begin) + "\n")
    assert status(RunTable(writer.folder), now=time.time()) == "interrupted"


def test_of_a_process_whose_start_was_not_recorded_silence_decides(tmp_path: Path) -> None:
    """As runs of earlier versions have it: the number may be another's, so that an old line is not taken for life."""
    writer = RunWriter(tmp_path)
    begin = json.loads((writer.folder / "epochs.jsonl").read_bytes())
    begin |= {"process_started": None, "process_mark": None}
    (writer.folder / "epochs.jsonl").write_text(json.dumps(begin) + "\n")
    assert status(RunTable(writer.folder), now=time.time()) == "running"
    assert status(RunTable(writer.folder), now=time.time() + 7200) == "interrupted"


def test_a_resumed_run_runs_again(tmp_path: Path) -> None:
    """The state is that of the latest attempt."""
    first = RunWriter(tmp_path, name="again")
    run = Run(first.folder)
    states = [run.status]
    first.close("stopped by KeyboardInterrupt")
    run.refresh()
    states.append(run.status)
    second = RunWriter(tmp_path, name="again", resume="must")
    run.refresh()
    states.append(run.status)
    second.close()
    run.refresh()
    assert [*states, run.status] == ["running", "interrupted", "running", "finished"]


@dataclass
class Lines:
    """Writes lines of a run on a host that cannot be asked."""

    folder: Path
    written: list[bytes] = field(default_factory=list)

    def begin(self, ago: float, attempt: int = 0) -> None:
        self._put(BeginLine(attempt=attempt, time=iso_time(NOW - ago), host="elsewhere.invalid", pid=1))

    def epoch(self, number: int, ago: float, attempt: int = 0, took: float = 1.0) -> None:
        self._put(EpochLine(attempt=attempt, epoch=number, time=iso_time(NOW - ago), seconds={"epoch": took}))

    def end(self, ago: float, attempt: int = 0, reason: str = "finished") -> None:
        self._put(EndLine(attempt=attempt, time=iso_time(NOW - ago), reason=reason))

    def status(self) -> str:
        (self.folder / "epochs.jsonl").write_bytes(b"".join(self.written))
        return status(RunTable(self.folder), now=NOW)

    def _put(self, line: BeginLine | EpochLine | EndLine) -> None:
        self.written.append(encode_line(line))


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    with RunWriter(tmp_path) as writer:
        return Lines(writer.folder)


@pytest.mark.parametrize(
    ("took", "ago", "expected"),
    [(1.0, 299, "running"), (1.0, 301, "interrupted"), (100.0, 999, "running"), (100.0, 1001, "interrupted")],
)
def test_on_another_host_silence_decides(lines: Lines, took: float, ago: float, expected: str) -> None:
    """After five minutes, or ten of its epochs where these are long."""
    lines.begin(ago=5000)
    for epoch in range(5):
        lines.epoch(epoch, ago + 4 - epoch, took=took)
    assert lines.status() == expected


@pytest.mark.parametrize(("ago", "expected"), [(3599, "running"), (3601, "interrupted")])
def test_before_the_first_epoch_an_hour_of_silence_is_not_too_long(lines: Lines, ago: float, expected: str) -> None:
    """Nobody knows yet how long an epoch takes."""
    lines.begin(ago=ago)
    assert lines.status() == expected


@pytest.mark.parametrize(("ago", "expected"), [(1999, "running"), (2001, "interrupted")])
def test_where_few_epochs_are_recorded_silence_may_last_as_many_times_longer(
    lines: Lines, ago: float, expected: str
) -> None:
    """Epochs of 10 s, every twentieth recorded: a line comes every 200 s."""
    lines.begin(ago=9000)
    for number in range(3):
        lines.epoch(19 + 20 * number, ago + 200 * (2 - number), took=10.0)
    assert lines.status() == expected


def test_the_last_sign_of_life_is_that_of_the_attempt_that_runs(lines: Lines) -> None:
    """An attempt that records earlier epochs again is alive, though the last epoch by number is old."""
    lines.begin(ago=9000)
    for epoch in range(10):
        lines.epoch(epoch, ago=8000)
    lines.begin(ago=4000, attempt=1)
    lines.epoch(3, ago=10, attempt=1)
    assert lines.status() == "running"


def test_an_end_line_ends_its_own_attempt(lines: Lines) -> None:
    """The first attempt's end says nothing about the second."""
    lines.begin(ago=9000)
    lines.end(ago=8000)
    assert lines.status() == "finished"
    lines.begin(ago=10, attempt=1)
    assert lines.status() == "running"
    lines.end(ago=5, attempt=1)
    assert lines.status() == "finished"


def test_a_run_whose_disk_failed_is_incomplete(lines: Lines) -> None:
    """A training that ended with epochs that the disk did not take is neither finished nor interrupted."""
    lines.begin(ago=10)
    lines.end(ago=5, reason="incomplete")
    assert lines.status() == "incomplete"
    lines.begin(ago=4, attempt=1)
    lines.end(ago=3, attempt=1, reason="stopped by ValueError, incomplete")
    assert lines.status() == "interrupted"


def test_a_run_without_a_line_is_no_error(lines: Lines) -> None:
    """A start that was killed at once, or is being made."""
    assert lines.status() == "interrupted"


def test_times_survive_the_disk() -> None:
    """What the state is computed from is exact to the microsecond."""
    assert from_iso(iso_time(NOW + 0.123456)) == pytest.approx(NOW + 0.123456, abs=1e-6)
