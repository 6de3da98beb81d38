"""How much memory a process has taken."""

from __future__ import annotations

from pathlib import Path


def peak() -> int:
    """Bytes that this process had at most, by Linux.

    Not `ru_maxrss`, which counts what the process was that this one was forked from: a bound on a growth beyond it
    then holds whatever happens.
    """
    return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
