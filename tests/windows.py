"""Windows as far as it can be had elsewhere: without what it lacks, and with files that nobody may remove while read.

`install()` comes before anything of the product is imported, in a process of its own.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from .open_files import open_files

LACKING = """
    O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK chown fchmod fork forkpty getegid geteuid getgid getpgid getuid
    killpg lchown mkfifo mknod nice openpty posix_fadvise posix_fallocate register_at_fork sched_getaffinity setsid
    statvfs sysconf tcgetpgrp uname wait4
"""
NO_MODULES = "fcntl grp pty pwd resource termios tty"
NO_SIGNALS = "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGTSTP SIGUSR1 SIGWINCH"
# What of the library and of packages looks for any of it shall have found it.
BEFORE = """
    asyncio.unix_events subprocess tempfile matplotlib.pyplot pandas pyarrow.parquet tornado.httpserver
    watchdog.observers platformdirs
"""


class Windows:
    """`os` as a module of the product sees it; `os.name` itself stays, as pathlib asks it for the kind of paths."""

    name = "nt"

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def install() -> None:
    """Makes this process like one of Windows, for what is imported from here on."""
    for name in BEFORE.split():
        with suppress(ModuleNotFoundError):  # an extra that is not installed
            import_module(name)
    if "platformdirs" in sys.modules:
        sys.modules["platformdirs"].user_config_path("made ready")
    for name in LACKING.split():
        if hasattr(os, name):
            delattr(os, name)
    sys.modules |= dict.fromkeys(NO_MODULES.split())  # type: ignore[arg-type] # None: there is none
    for name in NO_SIGNALS.split():
        delattr(signal, name)
    for name in ("unlink", "remove", "replace", "rename"):
        setattr(os, name, _unless_open(getattr(os, name)))
    os.open = _no_folder(os.open)  # type: ignore[assignment]
    os.kill = _deadly  # type: ignore[assignment]
    loops: Any = import_module("asyncio.unix_events")
    loops._UnixSelectorEventLoop.add_signal_handler = _not_implemented
    from recorder.runfile import disk, processes

    disk.os = processes.os = Windows()  # type: ignore[attr-defined]
    processes._fields = processes._booted = lambda *_: None  # there is no /proc


def _unless_open(change: Callable[..., None]) -> Callable[..., None]:
    """Windows neither removes nor renames what is open, nor puts anything in its place."""

    def changed(*paths: Any, **options: Any) -> None:
        there = open_files(Path("/")) or []
        for path in paths:
            if Path(path).resolve() in there:
                raise PermissionError(13, "the file is being used by another process", str(path))
        change(*paths, **options)

    return changed


def _no_folder(opened: Callable[..., int]) -> Callable[..., int]:
    def door(path: Any, *rest: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "a folder cannot be opened", str(path))
        return opened(path, *rest, **options)

    return door


def _deadly(pid: int, number: int) -> None:
    raise AssertionError(f"on Windows this ends process {pid}")


def _not_implemented(*_: Any) -> None:
    raise NotImplementedError
