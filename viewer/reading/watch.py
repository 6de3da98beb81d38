"""Waking the viewer when something in a folder changes."""

from __future__ import annotations

import threading
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from recorder.runfile import LINES, MANIFEST

_TELLING = {LINES, MANIFEST}


class Watcher:
    """Sets `changed` whenever a line was appended or a run began anywhere below a folder.

    Native events where the system gives them, polling where it does not (network shares, too few watches). Whoever
    waits does so with a time-out and looks anyway: that catches what both miss.

    Args:
        folder: to watch with all below it; its nearest existing ancestor is watched where it is missing.
        polling: seconds between polls; None for native events.
    """

    def __init__(self, folder: Path, *, polling: float | None = None) -> None:
        self.changed = threading.Event()
        self.closing = threading.Event()
        self._handler = _Wake(self.changed)
        target = folder.absolute()
        while not target.exists():
            target = target.parent
        self._observer = self._start(target, polling)

    def wait(self, seconds: float) -> bool:
        """Waits for a change at most so long; True if there was one. The next wait is for the next change."""
        happened = self.changed.wait(seconds)
        self.changed.clear()
        return happened

    def close(self) -> None:
        """Stops watching."""
        self.closing.set()
        self._observer.stop()
        self._observer.join()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, target: Path, polling: float | None) -> BaseObserver:
        if polling is None:
            try:
                return self._scheduled(Observer(), target)
            except OSError:  # no watches left, or a file system without events
                polling = 0.5
        return self._scheduled(PollingObserver(timeout=polling), target)

    def _scheduled(self, observer: BaseObserver, target: Path) -> BaseObserver:
        observer.schedule(self._handler, str(target), recursive=True)
        observer.start()
        return observer


class _Wake(FileSystemEventHandler):
    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = {Path(str(event.src_path)).name, Path(str(event.dest_path)).name}
        if event.event_type in {"created", "modified", "moved"} and (event.is_directory or paths & _TELLING):
            self._changed.set()
