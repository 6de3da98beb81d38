"""Says in the terminal that trains what goes wrong, each thing once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .guard import Guard
from .runfile import EpochRecord, Output, kind_of
from .runfile.alerts import LOSS, Decided, alerts

VALIDATION = "val"


class AlertWatch:
    """Keeps the losses of a training and what was called what, and says what the rules of `runfile.alerts` find.

    Args:
        guard: warns, once for each thing.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._losses: dict[str, list[tuple[int, float]]] = {}
        self._counts: dict[str, list[tuple[int, Any]]] = {}

    def look(self, record: EpochRecord, outputs: Mapping[str, Output]) -> None:
        """Takes in an epoch as it is recorded."""
        for name, value in record.logs.items():
            if name.endswith(LOSS):
                self._losses.setdefault(name, []).append((record.epoch, float(value)))
        for tally in record.tallies:
            if tally.split == VALIDATION and tally.output in outputs:
                output = outputs[tally.output]
                counts = np.stack(kind_of(output).decided(tally, output))
                self._counts.setdefault(tally.output, []).append((record.epoch, counts))
        losses = {
            name: (_column(rows, np.int64, 0), _column(rows, np.float64, 1)) for name, rows in self._losses.items()
        }
        decided = [_decided(outputs[name], rows) for name, rows in self._counts.items() if name in outputs]
        for alert in alerts(losses, decided, unit=record.unit):
            self._guard.notice(f"alert: {alert.what}", f"{alert.text}.".__str__)


def _column(rows: list[tuple[int, Any]], dtype: type, at: int) -> Any:
    return np.array([row[at] for row in rows], dtype)


def _decided(output: Output, rows: list[tuple[int, Any]]) -> Decided:
    tp, fp, tn, fn = np.stack([counts for _, counts in rows], axis=-1)
    return Decided(output, _column(rows, np.int64, 0), (tp, fp, tn, fn))
