"""What a Parquet file says of itself in its footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .thrift import Struct, read_struct

MAGIC = b"PAR1"
LARGEST_FOOTER = 2**20  # bytes; one of 64 epochs has a fifth of that at most
MOST_COLUMNS = 1_000  # of a file, groups among them, which may lie in one another
TYPES = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_BYTES_OF = {"INT32": 4, "INT64": 8}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a row group.

    Args:
        path: its name, and where it is nested those of its levels, parted by dots.
        type: as it is stored, one of `TYPES`.
        values: how many.
        size: in bytes when it is decompressed.
        start: of its first page in the file.
        end: behind its last page.
        span: its lowest and highest value, of whole numbers; None where that is not said.
    """

    path: str
    type: str
    values: int
    size: int
    start: int
    end: int
    span: tuple[int, int] | None

    @property
    def name(self) -> str:
        """Of the column of the table that it is, or is a level of."""
        return self.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """A row group."""

    rows: int
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Footer:
    """All of them, and the names of the table's columns."""

    rows: int
    groups: Sequence[Group]
    names: frozenset[str]


def footer_size(tail: bytes) -> int:
    """How many bytes at the end of a file are its footer, of which these are the last.

    Raises:
        ValueError: It is none, or too large.
    """
    size = int.from_bytes(tail[-8:-4], "little")
    if tail[-4:] != MAGIC:
        raise ValueError("it has no footer")
    if size > LARGEST_FOOTER:
        raise ValueError(f"its footer has {size:,} bytes; {LARGEST_FOOTER:,} are the most")
    return size + 8


def read_footer(data: bytes, length: int | None = None) -> Footer:
    """The footer of a file.

    Args:
        data: the file, or its end.
        length: bytes of the file, where `data` is its end.

    Raises:
        ValueError: It is none, is too large, or says two things.
    """
    start = len(data) - footer_size(data)
    if start < 0:
        raise ValueError("it has no footer")
    return _footer(data[start:-8], len(data) if length is None else length)


@lru_cache(maxsize=32)
def _footer(text: bytes, length: int) -> Footer:
    """A part is opened again for each of its epochs."""
    try:
        return _parsed(read_struct(text, 0)[0], length)
    except (IndexError, KeyError, TypeError, AttributeError):
        raise ValueError("its footer makes no sense") from None


def _parsed(found: Struct, length: int) -> Footer:
    rows, columns = _whole(found, 3), len(found[2])
    if columns > MOST_COLUMNS:
        raise ValueError(f"it claims {columns:,} columns; {MOST_COLUMNS:,} are the most")
    paths = _paths(found[2])
    groups = [_group(group, length) for group in found.get(4, [])]
    if any([column.path for column in group.columns] != paths for group in groups):
        raise ValueError("its row groups have other columns than it says")
    total = sum(group.rows for group in groups)
    if total != rows:
        raise ValueError(f"it claims {rows:,} rows, and its row groups {total:,}")
    return Footer(rows, groups, frozenset(path.partition(".")[0] for path in paths))


def _group(found: Struct, length: int) -> Group:
    return Group(_whole(found, 3), [_column(one[3], length) for one in found[1]])


def _paths(schema: list[Struct]) -> list[str]:
    """The paths of the columns that hold values: by the places of the elements of the schema, as Arrow has them."""
    found: list[str] = []
    above: list[tuple[bytes, int]] = []  # names and how many elements of them are still to come
    for element in schema[1:]:
        while above and not above[-1][1]:
            above.pop()
        if above:
            above[-1] = above[-1][0], above[-1][1] - 1
        children = element.get(5, 0)
        if children:
            above.append((element[4], children))
        else:
            found.append(b".".join([*(name for name, _ in above), element[4]]).decode())
    return found


def _column(meta: Struct, length: int) -> Column:
    kind = TYPES[_whole(meta, 1)]
    first, dictionary = _whole(meta, 9), _whole(meta, 11) if 11 in meta else 0
    start = dictionary if 0 < dictionary < first else first  # as Arrow has it
    end = start + _whole(meta, 7)
    if end > length:
        raise ValueError(f"a column must stand within the file. It ends at byte {end:,} of {length:,}")
    path = b".".join(meta[3]).decode()
    return Column(path, kind, _whole(meta, 5), _whole(meta, 6), start, end, _span(meta.get(12), kind))


def _span(statistics: Struct | None, kind: str) -> tuple[int, int] | None:
    width, said = _BYTES_OF.get(kind), statistics or {}
    low, high = said.get(6, said.get(2)), said.get(5, said.get(1))
    if width is None or low is None or high is None or len(low) != width or len(high) != width:
        return None
    return int.from_bytes(low, "little", signed=True), int.from_bytes(high, "little", signed=True)


def _whole(found: Struct, number: int) -> int:
    value: Any = found[number]
    if type(value) is not int or value < 0:
        received = value if type(value) is int else f"a {type(value).__name__}"  # which may be all of the footer
        raise ValueError(f"a number of its footer must be 0 or more. Received: {received}")
    return value
