"""Records to JSON and back: the manifest, and the lines of `epochs.jsonl`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from .errors import RunFormatError
from .kinds import kind_of
from .names import listed
from .records import EpochRecord, Tally
from .schema import FORMAT_VERSION, CountsRow, EpochLine, Head, Line, Manifest, Numbers, Output, RowsOfALine

MAX_CLASSES_IN_LINE = 16
MOST_VALUES = 2**22  # of a manifest, each of which may take 25 times its bytes in memory
SHARED = 2**17  # bytes of the outputs of a manifest that are kept for others of the same
COUNTER_BYTES = 2**26  # of one output and epoch: 64 MiB
COARSEST = 3  # thresholds of the grid that is kept of very many classes
MOST_CLASSES = 2**20
NonFinite = Literal["NaN", "Infinity", "-Infinity"]

_encoder = msgspec.json.Encoder()
_line_decoder = msgspec.json.Decoder(Line)
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {
    part: msgspec.json.Decoder(part) for part in (Head, Numbers, RowsOfALine)
}
T = TypeVar("T")


def encode_line(line: Line) -> bytes:
    """One line of JSON, with its newline."""
    return _encoder.encode(line) + b"\n"


def decode_line(data: bytes) -> Line | None:
    """A line of `epochs.jsonl`; None for an event of a later minor version.

    Raises:
        RunFormatError: The line is not what the format says.
    """
    return _decoded(data, _line_decoder)


def decode_part(line: bytes, what: type[T]) -> T | None:
    """What is wanted of a line: its `Head` or its `Numbers`; the rest is passed over.

    A head takes a seventh of the time of `decode_line`. None and errors are as there.
    """
    return _decoded(line, _DECODERS[what])


def decode_parts(text: bytes, what: type[T]) -> list[T] | None:
    """The same of all lines of a text at once, in half of the time.

    None where `decode_part` would refuse one, or knows no such event, or where a line is empty.
    """
    try:
        found = _DECODERS[what].decode_lines(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if text.count(b"\n") == len(found) else None  # the decoder takes any space between two objects


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    return msgspec.json.format(_encoder.encode(manifest), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """The manifest of a run.

    Raises:
        RunFormatError: It is no manifest, or one of a newer major version.
    """
    values = sum(map(data.count, (b",", b"[", b"{")))
    if values > MOST_VALUES:
        raise RunFormatError(f"run.json must hold at most {MOST_VALUES:,} values. Received: about {values:,}")
    try:
        found = msgspec.structs.asdict(_manifest_decoder.decode(data))
        _check_version(found["format"])
        text = bytes(found["outputs"])
        outputs = _shared(text) if len(text) <= SHARED else _outputs(text)
        return Manifest(**found | {"outputs": list(outputs)})
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            _check_version(msgspec.json.decode(data, type=_Version).format)
        raise RunFormatError(f"run.json must follow the run format. Received: {data[:80]!r} ({error})") from error


def epoch_line(
    record: EpochRecord,
    *,
    attempt: int,
    outputs: Sequence[Output],
    rows: Mapping[str, int],
    crc32: Mapping[str, int],
) -> EpochLine:
    """What of a record a person would want to grep, how many rows its parts have, and their checksums."""
    by_name = {output.name: output for output in outputs}
    counts = [row for tally in record.tallies for row in counts_rows(tally, by_name[tally.output])]
    return EpochLine(
        attempt=attempt,
        epoch=record.epoch,
        step=record.step,
        in_epoch=record.in_epoch,
        time=iso_time(record.time),
        seconds={name: float(value) for name, value in record.seconds.items() if math.isfinite(value)},
        logs={name: finite_or_name(float(value)) for name, value in record.logs.items()},
        counts=counts,
        rows=dict(rows),
        crc32=dict(crc32),
    )


def finite_or_name(value: float) -> float | NonFinite:
    """`value`, or its name in proto3's JSON where JSON has no number for it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, to the microsecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def from_iso(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; NaN where the text is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return math.nan


