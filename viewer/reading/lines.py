"""Bytes to lines: no file is opened here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from recorder.runfile import Head, Numbers, RunFormatError, decode_part, decode_parts


class Block:
    """Lines that were read together.

    Args:
        text: a line each.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text

    @cached_property
    def lines(self) -> list[bytes]:
        """One by one."""
        return self._text.split(b"\n")[:-1]

    @property
    def last(self) -> bytes:
        """The last one; nothing where there is none."""
        return self._text[self._text.rfind(b"\n", 0, -1) + 1 :]

    def numbers(self) -> list[Numbers] | None:
        """The numbers of each; None where some are broken."""
        return decode_parts(self._text, Numbers)  # type: ignore[arg-type] # a union of types


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a chunk of `epochs.jsonl` held.

    Args:
        heads: of the complete lines that could be read.
        block: these lines.
        faults: a sentence for each line that could not be read.
        used: how many bytes the complete lines took; what follows is not committed yet.
    """

    heads: Sequence[Head]
    block: Block
    faults: Sequence[str]
    used: int


def decode(chunk: bytes) -> Decoded:
    """The complete lines of a chunk that starts at the beginning of a line; of an epoch only the head is decoded."""
    used = chunk.rfind(b"\n") + 1
    text = chunk[:used]
    heads: list[Head] | None = decode_parts(text, Head)  # type: ignore[arg-type] # a union of types
    return _one_by_one(text) if heads is None else Decoded(heads, Block(text), (), used)


def _one_by_one(text: bytes) -> Decoded:
    heads, whole, faults = [], [], []
    for raw in filter(None, text.split(b"\n")):
        try:
            head: Head | None = decode_part(raw, Head)  # type: ignore[arg-type] # as above
        except RunFormatError as error:
            faults.append(str(error))
            continue
        if head is not None:
            heads.append(head)
            whole.append(raw + b"\n")
    return Decoded(heads, Block(b"".join(whole)), faults, len(text))
