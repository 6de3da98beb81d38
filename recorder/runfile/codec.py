"""Records to JSON and back: the lines of `epochs.jsonl`, and what is added to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from .errors import RunFormatError
from .kinds import kind_of
from .records import EpochRecord, Tally
from .schema import AddLine, CountsRow, EpochLine, Head, Line, Numbers, Output, RowsOfALine

MAX_CLASSES_IN_LINE = 16
NonFinite = Literal["NaN", "Infinity", "-Infinity"]

_encoder = msgspec.json.Encoder()
_line_decoder = msgspec.json.Decoder(Line)
_addition_decoder = msgspec.json.Decoder(AddLine)
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {
    part: msgspec.json.Decoder(part) for part in (Head, Numbers, RowsOfALine)
}
T = TypeVar("T")


def encode_line(line: Line | AddLine) -> bytes:
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


def epoch_line(
    record: EpochRecord,
    *,
    attempt: int,
    outputs: Sequence[Output],
    rows: Mapping[str, int],
    crc32: Mapping[str, int],
) -> EpochLine:
    """What of a record a person would want to grep, how many rows its parts have, and their checksums."""
    return EpochLine(
        attempt=attempt,
        epoch=record.epoch,
        step=record.step,
        in_epoch=record.in_epoch,
        time=iso_time(record.time),
        seconds={name: float(value) for name, value in record.seconds.items() if math.isfinite(value)},
        logs=_logs(record),
        counts=_counts(record, outputs),
        rows=dict(rows),
        crc32=dict(crc32),
    )


def add_line(
    record: EpochRecord,
    *,
    attempt: int,
    of: int,
    outputs: Sequence[Output],
    rows: Mapping[str, int],
    crc32: Mapping[str, int],
    merged: Mapping[str, int],
) -> AddLine:
    """The same of what is added to a point that attempt `of` has recorded."""
    return AddLine(
        attempt=attempt,
        of=of,
        epoch=record.epoch,
        time=iso_time(record.time),
        logs=_logs(record),
        counts=_counts(record, outputs),
        rows=dict(rows),
        crc32=dict(crc32),
        merged=dict(merged) or None,
    )


def decode_addition(data: bytes) -> AddLine:
    """What a file of an addition holds, its newline with it.

    Raises:
        RunFormatError: It is not what the format says.
    """
    try:
        return _addition_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunFormatError(f"an addition must follow the run format. Received: {data[:80]!r} ({error})") from error


def _logs(record: EpochRecord) -> dict[str, float | NonFinite]:
    return {name: finite_or_name(float(value)) for name, value in record.logs.items()}


def _counts(record: EpochRecord, outputs: Sequence[Output]) -> list[CountsRow]:
    by_name = {output.name: output for output in outputs}
    return [row for tally in record.tallies for row in counts_rows(tally, by_name[tally.output])]


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
