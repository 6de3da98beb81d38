"""A run has one writer: who else comes is told who it is, and the living are left alone."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from recorder.runfile import (
    BeginLine,
    RunBusyError,
    RunFileWriter,
    begin_line,
    disk,
    processes,
    read_lines,
    read_records,
)
from recorder.runfile.codec import encode_line, iso_time
from recorder.runfile.layout import claim_path, merged_parts, pending_parts

from ...apart import apart
from .run_files import assert_same, create, simple

WRITER = """
import sys
from pathlib import Path
from recorder.runfile import EpochRecord, RunBusyError, RunFileWriter, begin_line

folder, epoch = Path(sys.argv[1]), int(sys.argv[2])
sys.stdin.readline()  # all at once
try:
    writer = RunFileWriter.resume(folder, begin_line())
except RunBusyError as error:
    print(error, flush=True)
else:
    writer.append(EpochRecord(epoch=epoch, logs={"attempt": float(writer.attempt)}))
    print(writer.attempt, flush=True)
sys.stdin.readline()
"""


class Other:
    """Another process that resumes a run, records one epoch, and lives on until it is told to end."""

    def __init__(self, folder: Path, epoch: int = 0) -> None:
        command = [sys.executable, "-c", WRITER, str(folder), str(epoch)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def said(self) -> str:
        """The attempt it got, or why it got none."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def ended_run(root: Path, epochs: int = 3) -> Path:
    writer = create(root)
    for epoch in range(epochs):
        writer.append(simple(epoch))
    writer.close()
    return writer.folder


def begin_of(writer: RunFileWriter, **changes: object) -> BeginLine:
    (begin,) = [line for line in read_lines(writer.folder) if isinstance(line, BeginLine)]
    return msgspec.structs.replace(begin, **changes)


