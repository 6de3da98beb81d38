"""Whether a run still runs: its process is asked where that can be done, else its last sign of life decides."""

from __future__ import annotations

from typing import Literal

import numpy as np

from recorder.runfile import writer_lives

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
    attempt = max((line.attempt for line in table.begins), default=0)
    ends = [line for line in table.ends if line.attempt == attempt]
    if ends:
        return _OF_REASONS.get(ends[-1].reason, "interrupted")
    lives = writer_lives(table.begins[-1]) if table.begins else None
    if lives is not None:
        return "running" if lives else "interrupted"
    return "running" if now - table.last_time() <= _patience(table) else "interrupted"


def _patience(table: RunTable) -> float:
    if not len(table):
        return FIRST_PATIENCE
    if "epoch" not in table.seconds.names():
        return PATIENCE
    typical = float(np.nanmedian(table.seconds.column("epoch")[table.order]))
    between = typical * (table.epochs_between_lines() if table.unit == "epoch" else 1)  # of steps: since the last line
    return max(PATIENCE, LINES_OF_PATIENCE * between) if np.isfinite(between) else PATIENCE
