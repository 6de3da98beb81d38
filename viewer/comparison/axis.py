"""What curves of several runs run over: epochs, steps, or seconds since the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import from_iso

from ..index.known import Source, run_of
from ..points import along
from ..run import Run
from ..run.pace import trained_on

Array = npt.NDArray[Any]
STEP_LOGS = ("step", "global_step", "iterations")
ALIGNS = {"epoch": "epoch", "step": "training steps", "time": "seconds since the start"}


def usual_align(runs: Sequence[Source]) -> str:
    """What curves run over where nobody says it: the unit of the runs; of different ones steps, where all know them."""
    units = {run.unit for run in runs if run.has_points} or {"epoch"}
    if len(units) == 1:
        return units.pop()
    opened = list(map(run_of, runs))
    return next(
        (align for align in ("step", "epoch") if not any(why_not(x_of(run, align), align) for run in opened)), "step"
    )


def x_of(run: Run, align: str) -> Array:
    """Where each point of a run stands on the axis, at its end, float64 [points]; NaN where that is not known."""
    if align == "time":
        return seconds(run)
    return steps(run) if align == "step" else along(run.timeline, "epoch")


def why_not(x: Array, align: str) -> str:
    """Why no point of a run stands on the axis, in a sentence; "" where any does, or there is none."""
    if np.isfinite(x).any() or not len(x):
        return ""
    if align == "step":
        return f"its steps are not known, from the recorder, a log named {', '.join(STEP_LOGS)}, or the config"
    return "its epochs are not known: it counts in steps, and in which epoch each lies was not recorded"


def seconds(run: Run) -> Array:
    """Wall time since the run's start; the pause before a resumed attempt, and what its first epoch lacks, left out."""
    lines = [run.line(position) for position in range(len(run.epoch_numbers))]
    times = np.array([from_iso(run.manifest.created), *(from_iso(line.time) for line in lines)])
    passed = np.diff(times)
    resumed = np.flatnonzero(np.diff(run.attempts, prepend=0))
    known = run.seconds.get("epoch", np.full(len(lines), np.nan))
    passed[resumed] = np.nan_to_num(known[resumed])
    return np.cumsum(np.maximum(passed, 0))


def steps(run: Run) -> Array:
    """Optimizer steps at the end of each point, float64 [points]; NaN where nothing tells them.

    As they were recorded; of a run that has none of its own, in this order: a log named `step`, `global_step` or
    `iterations`; `steps_per_epoch` in the config; `batch_size` in the config, with the training samples that were
    counted.
    """
    if run.unit == "step" or np.isfinite(run.steps).any():
        return run.steps
    logs, config, so_far = run.logs, run.manifest.config, run.epoch_numbers + 1.0
    for name in STEP_LOGS:
        if name in logs:
            return logs[name]
    if _positive(config.get("steps_per_epoch")):
        return so_far * config["steps_per_epoch"]
    if _positive(config.get("batch_size")):
        return so_far * np.ceil(trained_on(run) / config["batch_size"])
    return np.full(len(so_far), np.nan)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
