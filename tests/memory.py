"""How much memory a process has taken."""

from __future__ import annotations

from pathlib import Path


def peak() -> int:
    """Bytes that this process had at most, by Linux.

    Not `ru_maxrss`, which counts what the process was that this one was forked from: a bound on a growth beyond it
    then holds whatever happens.
    """
    return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


def bound(room: int) -> None:
    """From here on this process may have so many bytes more, and no more."""
    import resource  # which Windows has not

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
