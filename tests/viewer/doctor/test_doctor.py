"""What is wrong with a run is found, said and mended in a copy; the run itself is never touched."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from recorder.runfile import EpochRecord, RunFileWriter, begin_line, committed, read_lines, read_records
from tests.commands import invoke
from viewer.doctor import examine, repair, verify

from ...recorder.runfile.run_files import killed

GOLDEN = Path(__file__).parents[2] / "golden"
RUNS = sorted(path.with_suffix("") for path in GOLDEN.glob("*/*.json"))
EPOCHS = 66
TALLIES, SAMPLES, LINES = "tallies/000000-000063-a0.parquet", "samples/000000-000041-a0.parquet", "epochs.jsonl"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ended, all of it merged."""
    return recorded(tmp_path_factory.mktemp("whole"), close=True)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without an end, its process long gone, and long ago."""
    folder = recorded(tmp_path_factory.mktemp("stopped"), close=False)
    (folder / LINES).write_bytes(long_ago((folder / LINES).read_bytes()))
    return folder


def long_ago(lines: bytes) -> bytes:
    """Such lines as a process wrote them that is gone for years."""
    lines = re.sub(rb'"time":"....', b'"time":"2020', lines)
    lines = re.sub(rb'"process_mark":"[^"]*"', b'"process_mark":null', lines)
    return re.sub(rb'"pid":\d+,"process_started":[\d.]+', b'"pid":%d,"process_started":1.0' % (2**22 + 1), lines)


def recorded(root: Path, *, close: bool) -> Path:
    rng = np.random.default_rng(0)
    run = RunWriter(root, name="seen", thresholds=[0.25, 0.5, 0.75], epochs=EPOCHS)
    for epoch in range(EPOCHS):
        arrays = rng.integers(0, 2, 9), rng.random(9)
        for merger in run._writer._writer._parts.mergers.values():
            merger.wait()
        run.epoch(epoch, logs={"loss": 1 / (epoch + 1)}, val=arrays, observed={"step": np.array(epoch)})
    if close:
        run.close()
    else:
        killed(run)
    assert run.folder is not None
    return run.folder


def copied(run: Path, root: Path) -> Path:
    shutil.copytree(run, root / run.name)
    return root / run.name


def said(folder: Path) -> dict[str, str]:
    """Codes of what is found, and how grave it is."""
    return {finding.code: "fault" if finding.fault else "note" for finding in examine(folder).findings}


def state_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Every byte and time of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


def edit_lines(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = folder / LINES
    path.write_bytes(b"\n".join(change(path.read_bytes().split(b"\n"))))


def swapped(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    make(path)


def flip_middle(folder: Path) -> None:
    flip(folder / TALLIES, 8 * 900)


def cut_samples(folder: Path) -> None:
    (folder / SAMPLES).write_bytes((folder / SAMPLES).read_bytes()[:300])


def break_a_line(folder: Path) -> None:
    edit_lines(folder, lambda lines: [*lines[:5], lines[5][:40], *lines[6:]])


def alter_a_count(folder: Path) -> None:
    edit_lines(folder, lambda lines: [*lines[:5], lines[5].replace(b'"tp":', b'"tp":1'), *lines[6:]])


def tear_the_last_line(folder: Path) -> None:
    (folder / LINES).write_bytes((folder / LINES).read_bytes()[:-9])


CASES: dict[str, tuple[str, Callable[[Path], object], dict[str, str]]] = {
    "nothing": ("whole", lambda folder: None, {}),
    "a bit is flipped": ("whole", flip_middle, {"damaged-part": "fault"}),
    "a part is cut": ("whole", cut_samples, {"damaged-part": "fault"}),
    "a part is missing": ("whole", lambda folder: (folder / TALLIES).unlink(), {"missing-part": "fault"}),
    "parts come late": ("whole", lambda folder: shutil.rmtree(folder / "samples"), {"missing-part": "fault"}),
    "a pipe": ("whole", lambda folder: swapped(folder, TALLIES, os.mkfifo), {"unreadable-part": "fault"}),
    "a link": (
        "whole",
        lambda folder: swapped(folder, TALLIES, lambda path: path.symlink_to("/dev/zero")),
        {"unreadable-part": "fault"},
    ),
    "a file for a folder": (
        "whole",
        lambda folder: swapped(folder, "tallies", Path.touch),
        {"unreadable-part": "fault", "missing-part": "fault"},
    ),
    "a broken line": ("whole", break_a_line, {"broken-line": "fault", "line-lost": "note"}),
    "another count": ("whole", alter_a_count, {"counts-differ": "fault"}),
    "no lines": ("whole", lambda folder: (folder / LINES).write_bytes(b""), {"no-lines": "fault"}),
    "no list": ("whole", lambda folder: (folder / LINES).unlink(), {"no-lines": "fault"}),
    "no manifest": ("whole", lambda folder: (folder / "run.json").unlink(), {"manifest": "fault"}),
    "half a manifest": ("whole", lambda folder: (folder / "run.json").write_bytes(b"{"), {"manifest": "fault"}),
    "killed": ("stopped", lambda folder: None, {"interrupted": "note", "unmerged": "note"}),
    "a torn line": (
        "stopped",
        tear_the_last_line,
        {"torn-line": "note", "interrupted": "note", "unmerged": "note", "uncommitted": "note"},
    ),
    "a temporary file": (
        "stopped",
        lambda folder: (folder / "pending" / ".000001-a0.tallies.parquet.tmp").write_bytes(b"x"),
        {"leftover": "note", "interrupted": "note", "unmerged": "note"},
    ),
}
MENDABLE = [name for name in CASES if "manifest" not in name and name not in ("no lines", "no list", "another count")]


def made(case: str, request: pytest.FixtureRequest, root: Path) -> tuple[Path, dict[str, str]]:
    which, damage, expected = CASES[case]
    folder = copied(request.getfixturevalue(which), root)
    for path in folder.rglob(".*.tmp"):
        path.unlink()  # what is being written at the moment, of a run that has no end
    damage(folder)
    return folder, expected


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said(case: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each kind of damage has its finding and no other; the exit code is 1 where it is a fault; nothing is changed."""
    folder, expected = made(case, request, tmp_path)
    before = state_of(folder)
    assert said(folder) == expected
    result = invoke(["doctor", str(folder), "--format", "json"])
    (found,) = json.loads(result.stdout)
    assert found["ok"] == ("fault" not in expected.values())
    assert result.exit_code == int(not found["ok"])
    assert {finding["code"] for finding in found["findings"]} == expected.keys()
    text = invoke(["doctor", str(folder)]).stdout
    for finding in found["findings"]:
        assert finding["what"] in text
        assert finding["means"]
    assert state_of(folder) == before


