"""Where a run stands, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from recorder.runfile import Unit
from recorder.runfile.names import shown

from ...frame.frame import Frame
from ...points import named
from ...reading.flat_config import differing, flat
from ...run import Run
from ...run.pace import UNKNOWN, Pace, pace


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is.

    Args:
        epoch: under the cursor, or the step where these are the unit; None where there is none.
        done: epochs, or steps, that the training has behind it, recorded or not.
        planned: epochs planned; None if that is not known.
        seconds: of a recent epoch, or step, the median; None if not known.
        state: running, finished, incomplete (finished, and epochs are missing), pruned (by a search) or interrupted.
        end: when a running run is expected to end (local time); None if not known.
        elapsed: seconds of all epochs together; None if not known.
        remaining: seconds until the expected end; None if not known.
        recorded: how many of the epochs behind it; None if all.
        changed: settings that the latest start was given otherwise than the first: `lr 0.2`.
        unit: of the run: "epoch" or "step".
        pace: how fast it was lately.
    """

    epoch: int | None
    done: int
    planned: int | None
    seconds: float | None
    state: str
    end: datetime | None
    elapsed: float | None = None
    remaining: float | None = None
    recorded: int | None = None
    changed: tuple[str, ...] = ()
    unit: Unit = "epoch"
    pace: Pace = UNKNOWN


def standing(frame: Frame, *, now: datetime | None = None) -> Standing:
    """The standing of the frame's run; `now` is a time with a zone, the clock's if None."""
    run, recorded = frame.run, len(frame.epochs)
    each: Pace = frame.remember(("pace", id(run)), lambda: pace(run))
    typical = each.seconds
    state, planned, end, remaining = run.status, run.planned_epochs, None, None
    done = run.epochs_done
    if state == "running" and typical is not None and planned and planned > done:
        remaining = typical * (planned - done)
        end = (now or datetime.now(UTC)).astimezone() + timedelta(seconds=remaining)
    some = None if recorded == done else recorded
    elapsed = frame.remember(("elapsed", id(run)), lambda: _elapsed(run))
    changed = _changed(frame)
    return Standing(frame.epoch, done, planned, typical, state, end, elapsed, remaining, some, changed, run.unit, each)


def _elapsed(run: Run) -> float | None:
    """Seconds of all points together; what is not recorded takes as long as what is."""
    seconds = run.seconds.get("epoch", np.zeros(0))
    if not np.isfinite(seconds).any():
        return None
    often = np.diff(run.epoch_numbers, prepend=-1) if run.unit == "epoch" else 1  # of steps: all since the last point
    return float(np.nansum(seconds * often))


def _changed(frame: Frame) -> tuple[str, ...]:
    first, latest = frame.run.manifest.config, frame.run.config
    if first is latest:
        return ()
    before, now = flat(first), flat(latest)
    return tuple(f"{shown(key)} {shown(str(now.get(key, 'not given')), most=30)}" for key in differing([before, now]))


def in_words(at: Standing) -> str:
    """One line: `epoch 52 · 53 of 100 done · 0.41 s an epoch · end about 14:03 · running`."""
    return brief(at)[0]


def brief(at: Standing) -> list[str]:
    """The same in ever fewer words."""
    if at.epoch is None:
        return [f"{at.state} · no {at.unit} yet", at.state]
    epoch = named(at.unit, at.epoch)
    done = f"{at.done:,} of {at.planned:,} done" if at.planned else f"{at.done:,} done"
    pace = rates(at)[:1] if at.unit == "step" else [] if at.seconds is None else [f"{duration(at.seconds)} an epoch"]
    end = [] if at.end is None else [f"end about {clock(at.end)}"]
    wordy = [[epoch, done, *pace, *end, at.state], [epoch, done, *end, at.state], [epoch, done, at.state]]
    return [" · ".join(parts) for parts in [*wordy, [epoch, at.state]]]


def rates(at: Standing) -> list[str]:
    """How fast it goes: `0.41 s each`, `812 steps a second`, `52k samples a second`, `12% of it validation`."""
    found = at.pace
    each = [] if at.seconds is None or at.unit == "step" else [f"{duration(at.seconds)} each"]
    rates = ((found.step_rate, "steps"), (found.example_rate, "samples"))
    each += [f"{rate(value)} {what} a second" for value, what in rates if value is not None]
    if found.validation_share is not None:
        each.append(f"{percent(found.validation_share)} of it validation{advice(found.validation_share)}")
    return each


def advice(validation_share: float) -> str:
    """What may help where validation takes most of the time; else nothing."""
    return ": larger batches may help" if validation_share > 0.5 else ""


def rate(value: float) -> str:
    """So many a second: `0.41`, `812`, `52k`."""
    if value >= 999.5:
        size, sign = (1e6, "M") if value >= 999_500 else (1e3, "k")
        return f"{value / size:.3g}{sign}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share in two digits: `12%`, `0.3%`."""
    return f"{100 * share:.2g}%" if share < 0.995 else f"{100 * share:.0f}%"


def trouble(frame: Frame) -> str:
    """What of the runs in view cannot be read, or is not there yet: `2 faults, the last: ...`; else nothing.

    As far as anybody has asked for it, so that it comes behind everything else that a picture asks.
    """
    faults = [fault for run in frame.runs for fault in run.faults_so_far]
    if len(faults) > 1:
        return f"{len(faults):,} faults, the last: {faults[-1]}"
    return "".join(faults)


def concern(frame: Frame) -> str:
    """What somebody who looks should know: what cannot be read, else the gravest thing that goes wrong; or nothing."""
    return trouble(frame) or next((alert.text for alert in frame.alerts), "")


def clock(time: datetime, *, now: datetime | None = None) -> str:
    """A time of day, with the date where it is not today: `14:03`, `26 Nov 14:03`."""
    today = (now or datetime.now(UTC)).astimezone(time.tzinfo).date() == time.date()
    return f"{time:%H:%M}" if today else f"{time.day} {time:%b %H:%M}"


def duration(seconds: float) -> str:
    """Seconds with a sensible unit: `41 ms`, `0.41 s`, `12.3 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s"
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
