"""NumPy's arrays and texts as Arrow's, by their buffers.

`pyarrow.array` and `pyarrow.repeat` import pandas where there is one: the first epoch of a training that had not loaded
it would wait half a second, and hold 27 MB more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

from .records import Array

LONGEST = 2**31 - 1
# `to_pandas_dtype` imports pandas as well, before Arrow 26.
TYPES = {pa.int32(): np.int32, pa.int64(): np.int64, pa.float32(): np.float32, pa.float64(): np.float64}


def numbers_as(kind: Any, values: Array) -> Any:
    """Numbers of one dimension, without a copy where they have the type and lie in one piece.

    Raises:
        TypeError: They are of another kind, such as floats for integers.
        ValueError: One does not fit, or they have other dimensions.
    """
    given = np.asarray(values)
    found = np.ascontiguousarray(given.astype(TYPES[kind], casting="same_kind", copy=False))
    if given.ndim != 1:
        raise ValueError(f"a column must have one dimension. Received: the shape {given.shape}")
    if found.dtype.kind == "i" and found.dtype != given.dtype and (found != given).any():
        raise ValueError(f"numbers of a column must fit into {kind}. Received: {given[found != given][0]}")
    return pa.Array.from_buffers(kind, len(found), [None, pa.py_buffer(found)])


def lists_as(kind: Any, values: Array) -> Any:
    """A matrix [rows, length] as one list a row; raises ValueError where they are longer than Arrow takes."""
    numbers = numbers_as(kind.value_type, values.reshape(-1))
    return pa.Array.from_buffers(kind, len(values), [None, _offsets(*values.shape)], children=[numbers])


def texts_of(texts: Sequence[str]) -> Any:
    """Texts, one a row."""
    coded = [text.encode() for text in texts]
    offsets = np.fromiter(accumulate(map(len, coded), initial=0), np.int32, len(coded) + 1)
    return pa.Array.from_buffers(pa.string(), len(coded), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(coded))])


def repeated(text: str, rows: int) -> Any:
    """The same text in each row; raises ValueError where they are longer than Arrow takes."""
    coded = text.encode()
    return pa.Array.from_buffers(pa.string(), rows, [None, _offsets(rows, len(coded)), pa.py_buffer(coded * rows)])


def _offsets(rows: int, length: int) -> Any:
    if rows * length > LONGEST:
        raise ValueError(f"a column must have at most {LONGEST:,} items. Received: {rows:,} rows of {length:,}")
    return pa.py_buffer(np.arange(rows + 1, dtype=np.int32) * np.int32(length))
