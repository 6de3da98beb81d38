"""What the pages of a Parquet file say of themselves, held against its footer before any of them is decoded.

The footer says how many values a column has and how many bytes they take. Arrow believes the headers of the pages, of
which a few bytes may stand for 2^31 values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .thrift import length_of_list, read_struct

MOST_COLUMNS = 1_000  # of a file, groups among them, which may lie in one another
MOST_TEXT = 2**29  # bytes of a column of texts, each as long as it is
MAGIC = b"PAR1"
TEXT, NUMBER = ("BYTE_ARRAY",), ("INT32", "INT64", "FLOAT", "DOUBLE")
# Fields of a page's header: how many bytes it takes decompressed and as it is; what it is: values, a dictionary of
# them, or values as version 2 has it; in each of these, how many values, and how they are encoded.
_ROOM, _SIZE = 2, 3
_ENCODING = {5: 2, 7: 2, 8: 4}
_DICTIONARY = 7
_VALUES = 1
_DELTA_BYTE_ARRAY = 7  # each text is a part of the one before it, and more: a few bytes stand for a megabyte each


def parquet_file(data: bytes, dictionaries: Sequence[str] = ()) -> Any:
    """A Parquet file of which the footer is read.

    Args:
        data: all of it.
        dictionaries: columns that are to come as dictionaries.

    Raises:
        ValueError: Its footer claims too many columns. Arrow has errors of its own for one that makes no sense.
    """
    if data[-4:] == MAGIC:
        columns = length_of_list(data, max(len(data) - 8 - int.from_bytes(data[-8:-4], "little"), 0), 2)
        if columns > MOST_COLUMNS:
            raise ValueError(f"it claims {columns:,} columns; {MOST_COLUMNS:,} are the most")
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=dictionaries)
    metadata = file.metadata
    rows = sum(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
    if rows != metadata.num_rows:
        raise ValueError(f"it claims {metadata.num_rows:,} rows, and its row groups {rows:,}")
    return file


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


def check_pages(data: bytes, metadata: Any, groups: Iterable[int], types: Mapping[str, Any]) -> int:
    """How many bytes the texts of a column take at most: each row may have the longest of its dictionary.

    Args:
        data: the file.
        metadata: its footer.
        groups: numbers of the row groups that are to be read.
        types: Arrow's types of the columns that are to be read, by name.

    Raises:
        ValueError: Pages hold more, or other things, than the footer says.
    """
    most: Counter[str] = Counter()
    try:
        for number in groups:
            group = metadata.row_group(number)
            for place in range(group.num_columns):
                column = group.column(place)
                path = column.path_in_schema
                name = path.partition(".")[0]
                if name in types:
                    _check_type(path, column, types[name])
                    most[name] += column.num_values * _dictionary(data, column, name)
    except (IndexError, AttributeError, TypeError):  # past the end of the file, or of other types
        raise ValueError("the header of a page makes no sense") from None
    return max((most[name] for name in types if pa.types.is_string(types[name])), default=0)


def _dictionary(data: bytes, column: Any, name: str) -> int:
    """Bytes of a column's dictionary; raises ValueError where its pages hold more than the footer says."""
    at, end = _span(data, column)
    values = room = dictionary = 0
    while at < end:
        header, at = read_struct(data, at)
        at += max(header.get(_SIZE, 0), 0)
        room += max(header.get(_ROOM, 0), 0)
        for kind, encoding in _ENCODING.items():
            if kind in header:
                if header[kind].get(encoding) == _DELTA_BYTE_ARRAY:
                    raise ValueError(f"{name} must not be encoded as DELTA_BYTE_ARRAY")
                if kind == _DICTIONARY:
                    dictionary = max(dictionary, header.get(_ROOM, 0))
                else:
                    values += max(header[kind].get(_VALUES, 0), 0)
    if values > column.num_values or room > column.total_uncompressed_size:
        raise ValueError(
            f"{name} claims {column.num_values:,} values in {column.total_uncompressed_size:,} bytes, "
            f"and its pages hold {values:,} in {room:,}"
        )
    return dictionary


def _span(data: bytes, column: Any) -> tuple[int, int]:
    """Where a column begins, as Arrow has it, and ends."""
    start, dictionary = column.data_page_offset, column.dictionary_page_offset
    start = dictionary if dictionary and 0 < dictionary < start else start
    end = start + column.total_compressed_size
    if not 0 <= start <= end <= len(data):
        raise ValueError(f"a column must stand within the file. It stands from {start:,} to {end:,} of {len(data):,}")
    return start, end


def _check_type(path: str, column: Any, type: Any) -> None:
    if column.physical_type not in (TEXT if pa.types.is_string(type) else NUMBER):
        raise ValueError(f"{path[:80]} must be {type}. It holds {column.physical_type}")
    if path.count(".") != (2 if pa.types.is_list(type) else 0):
        raise ValueError(f"{path[:80]} must be {type}. It is nested otherwise")
