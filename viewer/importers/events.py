"""TensorBoard's event files to values: its own reader, checksums and all, without TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..needs import told
from .imported import calendar_time

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

SCALARS, PR_CURVES = "scalars", "pr_curves"
NO_NUMBERS = "what is no number, or not as many as it says"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a summary.

    Args:
        plugin: who it is for: "scalars" or "pr_curves".
        tag: its name.
        step: as the writer counted.
        time: seconds since 1970.
        array: the value.
        description: what the writer said of the tag.
        file: number of the file, in the order in which they were written.
    """

    plugin: str
    tag: str
    step: int
    time: float
    array: npt.NDArray[Any]
    description: str = ""
    file: int = 0


@dataclass(slots=True)
class EventFiles:
    """The event files of one folder.

    Args:
        paths: of the files, in the order in which they were written.
        faults: once they are read, a sentence for each file that could not be read to its end.
        others: once they are read, the tags that are for other plugins, by plugin.
    """

    paths: list[Path]
    faults: list[str] = field(default_factory=list)
    others: dict[str, set[str]] = field(default_factory=dict)

    def values(self) -> Iterator[Value]:
        """The values in the order in which they were written.

        A tag's plugin is stated with its first value only, by the oldest file that has it.
        """
        from tensorboard.data_compat import migrate_event

        stated: dict[str, tuple[str, str]] = {}
        for number, path in enumerate(self.paths):
            for event in self._events(path):
                for value in migrate_event(event).summary.value:
                    if value.metadata.plugin_data.plugin_name:
                        metadata = value.metadata
                        stated[value.tag] = metadata.plugin_data.plugin_name, metadata.summary_description
                    plugin, description = stated.get(value.tag, ("", ""))
                    if plugin in (SCALARS, PR_CURVES) and value.HasField("tensor"):
                        array, time = _array(value.tensor), calendar_time(event.wall_time)
                        if array is None:
                            self.others.setdefault(NO_NUMBERS, set()).add(value.tag)
                            continue
                        yield Value(plugin, value.tag, event.step, time, array, description, number)
                    else:
                        self.others.setdefault(plugin or "an unknown plugin", set()).add(value.tag)

    def _events(self, path: Path) -> Iterator[Event]:
        """The events of a file up to its end, or to what cannot be read, which becomes a fault."""
        from google.protobuf.message import DecodeError
        from tensorboard.compat.proto.event_pb2 import Event

        whole = 0
        try:
            for record in records(path):
                yield Event.FromString(record)
                whole += 1
        except (EventFileError, DecodeError, OSError) as error:
            reason = "the next one is no event" if isinstance(error, DecodeError) else str(error)
            self.faults.append(f"what follows {whole} records of {path.parent.name}/{path.name}: {reason}")


def _array(tensor: TensorProto) -> npt.NDArray[Any] | None:
    """The numbers of a tensor; None where they are of another type, or others than its shape says.

    A tensor of one number may stand for as many as its shape says, which no writer of summaries makes use of.
    """
    from tensorboard.util.tensor_util import make_ndarray

    if math.prod(max(dim.size, 0) for dim in tensor.tensor_shape.dim) > tensor.ByteSize():
        return None
    try:
        found = np.asarray(make_ndarray(tensor))
    except (TypeError, ValueError):
        return None
    return found if found.dtype.kind in "biuf" or found.dtype.name == "bfloat16" else None


class EventFileError(ValueError):
    """An event file cannot be read any further."""


def need_tensorboard() -> None:
    """Raises ModuleNotFoundError with the way to get it."""
    with told():
        import tensorboard  # noqa: F401


def records(path: Path) -> Iterator[bytes]:
    """The records of an event file, each checked against its checksums.

    `PyRecordReader_New` is what TensorBoard's own `RawEventFileLoader` reads with where there is no TensorFlow. That
    loader itself would import TensorFlow where there is one (seconds), and ends a damaged file without a word.

    Raises:
        EventFileError: A record is torn, or is not what its checksum says.
        OSError: The file cannot be read.
    """
    from tensorboard.compat.tensorflow_stub.errors import DataLossError, OpError, OutOfRangeError
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    try:
        reader = PyRecordReader_New(str(path))
        while True:
            reader.GetNext()
            yield reader.record()
    except OutOfRangeError:
        return
    except DataLossError as error:
        torn = "truncated" in error.message
        raise EventFileError("the next one is torn" if torn else "the next one does not match its checksum") from error
    except OpError as error:
        raise EventFileError(error.message) from error
    except (MemoryError, OverflowError) as error:  # it says that it has more bytes than there can be
        raise EventFileError("the next one is torn") from error


def not_taken(found: Iterable[EventFiles]) -> list[str]:
    """Sentences on what was not taken from files that have been read."""
    found, others = list(found), dict[str, set[str]]()
    for files in found:
        for plugin, tags in files.others.items():
            others.setdefault(plugin, set()).update(tags)
    said = [f"{plugin}: {', '.join(sorted(tags))}" for plugin, tags in sorted(others.items())]
    return [*(fault for files in found for fault in files.faults), *said]
