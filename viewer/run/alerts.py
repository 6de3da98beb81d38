"""What goes wrong in a run, by the rules that the recorder warns by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit
from recorder.runfile.alerts import LOSS, Alert, Decided, Series, alerts

from .asked import Asked

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Symptoms:
    """What alerts are told from, of all epochs of a run.

    Args:
        losses: by name.
        decided: validation counts of each output.
        unit: of the run: "epoch" or "step".
    """

    losses: dict[str, Series]
    decided: list[Decided]
    unit: Unit = "epoch"

    def alerts(self, epoch: int | None = None) -> list[Alert]:
        """What goes wrong as far as an epoch, by its number; the newest if None."""
        if epoch is None:
            return alerts(self.losses, self.decided, unit=self.unit)
        losses = {name: (known[:at], values[:at]) for name, known, values, at in self._until(epoch)}
        return alerts(losses, [one.until(epoch) for one in self.decided], unit=self.unit)

    def _until(self, epoch: int) -> Iterator[tuple[str, Array, Array, int]]:
        for name, (known, values) in self.losses.items():
            yield name, known, values, int(np.searchsorted(known, epoch, side="right"))


def symptoms(run: Asked) -> Symptoms:
    """What there is to see of a run; no array file is opened for it."""
    losses = {name: _recorded(run, name, values) for name, values in run.logs.items() if name.endswith(LOSS)}
    return Symptoms(losses, list(_decided(run)), run.unit)


def _recorded(run: Asked, name: str, values: Array) -> Series:
    """The epochs at which a log was recorded, and its values."""
    there = np.isfinite(values) | run.not_finite(name)
    return run.epoch_numbers[there], values[there]


def _decided(run: Asked) -> Iterator[Decided]:
    """Validation counts at the decision, from the lines; of more classes than these state there are none."""
    for output in run.outputs:
        stated = run.stated_counts("val", output.name)
        if stated is not None and "val" in run.splits(output.name):
            known = np.flatnonzero(stated.known)
            at = stated.at(known)
            yield Decided(output, run.epoch_numbers[known], (at.tp, at.fp, at.tn, at.fn))
