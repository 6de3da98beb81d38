"""Ids that the user has given to samples, from the arguments to the record that takes them to disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import LONGEST_ID, MOST_CHARACTERS, MOST_IDS, RunFormatError, SampleIds, Samples, Tally, read_ids

Array = npt.NDArray[Any]
RULE = "sample_ids must be strings or whole numbers, one for each sample in order, all different"


class GivenIds:
    """Ids by split. Each goes with the first record that has samples of its split.

    Args:
        given: ids of the validation samples, or ids by the name of a split; None for none.
        splits: that there will be; None where that is not known.

    Attributes:
        waiting: the splits whose ids are not recorded yet.

    Raises:
        ValueError: They break the rule.
    """

    def __init__(self, given: Any, splits: Collection[str] | None = None) -> None:
        by_split = {} if given is None else dict(given) if isinstance(given, Mapping) else {"val": given}
        for split in by_split:
            if not isinstance(split, str) or split == "train" or (splits is not None and split not in splits):
                raise ValueError(
                    f'sample_ids must be of "val" or a probe: of training no samples are kept. Received: {split!r}'
                )
        self._ids = {split: _checked(ids) for split, ids in by_split.items()}
        self.waiting: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """A run begins, in which no ids are recorded yet."""
        self.waiting = set(self._ids)

    def check(self, folder: Path) -> None:
        """Raises ValueError where a run that is to be gone on with calls its samples otherwise."""
        for split, ids in self._ids.items():
            try:
                known = read_ids(folder, split)
            except (OSError, RunFormatError):
                continue
            if known is not None and not _agree(known, ids):
                raise ValueError(
                    "sample_ids of a run that goes on must be those it began with, as its samples must. "
                    f"Received: others for {split!r} of {folder.name}"
                )

    def due(self, samples: Iterable[Samples]) -> set[str]:
        """The splits whose ids are to be recorded with these samples."""
        return self.waiting.intersection(one.split for one in samples) if self.waiting else self.waiting

    def of(self, split: str, tallies: Iterable[Tally], samples: Sequence[Samples]) -> SampleIds:
        """The ids of a split's samples that are recorded.

        Raises:
            ValueError: There is not one for each sample of the split, or they are too many.
        """
        ids, own = self._ids[split], [one for one in samples if one.split == split]
        number = next(_counted(own[0], tally) for tally in tallies if _same(tally, own[0]))
        if number != len(ids):
            raise ValueError(f"{RULE}. Received: {len(ids):,} for the {number:,} of {split!r}")
        kept = np.unique(np.concatenate([one.sample for one in own]))
        return SampleIds(split=split, sample=kept, id=_within(ids[kept]))

    def recorded(self, ids: Iterable[SampleIds]) -> None:
        """These are on their way to the disk."""
        self.waiting.difference_update(one.split for one in ids)


def _agree(known: SampleIds, ids: Array) -> bool:
    there = known.sample < len(ids)
    return known.id.dtype == ids.dtype and bool(there.all()) and bool((known.id == ids[known.sample]).all())


def _same(tally: Tally, samples: Samples) -> bool:
    return (tally.split, tally.output) == (samples.split, samples.output)


def _checked(given: Any) -> Array:
    """int64, or strings as objects."""
    array = np.asarray(given) if hasattr(given, "__array__") else None
    if isinstance(given, str | bytes | Set | Mapping) or (array is None and not isinstance(given, Iterable)):
        raise ValueError(f"{RULE}. Received: {type(given).__name__}")
    if array is not None and array.ndim != 1:
        raise ValueError(f"{RULE}. Received: an array of shape {array.shape}")
    values = list(given) if array is None else array.tolist()
    found = _numbers(values) if values and _is_number(values[0]) else _strings(values)
    if len(set(found.tolist())) < len(found):
        ordered = sorted(found.tolist())
        twice = next(one for one, other in pairwise(ordered) if one == other)
        raise ValueError(f"{RULE}. Received: {twice!r} twice")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _numbers(values: list[Any]) -> Array:
    for value in values:
        if not _is_number(value) or not -(2**63) <= value < 2**63:
            raise ValueError(f"{RULE}. Received: {value!r} among whole numbers")
    return np.array(values, np.int64)


def _strings(values: list[Any]) -> Array:
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{RULE}. Received: {value!r}")
        if not 0 < len(value) <= LONGEST_ID or not _is_utf8(value):
            raise ValueError(f"an id must have 1 to {LONGEST_ID:,} characters of UTF-8. Received: {value[:60]!r}")
    return np.array([str.__str__(value) for value in values], object)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _counted(samples: Samples, tally: Tally) -> int:
    """How many samples a split has, recorded one by one or not."""
    if np.ndim(samples.y_true) == 2:  # labels stand apart, and are counted one by one
        return int(tally.histogram.sum() + tally.nan.sum() + tally.ignored) // samples.y_true.shape[1]
    return int(tally.histogram[0].sum() + tally.nan[0].sum()) + tally.ignored


def _within(ids: Array) -> Array:
    characters = sum(map(len, ids.tolist())) if ids.dtype == object else 0
    if len(ids) > MOST_IDS or characters > MOST_CHARACTERS:
        raise ValueError(
            f"sample_ids of a split must be at most {MOST_IDS:,}, of {MOST_CHARACTERS:,} characters together. "
            f"Received: {len(ids):,} of {characters:,}"
        )
    return ids
