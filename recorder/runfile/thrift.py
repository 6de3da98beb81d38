"""As much of Thrift's compact protocol as a look at Parquet needs: whole numbers of a page's header, and its end."""

from __future__ import annotations

from typing import Any

DEEPEST = 8  # structs within structs
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _STRUCT = 1, 2, 3, 7, 8, 9, 12
_INTEGERS = frozenset((4, 5, 6))


def read_struct(data: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """Whole numbers and structs by the number of their field, everything else passed over; and where it ends.

    Args:
        data: all bytes, of which nothing is known.
        at: where it begins.
        depth: of structs around it.

    Raises:
        ValueError: It is none.
        IndexError: It goes on past the last byte.
    """
    found: dict[int, Any] = {}
    number = 0
    while head := data[at]:  # a column has one or two pages, and a run very many columns: no call a byte
        kind, at = head & 15, at + 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _integer(data, at)
        if kind in _INTEGERS:
            byte = data[at]
            if byte < 128:
                found[number], at = (byte >> 1) ^ -(byte & 1), at + 1
            else:
                found[number], at = _integer(data, at)
        elif kind == _STRUCT and depth < DEEPEST:
            found[number], at = read_struct(data, at, depth + 1)
        else:
            at = _behind(data, at, kind)
    return found, at + 1


def length_of_list(data: bytes, at: int, number: int) -> int:
    """How many items the list of a struct has that stands in that field, behind nothing but whole numbers.

    Args:
        data: as in `read_struct`.
        at: where the struct begins.
        number: of the field.

    Raises:
        ValueError: There is something else before it.
        IndexError: It goes on past the last byte.
    """
    field = 0
    while head := data[at]:
        field, at = (field + (head >> 4), at + 1) if head >> 4 else _integer(data, at + 1)
        kind = head & 15
        if kind == _LIST and field == number:
            size = data[at] >> 4
            return _varint(data, at + 1)[0] if size == 15 else size
        if kind not in _INTEGERS:
            break
        _, at = _varint(data, at)
    raise ValueError(f"there must be a list of number {number}. Received: a field of number {field}")


def _behind(data: bytes, at: int, kind: int) -> int:
    if kind in (_TRUE, _FALSE):
        return at
    if kind in (_BYTE, _DOUBLE):
        return at + (1 if kind == _BYTE else 8)
    if kind != _BINARY:
        raise ValueError(f"a header cannot be read at byte {at:,}")
    size, at = _varint(data, at)
    return at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while (byte := data[at]) > 127 and shift < 64:
        found |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
    return found | (byte & 127) << shift, at + 1


def _integer(data: bytes, at: int) -> tuple[int, int]:
    found, at = _varint(data, at)
    return (found >> 1) ^ -(found & 1), at
