"""The bytes of the part of one epoch, as quickly as they can be had.

Parts of one shape (the same splits, classes, bins and samples) differ in nothing but numbers, and where a number stands
is the same in all of them: Arrow makes the first ones, and into the last of these the numbers of each later epoch are
put. To have Arrow make two parts of 2,000 samples and 1,000 thresholds takes 0.9 ms at the end of an epoch, when no
cache holds its code any more, and this 0.06 (`tests/benchmarks/bench_hooks.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .parts import SCHEMAS
from .records import Array
from .rows import Block, Rows

MOST = 2**18  # bytes: a larger part is better small, and compressed
SHAPES = 4  # that a run has by turns: points within epochs are without validation
MET = 64  # shapes that are remembered to have come once; of samples that are others each time none comes again
_SAME = ("attempt", "epoch", "split", "output", "name")  # in all rows of a block: as dictionaries they take no room
_COMPRESSED = {"compression": "snappy", "write_statistics": ["epoch"]}
_PLAIN = {"compression": "none", "write_statistics": False, "data_page_size": 2 * MOST}
_TYPES = {"INT32": np.int32, "INT64": np.int64, "FLOAT": np.float32, "DOUBLE": np.float64}


class PartEncoder:
    """Makes Parquet files of rows, of one kind and attempt; of a shape that comes again it makes a template."""

    def __init__(self) -> None:
        self._templates: dict[Hashable, Template | None] = {}  # by shape; None where there is no use for one
        self._met: set[Hashable] = set()  # shapes that have come once

    def encode(self, rows: Rows) -> bytes | bytearray | memoryview:
        """A file; what is returned counts until the next call.

        Args:
            rows: of one epoch.
        """
        shape = rows.shape
        if shape not in self._templates:
            if shape not in self._met:
                if len(self._met) >= MET:
                    self._met.clear()
                self._met.add(shape)
                return _compressed(rows)
            if len(self._templates) >= SHAPES:
                self._templates.clear()
            self._templates[shape] = template_of(rows)
        template = self._templates[shape]
        return _compressed(rows) if template is None else template.filled(rows)


class Template:
    """A part without compression whose numbers can be replaced.

    Args:
        data: the file.
        columns: numbers in the file, by column, row after row; of `epoch` the one that all rows have.
    """

    def __init__(self, data: bytearray, columns: Mapping[str, Array]) -> None:
        self._data, self._columns = data, columns

    def filled(self, rows: Rows) -> bytearray:
        """The file with the numbers of these rows, which are of its shape; the next call changes it."""
        self._columns["epoch"][0] = rows.epoch
        starts = dict.fromkeys(self._columns, 0)
        for block in rows.blocks:
            for name, array in block.values.items():
                start, stop = starts[name], starts[name] + array.size
                np.copyto(self._columns[name][start:stop], array.reshape(-1), casting="same_kind")
                starts[name] = stop
        return self._data


def template_of(rows: Rows) -> Template | None:
    """A template for rows of this shape; None where it would be large, or Arrow does not write what this expects."""
    if rows.nbytes > MOST:
        return None
    found = _template(rows)
    other = replace(rows, epoch=rows.epoch ^ 1, blocks=tuple(map(_with_other_numbers, rows.blocks)))
    return found if found is not None and found.filled(other) == _plain(other) else None


def _template(rows: Rows) -> Template | None:
    """One that is still to be held against what Arrow writes."""
    data = bytearray(_plain(rows))
    group = pq.read_metadata(pa.BufferReader(data)).row_group(0)
    numbers: Counter[str] = Counter()
    for block in rows.blocks:
        numbers.update({name: array.size for name, array in block.values.items()})
    columns: dict[str, Array] = {}
    for column in map(group.column, range(group.num_columns)):
        name = column.path_in_schema.partition(".")[0]
        kind = _TYPES.get(column.physical_type)
        page, end = column.data_page_offset, column.data_page_offset + column.total_compressed_size
        if name == "epoch":  # the one entry of a dictionary, which stands before the page
            columns[name] = np.frombuffer(data, np.int32, 1, page - 4)
        elif name in numbers:  # the last that a page has
            start = None if kind is None else end - numbers[name] * np.dtype(kind).itemsize
            if start is None or start < page or end > len(data):
                return None
            columns[name] = np.frombuffer(data, kind, numbers[name], start)
    return Template(data, columns)


def _with_other_numbers(block: Block) -> Block:
    """Of the same shape, each number different from all others."""
    numbers = {
        name: (np.arange(array.size) + (at << 12)).astype(array.dtype).reshape(array.shape)
        for at, (name, array) in enumerate(block.values.items(), 1)
    }
    return replace(block, values=numbers)


def _compressed(rows: Rows) -> memoryview:
    texts = [field.name for field in SCHEMAS[rows.kind] if field.type == pa.string()]
    return memoryview(_parquet(rows, use_dictionary=texts, **_COMPRESSED))


def _plain(rows: Rows) -> bytes:
    same = [name for name in SCHEMAS[rows.kind].names if name in _SAME]
    return bytes(_parquet(rows, use_dictionary=same, **_PLAIN))


def _parquet(rows: Rows, **options: Any) -> Any:
    sink = pa.BufferOutputStream()
    pq.write_table(rows.table(), sink, **options)
    return sink.getvalue()
