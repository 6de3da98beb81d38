"""Thrift's compact protocol, in which Parquet writes its footers and page headers: read, changed, written again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
INTEGERS = (I16, I32, I64)


@dataclass(slots=True)
class Field:
    """One field of a struct: its number, its type, and what it holds."""

    number: int
    type: int
    value: Any


Struct = list[Field]


@dataclass(slots=True)
class List:
    """Items of one type; `size` may say something else than there are."""

    type: int
    items: list[Any]
    size: int | None = None


class Reader:
    """Reads one struct from `at` on; afterwards `at` is behind it."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def struct(self) -> Struct:
        found: Struct = []
        number = 0
        while (head := self._byte()) != 0:
            step, kind = head >> 4, head & 15
            number = number + step if step else self._integer()
            found.append(Field(number, kind, self._value(kind)))
        return found

    def _value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self._byte()
        if kind in INTEGERS:
            return self._integer()
        if kind == DOUBLE:
            return self._bytes(8)
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in (LIST, SET):
            return self._list()
        assert kind == STRUCT, kind
        return self.struct()

    def _list(self) -> List:
        head = self._byte()
        kind, size = head & 15, head >> 4
        size = self._varint() if size == 15 else size
        if size > len(self.data) - self.at:
            raise IndexError(size)
        return List(kind, [self._byte() if kind in (TRUE, FALSE) else self._value(kind) for _ in range(size)])

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7

    def _integer(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)


def written(struct: Struct) -> bytes:
    """The bytes of a struct."""
    out, before = bytearray(), 0
    for field in struct:
        kind = (TRUE if field.value else FALSE) if field.type in (TRUE, FALSE) else field.type
        step = field.number - before
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            out += _integer(field.number)
        before = field.number
        out += b"" if kind in (TRUE, FALSE) else _value(kind, field.value)
    return bytes(out) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind in (TRUE, FALSE, BYTE):
        return bytes([value & 255])
    if kind in INTEGERS:
        return _integer(value)
    if kind == DOUBLE:
        return bytes(value)
    if kind == BINARY:
        return _varint(len(value)) + value
    if kind in (LIST, SET):
        size = len(value.items) if value.size is None else value.size
        head = bytes([size << 4 | value.type]) if size < 15 else bytes([0xF0 | value.type]) + _varint(size)
        return head + b"".join(_value(value.type, item) for item in value.items)
    return written(value)


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _integer(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)
