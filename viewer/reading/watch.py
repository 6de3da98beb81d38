"""Waking the viewer when something in a folder changes."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from itertools import islice
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

ENOUGH = 0.5  # seconds in which a folder of hundreds of runs is watched
TICK = 0.5  # seconds between two looks where the system tells nothing
# That the system is asked to watch: of all programs of a user it watches as many as its memory allows.
MOST_FOLDERS = 2**16
_TELLING = {LINES, MANIFEST, ADDITIONS}
# Asked of the system; of others there are as many again, as each look of ours opens and closes files.
_KINDS = [DirCreatedEvent, DirMovedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent]
_PART = ".parquet"
_SILENT = logging.NullHandler()  # Python prints warnings of loggers that nobody handles


class Watcher:
    """Sets `changed` whenever a line was appended, something was added, a part came late or a run began in a folder.

    Native events where the system gives them. Where it does not (too few watches, too many folders), it is set now and
    then, as if something had changed: who looks knows what has. Whoever waits does so with a time-out and looks anyway:
    that catches what events miss, those of network shares say.

    Args:
        folder: to watch with all below it; while it is missing, its nearest existing ancestor is watched for it.
        ticking: set it every so many seconds instead; None for native events.
    """

    def __init__(self, folder: Path, *, ticking: float | None = None) -> None:
        self.changed = threading.Event()
        self.closing = threading.Event()
        self._handler = _Wake(self.changed)
        self._folder, self._ticking, self._late = folder.absolute(), ticking, False
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
        self.changed.clear()

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

    def _observing(self) -> BaseObserver | _Ticks:
        # An ancestor may be anything, a home folder say: of it, only what appears directly in it.
        recursive = self._watched == self._folder
        if self._ticking is None and not (recursive and _is_crowded(self._watched)):
            try:
                return self._scheduled(Observer(), recursive=recursive)
            except OSError:  # no watches left, or a file system without events
                pass
        ticks = _Ticks(self.changed, self._ticking or TICK)
        ticks.start()
        return ticks

    def _scheduled(self, observer: BaseObserver, *, recursive: bool) -> BaseObserver:
        # Of a folder that it meets twice as it appears watchdog 7 warns in hundreds of kilobytes, each time others, and
        # Python keeps each for good. Of lost events it tells whoever looks at the terminal, who needs none of them.
        warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
        logging.getLogger("watchdog").addHandler(_SILENT)
        observer.schedule(self._handler, str(self._watched), recursive=recursive, event_filter=_KINDS)
        observer.start()
        return observer

    def _stop(self) -> None:
        self._observer.stop()
        self._observer.join(ENOUGH)  # of tens of thousands of folders the rest is done in its thread


class _Ticks(threading.Thread):
    """Sets an event every so many seconds."""

    def __init__(self, changed: threading.Event, seconds: float) -> None:
        super().__init__(daemon=True, name="epochreel-ticks")
        self._changed, self._seconds, self._ended = changed, seconds, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(self._seconds):
            self._changed.set()

    def stop(self) -> None:
        self._ended.set()


def _is_crowded(folder: Path) -> bool:
    return next(islice(os.walk(folder), MOST_FOLDERS, None), None) is not None


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
