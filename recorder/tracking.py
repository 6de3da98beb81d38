"""Trackers beside a run: chosen values of each point go there too, and at the end the run's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .derived import Functions, checked_derive, derived_value, tally_of_name
from .guard import Guard
from .retrying import Beside, RetryingWriter
from .runfile import EpochRecord, Output, RunFileWriter


class Tracker:
    """What is logged beside a run, whoever takes it. A subclass says how: `begin`, `log` and `end`.

    Args:
        metrics: `{"val_f1": lambda tp, fp, fn: ...}`: values of `tp`, `fp`, `tn`, `fn` and `matrix` at the decision, as
            `RunRecorder(derive=...)` takes them; of the split that a name begins with (`val_f1`, `val/f1`, or
            `night_f1` once there was a split `night`), else of training; of several outputs that which it names next
            (`val_animal_f1`), else the first. Of a split that a point has not, and of what is undefined (0/0), nothing
            is logged.
        logs: whether the logs of the run are logged too.

    Raises:
        TypeError: `metrics` does not map names to functions, or one takes what there is none of.
    """

    def __init__(self, metrics: Functions | None = None, *, logs: bool = False) -> None:
        self._metrics = checked_derive(metrics, "metrics")
        self._logs = logs
        self._splits = {"val"}

    def begin(self, folder: Path | None) -> None:
        """The run begins; raises where the tracker is not ready. `folder` is None while the disk has refused one."""

    def log(self, record: EpochRecord, values: Mapping[str, float]) -> None:
        """Takes the values of a point: `record.epoch` is its number, in `record.unit`."""

    def end(self, folder: Path | None) -> None:
        """The run has ended, and its folder is whole."""

    def values(self, record: EpochRecord, outputs: Mapping[str, Output], guard: Guard) -> dict[str, float]:
        """What is logged of a point: finite numbers by name; of a function that fails one warning."""
        found = {name: float(value) for name, value in record.logs.items()} if self._logs else {}
        self._splits |= {tally.split for tally in record.tallies}
        for name, function in self._metrics.items():
            tally = tally_of_name(name, record.tallies, self._splits)
            if tally is not None:
                value = guard.users(f"metrics[{name!r}]", derived_value, function, tally, outputs[tally.output])
                found[name] = float("nan") if value is None else value
        return {name: value for name, value in found.items() if np.isfinite(value)}


def check_trackers(given: Any) -> None:
    """Raises TypeError where something else than a sequence of trackers was given."""
    if given and not (isinstance(given, Sequence) and all(isinstance(one, Tracker) for one in given)):
        raise TypeError(
            f"trackers must be a list of trackers, such as [TensorBoardTracker(...)]. Received: {given!r:.200}"
        )


class TrackedWriter(RetryingWriter):
    """A writer that hands each point to trackers once it is on its way to the disk; they stop no training.

    Args:
        root: as in `RetryingWriter`.
        start: the same.
        trackers: that are told.
        beside: as in `RetryingWriter`.

    Raises:
        ValueError: A tracker is not ready.
    """

    def __init__(
        self,
        root: Path,
        start: Callable[[], RunFileWriter],
        trackers: Sequence[Tracker],
        beside: Beside | None = None,
    ) -> None:
        super().__init__(root, start, beside)
        self._trackers = list(trackers)
        self._guard = Guard()
        self._outputs: dict[str, Output] = {}
        self._ended = False
        try:
            for tracker in self._trackers:
                tracker.begin(self.folder)
        except BaseException:
            super().close("not started")
            raise

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted."""
        super().describe(outputs)
        self._outputs |= {output.name: output for output in outputs}

    def append(self, record: EpochRecord) -> None:
        """Takes one point."""
        super().append(record)
        for tracker in self._trackers:
            values = tracker.values(record, self._outputs, self._guard)
            if values:
                self._guard.users(type(tracker).__name__, tracker.log, record, values)

    def close(self, reason: str = "finished") -> None:
        """Ends the run, then hands its folder over."""
        super().close(reason)
        if not self._ended:
            self._ended = True
            for tracker in self._trackers:
                self._guard.users(f"the end of {type(tracker).__name__}", tracker.end, self.folder)
