"""The viewer is woken by what is written, not by the clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from watchdog.events import (
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
)

from recorder import RunWriter
from viewer.reading import watch
from viewer.reading.watch import Watcher

LONG = 30.0  # seconds until a wait that nothing ends has failed
TICKING = [None, 0.02]


def woken(watcher: Watcher, act: Callable[[], object]) -> bool:
    """Whether something wakes the watcher after `act`."""
    while watcher.wait(0):
        pass  # what came before
    act()
    return watcher.wait(LONG)


@pytest.mark.parametrize("ticking", TICKING)
def test_an_appended_epoch_wakes(tmp_path: Path, ticking: float | None) -> None:
    """Natively the line that commits an epoch is the signal; else the clock is."""
    with RunWriter(tmp_path) as writer, Watcher(tmp_path, ticking=ticking) as watcher:
        for epoch in range(3):
            assert woken(watcher, lambda epoch=epoch: writer.epoch(epoch, logs={"loss": 1.0}))


@pytest.mark.parametrize("ticking", TICKING)
def test_a_run_that_begins_wakes(tmp_path: Path, ticking: float | None) -> None:
    """A folder of runs tells of a new one."""
    with Watcher(tmp_path, ticking=ticking) as watcher:
        assert woken(watcher, lambda: RunWriter(tmp_path).close())


@pytest.mark.parametrize("ticking", TICKING)
def test_a_folder_may_come_later(tmp_path: Path, ticking: float | None) -> None:
    """While the folder is missing its nearest ancestor tells of it; then the folder itself, however deep."""
    folder = tmp_path / "work" / "runs"
    with Watcher(folder, ticking=ticking) as watcher:
        assert woken(watcher, lambda: folder.mkdir(parents=True))
        assert woken(watcher, lambda: RunWriter(folder).close())
    assert not watcher.wait(0)


def test_an_ancestor_is_not_watched_with_all_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing folder in somebody's home costs one watch, not one for each folder there, however many they are."""
    monkeypatch.setattr(watch, "MOST_FOLDERS", 2)
    for name in "abc":
        (tmp_path / name).mkdir()
    with Watcher(tmp_path / "runs") as watcher:
        (emitter,) = watcher._observer.emitters
        assert not emitter.watch.is_recursive
        assert woken(watcher, (tmp_path / "runs").mkdir)
        (emitter,) = watcher._observer.emitters
        assert (emitter.watch.path, emitter.watch.is_recursive) == (str(tmp_path / "runs"), True)


def test_without_native_events_it_wakes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has no watches left raises OSError; a clock takes over without a word."""

    def none_left(*_: object, **__: object) -> None:
        raise OSError("inotify watch limit reached")

    monkeypatch.setattr(watch.Observer, "schedule", none_left)
    with RunWriter(tmp_path) as writer, Watcher(tmp_path) as watcher:
        assert woken(watcher, lambda: writer.epoch(0, logs={"loss": 1.0}))


def test_of_a_crowd_of_folders_the_system_is_asked_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder below takes one of the watches of all the user's programs: of many it wakes by itself."""
    for number in range(20):
        (tmp_path / f"folder-{number}").mkdir()
    monkeypatch.setattr(watch, "MOST_FOLDERS", 20)
    with Watcher(tmp_path) as watcher:
        assert watcher.wait(LONG)
        assert isinstance(watcher._observer, watch._Ticks)
    watcher._observer.join(LONG)
    assert not watcher._observer.is_alive()
    monkeypatch.setattr(watch, "MOST_FOLDERS", 21)
    with Watcher(tmp_path) as watcher:
        assert woken(watcher, lambda: RunWriter(tmp_path / "folder-3").close())
        assert not isinstance(watcher._observer, watch._Ticks)


def test_events_that_are_lost_are_no_news_for_the_terminal(tmp_path: Path) -> None:
    """watchdog logs of them; Python would print that over the picture where nobody has asked for logs."""
    script = (
        "import logging, pathlib, sys; from viewer.reading.watch import Watcher;"
        "watcher = Watcher(pathlib.Path(sys.argv[1]));"
        "logging.getLogger('watchdog.observers.inotify_c').warning('events were lost'); watcher.close()"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("event", "wakes"),
    [
        (FileModifiedEvent("run/epochs.jsonl"), True),
        (FileMovedEvent("run/.run.json.tmp", "run/run.json"), True),
        (FileCreatedEvent("run/pending/.000001-a0.samples.parquet.tmp"), False),
        (FileMovedEvent("run/pending/.a.parquet.tmp", "run/pending/a.parquet"), False),
        (FileMovedEvent("run/pending/.a.parquet.Xk2", "run/pending/a.parquet"), True),
        (FileCreatedEvent("run/pending/a.parquet"), True),
        (FileCreatedEvent("run/pending/.a.parquet"), False),
        (FileOpenedEvent("run/epochs.jsonl"), False),
        (FileClosedNoWriteEvent("run/epochs.jsonl"), False),
    ],
)
def test_only_what_commits_wakes(event: FileSystemEvent, wakes: bool) -> None:
    """A recorder's parts are not there until a line says so; copied ones wake; the viewer's own reading does not."""
    changed = threading.Event()
    watch._Wake(changed).dispatch(event)
    assert changed.is_set() == wakes


def test_folders_that_appear_at_once_are_watched_without_a_word(tmp_path: Path) -> None:
    """What watchdog warns of folders that it meets twice grows with their number, and Python would keep it all."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with Watcher(tmp_path) as watcher:
            for run in range(200):
                for part in ("pending", "tallies", "samples"):
                    (tmp_path / f"run-{run}" / part).mkdir(parents=True)
            (tmp_path / "run-199" / "epochs.jsonl").write_text("")
            assert watcher.wait(10)
    assert [str(one.message)[:100] for one in said] == []
