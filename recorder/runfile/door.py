"""The one door through which a run's files are read: regular files only, of a bounded size.

A folder of runs may come from anywhere. A pipe in the place of a file would keep its reader waiting for ever, a device
never ends, and a link leads out of the run; so none of these is opened.
"""

from __future__ import annotations

import os
import stat
import time
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from .errors import RunFormatError

MANIFEST_BYTES = 2**26
LINES_BYTES = 2**30
PART_BYTES = 2**30
IDS_BYTES = 2**28
MOST_FILES = 2**18  # in one folder of a run; a run of a million epochs has thousands
BLINK = 1.0  # seconds that a file may be there without the line it is made with
# Where a system lacks a flag there is nothing it would keep out.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
_JUNCTION = 0xA0000003  # what Windows calls a folder that is another one
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: Path, *, most: int = LINES_BYTES) -> BinaryIO:
    """An unbuffered file to read from, which is a regular one and has at most so many bytes by now.

    Args:
        path: of the file; its folder is the caller's choice, and may be reached by a link.
        most: bytes.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is no regular file, or too large.
        OSError: It cannot be read at the moment.
    """
    _check(path, os.lstat(path), most)  # before it is opened: that alone sets some devices off
    descriptor = os.open(path, _FLAGS)
    try:
        _check(path, os.fstat(descriptor), most)
        return os.fdopen(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, *, most: int) -> bytes:
    """All bytes of a regular file of at most so many. Raises as `open_regular`."""
    with open_regular(path, most=most) as file:
        return file.read()


def read_line(path: Path, *, most: int) -> bytes:
    """The line that a file was made with; nothing where a kill came between the file and its line.

    Somebody may have made it a moment ago: that moment is waited for. Raises as `open_regular`.
    """
    patience = time.monotonic() + BLINK
    while not (text := read_regular(path, most=most)).endswith(b"\n"):
        if time.monotonic() > patience:
            return b""
        time.sleep(0.01)
    return text


def entries(folder: Path) -> list[Path]:
    """What is in a folder of a run, in order; nothing where the folder is missing.

    Raises:
        RunFormatError: It is no folder, or a link to one, or has more in it than any run.
    """
    try:
        check_folder(folder)
        with os.scandir(folder) as found:
            names = [entry.name for entry in islice(found, MOST_FILES + 1)]
    except FileNotFoundError:
        return []
    if len(names) > MOST_FILES:
        raise RunFormatError(f"{folder.name} must hold at most {MOST_FILES:,} files. Received: more")
    return [folder / name for name in sorted(names)]


def check_folder(folder: Path) -> None:
    """Raises RunFormatError where a folder of a run is something else, a link say, and FileNotFoundError for none."""
    state = os.lstat(folder)
    junction = getattr(state, "st_reparse_tag", 0) == _JUNCTION
    if junction or not stat.S_ISDIR(state.st_mode):
        what = "a link" if junction else _named(state.st_mode)
        raise RunFormatError(f"{folder.name} must be a folder of the run itself. Received: {what}")


def _check(path: Path, state: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise RunFormatError(f"{path.name} must be a regular file. Received: {_named(state.st_mode)}")
    if state.st_size > most:
        raise RunFormatError(f"{path.name} must have at most {most:,} bytes. Received: {state.st_size:,}")


def _named(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a regular file" if stat.S_ISREG(mode) else "something else")
