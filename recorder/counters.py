"""The counters of one output on the host: the sums over samples that a tally is made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from .bin_table import BinTable, bin_table
from .group_counts import GroupSums
from .runfile import Output, Tally, counted_ks, kind_of, not_denormal, places_of
from .runfile.records import Array
from .whole_samples import LabelSets, within_top_k

AT_ONCE = 2**22  # scores that are counted in one go
MANY = 2**13  # scores from which on a table of bins is quicker than a search, its making included
IN_CACHE = 2**14  # scores whose bins are found at a time
FEW = 8  # times as many counters as samples: from there on samples are added one by one


class Counters:
    """What samples are added to. Everything in it is a sum: counters of parts add up to those of the whole.

    Args:
        output: what is counted.
        scores: of a sample.
        weighted: whether weights come with the samples.
        groups: of the samples, where the counts of each are kept too.

    Attributes:
        sums: arrays by name: the fields of `Tally` but its names; `ignored` is int64 []. In the place of `top_k` stands
            how often each place of `place_of_rank` came, int64 [classes, places], and in that of `exact_matches` and
            `ranking_sums` the list of `LabelSets`.
    """

    def __init__(self, output: Output, scores: int, *, weighted: bool, groups: GroupSums | None = None) -> None:
        self._output, self._kind = output, kind_of(output)
        self._edges = np.asarray(output.thresholds, np.float32)
        self._label_sets = LabelSets(scores, len(output.thresholds))
        self.sums = self._zeros(scores, weighted)
        self._groups = groups
        if groups is not None:
            self.sums["group_counts"] = groups.zeros()

    def add(self, truth: Array, scores: Array, weight: Array | None, row: Array | None = None) -> None:
        """Counts samples.

        Args:
            truth: canonical labels, as in `OutputKind`.
            scores: float32 [samples, scores].
            weight: float64 [samples]; None where none are summed.
            row: int64 [samples], the place of each in what the groups were given for; None without groups.
        """
        if self._groups is not None and row is not None:
            self._groups.add(self.sums["group_counts"], row, truth, scores)
        for rows in _stretches(*scores.shape):
            self._add(truth[rows], scores[rows], None if weight is None else weight[rows])

    def merge(self, other: Counters) -> None:
        """Adds what another one of this output has counted."""
        for name, array in other.sums.items():
            self.sums[name] += array

    def tally(self, split: str, output: str = "") -> Tally:
        """What was counted so far; the arrays are copies."""
        sums: dict[str, Any] = {name: array.copy() for name, array in self.sums.items()}
        if "places" in sums:
            sums["top_k"] = within_top_k(sums.pop("places"))
        if "label_sets" in sums:
            sums |= self._label_sets.read(sums.pop("label_sets"))
        return Tally(split=split, output=output, ignored=int(sums.pop("ignored")), **sums)

    def _zeros(self, scores: int, weighted: bool) -> dict[str, Array]:
        shape = (scores, 2, len(self._edges) + 1)
        sums = {"histogram": np.zeros(shape, np.int64), "nan": np.zeros(shape[:2], np.int64)}
        if self._kind.argmax:
            name, cells = ("matrix", (scores, scores)) if self._output.matrix else ("argmax", (scores, 3))
            sums[name] = np.zeros(cells, np.int64)
            sums["places"] = np.zeros((scores, len(counted_ks(scores))), np.int64)
        if self._kind.labels_apart:
            sums["label_sets"] = np.zeros(self._label_sets.size, np.int64)
        if weighted:
            sums |= {"weights": np.zeros(shape), "weight_squares": np.zeros(shape[:2])}
        return sums | {"ignored": np.zeros((), np.int64)}

    def _add(self, truth: Array, scores: Array, weight: Array | None) -> None:
        kept = self._kind.kept(truth, self._output)
        self.sums["ignored"] += (~kept).sum()
        undefined = np.isnan(scores)
        if not self._kind.labels_apart:
            kept, undefined = kept[:, None], np.broadcast_to(undefined.any(axis=1, keepdims=True), scores.shape)
        positive = self._kind.one_vs_rest(truth, len(self._output.classes)).astype(np.int64)
        bins = _bins(self._edges, not_denormal(scores))
        classes = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
        counted, lost = kept & ~undefined, kept & undefined
        place = classes[counted], positive[counted], bins[counted]
        _add(self.sums["histogram"], place)
        _add(self.sums["nan"], (classes[lost], positive[lost]))
        if weight is not None:
            spread = np.broadcast_to(weight[:, None], scores.shape)[counted]
            _add(self.sums["weights"], place, spread)
            _add(self.sums["weight_squares"], place[:2], spread**2)
        if self._kind.argmax:
            true, known = truth[counted[:, 0]], scores[counted[:, 0]]
            self._decide(true, known.argmax(axis=1))
            _add(self.sums["places"], (true, places_of(true, known)))
        if self._kind.labels_apart:
            self._label_sets.add(self.sums["label_sets"], bins, scores, positive > 0, kept)

    def _decide(self, true: Array, predicted: Array) -> None:
        if "matrix" in self.sums:
            _add(self.sums["matrix"], (true, predicted))
            return
        right, argmax = true == predicted, self.sums["argmax"]
        for column, classes in enumerate((true[right], predicted[~right], true[~right])):
            argmax[:, column] += np.bincount(classes, minlength=len(argmax))


def _bins(edges: Array, scores: Array) -> Array:
    """How many edges are below each score, by a table where so many scores make that pay; of NaN any number."""
    table = _table(edges.tobytes()) if scores.size >= MANY else None
    if table is None:
        return np.searchsorted(edges, scores, side="left")
    flat = scores.reshape(-1)
    found = np.empty(flat.shape, np.int64)
    for start in range(0, len(flat), IN_CACHE):
        found[start : start + IN_CACHE] = table.bins(flat[start : start + IN_CACHE], np)
    return found.reshape(scores.shape)


@lru_cache(maxsize=8)
def _table(edges: bytes) -> BinTable | None:
    return bin_table(np.frombuffer(edges, np.float32))


def _stretches(samples: int, scores: int) -> Iterator[slice]:
    """Slices of so many samples that their scores can be counted in one go."""
    step = max(AT_ONCE // max(scores, 1), 1)
    return (slice(start, start + step) for start in range(0, samples, step))


def _add(counters: Array, index: tuple[Array, ...], weights: Array | None = None) -> None:
    """counters[index] += weights, or 1, as often as an index occurs."""
    flat = np.ravel_multi_index(index, counters.shape)
    if FEW * len(flat) < counters.size:
        np.add.at(counters.reshape(-1), flat, 1 if weights is None else weights)
        return
    sums = np.bincount(flat, weights=weights, minlength=counters.size).reshape(counters.shape)
    counters += sums.astype(counters.dtype)
