"""What the pages of a Parquet file say of themselves, held against its footer before any of them is decoded.

The footer says how many values a column has and how many bytes they take. Arrow believes the headers of the pages, of
which a few bytes may stand for 2^31 values.
"""

from __future__ import annotations

from collections import Counter
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


def check_pages(data: bytes, groups: Iterable[Group], types: Mapping[str, Any]) -> int:
    """How many bytes the texts of a column take at most: each row may have the longest of its dictionary.

    Args:
        data: the file.
        groups: that are to be read.
        types: Arrow's types of the columns that are to be read, by name.

    Raises:
        ValueError: Pages hold more, or other things, than the footer says.
    """
    most: Counter[str] = Counter()
    try:
        for column in (column for group in groups for column in group.columns):
            kind = types.get(column.name)
            if kind is not None:
                _check_type(column, kind)
                most[column.name] += column.values * _dictionary(data, column)
    except (IndexError, KeyError, TypeError, AttributeError):  # past the end of the file, or of other types
        raise ValueError("the header of a page makes no sense") from None
    return max((most[name] for name in types if pa.types.is_string(types[name])), default=0)


def check_texts(table: Any) -> None:
    """Raises ValueError where texts that come as dictionaries would take too much, each as long as it is."""
    columns = [column for column in table.columns if pa.types.is_dictionary(column.type)]
    total = sum(_bytes_of_texts(chunk) for column in columns for chunk in column.chunks)
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


def _dictionary(data: bytes, column: Column) -> int:
    """Bytes of a column's dictionary; raises ValueError where its pages hold more than the footer says."""
    at, values, room, dictionary = column.start, 0, 0, 0
    while at < column.end:
        header, at = read_struct(data, at)
        at += max(header[_SIZE], 0)
        room += max(header[_ROOM], 0)
        for kind, encoding in _ENCODING.items():
            if kind in header:
                if header[kind][encoding] == _DELTA_BYTE_ARRAY:
                    raise ValueError(f"{column.name} must not be encoded as DELTA_BYTE_ARRAY")
                if kind == _DICTIONARY:
                    dictionary = max(dictionary, header[_ROOM])
                else:
                    values += max(header[kind][_VALUES], 0)
    if values > column.values or room > column.size:
        raise ValueError(
            f"{column.name} claims {column.values:,} values in {column.size:,} bytes, "
            f"and its pages hold {values:,} in {room:,}"
        )
    return dictionary
