"""A network file system as its clients see it: listings and sizes of a while ago, and handles that are stale.

`Shaky` is that in this process. Run as a script it is a real mount (FUSE), of which the kernel tells no events either:
`python shaky.py FOLDER MOUNT SEED`. It says "mounted", and is calm once there is a file `FOLDER/calm`.
"""

from __future__ import annotations

import errno
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

CALLS = ("open", "stat", "lstat", "replace", "rename", "unlink", "mkdir", "truncate")


class Shaky:
    """Answers about the files of one folder, late or not at all.

    Args:
        seed: of what happens.
        stale: how often a call fails with ESTALE.
        late: how often a listing is that of an earlier look.
    """

    def __init__(self, seed: int, *, stale: float = 0.1, late: float = 0.5) -> None:
        self._chance, self.stale, self.late = random.Random(seed), stale, late
        self._listings: dict[str, list[str]] = {}

    def try_(self) -> None:
        """Raises OSError now and then."""
        if self._chance.random() < self.stale:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    def listing(self, folder: str, names: list[str]) -> list[str]:
        """The names in a folder, or those of a while ago."""
        self.try_()
        if folder not in self._listings or self._chance.random() >= self.late:
            self._listings[folder] = names
        return self._listings[folder]

    @contextmanager
    def under(self, root: Path) -> Iterator[None]:
        """This thread sees the files below `root` so."""
        thread, plain, scan = threading.get_ident(), os.listdir, os.scandir

        def is_below(path: Any) -> bool:
            return threading.get_ident() == thread and str(path).startswith(str(root))

        def shaking(function: Callable[..., Any]) -> Callable[..., Any]:
            def called(path: Any, *rest: Any, **more: Any) -> Any:
                if not is_below(path):
                    return function(path, *rest, **more)
                if self._chance.random() < 0.5:
                    self.try_()
                    return function(path, *rest, **more)
                found = function(path, *rest, **more)
                try:
                    self.try_()  # it was done, though it is said to have failed
                except OSError:
                    if isinstance(found, int):
                        os.close(found)
                    raise
                return found

            return called

        def listdir(path: Any = ".") -> list[str]:
            return self.listing(str(path), plain(path)) if is_below(path) else plain(path)

        def scandir(path: Any = ".") -> Any:
            if not is_below(path):
                return scan(path)
            with scan(path) as entries:
                found = {entry.name: entry for entry in entries}
            return Entries(found[name] for name in self.listing(f"scan {path}", list(found)) if name in found)

        shaken = {name: shaking(getattr(os, name)) for name in CALLS}
        with mock.patch.multiple(os, listdir=listdir, scandir=scandir, **shaken):
            yield


class Entries(list[Any]):
    """Of a folder, as `os.scandir` gives them."""

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def mount(folder: str, place: str, seed: int) -> None:
    """Serves `folder` at `place` until it is unmounted."""
    import mfusepy as fuse

    class Calmed(Shaky):
        def try_(self) -> None:
            if os.path.lexists(f"{folder}/calm"):
                self.stale = self.late = 0.0
            super().try_()

    shaky = Calmed(seed, stale=0.05)
    sizes: dict[str, Any] = {}
    of_stat = ("st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")

    class Mounted(fuse.Operations):  # type: ignore[misc] # comes without types
        def init(self, path: str) -> None:
            print("mounted", flush=True)

        def getattr(self, path: str, fh: Any = None) -> dict[str, Any]:
            found = os.lstat(folder + path)
            if path != "/":
                shaky.try_()
            if path not in sizes or shaky._chance.random() >= shaky.late:
                sizes[path] = {name: getattr(found, name) for name in of_stat}
            return sizes[path]

        def readdir(self, path: str, fh: Any) -> list[str]:
            return [".", "..", *shaky.listing(path, os.listdir(folder + path))]  # noqa: PTH208 - FUSE speaks in names

        def open(self, path: str, flags: int) -> int:
            shaky.try_()
            return os.open(folder + path, flags)

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            shaky.try_()
            return os.pread(fh, size, offset)

        def release(self, path: str, fh: int) -> int:
            os.close(fh)
            return 0

    fuse.FUSE(Mounted(), place, foreground=True, nothreads=True, ro=True, attr_timeout=0, entry_timeout=0)


if __name__ == "__main__":
    mount(sys.argv[1], sys.argv[2], int(sys.argv[3]))
