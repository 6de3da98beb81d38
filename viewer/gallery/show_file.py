"""A user's file with `show(sample)`: asked in a process of its own, remembered, asked again once saved."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from pathlib import Path

from .show_process import Asked
from .shower import Shower
from .shown import Shown

MOST_BYTES = 64 * 2**20  # of what is remembered
MOST_WAITING = 256  # samples asked for and not shown yet; of more the newest
STOPPED = Shown(note="not asked for any more")


class ShowFile:
    """What samples look like, by a user's file; safe to ask from any thread.

    Args:
        path: of the file, which the user has named.
        most_bytes: of what is remembered.

    Attributes:
        version: another number whenever a sample is known that `shown` did not wait for, or the file has changed: who
            draws, draws again.
        generation: how often the file has changed.
        patience: seconds that `shown` waits at most; a surface with a hand on it has little.

    Raises:
        ValueError: There is no such file.
    """

    def __init__(self, path: str | Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.path, self.version, self.generation, self.patience = Path(path), 0, 0, math.inf
        if not self.path.is_file():
            raise ValueError(f"the file of --samples must exist. Received: {path}")
        self._most_bytes, self._bytes = most_bytes, 0
        self._kept: OrderedDict[Asked, Shown] = OrderedDict()
        self._waiting: OrderedDict[Asked, Future[Shown]] = OrderedDict()
        self._late: set[Asked] = set()  # that `shown` did not wait for
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stamp = self._stat()
        self._shower = Shower(self.path)

    def __repr__(self) -> str:
        return f"ShowFile({str(self.path)!r})"

    def ask(self, asked: Asked) -> Future[Shown]:
        """What a sample looks like, as soon as that is known; what is asked for last comes first."""
        with self._news:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return _done(self._kept[asked])
            future = self._waiting.setdefault(asked, Future())
            self._waiting.move_to_end(asked)
            while len(self._waiting) > MOST_WAITING:
                _settle(self._waiting.popitem(last=False)[1], STOPPED)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._news.notify()
            return future

    def shown(self, asked: Sequence[Asked]) -> list[Shown | None]:
        """What each of some samples looks like; None for those that need longer than there is patience."""
        futures = [self.ask(one) for one in reversed(asked)][::-1]  # the first of them comes first
        wait(futures, None if math.isinf(self.patience) else self.patience)
        found = [future.result() if future.done() else None for future in futures]
        with self._news:
            late = {one for one, shown in zip(asked, found, strict=True) if shown is None}
            self._late |= late & self._waiting.keys()
            self.version += len(late - self._waiting.keys())  # known since a moment ago
        return found

    def refresh(self) -> bool:
        """Forgets everything where the file has changed, and asks its new self from now on; True if so."""
        stamp = self._stat()
        if stamp is None or stamp == self._stamp:
            return False
        with self._news:
            self._stamp = stamp
            self._shower.stop()
            self._shower = Shower(self.path)
            self._kept.clear()
            self._bytes = 0
            self.version += 1
            self.generation += 1
        return True

    def close(self) -> None:
        """Ends its process; a question that comes later starts another."""
        self._shower.stop()

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None  # editors put a new file in its place
        return stat.st_mtime_ns, stat.st_size

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._waiting:
                    self._news.wait()
                asked, shower = next(reversed(self._waiting)), self._shower
            found = shower.show(asked)
            with self._news:
                if shower is not self._shower:
                    continue  # the file has changed meanwhile: its new self is asked
                future = self._waiting.pop(asked, None)
                self._keep(asked, found)
                if asked in self._late:
                    self._late.remove(asked)
                    self.version += 1
            if future is not None:
                _settle(future, found)

    def _keep(self, asked: Asked, found: Shown) -> None:
        self._kept[asked] = found
        self._bytes += found.nbytes
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _done(found: Shown) -> Future[Shown]:
    future: Future[Shown] = Future()
    future.set_result(found)
    return future


def _settle(future: Future[Shown], found: Shown) -> None:
    with suppress(InvalidStateError):  # who asked has gone
        future.set_result(found)
