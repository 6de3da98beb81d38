"""The samples of a table of predictions: what they are called, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recorder.runfile import LONGEST_ID, MOST_IDS, shown
from recorder.runfile.names import listed

Array = npt.NDArray[Any]
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def samples_by_id(column: pa.ChunkedArray, split: Array, splits: Sequence[str]) -> tuple[dict[str, Array], Array]:
    """The ids of each split, and the position of each row among them.

    Raises:
        ValueError: An id is empty, or too long, or there are too many.
    """
    number, known = _called(column, "id")
    ids, sample = {}, np.zeros(len(number), np.int64)
    for at, name in enumerate(splits):
        rows = split == at
        own, first, back = np.unique(number[rows], return_index=True, return_inverse=True)
        order = np.argsort(first)
        ids[name] = known[own[order]]
        sample[rows] = np.argsort(order)[back]
    return ids, sample


def groups_of_samples(column: pa.ChunkedArray, split: Array, splits: Sequence[str], sample: Array) -> dict[str, Array]:
    """The group of each sample of each split.

    Raises:
        ValueError: A group is empty, or too long, or there are too many; or a sample is of two.
    """
    code, known = _called(column, "group")
    groups = {}
    for at, name in enumerate(splits):
        rows = split == at
        own, where = code[rows], sample[rows]
        found = np.zeros(where.max(initial=-1) + 1, np.int64)
        found[where] = own
        torn = np.flatnonzero(found[where] != own)
        if len(torn):
            two = listed(str(known[one]) for one in (own[torn[0]], found[where[torn[0]]]))
            raise ValueError(f"a sample must be of one group, in every point the same. Received: one of {two}")
        groups[name] = known[found]
    return groups


def _called(column: pa.ChunkedArray, what: str) -> tuple[Array, Array]:
    """The name in each row, as a position, int64 [rows], among all names, int64 or objects.

    Whole numbers that are written as such are numbers, unless others in the file are not.

    Raises:
        ValueError: One is empty, or too long, or there are too many.
    """
    encoded = column.combine_chunks().dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    long = next((text for text in texts if not 0 < len(text) <= LONGEST_ID), None)
    if long is not None:
        rule = f"{'an' if what == 'id' else 'a'} {what} must have 1 to {LONGEST_ID:,} characters"
        raise ValueError(f"{rule}. Received: {shown(long, most=60)!r}")
    if len(texts) > MOST_IDS:
        raise ValueError(f"there must be at most {MOST_IDS:,} {what}s. Received: {len(texts):,}")
    whole = all(map(_WHOLE_NUMBER.fullmatch, texts))
    known = np.array([int(text) for text in texts], np.int64) if whole else np.array(texts, object)
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), known


def positions(split: Array, point: Array) -> Array:
    """int64 [rows]: the place of each row among those of its split and point."""
    order = np.lexsort((point, split))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(split[order]) != 0) | (np.diff(point[order]) != 0)
    start = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order)) - start
    return found
