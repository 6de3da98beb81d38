"""The viewer is woken by what is written, not by the clock."""

from __future__ import annotations

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
POLLING = [None, 0.02]


def woken(watcher: Watcher, act: Callable[[], object]) -> bool:
    """Whether something wakes the watcher after `act`."""
    while watcher.wait(0):
        pass  # what came before
    act()
    return watcher.wait(LONG)


@pytest.mark.parametrize("polling", POLLING)
def test_an_appended_epoch_wakes(tmp_path: Path, polling: float | None) -> None:
    """Natively and by polling: the line that commits an epoch is the signal."""
    with RunWriter(tmp_path) as writer, Watcher(tmp_path, polling=polling) as watcher:
        for epoch in range(3):
            assert woken(watcher, lambda epoch=epoch: writer.epoch(epoch, logs={"loss": 1.0}))


@pytest.mark.parametrize("polling", POLLING)
def test_a_run_that_begins_wakes(tmp_path: Path, polling: float | None) -> None:
    """A folder of runs tells of a new one."""
    with Watcher(tmp_path, polling=polling) as watcher:
        assert woken(watcher, lambda: RunWriter(tmp_path).close())


@pytest.mark.parametrize("polling", POLLING)
def test_a_folder_may_come_later(tmp_path: Path, polling: float | None) -> None:
    """While the folder is missing its nearest ancestor tells of it; then the folder itself, however deep."""
    folder = tmp_path / "work" / "runs"
    with Watcher(folder, polling=polling) as watcher:
        assert woken(watcher, lambda: folder.mkdir(parents=True))
        assert woken(watcher, lambda: RunWriter(folder).close())
    assert not watcher.wait(0)


def test_an_ancestor_is_not_watched_with_all_below_it(tmp_path: Path) -> None:
    """A missing folder in somebody's home costs one watch, not one for each folder there."""
    with Watcher(tmp_path / "runs") as watcher:
        (emitter,) = watcher._observer.emitters
        assert not emitter.watch.is_recursive
        assert woken(watcher, (tmp_path / "runs").mkdir)
        (emitter,) = watcher._observer.emitters
        assert (emitter.watch.path, emitter.watch.is_recursive) == (str(tmp_path / "runs"), True)


def test_without_native_events_it_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has no watches left raises OSError; polling takes over without a word."""

    def none_left(*_: object, **__: object) -> None:
        raise OSError("inotify watch limit reached")

    monkeypatch.setattr(watch.Observer, "schedule", none_left)
    with RunWriter(tmp_path) as writer, Watcher(tmp_path) as watcher:
        assert woken(watcher, lambda: writer.epoch(0, logs={"loss": 1.0}))


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
