"""What goes wrong in a run, by the rules that the recorder warns by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile.alerts import LOSS, Alert, Decided, Series, alerts

from .asked import Asked

Array = npt.NDArray[Any]
MOST_LINES = 64  # that are looked at to tell what is NaN from what was not recorded


def alerts_of(run: Asked, position: int | None = None) -> list[Alert]:
    """What goes wrong in a run, as far as an epoch, given by its position in `epoch_numbers`; the newest if None."""
    length = len(run.epoch_numbers)
    until = length if position is None else range(length)[position] + 1
    logs = {name: _recorded(run, name, values[:until]) for name, values in run.logs.items() if name.endswith(LOSS)}
    return alerts(logs, list(_decided(run, until)))


def not_finite(run: Asked, name: str, values: Array) -> Array:
    """Positions at which a log was recorded as NaN or infinite, of the first epochs as many as there are values."""
    missing = np.flatnonzero(np.isnan(values))
    if len(missing) == len(values):
        return missing[:0]
    nan = [int(at) for at in missing[-MOST_LINES:] if name in run.line(int(at)).logs]
    return np.union1d(np.flatnonzero(np.isinf(values)), np.array(nan, np.int64)).astype(np.int64)


def _recorded(run: Asked, name: str, values: Array) -> Series:
    """The epochs at which a log was recorded, and its values."""
    there = np.isfinite(values)
    there[not_finite(run, name, values)] = True
    return run.epoch_numbers[: len(values)][there], values[there]


def _decided(run: Asked, until: int) -> Iterator[Decided]:
    """Validation counts at the decision, from the lines; of more classes than these state there are none."""
    for output in run.outputs:
        stated = run._table.counts_at_decision("val", output)
        if stated is None or "val" not in run.splits(output.name):
            continue
        known = np.flatnonzero(stated.known[:until])
        at = stated.at(known)
        yield Decided(output, run.epoch_numbers[known], (at.tp, at.fp, at.tn, at.fn))
