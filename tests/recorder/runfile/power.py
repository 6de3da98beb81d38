"""A disk whose power can be cut at any moment, for the tests: what of a run is left, in the worst case."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recorder.runfile import disk


@dataclass
class Cut:
    """What is left of a run when the power is cut at one moment.

    Args:
        after: the operation before it.
        files: bytes by name.
        promised: the epochs that were safe by then.
    """

    after: str
    files: dict[str, bytes]
    promised: frozenset[int]

    def restore(self, folder: Path) -> Path:
        """A folder as the machine finds it when it is switched on again."""
        for name in ("pending", "tallies", "samples"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        return folder


@dataclass
class Disk:
    """Follows what `recorder.runfile.disk` does to a run, and what of it a power cut could leave.

    Bytes are safe when their file was synced, names when their folder was. In between a system may write names before
    bytes, and one file before another. So what was removed is gone at once; new names and lines are there either at
    once, with whatever other bytes are safe, or only when they are synced.

    Args:
        folder: the run.
        eager: whether new names and lines are there at once.

    Attributes:
        cuts: every state that a power cut could leave, but for those that are like the one before.
        promised: the epochs that are safe.
    """

    folder: Path
    eager: bool

    def __post_init__(self) -> None:
        self.cuts: list[Cut] = []
        self.promised: set[int] = set()
        self._serials: dict[int, int] = {}  # of each inode, as the system uses their numbers again
        self._bytes: dict[int, bytes] = {}  # that are safe, by serial
        self._names: dict[str, int] = {}  # that are safe, and the serial that each is of
        self._next = 0
        self._lock = threading.RLock()  # a thread beside the training merges

    def follow(self, patch: pytest.MonkeyPatch) -> None:
        """From now on sees each operation."""
        for name in ("flush", "append", "rename", "remove", "cut"):
            patch.setattr(disk, name, self._seen(name, getattr(disk, name), getattr(self, f"_{name}")))

    def all_is_safe(self, epochs: int) -> None:
        """The system wrote everything, as it does after half a minute; so many epochs are there."""
        with self._lock:
            for path in self.folder.rglob("*"):
                if path.is_file():
                    self._names[self._name(path)] = self._saved(path)
            self.promised |= set(range(epochs))

    def _seen(self, name: str, real: Callable[..., Any], model: Callable[..., None]) -> Callable[..., Any]:
        def operation(*arguments: Any, **options: Any) -> Any:
            if not self._is_of_run(arguments[0]):  # a run of an earlier test that ends only now
                return real(*arguments, **options)
            with self._lock:
                paths = [self._name(path) for path in arguments if isinstance(path, Path)]
                if name in ("flush", "append"):
                    result = real(*arguments, **options)
                    model(*arguments)
                else:
                    model(*arguments)
                    result = real(*arguments)
                after = " ".join([name, *paths])
                files = {name: self._bytes.get(serial, b"") for name, serial in self._names.items()}
                cut = Cut(after, files, frozenset(self.promised))
                if not self.cuts or (cut.files, cut.promised) != (self.cuts[-1].files, self.cuts[-1].promised):
                    self.cuts.append(cut)
                return result

        return operation

    def _flush(self, descriptor: int) -> None:
        path = _path_of(descriptor)
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self._saved(path)
            return
        there = {self._name(file): self._serial(file) for file in path.iterdir() if file.is_file()}
        within = "" if path == self.folder else f"{self._name(path)}/"
        gone = [name for name in self._names if name.rpartition("/")[0] == within.rstrip("/") and name not in there]
        for name in gone:
            del self._names[name]
        self._names |= there

    def _append(self, path: Path, _: bytes) -> None:
        if self.eager and self._name(path) in self._names:
            self._saved(path)

    def _rename(self, path: Path, target: Path) -> None:
        serial = self._serial(path)
        if target.exists():
            self._serials.pop(target.stat().st_ino, None)
        if self.eager:
            self._names.pop(self._name(path), None)
            self._names[self._name(target)] = serial

    def _remove(self, path: Path) -> None:
        self._names.pop(self._name(path), None)
        with suppress(FileNotFoundError):
            self._serials.pop(path.stat().st_ino, None)

    def _cut(self, path: Path, size: int) -> None:
        serial = self._serial(path)
        self._bytes[serial] = self._bytes.get(serial, b"")[:size]

    def _saved(self, path: Path) -> int:
        serial = self._serial(path)
        self._bytes[serial] = path.read_bytes()
        return serial

    def _serial(self, path: Path) -> int:
        inode = path.stat().st_ino
        if inode not in self._serials:
            self._serials[inode] = self._next
            self._next += 1
        return self._serials[inode]

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))

    def _is_of_run(self, file: Path | int) -> bool:
        return (_path_of(file) if isinstance(file, int) else file).is_relative_to(self.folder)


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
