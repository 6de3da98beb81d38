"""From the state of a point to the run: probes, the user's own functions, logs, and the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..alert_watch import AlertWatch
from ..epoch import EpochState, Point
from ..guard import Guard
from ..retrying import RetryingWriter
from ..runfile import EpochRecord, Output
from ..sample_ids import GivenIds
from . import user_functions
from .device import evaluating
from .model_reader import ModelReader
from .probing import Probes, probe_into


class PointWriter:
    """Writes points of one training.

    Args:
        model: that trains.
        reader: of its metrics.
        writer: of the run.
        guard: keeps faults from the training.
        probes: to be predicted at each point.
        observe: the user's own functions of the model.
        ids: of samples.
        max_samples: of predictions to keep.
        alerts: whether to say what goes wrong.
    """

    def __init__(
        self,
        model: Any,
        reader: ModelReader,
        writer: RetryingWriter,
        guard: Guard,
        *,
        probes: Probes,
        observe: Mapping[str, Callable[[Any], Any]],
        ids: GivenIds,
        max_samples: int,
        alerts: bool,
    ) -> None:
        self._model, self._reader, self._writer, self._guard = model, reader, writer, guard
        self._probes, self._observe, self._ids, self._max_samples = probes, observe, ids, max_samples
        self._watch = AlertWatch(guard) if alerts else None

    def predict(self, state: EpochState, split: str, pair: tuple[Any, Any]) -> None:
        """Predicts (x, y), and takes in what comes of it under the name of a split."""
        self._guard.step(f"probe {split!r}", self._predict, state, split, *pair)

    def record(self, point: Point, state: EpochState, logs: Mapping[str, Any]) -> tuple[EpochRecord, dict[str, Output]]:
        """What is recorded of a point, as the model is now, and the outputs of which it has counts."""
        for split, pair in self._probes.items():
            self.predict(state, split, pair)
        rate = self._guard.users("learning_rate", lambda: self._model.optimizer.learning_rate)
        scalars, arrays = user_functions.observed(self._observe, self._model, self._guard)
        if not self._guard.step("counting", self._writer.describe, list(state.outputs.values())):
            state.forget()
        logs = user_functions.scalars({"learning_rate": rate} | dict(logs)) | scalars
        for split in self._ids.due(state.samples):
            self._guard.step(f"sample_ids of {split!r}", state.identify, self._ids, split)
        return state.record(point, logs=logs, observed=arrays), state.outputs

    def write(self, record: EpochRecord, outputs: Mapping[str, Output]) -> None:
        """Puts it on the disk."""
        self._writer.append(record)
        self._ids.recorded(record.sample_ids)
        if self._watch is not None:
            self._guard.step("alerts", self._watch.look, record, outputs)

    def _predict(self, state: EpochState, split: str, x: Any, y: Any) -> None:
        with evaluating(self._model):
            probe_into(state, self._model, self._reader, split=split, x=x, y=y, max_samples=self._max_samples)
