"""Bytes to lines: no file is opened here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from recorder.runfile import BeginLine, EndLine, EpochHead, Head, Numbers, RunFormatError, decode_part, decode_parts

NEAR_THE_END = 3  # lines: the last epoch, and the end of its attempt


class Block:
    """Lines that were read together.

    Args:
        text: a line each.
        count: how many.
    """

    def __init__(self, text: bytes, count: int) -> None:
        self._text, self._count = text, count

    @cached_property
    def lines(self) -> list[bytes]:
        """One by one."""
        return self._text.split(b"\n")[:-1]

    def line(self, place: int) -> bytes:
        """One of them; near the end, the others are not taken apart for it."""
        after = self._count - place
        return last_lines(self._text, after)[0] if after <= NEAR_THE_END else self.lines[place]

    def numbers(self) -> list[Numbers] | None:
        """The numbers of each; None where some are broken."""
        return decode_parts(self._text, Numbers)  # type: ignore[arg-type] # a union of types


@dataclass(frozen=True)
class Decoded:
    """What a part of `epochs.jsonl` holds.

    Args:
        heads: of the complete lines that could be read.
        block: these lines.
        faults: a sentence for each line that could not be read.
    """

    heads: Sequence[Head]
    block: Block
    faults: Sequence[str]

    @cached_property
    def marks(self) -> dict[int, BeginLine | EndLine]:
        """Where attempts begin and end, by place among the lines."""
        return {place: head for place, head in enumerate(self.heads) if not isinstance(head, EpochHead)}

    @cached_property
    def epochs(self) -> dict[int, EpochHead]:
        """The others."""
        marks, heads = self.marks, cast(Sequence[EpochHead], self.heads)
        return {place: heads[place] for place in range(len(heads)) if place not in marks}


def last_lines(text: bytes, many: int) -> list[bytes]:
    """The last lines of a text, up to so many; what is before them is not taken apart."""
    return text.rsplit(b"\n", many + 1)[-many - 1 : -1]


def decode(text: bytes) -> Decoded:
    """Lines, each with its newline; of an epoch only the head is decoded."""
    heads: list[Head] | None = decode_parts(text, Head)  # type: ignore[arg-type] # a union of types
    return _one_by_one(text) if heads is None else Decoded(heads, Block(text, len(heads)), ())


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
    return Decoded(heads, Block(b"".join(whole), len(whole)), faults)