@pytest.mark.parametrize("case", MENDABLE)
def test_a_copy_is_mended(case: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The copy has nothing wrong, all that was sound, and its checksums; the original keeps every byte."""
    folder, _ = made(case, request, tmp_path / "runs")
    before = state_of(folder)
    lost = examine(folder).lost
    copy = repair(folder, tmp_path / "mended").folder
    assert state_of(folder) == before
    assert examine(copy).ok
    assert {one.state for one in verify(copy).checked} <= {"as recorded"}
    assert not list(copy.rglob(".*"))
    first, second = viewer.open_run(folder), viewer.open_run(copy)
    both = np.isin(second.epoch_numbers, first.epoch_numbers)
    np.testing.assert_array_equal(first.epoch_numbers, second.epoch_numbers[both])
    np.testing.assert_array_equal(first.logs["loss"], second.logs["loss"][both])
    sound = [epoch not in {epoch for _, epoch in lost["tallies"]} for epoch in first.epoch_numbers.tolist()]
    if any(sound):
        np.testing.assert_array_equal(
            first.values("precision", threshold=0.25)[sound], second.values("precision", threshold=0.25)[both][sound]
        )
    assert not second.faults


@pytest.mark.parametrize("case", ["no manifest", "half a manifest", "no lines"])
def test_what_cannot_be_mended_is_refused(case: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """One sentence, and no copy is begun."""
    folder, _ = made(case, request, tmp_path)
    with pytest.raises(ValueError, match="a run needs its manifest and lines to be mended"):
        repair(folder, tmp_path / "mended")
    assert not (tmp_path / "mended").exists()


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three attempts, each after the other hidden in part, of three classes and of logs in between."""
    root, rng = tmp_path_factory.mktemp("several"), np.random.default_rng(1)
    for first in (0, 4, 3):
        run = RunWriter(root, name="seen", thresholds=[0.25, 0.5, 0.75], resume="allow")
        for epoch in range(first, first + 5):
            run.epoch(epoch, logs={"loss": 0.5}, val=(rng.integers(0, 3, 9), rng.dirichlet(np.ones(3), 9)))
        run.close()
    assert run.folder is not None
    return run.folder


@pytest.mark.campaign
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(["whole", "stopped", "several"]),
    number=st.integers(0, 10**6),
    bytes_of=st.sampled_from([b"\0", b"\xff", b"{", b" 1"]),
    newline=st.booleans(),
)
def test_any_line_that_is_destroyed_is_made_anew(
    which: str, number: int, bytes_of: bytes, newline: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The counts of every epoch of the mended copy are those of the run, and so are arrays; only its logs are gone."""
    run: Path = request.getfixturevalue(which)
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)
    shutil.rmtree(tmp_path / "mended", ignore_errors=True)
    (tmp_path / "runs").mkdir()
    folder = copied(run, tmp_path / "runs")
    lines = long_ago((folder / LINES).read_bytes()).splitlines(keepends=True)
    number %= len(lines)
    size = len(lines[number]) - (not newline)
    lines[number] = (bytes_of * size)[:size] + lines[number][size:]
    (folder / LINES).write_bytes(b"".join(lines))
    copy = repair(folder, tmp_path / "mended").folder
    assert examine(copy).ok
    before, after = read_records(run), read_records(copy)
    if newline and number == len(lines) - 1:
        before = before[: len(after)]  # torn: what no newline ends was never recorded
    assert [record.epoch for record in after] == [record.epoch for record in before]
    bare = 0
    for old, new in zip(before, after, strict=True):
        bare += new.logs != old.logs
        for ours, theirs in zip(old.tallies, new.tallies, strict=True):
            np.testing.assert_array_equal(ours.histogram, theirs.histogram)
        for shown, whose in zip(old.samples, new.samples, strict=True):
            np.testing.assert_array_equal(shown.y_score, whose.y_score)
        assert new.observed.keys() == old.observed.keys()
    counts = [[line.counts for line in committed(read_lines(each)).values()] for each in (run, copy)]
    assert counts[1] == counts[0][: len(counts[1])]
    assert bare <= 1 + newline


def test_what_nobody_recorded_is_not_made_up(stopped: Path, tmp_path: Path) -> None:
    """Of two parts that wait beside one broken line at the end, the later one was left by the kill before its line."""
    folder = copied(stopped, tmp_path)
    lines = (folder / LINES).read_bytes().splitlines(keepends=True)
    (folder / LINES).write_bytes(b"".join([*lines[:-2], b"x" * 99 + b"\n"]))
    mended = repair(folder, tmp_path / "mended")
    assert mended.before.rebuilt.keys() == {(0, EPOCHS - 2)}
    assert {finding.code for finding in mended.before.findings} > {"line-lost", "uncommitted"}
    assert max(record.epoch for record in read_records(mended.folder)) == EPOCHS - 2


def test_epochs_that_the_disk_never_took_are_told_of(tmp_path: Path) -> None:
    """A run that ended as incomplete is not whole, also where its training was interrupted, nor is its mended copy."""
    for reason in ("incomplete", "interrupted, incomplete"):
        run = RunWriter(tmp_path / "runs", name=reason)
        run.epoch(0, val=([0, 1], [0.2, 0.7]))
        run.close(reason)
        assert run.folder is not None
        assert said(run.folder)["incomplete"] == "fault"
        assert not examine(repair(run.folder, tmp_path / "mended").folder).ok


def test_a_running_run_is_not_mended(tmp_path: Path) -> None:
    """Its process is named, and its state is no fault."""
    run = RunWriter(tmp_path)
    run.epoch(0, val=([0, 1], [0.2, 0.7]))
    assert run.folder is not None
    assert said(run.folder) == {"running": "note"}
    with pytest.raises(ValueError, match="a run must have ended before it is mended"):
        repair(run.folder, tmp_path / "mended")
    run.close()


def test_a_copy_is_never_written_over(whole: Path, tmp_path: Path) -> None:
    """A second repair into the same folder is refused, as is one of several runs; where the copy is, is said."""
    first = invoke(["doctor", str(whole), "--repair", "--to", str(tmp_path / "to")])
    assert first.stdout == f"{tmp_path / 'to' / whole.name}\n"
    with pytest.raises(FileExistsError, match="a copy must be new"):
        repair(whole, tmp_path / "to")
    result = invoke(["doctor", str(GOLDEN), "--repair"])
    assert "--repair must have one run" in str(result.exception)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), bit=st.integers(0, 2**30))
def test_any_flipped_bit_is_noticed(whole: Path, tmp_path: Path, place: int, bit: int) -> None:
    """Whichever bit of whichever part it is."""
    folder = tmp_path / whole.name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    parts = sorted(folder.rglob("*.parquet"))
    part = parts[place % len(parts)]
    flip(part, bit)
    found = verify(folder)
    assert [one.part.path for one in found.of("damaged")] == [part]
    assert not found.ok
    assert not examine(folder).ok


@pytest.mark.parametrize(
    "run", sorted(path.with_suffix("") for path in GOLDEN.glob("*/*.json")), ids=lambda run: run.name
)
def test_runs_of_every_version_have_nothing_wrong(run: Path) -> None:
    """Those of before 1.2 have no checksums, which is said and no fault; of the others every one is as recorded."""
    report, version = examine(run), run.parent.name
    assert report.ok
    assert report.verified is not None
    states = {one.state for one in report.verified.checked}
    assert states <= ({"no checksum"} if version in ("1.0", "1.1") else {"as recorded"})
    assert ("no-checksum" in said(run)) == (states == {"no checksum"})
    result = invoke(["verify", str(run)])
    assert result.exit_code == 0
    assert ("no checksums recorded" in result.stdout) == (states == {"no checksum"})


def test_two_attempts_and_what_they_hide(stopped: Path, tmp_path: Path) -> None:
    """Damage to what a later attempt hides is told, and touches no number that is shown."""
    folder = copied(stopped, tmp_path)
    writer = RunFileWriter.resume(folder, begin_line())
    for epoch in (0, 1):
        writer.append(EpochRecord(epoch=epoch, logs={"loss": 0.5}))
    writer.close()
    assert said(folder) == {"attempts": "note"}
    flip_middle(folder)
    (damaged, attempts) = examine(folder).findings
    assert (damaged.code, damaged.epochs) == ("damaged-part", ())
    assert damaged.means.startswith("no number that is shown")
    assert attempts.epochs == ((0, EPOCHS - 1),)


def test_a_part_in_pending_stands_in_for_a_damaged_one(stopped: Path, tmp_path: Path) -> None:
    """For a while an epoch stands in two parts: where one is sound nothing is lost."""
    folder = copied(stopped, tmp_path)
    waiting = copied(folder / "pending", tmp_path / "kept")
    RunFileWriter.resume(folder, begin_line()).close()
    flip(folder / "samples" / "000042-000065-a0.parquet", 8_000)
    shutil.copytree(waiting, folder / "pending", dirs_exist_ok=True)
    report = examine(folder)
    assert {finding.code for finding in report.findings if finding.fault} == {"damaged-part"}
    assert not any(report.lost.values())


def test_runs_are_meant_as_everywhere(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a name, a part of it, `latest`, or a folder of runs; what is none is one sentence and exit code 2."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    copied(whole, tmp_path / "runs")
    for meant in ("seen", "see", "latest", "runs", str(tmp_path)):
        for command in ("doctor", "verify"):
            result = invoke([command, meant])
            assert (result.exit_code, result.stdout.count(whole.name)) == (0, 1), result.output
    for meant in ("nobody", "empty"):
        result = invoke(["doctor", meant])
        assert isinstance(result.exception, FileNotFoundError)
        assert "a run is a folder with a run.json" in str(result.exception)


def test_names_of_a_run_cannot_move_the_cursor(whole: Path, tmp_path: Path) -> None:
    """What a broken line holds is shown, not sent."""
    folder = copied(whole, tmp_path)
    edit_lines(folder, lambda lines: [b'{"event":"epoch\x1b[2J"', *lines[1:]])
    result = invoke(["doctor", str(folder)])
    assert result.exit_code == 1
    assert "\x1b" not in result.output
