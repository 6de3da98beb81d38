"""Bytes to lines: no file is opened here."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.runfile import Head, RunFormatError, decode_part, decode_parts

Found = tuple[Head, bytes]  # a line: what it is, and all it says


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a chunk of `epochs.jsonl` held.

    Args:
        lines: the complete lines that could be read.
        faults: a sentence for each that could not.
        used: how many bytes the complete lines took; what follows is not committed yet.
    """

    lines: list[Found]
    faults: list[str]
    used: int


def decode(chunk: bytes) -> Decoded:
    """The complete lines of a chunk that starts at the beginning of a line; of an epoch only the head is decoded."""
    used = chunk.rfind(b"\n") + 1
    whole = [raw for raw in chunk[:used].split(b"\n") if raw]
    heads: list[Head] | None = decode_parts(whole, Head)  # type: ignore[arg-type] # a union of types
    if heads is not None:
        return Decoded(list(zip(heads, whole, strict=True)), [], used)
    lines, faults = [], []
    for raw in whole:
        try:
            head: Head | None = decode_part(raw, Head)  # type: ignore[arg-type] # as above
        except RunFormatError as error:
            faults.append(str(error))
            continue
        if head is not None:
            lines.append((head, raw))
    return Decoded(lines, faults, used)