def counts_rows(tally: Tally, output: Output) -> list[CountsRow]:
    """The four counts at the decision; those of up to 16 classes."""
    kind = kind_of(output)
    counts = np.stack(kind.decided(tally, output), axis=1)[:MAX_CLASSES_IN_LINE]
    labels = kind.line_labels(len(counts))
    return [
        CountsRow(split=tally.split, output=tally.output, label=label, tp=tp, fp=fp, tn=tn, fn=fn)
        for label, (tp, fp, tn, fn) in zip(labels, counts.tolist(), strict=True)
    ]


class _Version(msgspec.Struct):
    format: str


class _Manifest(Manifest, kw_only=True):
    outputs: msgspec.Raw = msgspec.Raw(b"[]")  # type: ignore[assignment] # a thousand thresholds, for `_outputs`


_manifest_decoder = msgspec.json.Decoder(_Manifest)
_outputs_decoder = msgspec.json.Decoder(list[Output])


@lru_cache(maxsize=64)
def _shared(text: bytes) -> list[Output]:
    """The same list each time: a thousand runs of one kind share one grid."""
    return _outputs(text)


def _outputs(text: bytes) -> list[Output]:
    """Outputs as a manifest states them."""
    outputs = _outputs_decoder.decode(text)
    for output in outputs:
        _check(output)
    names = [output.name for output in outputs]
    if len(set(names)) < len(names):
        raise RunFormatError(f"outputs in run.json must have a name each. Received: {listed(names)}")
    return outputs


def _check(output: Output) -> None:
    """What types do not say, and readers rely on."""
    edges, classes = output.thresholds, len(output.classes)
    if not edges or edges[0] < 0 or edges[-1] > 1 or any(high <= low for low, high in pairwise(edges)):
        raise RunFormatError(f"thresholds in run.json must increase, each in [0, 1]. Received: {edges[:9]}")
    if not 0 <= output.decision_threshold <= 1:
        raise RunFormatError(f"decision_threshold in run.json must be in [0, 1]. Received: {output.decision_threshold}")
    if not kind_of(output).fits(classes):
        raise RunFormatError(
            f"classes in run.json must name every class. Received: {classes} of a {output.kind} output"
        )
    if _counters(output) > COUNTER_BYTES:
        raise RunFormatError(
            f"an output in run.json must have at most {COUNTER_BYTES:,} bytes of counters. "
            f"Received: {classes:,} classes and {len(edges):,} thresholds"
        )


def _counters(output: Output) -> int:
    """Bytes of the histograms of an epoch, of the coarsest grid for very many classes, and of the matrix."""
    kind, classes, bins = kind_of(output), len(output.classes), len(output.thresholds) + 1
    histograms = 16 * kind.scores(classes) * bins
    matrix = 8 * classes * classes if kind.argmax and output.matrix else 0
    coarsest = bins <= COARSEST + 2 and classes <= MOST_CLASSES
    return matrix + (0 if coarsest else histograms)


class _Event(msgspec.Struct):
    event: str


def _decoded(data: bytes, decoder: msgspec.json.Decoder[T]) -> T | None:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _is_unknown_event(data):
            return None
        raise RunFormatError(f"a line must follow the run format. Received: {data[:80]!r} ({error})") from error


def _is_unknown_event(data: bytes) -> bool:
    try:
        return msgspec.json.decode(data, type=_Event).event not in {"begin", "epoch", "end"}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _check_version(version: str) -> None:
    if _major(version) > _major(FORMAT_VERSION):
        raise RunFormatError(
            f"run format must be at most {_major(FORMAT_VERSION)}.x; a newer epochreel reads more. Received: {version}"
        )


def _major(version: str) -> int:
    try:
        return int(version.split(".")[0])
    except ValueError:
        raise RunFormatError(f"format must be a version such as {FORMAT_VERSION}. Received: {version!r}") from None
