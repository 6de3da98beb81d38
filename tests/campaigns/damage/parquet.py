"""A Parquet file taken apart into page headers and footer, changed anywhere, and put together again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .thrift import Reader, Struct, written

MAGIC = b"PAR1"


def field(struct: Struct, number: int) -> Any:
    """What a field holds; None where the struct lacks it."""
    return next((one.value for one in struct if one.number == number), None)


def put(struct: Struct, number: int, value: Any) -> None:
    """Sets a field, where it is there."""
    for one in struct:
        if one.number == number:
            one.value = value


@dataclass(slots=True)
class Page:
    """A header and the bytes behind it."""

    header: Struct
    body: bytes


@dataclass(slots=True)
class Chunk:
    """The pages of one column of a row group, and what the footer says of it (its `ColumnMetaData`)."""

    pages: list[Page]
    meta: Struct


class File:
    """A file taken apart. `footer` and the chunks' `meta` are one structure: what is changed there is written."""

    def __init__(self, data: bytes) -> None:
        size = int.from_bytes(data[-8:-4], "little")
        self.footer = Reader(data[-8 - size : -8]).struct()
        self.chunks = [_chunk(data, meta) for meta in self._metas()]

    def _metas(self) -> Iterator[Struct]:
        for group in field(self.footer, 4).items:
            yield from (field(column, 3) for column in field(group, 1).items)

    def data(self, *, place: bool = True) -> bytes:
        """The file; offsets and sizes are those of its pages if `place`, else what they are by now."""
        out = bytearray(MAGIC)
        for chunk in self.chunks:
            start, offsets = len(out), {}
            for page in chunk.pages:
                offsets.setdefault(11 if field(page.header, 1) == 2 else 9, len(out))
                out += written(page.header) + page.body
            if place:
                for number, offset in offsets.items():
                    put(chunk.meta, number, offset)
                put(chunk.meta, 7, len(out) - start)
        footer = written(self.footer)
        return bytes(out) + footer + len(footer).to_bytes(4, "little") + MAGIC


def _chunk(data: bytes, meta: Struct) -> Chunk:
    start = field(meta, 11) or field(meta, 9)
    end, pages, at = start + field(meta, 7), [], start
    while at < end:
        reader = Reader(data, at)
        header = reader.struct()
        size = field(header, 3)
        if not 0 <= size <= len(data) - reader.at:
            raise IndexError(size)  # damaged before; a negative one would lead back
        pages.append(Page(header, data[reader.at : reader.at + size]))
        at = reader.at + size
    return Chunk(pages, meta)
