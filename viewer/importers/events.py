"""TensorBoard's event files: frames of bytes to values, without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

SCALARS, PR_CURVES = "scalars", "pr_curves"
_LENGTH, _CHECK = struct.Struct("<Q"), 4  # bytes of each checksum


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a summary.

    Args:
        plugin: who it is for: "scalars", "pr_curves", "images" and others.
        tag: its name.
        step: as the writer counted.
        time: seconds since 1970.
        array: the value; of text and images an array of bytes.
        description: what the writer said of the tag.
    """

    plugin: str
    tag: str
    step: int
    time: float
    array: npt.NDArray[Any]
    description: str = ""


def need_tensorboard() -> None:
    """Raises ModuleNotFoundError with the way to get it."""
    try:
        import tensorboard  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "TensorBoard's files need the package tensorboard: pip install 'epochreel[tensorboard]'"
        ) from error


def frames(data: bytes) -> Iterator[bytes]:
    """The records of a file: each is a length, its checksum, the bytes, and theirs; a torn last one does not count."""
    start, head = 0, _LENGTH.size + _CHECK
    while start + head <= len(data):
        (length,) = _LENGTH.unpack_from(data, start)
        stop = start + head + length
        if stop + _CHECK > len(data):
            return
        yield data[start + head : stop]
        start = stop + _CHECK


def values(paths: Iterable[Path]) -> Iterator[Value]:
    """The values in the event files of one folder, in the order they were written.

    A tag's plugin is stated with its first value only, by the oldest file that has it.

    Raises:
        ValueError: A file is no event file.
    """
    from tensorboard.data_compat import migrate_event
    from tensorboard.util.tensor_util import make_ndarray

    stated: dict[str, tuple[str, str]] = {}
    for path in paths:
        for event in _events(path):
            for value in migrate_event(event).summary.value:
                if value.metadata.plugin_data.plugin_name:
                    metadata = value.metadata
                    stated[value.tag] = metadata.plugin_data.plugin_name, metadata.summary_description
                plugin, description = stated.get(value.tag, ("", ""))
                if plugin in (SCALARS, PR_CURVES) and value.HasField("tensor"):
                    array = np.asarray(make_ndarray(value.tensor))
                    yield Value(plugin, value.tag, event.step, event.wall_time, array, description)


def _events(path: Path) -> Iterator[Event]:
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    for frame in frames(path.read_bytes()):
        try:
            yield Event.FromString(frame)
        except DecodeError as error:
            raise ValueError(
                f"an event file must hold TensorBoard's events. Received: {path.name} ({error})"
            ) from error
