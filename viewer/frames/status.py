"""Where a run stands, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from .frame import Frame

RECENT = 20  # epochs that say how long the next one takes


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is.

    Args:
        epoch: under the cursor; None where there is none.
        done: epochs recorded.
        planned: epochs planned; None if that is not known.
        seconds: of a recent epoch, the median; None if not known.
        state: running, finished or interrupted.
        end: when a running run is expected to end (local time); None if not known.
    """

    epoch: int | None
    done: int
    planned: int | None
    seconds: float | None
    state: str
    end: datetime | None


def standing(frame: Frame, *, now: datetime | None = None) -> Standing:
    """The standing of the frame's run; `now` is a time with a zone, the clock's if None."""
    run, done = frame.run, len(frame.epochs)
    seconds = run.seconds.get("epoch", np.zeros(0))[-RECENT:]
    typical = float(np.nanmedian(seconds)) if np.isfinite(seconds).any() else None
    state, planned, end = run.status, run.planned_epochs, None
    last = int(frame.epochs[-1]) + 1 if done else 0
    if state == "running" and typical is not None and planned and planned > last:
        end = (now or datetime.now(UTC)).astimezone() + timedelta(seconds=typical * (planned - last))
    return Standing(frame.epoch, done, planned, typical, state, end)


def in_words(at: Standing) -> str:
    """One line: `epoch 52 · 53 of 100 done · 0.41 s an epoch · end about 14:03 · running`."""
    if at.epoch is None:
        return f"{at.state} · no epoch yet"
    parts = [f"epoch {at.epoch}", f"{at.done} of {at.planned} done" if at.planned else f"{at.done} done"]
    if at.seconds is not None:
        parts.append(f"{duration(at.seconds)} an epoch")
    if at.end is not None:
        parts.append(f"end about {at.end:%H:%M}")
    return " · ".join([*parts, at.state])


def duration(seconds: float) -> str:
    """Seconds with a sensible unit: `41 ms`, `0.41 s`, `12.3 s`, `4 min 10 s`, `3 h 5 min`."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
