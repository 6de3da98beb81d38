"""What curves of several runs run over: epochs, steps, or seconds since the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import from_iso

from ..run import Run

Array = npt.NDArray[Any]
STEP_LOGS = ("step", "global_step", "iterations")
ALIGNS = {"epoch": "epoch", "step": "optimizer steps", "time": "seconds since the start"}


def x_of(run: Run, align: str) -> Array:
    """float64 [epochs], where each epoch of a run stands on the axis, at its end.

    Raises:
        ValueError: The steps of the run are not known.
    """
    if align == "step":
        return steps(run)
    return seconds(run) if align == "time" else run.epoch_numbers.astype(np.float64)


def seconds(run: Run) -> Array:
    """Wall time since the run's start; the pause before a resumed attempt, and what its first epoch lacks, left out."""
    lines = [run.line(position) for position in range(len(run.epoch_numbers))]
    attempts = np.array([line.attempt for line in lines])
    times = np.array([from_iso(run.manifest.created), *(from_iso(line.time) for line in lines)])
    passed = np.diff(times)
    resumed = np.flatnonzero(np.diff(attempts, prepend=0))
    known = run.seconds.get("epoch", np.full(len(lines), np.nan))
    passed[resumed] = np.nan_to_num(known[resumed])
    return np.cumsum(np.maximum(passed, 0))


def steps(run: Run) -> Array:
    """Optimizer steps at the end of each epoch.

    The run format has no field for them. In this order: a log named `step`, `global_step` or `iterations`;
    `steps_per_epoch` in the config; `batch_size` in the config, with the training samples that were counted.

    Raises:
        ValueError: The run has none of these.
    """
    logs, config, so_far = run.logs, run.manifest.config, run.epoch_numbers + 1.0
    for name in STEP_LOGS:
        if name in logs:
            return logs[name]
    if _positive(config.get("steps_per_epoch")):
        return so_far * config["steps_per_epoch"]
    if _positive(config.get("batch_size")) and "train" in run.splits():
        counted = run.values("tp + fp + tn + fn", split="train", average="0")
        return so_far * np.ceil(counted / config["batch_size"])
    raise ValueError(
        f"steps must be known: from a log named {', '.join(STEP_LOGS)}, or from steps_per_epoch or batch_size in the "
        f"config. Received: {run.name}, which has none of these"
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
