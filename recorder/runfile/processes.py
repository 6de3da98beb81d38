"""Whether a process of this machine lives: asked by its number and by when it started, for numbers are used again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

TOLERANCE = 2.0  # seconds; the system's idea of when it booted moves with its clock
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def process_started(pid: int | None = None) -> float | None:
    """When a process started, in seconds since 1970 (UTC); None where there is none, or the system does not say.

    Args:
        pid: its number; None for this process.
    """
    fields = _fields(os.getpid() if pid is None else pid)
    booted = _booted()
    if fields is None or booted is None:
        return None
    return booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def process_mark(pid: int | None = None) -> str | None:
    """What tells a process from a later one of its number, whatever the clock does: the boot, and ticks since then.

    Args:
        pid: its number; None for this process.

    Returns:
        None where there is no such process, or the system does not say.
    """
    fields = _fields(os.getpid() if pid is None else pid)
    with suppress(OSError, UnicodeDecodeError):
        return f"{_BOOT.read_text().strip()}:{fields[19]}" if fields is not None else None
    return None


def process_lives(pid: int, started: float | None = None, mark: str | None = None) -> bool | None:
    """Whether the process `pid` that started at `started` lives; None where this system cannot be asked.

    Args:
        pid: its number on this machine.
        started: as `process_started` gave it; None where that is not known: then the number alone decides.
        mark: as `process_mark` gave it, which decides in place of `started` where both it and the system's are known.
    """
    if os.name != "posix" or pid <= 0:
        return None  # elsewhere signal 0 is not a question, and 0 and below are groups of processes
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # somebody else's, and there
    fields = _fields(pid)
    if fields is not None and fields[0] in ("Z", "X"):
        return False  # dead; nobody has asked how it ended
    if mark is not None and (now := process_mark(pid)) is not None:
        return mark == now
    found = process_started(pid)
    return started is None or found is None or abs(found - started) <= TOLERANCE


def _fields(pid: int) -> list[str] | None:
    """What Linux tells of a process behind its name: proc(5), from `state` on."""
    with suppress(OSError, UnicodeDecodeError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return None


def _booted() -> float | None:
    with suppress(OSError, ValueError):
        for line in Path("/proc/stat").read_text().splitlines():
            if line.startswith("btime "):
                return float(line.split()[1])
    return None
