"""Waking the viewer when something in a folder changes."""

from __future__ import annotations

import threading
from pathlib import Path

from recorder.runfile import LINES, MANIFEST

from ..needs import told

with told():
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer
    from watchdog.observers.api import BaseObserver
    from watchdog.observers.polling import PollingObserver


_TELLING = {LINES, MANIFEST}


class Watcher:
    """Sets `changed` whenever a line was appended or a run began anywhere below a folder.

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
        self._folder, self._polling = folder.absolute(), polling
        self._watched, self._observer = self._watch()

    def wait(self, seconds: float) -> bool:
        """Waits for a change at most so long; True if there was one. The next wait is for the next change."""
        if self._watched != _nearest(self._folder):
            self._stop()
            self._watched, self._observer = self._watch()
            self.changed.set()  # what happened in between is not told
        happened = self.changed.wait(seconds)
        self.changed.clear()
        return happened

    def close(self) -> None:
        """Stops watching."""
        self.closing.set()
        self._stop()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> tuple[Path, BaseObserver]:
        target = _nearest(self._folder)
        if self._polling is None:
            try:
                return target, self._scheduled(Observer(), target)
            except OSError:  # no watches left, or a file system without events
                self._polling = 0.5
        return target, self._scheduled(PollingObserver(timeout=self._polling), target)

    def _scheduled(self, observer: BaseObserver, target: Path) -> BaseObserver:
        # An ancestor may be anything, a home folder say: of it, only what appears directly in it.
        observer.schedule(self._handler, str(target), recursive=target == self._folder)
        observer.start()
        return observer

    def _stop(self) -> None:
        self._observer.stop()
        self._observer.join()


def _nearest(folder: Path) -> Path:
    """`folder`, or its nearest ancestor that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


class _Wake(FileSystemEventHandler):
    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = {Path(str(event.src_path)).name, Path(str(event.dest_path)).name}
        if event.event_type in {"created", "modified", "moved"} and (event.is_directory or paths & _TELLING):
            self._changed.set()
