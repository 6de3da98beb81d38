"""Parts that are no part: Parquet that lies, and tables of other columns."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .hostile import TEXTS
from .parquet import File, Page
from .thrift import BINARY, DOUBLE, FALSE, INTEGERS, LIST, STRUCT, TRUE, Field, List

WHOLE = (-(2**63), -(2**31), -1, 0, 1, 2, 3, 7, 8, 100, 2**15, 2**31 - 1, 2**31, 2**32 + 5, 2**40, 2**63 - 1)
TYPES = [
    pa.string(), pa.large_string(), pa.binary(), pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.float32(),
    pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("ns"), pa.decimal128(20, 3), pa.list_(pa.int64()),
    pa.list_(pa.float64()), pa.list_(pa.list_(pa.int64())), pa.struct([("a", pa.int64())]),
    pa.map_(pa.string(), pa.int64()), pa.dictionary(pa.int32(), pa.string()), pa.null(), pa.binary(16),
]  # fmt: skip


def false_parquet(data: bytes, random: Random) -> bytes:
    """A file of which the footer or the headers of pages say something else, or pages are gone, twice or swapped."""
    try:
        file = File(data)
    except (AssertionError, IndexError, TypeError, AttributeError, MemoryError):  # damaged before
        return data[: random.randrange(len(data) + 1)]
    chunks = [chunk for chunk in file.chunks if chunk.pages]
    for _ in range(random.choice([1, 1, 2, 5])):
        how, chunk = random.randrange(8), random.choice(chunks) if chunks else None
        if chunk is None or how < 3:
            _change(random.choice(list(_fields(file.footer))), random)
        elif how < 6:
            _change(random.choice(list(_fields(random.choice(chunk.pages).header))), random)
        elif how == 6:
            page, other = random.choice(chunk.pages), random.choice(random.choice(chunks).pages)
            page.body = random.choice([b"", other.body, page.body[:-1], random.randbytes(len(page.body))])
        else:
            page = random.choice(chunk.pages)
            chunk.pages.insert(random.randrange(len(chunk.pages) + 1), Page(page.header, page.body))
    return file.data(place=random.random() < 0.8)


def _fields(struct: list[Field]) -> Any:
    for field in struct:
        yield field
        if field.type == STRUCT:
            yield from _fields(field.value)
        elif field.type == LIST and field.value.type == STRUCT:
            for item in field.value.items:
                yield from _fields(item)


def _change(field: Field, random: Random) -> None:
    if field.type in INTEGERS:
        field.value = random.choice([*WHOLE, field.value + 1, field.value - 1, field.value * 2])
    elif field.type == BINARY:
        field.value = random.choice([b"", b"\xff\xfe", b"x" * 5_000, random.choice(TEXTS).encode("utf-8", "replace")])
    elif field.type in (TRUE, FALSE):
        field.value = not field.value
    elif field.type == LIST:
        items: List = field.value
        if items.items and random.random() < 0.5:
            items.items = random.choice([items.items[::-1], items.items[:-1], items.items * 2, items.items[:1] * 8])
        else:
            items.size = random.choice([0, 1, 2**20, 2**31 - 1])
    elif field.type == DOUBLE:
        field.value = random.randbytes(8)
    else:
        field.value = []


def other_table(path: Path, random: Random) -> bytes:
    """A part of which a column has another type, nulls, other values, other lengths, or is gone, twice, renamed."""
    if path.stat().st_nlink < 2:
        raise OSError("it is damaged already")
    table = pq.read_table(pa.BufferReader(path.read_bytes()))
    for _ in range(random.choice([1, 1, 2, 4])):
        table = _other(table, random)
    sink = pa.BufferOutputStream()
    options = random.choice(
        [
            {},
            {"use_dictionary": False},
            {"data_page_version": "2.0"},
            {"row_group_size": max(len(table) // 8, 1)},
            {"store_schema": False},
        ]
    )
    pq.write_table(table, sink, compression=random.choice(["zstd", "snappy", "gzip", "none"]), **options)
    return bytes(sink.getvalue().to_pybytes())


def _other(table: Any, random: Random) -> Any:
    how, at = random.randrange(9), random.randrange(max(table.num_columns, 1))
    if not table.num_columns:
        return table
    name, column = table.schema.names[at], table.column(at).combine_chunks()
    if how == 0:
        return table.remove_column(at)
    if how == 1:
        return table.append_column(random.choice([name, "other", random.choice(TEXTS)]), column)
    if how == 2:
        return table.take(np.array([random.randrange(max(len(table), 1)) for _ in range(len(table))], np.int64))
    if how == 3:
        return table.slice(random.randrange(len(table) + 1), random.randrange(len(table) + 1))
    if how == 4:
        return pa.concat_tables([table] * (random.choice([2, 50]) if len(table) < 200 else 1))
    if how == 5:
        mask = np.array([random.random() < 0.5 for _ in range(len(column))], bool)
        return table.set_column(at, name, pa.array(column.to_pylist(), column.type, mask=mask))
    if how < 8:
        return table.set_column(at, name, _values(column, random))
    wanted = random.choice(TYPES)
    made = pa.nulls(len(column), wanted)
    with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, KeyError):
        made = column.cast(wanted)
    return table.set_column(at, name, made)


def _values(column: Any, random: Random) -> Any:
    """The same type, with some values at the ends of what it holds."""
    kind, values = column.type, column.to_pylist()
    for place in range(len(values)):
        if random.random() < 0.5:
            values[place] = _value(kind, random)
    return pa.array(values, kind)


def _value(kind: Any, random: Random) -> Any:
    if pa.types.is_list(kind):
        length = random.choice([0, 1, 2, 4, 5, 1_000])
        return None if random.random() < 0.1 else [_value(kind.value_type, random) for _ in range(length)]
    if pa.types.is_integer(kind):
        bits = kind.bit_width
        return random.choice([-(2 ** (bits - 1)), -1, 0, 1, 5, 2 ** (bits - 1) - 1, None])
    if pa.types.is_floating(kind):
        return random.choice([float("nan"), float("inf"), -1.0, 0.0, 0.5, 1e30, None])
    if pa.types.is_string(kind):
        return (
            random.choice(["val", "train", *TEXTS, None]).encode("utf-8", "replace").decode()
            if random.random() < 0.9
            else None
        )
    return None
