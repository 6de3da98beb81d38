"""Bytes to lines: no file is opened here."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.runfile import Line, RunFormatError, decode_line


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a chunk of `epochs.jsonl` held.

    Args:
        lines: the complete lines that could be read.
        faults: a sentence for each that could not.
        used: how many bytes the complete lines took; what follows is not committed yet.
    """

    lines: list[Line]
    faults: list[str]
    used: int


def decode(chunk: bytes) -> Decoded:
    """The complete lines of a chunk that starts at the beginning of a line."""
    used = chunk.rfind(b"\n") + 1
    lines, faults = [], []
    for raw in chunk[:used].split(b"\n")[:-1]:
        try:
            line = decode_line(raw) if raw else None
        except RunFormatError as error:
            faults.append(str(error))
            continue
        if line is not None:
            lines.append(line)
    return Decoded(lines, faults, used)
