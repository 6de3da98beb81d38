"""One `Counts` of those of all processes that train together: sums are summed, and a sample of two counts once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from .countable import Form
from .counts import Counts
from .remarks import Met
from .runfile import Output
from .runfile.records import Array
from .seen_ids import STRETCH, ones

T = TypeVar("T")


class Group(Protocol):
    """The processes that train together, each of which calls these at the same time.

    Attributes:
        rank: of this process, from 0.
    """

    rank: int

    def gather(self, value: T) -> Sequence[T]:
        """What each process gave, by rank."""
        ...

    def sum(self, array: Array) -> Array:
        """The sum of the arrays that the processes gave, all of one shape and dtype."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    """What a process tells of its counts before they are summed."""

    output: Output | None
    form: Form | None
    certain: bool
    met: Met
    seen: int
    waiting: Array  # ids
    bits: int  # bytes of those met


def reduced(counts: Counts, group: Group) -> Counts:
    """The counts of all processes, on each of them; what each has stays as it is. Every process must call it.

    Args:
        counts: of this process; of one that was given no sample too.
        group: the processes.

    Raises:
        ValueError: They count different outputs, or some have weights or ids and others none: on every process.
    """
    bits = counts.waiting.seen.bits
    own = _Head(
        counts.output, counts.form, counts.certain, counts.met, counts.seen, counts.waiting.ids, len(bits)
    )  # fmt: skip
    heads = group.gather(own)
    whole = copy.deepcopy(counts)
    for head in heads:
        if head.output is not None and head.form is not None:
            whole.begin(head.output, head.form)
    if whole.form is None:
        return whole
    whole.check_merged(whole.form)
    repeated = _drop_repeated(whole, heads, group) if whole.form.named else 0
    whole.settle()
    for name in sorted(whole.counters.sums):
        whole.counters.sums[name] = group.sum(whole.counters.sums[name])
    shift = 0 if whole.form.named else sum(head.seen for head in heads[: group.rank])
    _gather_samples(whole, shift, group)
    whole.met = Met(repeated=repeated)
    for head in heads:
        whole.met = whole.met.plus(head.met)
    whole.seen, whole.certain = sum(head.seen for head in heads), all(head.certain for head in heads)
    return whole


def _drop_repeated(whole: Counts, heads: Sequence[_Head], group: Group) -> int:
    """Leaves out what waits here and was counted elsewhere, or waits on a lower rank; how many were counted twice.

    The ids that were met are compared a stretch at a time: a bit for each travels, and memory stays bounded.
    """
    own = heads[group.rank].waiting
    settled = copy.deepcopy(whole.waiting.seen)
    settled.remove(own)
    counted, repeated = np.zeros(len(own), bool), 0
    for start in range(0, max(head.bits for head in heads), STRETCH):
        parts = group.gather(settled.bits[start : start + STRETCH])
        of_all = np.zeros(max(map(len, parts)), np.uint8)
        for part in parts:
            of_all[: len(part)] |= part
        repeated += sum(map(ones, parts)) - ones(of_all)
        here = np.flatnonzero((own // 8 >= start) & (own // 8 < start + len(of_all)))
        counted[here] |= (of_all[own[here] // 8 - start] >> (own[here] % 8) & 1).astype(bool)
    lower = np.concatenate([np.zeros(0, np.int64), *(head.waiting for head in heads[: group.rank])])
    whole.waiting.drop(np.union1d(own[counted], lower))
    return repeated


def _gather_samples(whole: Counts, shift: int, group: Group) -> None:
    """The samples of all, of the smallest stride that leaves as many as there is room for."""
    kept = whole.kept
    stride = max(group.gather(kept.stride))
    while sum(group.gather(kept.number(stride))) > kept.room:
        stride *= 2
    kept.thin(stride)
    moved = [replace(rows, sample=rows.sample + shift) for rows in kept.rows]
    everyone: Any = group.gather(moved)
    kept.replace([rows for several in everyone for rows in several])
