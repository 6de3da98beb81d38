"""From the state of a point to the run: probes, the user's own functions, logs, and the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..alert_watch import AlertWatch
from ..epoch import EpochState, Point
from ..guard import Guard
from ..logged import scalars
from ..retrying import RetryingWriter
from ..runfile import EpochRecord, Output
from ..sample_ids import GivenIds
from . import user_functions
from .device import evaluating
from .model_reader import ModelReader
from .probing import Probes, probe_into

Left = tuple[Point, EpochState, dict[str, Any]]  # an epoch that is over: where, what is known of it, its logs


class PointSink:
    """Takes points to the run, and its end; it holds nothing of the training.

    Args:
        guard: keeps faults from the training.
        writer: of the run.
        ids: of samples.
    """

    def __init__(self, guard: Guard, writer: RetryingWriter, ids: GivenIds) -> None:
        self._guard, self._writer, self._ids = guard, writer, ids

    def record(self, left: Left, observed: Mapping[str, Any]) -> EpochRecord:
        """What is recorded of a point: what its state and logs say, and what was observed."""
        point, state, logs = left
        if not self._guard.step("counting", self._writer.describe, list(state.outputs.values())):
            state.forget()
        for split in self._ids.due(state.samples):
            self._guard.step(f"sample_ids or groups of {split!r}", state.identify, self._ids, split)
        return state.record(point, logs=scalars(logs), observed=observed)

    def write(self, record: EpochRecord) -> None:
        """Hands it to the writer."""
        self._writer.append(record)
        self._ids.recorded(record.sample_ids)
        self._ids.report(self._guard, record.sample_ids)

    def close(self, left: list[Left], reason: str) -> None:
        """Ends a run; of one that was interrupted the last epoch that was over, if `every` passed over it, is first."""
        if left:
            self._guard.step("recording the last epoch", lambda: self.write(self.record(left.pop(), {})))
        self._guard.step("ending the run", self._writer.close, reason)


class PointWriter:
    """Writes points of one training, with what the model says at each.

    Args:
        sink: of the points.
        model: that trains.
        reader: of its metrics.
        guard: keeps faults from the training.
        probes: to be predicted at each point.
        observe: the user's own functions of the model.
        max_samples: of predictions to keep.
        alerts: whether to say what goes wrong.
    """

    def __init__(
        self,
        sink: PointSink,
        model: Any,
        reader: ModelReader,
        guard: Guard,
        *,
        probes: Probes,
        observe: Mapping[str, Callable[[Any], Any]],
        max_samples: int,
        alerts: bool,
    ) -> None:
        self._sink, self._model, self._reader, self._guard = sink, model, reader, guard
        self._probes, self._observe, self._max_samples = probes, observe, max_samples
        self._watch = AlertWatch(guard) if alerts else None

    def predict(self, state: EpochState, split: str, pair: tuple[Any, Any]) -> None:
        """Predicts (x, y), and takes in what comes of it under the name of a split."""
        self._guard.step(f"probe {split!r}", self._predict, state, split, *pair)

    def record(self, left: Left) -> tuple[EpochRecord, dict[str, Output]]:
        """What is recorded of a point, as the model is now, and the outputs of which it has counts."""
        point, state, logs = left
        for split, pair in self._probes.items():
            self.predict(state, split, pair)
        rate = state.learning_rate
        if rate is None:
            rate = self._guard.users("learning_rate", self._reader.learning_rate)
        observed, arrays = user_functions.observed(self._observe, self._model, self._guard)
        logs = scalars({"learning_rate": rate} | logs) | observed
        return self._sink.record((point, state, logs), arrays), state.outputs

    def write(self, record: EpochRecord, outputs: Mapping[str, Output]) -> None:
        """Puts it on the disk."""
        self._sink.write(record)
        if self._watch is not None:
            self._guard.step("alerts", self._watch.look, record, outputs)

    def _predict(self, state: EpochState, split: str, x: Any, y: Any) -> None:
        with evaluating(self._model):
            probe_into(state, self._model, self._reader, split=split, x=x, y=y, max_samples=self._max_samples)
