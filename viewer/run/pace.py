"""How fast a run trains: steps and examples a second, and what share of the time validation takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .asked import Asked

Floats = npt.NDArray[np.float64]
RECENT = 20  # points that say how fast it is now


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run was lately: medians of its newest points, None where nothing says it.

    Args:
        seconds: of an epoch, or a step where steps are the unit, validation included.
        step_rate: training steps a second of training.
        example_rate: training samples a second of training.
        validation_share: of the time, in [0, 1].
    """

    seconds: float | None = None
    step_rate: float | None = None
    example_rate: float | None = None
    validation_share: float | None = None


UNKNOWN = Pace()


def pace(run: Asked) -> Pace:
    """How fast a run was lately."""
    each = (seconds_each, step_rate, example_rate, validation_share)
    return Pace(*(lately(of(run)) for of in each))


def lately(values: Floats) -> float | None:
    """The median of the newest values; None where none of them is known."""
    newest = values[-RECENT:]
    return float(np.nanmedian(newest)) if np.isfinite(newest).any() else None


def seconds_each(run: Asked) -> Floats:
    """Seconds of an epoch, or of a step where steps are the unit, float64 [points]; NaN where not recorded.

    The seconds of a point are those of its epoch; where steps are the unit, those since the point before.
    """
    seconds = _seconds(run, "epoch")
    return seconds if run.unit == "epoch" else _divided(seconds, _passed(run))


def step_rate(run: Asked) -> Floats:
    """Training steps a second of training, float64 [points].

    NaN where steps or seconds are not recorded, and at the first point of a resumed attempt: from which step it went on
    is not recorded.
    """
    done = run.steps
    steps = np.diff(done, prepend=0.0)
    if run.unit == "epoch":
        steps = _divided(steps, _passed(run))  # not all epochs need be recorded, and seconds are of one
    return _divided(np.where(_resumed(run), np.nan, steps), _seconds(run, "train"))


def example_rate(run: Asked) -> Floats:
    """Training samples, as the first output counted them, a second of training, float64 [points].

    NaN where the training split was not counted, or its seconds are not recorded.
    """
    return _divided(trained_on(run), _seconds(run, "train"))


def validation_share(run: Asked) -> Floats:
    """The share of the time that validation took, in [0, 1], float64 [points]; NaN where seconds are not recorded."""
    return _divided(_seconds(run, "val"), _seconds(run, "epoch"))


def trained_on(run: Asked) -> Floats:
    """Training samples that were counted at each point, float64 [points]; NaN where none were."""
    if "train" not in run.splits():
        return np.full(len(run.epoch_numbers), np.nan)
    counted: Floats = run.values("tp + fp + tn + fn", split="train", average="0")
    return counted


def _passed(run: Asked) -> npt.NDArray[np.int64]:
    """Epochs, or steps, since the point before."""
    return np.diff(run.epoch_numbers, prepend=-1 if run.unit == "epoch" else 0)


def _resumed(run: Asked) -> npt.NDArray[np.bool_]:
    """Which points are the first of a later attempt."""
    return np.diff(run.attempts, prepend=0) > 0


def _seconds(run: Asked, name: str) -> Floats:
    return run.seconds.get(name, np.full(len(run.epoch_numbers), np.nan))


def _divided(values: Any, by: Any) -> Floats:
    with np.errstate(all="ignore"):
        found = np.asarray(values, np.float64) / by
    return np.where(np.isfinite(found), found, np.nan)
