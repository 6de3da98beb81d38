"""Chosen formulas in TensorBoard beside a run, by the package tensorboard alone: no TensorFlow is needed.

from recorder.tensorboard import TensorBoardTracker

with RunWriter("runs", trackers=[TensorBoardTracker("logs", {"val_f1": f1})]) as run:
    ...
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter

from ..derived import Functions
from ..runfile import EpochRecord
from ..tracking import Tracker

__all__ = ["TensorBoardTracker"]
UNNAMED = "run"


class TensorBoardTracker(Tracker):
    """Writes an event file in a folder of the run's name; the step is the number of the point.

    TensorBoard keeps no artifacts: a text, `epochreel/run`, says which folder the run is. Points that a resumed
    run records again take the place of the earlier ones, as in the run.

    Args:
        folder: of TensorBoard's logs, made where it is missing.
        metrics: as in `Tracker`: `{"val_f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)}`.
        logs: whether the logs of the run are written too.
    """

    def __init__(self, folder: str | Path, metrics: Functions | None = None, *, logs: bool = False) -> None:
        super().__init__(metrics, logs=logs)
        self._folder = Path(folder)
        self._name, self._begun = UNNAMED, False
        self._file: Any = None

    def begin(self, folder: Path | None) -> None:
        """Opens the file; each start of a run has one of its own.

        Raises:
            OSError: It cannot be made.
        """
        self._name, self._begun = UNNAMED if folder is None else folder.name, False
        home = self._folder / self._name
        home.mkdir(parents=True, exist_ok=True)
        self._file = (home / f"events.out.tfevents.{time.time_ns()}.epochreel").open("xb")
        self._put(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def log(self, record: EpochRecord, values: Mapping[str, float]) -> None:
        """One event."""
        if not self._begun:
            self._start(record)
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._put(Event(wall_time=record.time, step=record.epoch, summary=Summary(value=scalars)))

    def _start(self, record: EpochRecord) -> None:
        """From this point on nothing of earlier starts counts, which readers are told; then which run it is."""
        start = SessionLog(status=SessionLog.START)
        self._put(Event(wall_time=record.time, step=record.epoch, session_log=start))
        text = TensorProto(dtype=DT_STRING, string_val=[self._name.encode()], tensor_shape=TensorShapeProto())
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
        value = Summary.Value(tag="epochreel/run", tensor=text, metadata=metadata)
        self._put(Event(wall_time=record.time, step=0, summary=Summary(value=[value])))
        self._begun = True

    def end(self, folder: Path | None) -> None:
        """Closes the file."""
        self._file.close()

    def _put(self, event: Any) -> None:
        RecordWriter(self._file).write(event.SerializeToString())
        self._file.flush()
