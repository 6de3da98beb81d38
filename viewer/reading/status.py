"""Whether a run still runs, from its last sign of life."""

from __future__ import annotations

import os
import socket
from typing import Literal

import numpy as np

from .table import RunTable

Status = Literal["running", "finished", "interrupted"]
PATIENCE = 300.0  # seconds without a line before a run may count as interrupted
EPOCHS_OF_PATIENCE = 10


def status(table: RunTable, *, now: float) -> Status:
    """`finished` with an end line that says so; else `running` while its process lives and it is not silent too long.

    A process on another host cannot be asked: there, silence alone decides. Silence is too long after five minutes
    or ten times the median epoch, whichever is more.
    """
    attempt = max((line.attempt for line in table.begins), default=0)
    ends = [line for line in table.ends if line.attempt == attempt]
    if ends:
        return "finished" if ends[-1].reason == "finished" else "interrupted"
    begin = table.begins[-1] if table.begins else None
    if begin is not None and begin.host == socket.gethostname() and not _lives(begin.pid):
        return "interrupted"
    return "running" if now - table.last_time() <= _patience(table) else "interrupted"


def _patience(table: RunTable) -> float:
    if "epoch" not in table.seconds.names():
        return PATIENCE
    typical = float(np.nanmedian(table.seconds.column("epoch")))
    return max(PATIENCE, EPOCHS_OF_PATIENCE * typical) if np.isfinite(typical) else PATIENCE


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # elsewhere signal 0 is not a question
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError, OSError):
        return True
    return True
