"""Whether a run still runs: its process is asked where that can be done, else its last sign of life decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from recorder.runfile import BeginLine, writer_lives

from .table import RunTable

Status = Literal["running", "finished", "incomplete", "pruned", "interrupted"]
_OF_REASONS: dict[str, Status] = {"finished": "finished", "incomplete": "incomplete", "pruned": "pruned"}
PATIENCE = 300.0  # seconds without a line before a run may count as interrupted
FIRST_PATIENCE = 3600.0  # the same before its first epoch: nobody knows yet how long one takes
LINES_OF_PATIENCE = 10


def status(table: RunTable, *, now: float) -> Status:
    """`finished`, `incomplete` (epochs are missing) or `pruned` (by a search) as the end says; else `running` or not.

    A process on this host is asked, by its number and by when it started, as numbers are used again. Where it cannot
    be asked, on another host, or where its start was not recorded, silence decides: it is too long after five minutes
    or ten times what there usually is between two lines, whichever is more; before the first epoch, after an hour.
    """
    reason = end_of(table)
    if reason is not None:
        return ended(reason)
    begin = table.begins[-1] if table.begins else None
    return alive(begin, lambda: now - table.last_time() <= patience(table))


def end_of(table: RunTable) -> str | None:
    """The reason for which the latest attempt ended; None where it has no end."""
    attempt = max((line.attempt for line in table.begins), default=0)
    return next((line.reason for line in reversed(table.ends) if line.attempt == attempt), None)


def done(table: RunTable) -> int:
    """How many epochs, or steps where these are the unit, a training has behind it at its newest line."""
    return int(table.epochs[-1]) + (table.unit == "epoch") if len(table) else 0


def planned(table: RunTable) -> int | None:
    """How many the latest attempt is to reach; None where it did not say, or has gone beyond: then it counts on."""
    most = table.begins[-1].epochs if table.begins else None
    return None if most is None or done(table) > most else most


def ended(reason: str) -> Status:
    """The state of a run that ended for a reason."""
    return _OF_REASONS.get(reason, "interrupted")


def alive(begin: BeginLine | None, heard: Callable[[], bool]) -> Status:
    """The state of a run without an end.

    Args:
        begin: who writes it.
        heard: whether it was heard of lately; asked where the process cannot be.
    """
    lives = writer_lives(begin) if begin is not None else None
    return "running" if (heard() if lives is None else lives) else "interrupted"


def patience(table: RunTable) -> float:
    """Seconds without a line before a run counts as interrupted whose process cannot be asked."""
    if not len(table):
        return FIRST_PATIENCE
    if "epoch" not in table.seconds.names():
        return PATIENCE
    typical = float(np.nanmedian(table.seconds.column("epoch")[table.order]))
    between = typical * (table.epochs_between_lines() if table.unit == "epoch" else 1)  # of steps: since the last line
    return max(PATIENCE, LINES_OF_PATIENCE * between) if np.isfinite(between) else PATIENCE
