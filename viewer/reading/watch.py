"""Waking the viewer when something in a folder changes."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path

from recorder.runfile import ADDITIONS, LINES, MANIFEST
from recorder.runfile.layout import hidden

from ..needs import told

with told():
    from watchdog.events import (
        DirCreatedEvent,
        DirMovedEvent,
        FileCreatedEvent,
        FileModifiedEvent,
        FileMovedEvent,
        FileSystemEvent,
        FileSystemEventHandler,
    )
    from watchdog.observers import Observer
    from watchdog.observers.api import BaseObserver
    from watchdog.observers.polling import PollingObserver

ENOUGH = 0.5  # seconds in which a folder of hundreds of runs is watched
_TELLING = {LINES, MANIFEST, ADDITIONS}
# Asked of the system; of others there are as many again, as each look of ours opens and closes files.
_KINDS = [DirCreatedEvent, DirMovedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent]
_PART = ".parquet"


class Watcher:
    """Sets `changed` whenever a line was appended, something was added, a part came late or a run began in a folder.

    Native events where the system gives them, polling where it does not (network shares, too few watches). Whoever
    waits does so with a time-out and looks anyway: that catches what both miss.

    Args:
        folder: to watch with all below it; while it is missing, its nearest existing ancestor is watched for it.
        polling: seconds between polls; None for native events.
    """

    def __init__(self, folder: Path, *, polling: float | None = None) -> None:
        self.changed = threading.Event()
        self.closing = threading.Event()
        self._handler = _Wake(self.changed)
        self._folder, self._polling, self._late = folder.absolute(), polling, False
        self._watch()

    def wait(self, seconds: float) -> bool:
        """Waits for a change at most so long; True if there was one. The next wait is for the next change."""
        if self._watched != _nearest(self._folder) and self._started.is_set():
            self._stop()
            self._watch()
            self.changed.set()  # what happened in between is not told
        happened = self.changed.wait(seconds)
        self.changed.clear()
        return happened

    def close(self) -> None:
        """Stops watching."""
        self.closing.set()
        if self._started.is_set():  # else it ends with the process
            self._stop()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        """Begins to watch; a folder of thousands of runs takes seconds, which nobody waits for."""
        self._watched, self._started = _nearest(self._folder), threading.Event()
        threading.Thread(target=self._begin, daemon=True, name="epochreel-watch").start()
        if not self._started.wait(ENOUGH):
            self._late = True

    def _begin(self) -> None:
        self._observer = self._observing()
        self._started.set()
        if self._late:
            self.changed.set()  # what happened meanwhile was not told

    def _observing(self) -> BaseObserver:
        if self._polling is None:
            try:
                return self._scheduled(Observer())
            except OSError:  # no watches left, or a file system without events
                self._polling = 0.5
        return self._scheduled(PollingObserver(timeout=self._polling))

    def _scheduled(self, observer: BaseObserver) -> BaseObserver:
        # Of a folder that it meets twice as it appears watchdog 7 warns in hundreds of kilobytes, each time others, and
        # Python keeps each for good.
        warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
        # An ancestor may be anything, a home folder say: of it, only what appears directly in it.
        recursive = self._watched == self._folder
        observer.schedule(self._handler, str(self._watched), recursive=recursive, event_filter=_KINDS)
        observer.start()
        return observer

    def _stop(self) -> None:
        self._observer.stop()
        self._observer.join()


def _nearest(folder: Path) -> Path:
    """`folder`, or its nearest ancestor that exists, as far as can be told at the moment."""
    found = (path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110 - raises nothing
    return next(found, Path(folder.anchor))


class _Wake(FileSystemEventHandler):
    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        source, target = Path(str(event.src_path)), Path(str(event.dest_path))
        names = {source.name, target.name, source.parent.name}
        telling = event.is_directory or names & _TELLING or _is_late(source, target)
        if event.event_type in {"created", "modified", "moved"} and telling:
            self._changed.set()


def _is_late(source: Path, target: Path) -> bool:
    """Whether a part comes by itself (rsync, a share); a recorder renames its own, and then writes their line."""
    part = source if target.suffix != _PART else target
    return part.suffix == _PART and not part.name.startswith(".") and source.name != hidden(part).name
