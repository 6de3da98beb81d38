"""Writing TensorBoard's event files, without TensorFlow."""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..counts.pr_curves import ABOVE, Array

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

_SIZE = struct.Struct(">II")  # width and height in the header of a PNG


class EventFile:
    """An event file of one folder, which is made.

    Args:
        folder: where it stands.
        created: seconds since 1970, a part of its name.
    """

    def __init__(self, folder: Path, created: float) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"events.out.tfevents.{int(created):010d}.epochreel.0.v2"
        self._writer = RecordWriter(path.open("xb"))
        self._writer.write(Event(wall_time=created, file_version="brain.Event:2").SerializeToString())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def add(self, value: Summary.Value, *, step: int, time: float) -> None:
        """Appends a value; `time` is seconds since 1970."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        event = Event(wall_time=time, step=step, summary=Summary(value=[value]))
        self._writer.write(event.SerializeToString())


def scalar(tag: str, number: float) -> Summary.Value:
    """A value of the scalar plugin."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.data_compat import migrate_value

    return migrate_value(Summary.Value(tag=tag, simple_value=number))


def image(tag: str, png: bytes) -> Summary.Value:
    """A value of the image plugin."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.data_compat import migrate_value

    width, height = _SIZE.unpack_from(png, 16)
    picture = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=png)
    return migrate_value(Summary.Value(tag=tag, image=picture))


def pr_curve(tag: str, curve: Array) -> Summary.Value:
    """A value of the PR-curve plugin: float32 [6, thresholds]."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.pr_curve.metadata import create_summary_metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    metadata = create_summary_metadata(display_name=tag, description=ABOVE, num_thresholds=curve.shape[1])
    return Summary.Value(tag=tag, metadata=metadata, tensor=make_tensor_proto(curve))
