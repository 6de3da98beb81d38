"""Ids and groups that the user has given to samples, from the arguments to the record that takes them to disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .guard import Guard
from .runfile import LONGEST_ID, MOST_CHARACTERS, MOST_IDS, RunFormatError, SampleIds, Samples, Tally, read_ids
from .sample_groups import Grouping, grouping_of

Array = npt.NDArray[Any]
RULE = "sample_ids must be strings or whole numbers, one for each sample in order, all different"


class GivenIds:
    """Ids and groups by split. Those of a split go with the first record that has samples of it.

    Args:
        given: ids of the validation samples, or ids by the name of a split; None for none.
        splits: that there will be; None where that is not known.
        groups: of the validation samples, or by the name of a split, as `given`; they need not be different.
        train: whether groups may be of training too, of which no samples are kept.

    Attributes:
        grouping: the groups by split.
        waiting: the splits whose ids or groups are not recorded yet.

    Raises:
        ValueError: They break the rule.
    """

    def __init__(
        self, given: Any, splits: Collection[str] | None = None, *, groups: Any = None, train: bool = False
    ) -> None:
        self._ids = {split: _checked(ids) for split, ids in _by_split("sample_ids", given, splits).items()}
        self.grouping: dict[str, Grouping] = {
            split: grouping_of(one) for split, one in _by_split("groups", groups, splits, train=train).items()
        }
        self.waiting: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """A run begins, in which no ids are recorded yet."""
        self.waiting = {*self._ids, *self.grouping}

    def check(self, folder: Path) -> None:
        """Raises ValueError where a run that is to be gone on with calls its samples otherwise."""
        for split in {*self._ids, *self.grouping}:
            try:
                known = read_ids(folder, split)
            except (OSError, RunFormatError):
                continue
            if known is None:
                continue
            ids, groups = self._ids.get(split), self.grouping.get(split)
            if ids is not None and known.named and not _agree(known, ids):
                raise ValueError(_others("sample_ids", split, folder))
            if groups is not None and not _same_groups(known, groups):
                raise ValueError(_others("groups", split, folder))

    def due(self, samples: Iterable[Samples]) -> set[str]:
        """The splits whose ids are to be recorded with these samples."""
        return self.waiting.intersection(one.split for one in samples) if self.waiting else self.waiting

    def of(self, split: str, tallies: Iterable[Tally], samples: Sequence[Samples]) -> SampleIds:
        """The ids and groups of a split's samples that are recorded.

        Raises:
            ValueError: There is not one for each sample of the split, or they are too many.
        """
        own = [one for one in samples if one.split == split]
        number = next(_counted(own[0], tally) for tally in tallies if _same(tally, own[0]))
        kept = np.unique(np.concatenate([one.sample for one in own]))
        found = SampleIds(split=split, sample=kept, id=kept)
        if split in self._ids:
            ids = self._ids[split]
            if number != len(ids):
                raise ValueError(f"{RULE}. Received: {len(ids):,} for the {number:,} of {split!r}")
            found = replace(found, id=_within(ids[kept]))
        if split in self.grouping:
            group, size = self.grouping[split].of(kept, number)
            found = replace(found, group=_within(group), group_size=size)
        return found

    def report(self, guard: Guard, recorded: Iterable[SampleIds]) -> None:
        """Says where groups were stated for rows of samples: a list that is too short would look the same."""
        for one in recorded:
            given = self.grouping.get(one.split)
            repeats = 1 if given is None or one.group is None else _repeats(one, given)
            if given is not None and repeats > 1:
                guard.notice(f"groups of {one.split}", partial(_of_rows, one.split, len(given.code), repeats))

    def recorded(self, ids: Iterable[SampleIds]) -> None:
        """These are on their way to the disk."""
        self.waiting.difference_update(one.split for one in ids)


def _of_rows(split: str, given: int, repeats: int) -> str:
    return f"groups of {split!r}: {given:,} were given for {repeats * given:,} samples, each of {repeats:,} in a row."


def _by_split(what: str, given: Any, splits: Collection[str] | None, *, train: bool = False) -> dict[str, Any]:
    """What was given of each split."""
    by_split = {} if given is None else dict(given) if isinstance(given, Mapping) else {"val": given}
    for split in by_split:
        if (
            not isinstance(split, str)
            or (split == "train" and not train)
            or (splits is not None and split not in splits)
        ):
            raise ValueError(
                f'{what} must be of "val" or a probe: of training no samples are kept. Received: {split!r}'
            )
    return by_split


def _others(argument: str, split: str, folder: Path) -> str:
    return (
        f"{argument} of a run that goes on must be those it began with, as its samples must. "
        f"Received: others for {split!r} of {folder.name}"
    )


def _same_groups(known: SampleIds, given: Grouping) -> bool:
    """Whether the samples that are recorded are of the groups that are given; where none were recorded yet they are."""
    if known.group is None or not len(known.sample):
        return True
    repeats = _repeats(known, given)
    place = known.sample // max(repeats, 1)
    if repeats < 1 or int(place[-1]) >= len(given.code) or known.group.dtype != given.names.dtype:
        return False
    return bool((given.names[given.code[place]] == known.group).all())


def _repeats(known: SampleIds, given: Grouping) -> int:
    """Of how many samples in a row each given value is, as the size of a recorded group tells; 0 of other groups."""
    assert known.group is not None
    assert known.group_size is not None
    times = int(np.count_nonzero(given.names[given.code] == known.group[0]))
    return int(known.group_size[0]) // times if times else 0


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
            f"sample_ids, or groups, of a split must be at most {MOST_IDS:,}, of {MOST_CHARACTERS:,} characters "
            f"together. Received: {len(ids):,} of {characters:,}"
        )
    return ids
