"""How a run's files change: each way with what it promises of a killed process, and of a cut of the power.

A file that was written and renamed survives the death of the process. It survives a power cut from when it and
its folder were synced; until then it may be there empty, or not at all.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from .layout import hidden

try:
    import fcntl
except ImportError:  # Windows
    _FULL = None
else:
    _FULL = getattr(fcntl, "F_FULLFSYNC", None)  # macOS, where `fsync` stops at the drive's own memory
# What file systems say of folders that they cannot sync, or not for somebody who must not read them.
_NOT_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES, errno.EISDIR)
# What stands in the place of a file of ours, a pipe or a link that somebody has put there, is neither waited for nor
# followed: to open it fails, as a disk does.
_OURS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OURS
_NOT_OURS = (errno.ELOOP, errno.EMLINK, errno.ENXIO)  # what systems say of links and of pipes that were opened so


def write_whole(path: Path, data: bytes | bytearray | memoryview, *, synced: bool = False) -> None:
    """A file that exists whole or not at all, in the place of an older one too.

    Args:
        path: of the file.
        data: all of it.
        synced: it is on the disk before it has its name, so that a power cut leaves this one or the older one, whole.
            That it has its name is safe once its folder is synced.

    Raises:
        OSError: The disk failed; what of it was written is gone, as far as the disk lets it.
    """
    temporary = hidden(path)
    try:
        descriptor = _new(temporary)
        try:
            _all_of(data, descriptor)
            if synced:
                flush(descriptor)
        finally:
            os.close(descriptor)
        rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            remove(temporary)
        raise


def create(path: Path, data: bytes) -> None:
    """A file that was not there, synced with its folder.

    Raises:
        FileExistsError: Somebody else made it; of any number of processes one succeeds.
        OSError: The disk failed; the file is not there.
    """
    with path.open("xb", buffering=0) as file:
        try:
            _all_of(data, file.fileno())
            flush(file.fileno())
            sync_folder(path.parent)
        except BaseException:
            remove(path)
            raise


def append(path: Path, data: bytes, *, synced: bool = False) -> int:
    """Puts data behind the end of a file in one piece; how long the file is then.

    Raises:
        OSError: The disk took nothing, or a part, which stays.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | _OURS)
    try:
        written = os.write(descriptor, data)
        if written != len(data):
            raise OSError(f"the disk took only {written} of {len(data)} bytes")
        if synced:
            flush(descriptor)
        return os.lseek(descriptor, 0, os.SEEK_CUR)
    finally:
        os.close(descriptor)


def append_again(path: Path, data: bytes, at: int) -> None:
    """Writes once more what a file has already from byte `at` on, and waits until it is on the disk.

    What a system could not write it may take for written: it is told anew.
    """
    descriptor = os.open(path, os.O_WRONLY | _OURS)
    try:
        os.lseek(descriptor, at, os.SEEK_SET)
        _all_of(data, descriptor)
        flush(descriptor)
    finally:
        os.close(descriptor)


def cut(path: Path, size: int) -> None:
    """Takes away what a file has behind its first `size` bytes."""
    os.truncate(path, size)


def free(path: Path) -> None:
    """Takes away a link, or a pipe, where a file is to be written: what it leads to may be anybody's."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            remove(path)


def rename(path: Path, target: Path) -> None:
    """Gives a file its name, at once for every reader."""
    os.replace(path, target)  # noqa: PTH105 - the cheaper of the two, once an epoch


def remove(path: Path) -> None:
    """Takes a file away; one that is not there is fine, and one that Windows keeps for its reader goes another time."""
    with suppress(FileNotFoundError, PermissionError):
        os.unlink(path)  # noqa: PTH108 - as above, 64 of them at a time


def sync(path: Path) -> None:
    """Waits until the bytes of a file are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK if os.name == "posix" else os.O_RDWR)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk; does nothing where a system has no way to ask for that."""
    if os.name != "posix":
        return
    try:
        sync(folder)
    except OSError as error:
        if error.errno not in _NOT_FOLDERS:
            raise


def sync_way(folder: Path) -> None:
    """Waits until the names in a folder, and those of all folders that lead to it, are on the disk."""
    for each in (folder, *folder.parents):
        sync_folder(each)


def flush(descriptor: int) -> None:
    """Waits until what was written to an open file is on the disk."""
    if _FULL is not None:
        with suppress(OSError):  # a file system that knows no such thing, a network's say
            fcntl.fcntl(descriptor, _FULL)
            return
    os.fsync(descriptor)


def _all_of(data: bytes | bytearray | memoryview, descriptor: int) -> None:
    """Writes it; a system may take it in pieces."""
    rest = memoryview(data)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError(f"the disk took nothing of {len(rest)} bytes")
        rest = rest[written:]


def _new(path: Path) -> int:
    """A descriptor of an empty file (a file object takes as long again)."""
    try:
        return os.open(path, _NEW, 0o666)
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
    remove(path)
    return os.open(path, _NEW, 0o666)
