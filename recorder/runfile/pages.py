"""What the pages of a Parquet file say of themselves, held against its footer before any of them is decoded.

The footer says how many values a column has and how many bytes they take. Arrow believes the headers of the pages, of
which a few bytes may stand for 2^31 values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from .parquet_footer import Column, Group
from .thrift import read_struct

MOST_TEXT = 2**29  # bytes of a column of texts, each as long as it is
TEXT, NUMBER = ("BYTE_ARRAY",), ("INT32", "INT64", "FLOAT", "DOUBLE")
# Fields of a page's header: how many bytes it takes decompressed and as it is; what it is: values, a dictionary of
# them, or values as version 2 has it; in each of these, how many values, and how they are encoded.
_ROOM, _SIZE = 2, 3
_ENCODING = {5: 2, 7: 2, 8: 4}
_DICTIONARY = 7
_VALUES = 1
_DELTA_BYTE_ARRAY = 7  # each text is a part of the one before it, and more: a few bytes stand for a megabyte each


def check_pages(data: bytes, groups: Iterable[Group], types: Mapping[str, Any]) -> None:
    """Holds the pages of some columns against the footer.

    Args:
        data: the file.
        groups: that are to be read.
        types: Arrow's types of the columns that are to be read, by name.

    Raises:
        ValueError: Pages hold more, or other things, than the footer says.
    """
    try:
        for column in (column for group in groups for column in group.columns):
            kind = types.get(column.name)
            if kind is not None:
                _check_type(column, kind)
                _check_sizes(data, column)
    except (IndexError, KeyError, TypeError, AttributeError):  # past the end of the file, or of other types
        raise ValueError("the header of a page makes no sense") from None


def check_texts(table: Any) -> None:
    """Raises ValueError where texts are not what dictionaries claim, or take too much, each as long as it is."""
    chunks = [chunk for column in table.columns if pa.types.is_dictionary(column.type) for chunk in column.chunks]
    for chunk in chunks:
        chunk.validate(full=True)  # its indices, which Arrow believes
    if sum(len(chunk) * chunk.dictionary.nbytes for chunk in chunks) <= MOST_TEXT:
        return
    total = sum(map(_bytes_of_texts, chunks))
    if total > MOST_TEXT:
        raise ValueError(f"it holds {total:,} bytes of text; {MOST_TEXT:,} are the most")


def _bytes_of_texts(chunk: Any) -> int:
    words = chunk.dictionary.cast(pa.large_binary())
    ends = np.frombuffer(words.buffers()[1], np.int64)[words.offset : words.offset + len(words) + 1]
    return int(np.diff(ends)[chunk.indices.drop_null().to_numpy(zero_copy_only=False)].sum())


def _check_type(column: Column, kind: Any) -> None:
    if column.type not in (TEXT if pa.types.is_string(kind) else NUMBER):
        raise ValueError(f"{column.path[:80]} must be {kind}. It holds {column.type}")
    if column.path.count(".") != (2 if pa.types.is_list(kind) else 0):
        raise ValueError(f"{column.path[:80]} must be {kind}. It is nested otherwise")


def _check_sizes(data: bytes, column: Column) -> None:
    """Raises ValueError where the pages of a column hold more than the footer says."""
    at, values, room = column.start, 0, 0
    while at < column.end:
        header, at = read_struct(data, at)
        at += max(header[_SIZE], 0)
        room += max(header[_ROOM], 0)
        for kind, encoding in _ENCODING.items():
            if kind in header:
                if header[kind][encoding] == _DELTA_BYTE_ARRAY:
                    raise ValueError(f"{column.name} must not be encoded as DELTA_BYTE_ARRAY")
                if kind != _DICTIONARY:
                    values += max(header[kind][_VALUES], 0)
    if values > column.values or room > column.size:
        raise ValueError(
            f"{column.name} claims {column.values:,} values in {column.size:,} bytes, "
            f"and its pages hold {values:,} in {room:,}"
        )