def rewritten(writer: RunFileWriter, **changes: object) -> Path:
    """A copy of a run that is under way, whose first attempt was begun by somebody else."""
    folder = writer.folder.with_name("copy")
    shutil.copytree(writer.folder, folder)
    _, *rest = (folder / "epochs.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "epochs.jsonl").write_bytes(encode_line(begin_of(writer, **changes)) + b"".join(rest))
    return folder


def test_of_two_resumes_at_once_one_writes_and_the_other_is_told(tmp_path: Path) -> None:
    """Of three processes that resume a run at the same moment one gets the next attempt; the others are told which."""
    folder = ended_run(tmp_path)
    others = [Other(folder, epoch=7) for _ in range(3)]
    for other in others:
        other.go()
    said = {other.pid: other.said() for other in others}
    for other in others:
        other.kill()
    (writer,) = [pid for pid, text in said.items() if text.isdigit()]
    assert said.pop(writer) == "1"
    for text in said.values():
        assert text.startswith("a run must have one writer at a time. Received: run, which process ")
        assert f" process {writer} on " in text
    assert [record.epoch for record in read_records(folder)] == [0, 1, 2, 7]


def test_a_living_writer_is_named_and_left_alone(tmp_path: Path) -> None:
    """While another process writes a run a resume raises, and changes none of its files."""
    folder = ended_run(tmp_path)
    other = Other(folder)
    other.go()
    assert other.said() == "1"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(RunBusyError, match=rf"^a run must have one .* which process {other.pid} on .* since 20"):
        RunFileWriter.resume(folder, begin_line())
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    other.kill()
    assert RunFileWriter.resume(folder, begin_line()).attempt == 2


def test_a_claim_of_a_dead_process_is_passed_over(tmp_path: Path) -> None:
    """A process that died between its claim and its first line, or in the middle of the claim, keeps nobody out."""
    folder = ended_run(tmp_path)
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (folder / "attempts").mkdir()
    claim = msgspec.structs.replace(begin_line(), attempt=1, pid=int(gone.stdout))
    claim_path(folder, 1).write_bytes(encode_line(claim))
    claim_path(folder, 2).write_bytes(b"")
    assert RunFileWriter.resume(folder, begin_line()).attempt == 3


@pytest.mark.parametrize("mark", [None, "another boot:12"], ids=["format 1.0", "format 1.2"])
def test_a_number_that_another_process_has_by_now_keeps_nobody_out(tmp_path: Path, mark: str | None) -> None:
    """A process that has the number of the run's dead writer, but began at another time, is not its writer."""
    writer = create(tmp_path)
    writer.append(simple(0))
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = rewritten(writer, pid=living.pid, process_started=12.0, process_mark=mark)
    try:
        assert RunFileWriter.resume(folder, begin_line()).attempt == 1
    finally:
        living.kill()
        living.communicate()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_a_living_writer_keeps_its_run_when_the_clock_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour forward or back, seen by the system as another time at which everything started: it is left alone."""
    folder = ended_run(tmp_path)
    other = Other(folder)
    other.go()
    assert other.said() == "1"
    booted = processes._booted()
    for jump in (3600, -3600):
        monkeypatch.setattr(processes, "_booted", lambda jump=jump: booted + jump)
        with pytest.raises(RunBusyError, match=f"which process {other.pid} on"):
            RunFileWriter.resume(folder, begin_line())
    other.kill()
    assert RunFileWriter.resume(folder, begin_line()).attempt == 2


@pytest.mark.parametrize(("silent", "merged"), [(60.0, False), (3_600.0, True)])
def test_what_a_writer_elsewhere_left_is_merged_when_it_was_silent_for_long(
    tmp_path: Path, silent: float, merged: bool
) -> None:
    """A process on another host cannot be asked: a resume goes on, and merges its parts only after 15 minutes."""
    writer = create(tmp_path)
    writer.append(simple(0))
    folder = rewritten(writer, host="elsewhere")
    then = iso_time(time.time() - silent)
    lines = [msgspec.structs.replace(line, time=then) for line in read_lines(folder)]
    (folder / "epochs.jsonl").write_bytes(b"".join(map(encode_line, lines)))
    assert RunFileWriter.resume(folder, begin_line()).attempt == 1
    assert bool(merged_parts(folder, "tallies")) == merged
    assert bool(pending_parts(folder)) != merged
    (record,) = read_records(folder)
    assert_same(record, replace(simple(0), time=record.time))


def test_a_later_writer_of_the_same_process_takes_over(tmp_path: Path) -> None:
    """A cell that is run again goes on as the next attempt; the earlier writer raises, and its end changes nothing."""
    first = create(tmp_path)
    first.append(simple(0))
    second = RunFileWriter.resume(first.folder, begin_line())
    with pytest.raises(RunBusyError, match="a run must have one writer at a time"):
        first.append(simple(1))
    first.close()
    second.append(simple(1))
    second.close()
    assert [line.attempt for line in read_lines(first.folder)] == [0, 0, 1, 1, 1]
    assert [record.epoch for record in read_records(first.folder)] == [0, 1]
    third = RunFileWriter.resume(first.folder, begin_line())
    third.close()
    assert third.attempt == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_does_not_write(tmp_path: Path) -> None:
    """A writer that came into a child by a fork refuses there, and its parent's run goes on."""
    apart(written_in_a_fork, tmp_path)


def written_in_a_fork(root: str) -> None:
    """Records, forks, and goes on."""
    writer = create(Path(root))
    writer.append(simple(0))
    queue = multiprocessing.get_context("fork").SimpleQueue()

    def child() -> None:
        try:
            writer.append(simple(1))
        except RunBusyError as error:
            queue.put(str(error))
        writer.close()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert f"which process {os.getpid()} on" in queue.get()
    writer.append(simple(1))
    assert [getattr(line, "epoch", None) for line in read_lines(writer.folder)] == [None, 0, 1]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_writer_is_not_copied(tmp_path: Path, copied: object) -> None:
    """Two of one writer would write one attempt: copying and pickling raise."""
    writer = create(tmp_path)
    with pytest.raises(TypeError, match=r"^a writer of a run must not be copied or pickled\. Received: that of run$"):
        copied(writer)


def test_a_run_can_be_found_only_when_it_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest comes after the first line: a resume between the two does not take a run for nobody's."""

    def full(*_: object, **__: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(disk, "write_whole", full)
    with pytest.raises(OSError, match="full"):
        create(tmp_path)
    assert len((tmp_path / "run" / "epochs.jsonl").read_bytes().splitlines()) == 1


def test_a_process_that_lives_on_holds_only_its_last_attempt(tmp_path: Path) -> None:
    """A notebook that began a run twice and ended it keeps nobody out, though its first attempt has no end."""
    first = create(tmp_path)
    first.append(simple(0))
    second = RunFileWriter.resume(first.folder, begin_line())
    second.append(simple(1))
    second.close()
    other = Other(first.folder, epoch=2)
    other.go()
    assert other.said() == "2"
    other.kill()


def test_a_resume_that_fails_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resume that a full disk stops after its claim takes that back: it neither keeps others out nor is counted."""
    folder = ended_run(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "append", full)
        with pytest.raises(OSError, match="full"):
            RunFileWriter.resume(folder, begin_line())
    other = Other(folder, epoch=3)
    other.go()
    assert other.said() == "1"
    other.kill()
