"""Power cuts after any system call of real recordings, on a disk that keeps nothing but what was synced."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..conftest import Effort
from .conftest import Figures
from .system_calls import Call, Machine, calls_in, laid_out, needs_strace, traced
from .written_runs import assert_goes_on, assert_whole, write_command

Moment = tuple[Machine, Call, frozenset[int], frozenset[int]]  # after a call: epochs said, and those that are safe
Logs = Callable[[str], tuple[Path, list[Path]]]  # folder and logs of a durability


EPOCHS = 40


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    """What two processes did: one makes a run, in folders that are made for it, the other goes on with it."""
    found: dict[str, tuple[Path, list[Path]]] = {}

    def record(durability: str) -> tuple[Path, list[Path]]:
        if durability not in found:
            top = tmp_path_factory.mktemp("traced") / "disk"
            top.mkdir()
            made = [top.with_name("first.log"), top.with_name("second.log")]
            for first, log in zip((0, EPOCHS // 2), made, strict=True):
                command = write_command(top / "all" / "runs", first, first + EPOCHS // 2, durability)
                assert traced(command, log) == 0
            found[durability] = top, made
        return found[durability]

    return record


def moments(logs: Logs, durability: str, written: Callable[[Call], bool]) -> Iterator[Moment]:
    """Each moment of both processes.

    Safe is with "power" what was said, and with "process" what was said when the system last wrote everything, which
    it does after those calls for which `written` is true.
    """
    top, recorded = logs(durability)
    machine, said, safe = Machine(top), frozenset[int](), frozenset[int]()
    for log in recorded:
        for call in calls_in(log):
            if call.name == "write" and call.texts[0].startswith(b"said "):
                said |= {int(call.texts[0][5:])}
                safe = said if durability == "power" else safe
            if durability == "process" and written(call):
                machine.write_back()
                safe = said
            if machine.follow(call):
                yield machine, call, said, safe


def now_and_then(chance: random.Random) -> Callable[[Call], bool]:
    """The system writes everything after one call in fifty."""
    return lambda call: chance.random() < 0.02


def number(logs: Logs, durability: str) -> int:
    """How many moments there are."""
    return sum(1 for _ in moments(logs, durability, lambda call: False))


@needs_strace
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("durability", ["process", "power"])
def test_what_was_safe_is_there_after_a_power_cut(
    memory: Path, logs: Logs, durability: str, effort: Effort, figures: Figures
) -> None:
    """Whatever else the disk lost, in whatever order: safe epochs are read as they were written, and can be resumed."""
    calls, done, kept = number(logs, durability), 0, 0
    cuts = effort(8, 4_000)
    chance = random.Random(1)
    for machine, _, _, safe in moments(logs, durability, now_and_then(chance)):
        for _ in range(int(chance.random() + cuts / calls)):
            left = laid_out(machine.cut(chance), memory / "left")
            done, kept = done + 1, kept + len(safe)
            if safe:
                (folder,) = (left / "all" / "runs").iterdir()
                assert_whole(folder, safe, all_whole=False)
                assert_goes_on(folder, safe, all_whole=False)
    assert kept > 5 * done
    figures(system_calls=calls, cuts=done, safe_epochs_read=kept, lost=0)


@needs_strace
@pytest.mark.parametrize("durability", ["process", "power"])
def test_the_worst_cut_when_pending_parts_go(memory: Path, logs: Logs, durability: str, figures: Figures) -> None:
    """Once pending parts go, what took their place is on the disk, and so are the folders that lead to it.

    The disk has lost what can be lost: all that went is gone, and of what came only what was synced is there.
    """
    before, cuts = "", 0
    for machine, call, _, safe in moments(logs, durability, lambda call: call.texts == (b"said 0\n",)):
        if before == "unlink" != call.name and safe:
            left, cuts = laid_out(machine.worst_cut(), memory / "left"), cuts + 1
            (folder,) = (left / "all" / "runs").iterdir()
            assert_whole(folder, safe, all_whole=False)
        before = call.name
    assert cuts > 10
    figures(cuts=cuts, lost=0)


@needs_strace
@pytest.mark.timeout(7_200)
def test_a_kill_after_any_system_call_loses_nothing(memory: Path, logs: Logs, effort: Effort, figures: Figures) -> None:
    """What was done until any system call is what a kill leaves: every epoch that returned, and no half one."""
    calls, done = number(logs, "process"), 0
    kills = effort(8, 2_000)
    chance = random.Random(1)
    for machine, _, said, _ in moments(logs, "process", now_and_then(chance)):
        if said and chance.random() < kills / calls:
            left = laid_out(machine.killed(), memory / "left")
            (folder,) = (left / "all" / "runs").iterdir()
            assert assert_whole(folder, said, all_whole=True) in (len(said), len(said) + 1)
            assert_goes_on(folder, said, all_whole=True)
            done += 1
    figures(system_calls=calls, kills=done, lost=0)


@needs_strace
def test_the_model_is_what_the_system_did(logs: Logs) -> None:
    """At the end the files that were followed call by call are those that are there, byte by byte."""
    *_, (machine, _, said, _) = moments(logs, "process", lambda call: False)
    assert said == set(range(EPOCHS))
    top, _ = logs("process")
    there = {str(path.relative_to(top)): None if path.is_dir() else path.read_bytes() for path in top.rglob("*")}
    assert machine.killed() == there
