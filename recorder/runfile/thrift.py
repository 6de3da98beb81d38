"""Thrift's compact protocol, in which Parquet says what a file holds: read here, as Arrow ends the process on some.

Of `RowGroupMetaData.column` a sum of statistics that makes no sense is enough (`std::terminate`, pyarrow 26).
"""

from __future__ import annotations

from typing import Any

Struct = dict[int, Any]
DEEPEST = 8  # structs and lists within one another
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _STRUCT = 1, 2, 3, 7, 8, 9, 12
_INTEGERS = frozenset((4, 5, 6))


def read_struct(data: bytes, at: int, depth: int = 0) -> tuple[Struct, int]:
    """What a struct holds by the number of its field (whole numbers, bytes, lists, structs), and where it ends.

    Args:
        data: all bytes, of which nothing is known.
        at: where it begins.
        depth: of what is around it.

    Raises:
        ValueError: It is none.
        IndexError: It goes on past the last byte.
    """
    found: Struct = {}
    number = 0
    while head := data[at]:
        kind, at = head & 15, at + 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _integer(data, at)
        if kind in _INTEGERS:  # most are; of a run there are very many: no call for one of a byte
            byte = data[at]
            if byte < 128:
                found[number], at = (byte >> 1) ^ -(byte & 1), at + 1
            else:
                found[number], at = _integer(data, at)
        elif kind in (_TRUE, _FALSE):
            found[number] = kind == _TRUE
        else:
            found[number], at = _value(data, at, kind, depth)
    return found, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind == _BINARY:
        size, at = _varint(data, at)
        return data[at : at + size], at + size
    if kind in (_BYTE, _DOUBLE):
        return None, at + (1 if kind == _BYTE else 8)
    if kind not in (_LIST, _STRUCT) or depth >= DEEPEST:
        raise ValueError(f"what stands at byte {at:,} cannot be read")
    return _list(data, at, depth + 1) if kind == _LIST else read_struct(data, at, depth + 1)


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    head, at = data[at], at + 1
    kind, size = head & 15, head >> 4
    if size == 15:
        size, at = _varint(data, at)
    if size > len(data) - at:  # each takes a byte at least
        raise ValueError(f"a list of {size:,} cannot begin at byte {at:,} of {len(data):,}")
    found = []
    for _ in range(size):
        if kind in _INTEGERS:
            one, at = _integer(data, at)
        elif kind in (_TRUE, _FALSE):
            one, at = data[at] == _TRUE, at + 1
        else:
            one, at = _value(data, at, kind, depth)
        found.append(one)
    return found, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while (byte := data[at]) > 127 and shift < 64:
        found |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
    return found | (byte & 127) << shift, at + 1


def _integer(data: bytes, at: int) -> tuple[int, int]:
    found, at = _varint(data, at)
    return (found >> 1) ^ -(found & 1), at
