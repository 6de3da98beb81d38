"""Arrow columns from what readers have: arrays of numbers, names that come again and again, numbers by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from .schema import NUMBERS


class Codes:
    """Names as numbers, each name once."""

    @staticmethod
    def of(pieces: Iterable[Sequence[str]]) -> Any:
        """A dictionary column of some lists of names, one below the other."""
        names: dict[str, int] = {}
        codes = [names.setdefault(name, len(names)) for name in chain.from_iterable(pieces)]
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(list(names), pa.string()))


def whole(pieces: Sequence[Any], kind: Any) -> Any:
    """A column of whole numbers; NaN and -1 are nulls."""
    if not pieces:
        return pa.array([], kind)
    values = np.concatenate(pieces)
    missing = np.isnan(values) if values.dtype.kind == "f" else values < 0
    return pa.array(np.where(missing, 0, values).astype(np.int64), pa.int64(), mask=missing).cast(kind)


def numbers_by_name(pieces: Sequence[Mapping[str, tuple[Any, Any]]], lengths: Sequence[int]) -> Any:
    """A map column: for each row the numbers that were stated, by name.

    Args:
        pieces: of each stretch of rows values float64 [rows] and bool [rows], whether they were stated, by name.
        lengths: rows of each stretch.
    """
    names: dict[str, int] = {}
    many, codes, numbers = [np.zeros(1, np.int64)], [], []
    for piece, length in zip(pieces, lengths, strict=True):
        own = np.array([names.setdefault(name, len(names)) for name in piece], np.int64)
        values = np.array([value for value, _ in piece.values()], np.float64).reshape(len(piece), length).T
        stated = np.array([known for _, known in piece.values()], np.bool_).reshape(len(piece), length).T
        many.append(stated.sum(axis=1))
        codes.append(np.broadcast_to(own, stated.shape)[stated])
        numbers.append(values[stated])
    offsets = pa.array(np.cumsum(np.concatenate(many)), pa.int32())
    known = pa.array(list(names), pa.string())
    keys = known.take(pa.array(np.concatenate(codes) if codes else np.zeros(0, np.int64)))
    items = pa.array(np.concatenate(numbers) if numbers else np.zeros(0))
    return pa.MapArray.from_arrays(offsets, keys, items).cast(NUMBERS)
