"""Where each sample of a batch is counted, in PyTorch: one class a kind, by the rules of `recorder.runfile.kinds`.

No step waits for the device: shapes alone decide what is done, and what is left out goes to counters that nobody reads.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..device_counters import (
    LABEL_EDGES,
    LEFT_OUT,
    NEGATIVE,
    NONE,
    SIDES,
    ScoreRows,
    label_values,
    labels_ignored,
    labels_met,
    sides,
)  # fmt: skip
from ..runfile import NO_LABEL, Output, kind_of, place_of_rank
from ..runfile.records import Array
from ..whole_samples import LabelSets
from .bin_table import TensorBinTable
from .pending_rows import Rows
from .whole_samples import count_label_sets, places_of, predicted, waits_for_nothing

FEW = 512  # scores, which a binary search is through with before a table has begun
DROPPED = LEFT_OUT + 1  # the code of a sample that was counted before
Counters = dict[str, Tensor]


class Layout(torch.nn.Module):
    """What is counted of one output, and how. Its buffers are constants.

    Args:
        output: what is counted.
        width: scores that the model gives for a sample.

    Attributes:
        sizes: counters by name, how many of each; all are sums.
    """

    edges: Tensor
    offsets: Tensor

    def __init__(self, output: Output, width: int) -> None:
        super().__init__()
        self.kind, self.width, self.output = kind_of(output), width, output
        self.classes = self.kind.scores(len(output.classes))
        self.rows = ScoreRows(self.classes, np.asarray(output.thresholds, np.float32))
        # NaN is found behind the last edge, and so in the counter that a row has for it.
        self.constant("edges", np.append(self.rows.edges, np.float32(np.inf)))
        self._table = None if self.rows.table is None else TensorBinTable(self.rows.table)
        self.constant("offsets", (np.arange(self.classes) * self.rows.stride).astype(np.int32))
        self.sizes: dict[str, int] = {"histograms": self.rows.size}

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Moves the constants; `half()` and the like leave them as they are."""

        def moved(tensor: Tensor) -> Tensor:
            new = fn(tensor)
            return new if new.dtype == tensor.dtype else tensor.to(new.device)

        return super()._apply(moved, recurse)

    def constant(self, name: str, values: Any) -> None:
        """Keeps an array beside the counters, on their device."""
        self.register_buffer(name, torch.as_tensor(values), persistent=False)

    def rows_of(self, y_true: Tensor, y_score: Tensor, mask: Tensor | None, weight: Tensor | None) -> Rows:
        """A batch as rows: labels [n], or [n, width] where each score has one of its own."""
        scores = y_score.reshape(-1, self.width)
        apart = y_true.shape == y_score.shape
        return Rows(y_true.reshape(scores.shape) if apart else y_true.reshape(-1), scores, mask, weight)

    def scores(self, y_score: Tensor) -> Tensor:
        """Probabilities, float32 [n, classes], of scores [n, width]."""
        scores = y_score.float()
        if self.output.from_logits:
            scores = scores.softmax(dim=-1) if self.kind.takes_softmax(self.width) else scores.sigmoid()
        return scores if self.classes == self.width else scores[:, -1:].contiguous()

    @abstractmethod
    def labels(self, y_true: Tensor, mask: Tensor | None) -> Tensor:
        """Labels of `rows_of` as `count` takes them; `mask`, bool [n] or None, is false where one is left out."""

    @abstractmethod
    def dropped(self, labels: Tensor, kept: Tensor) -> Tensor:
        """Labels, but for those of samples that are not to be counted at all; `kept` is bool [n]."""

    @abstractmethod
    def count(self, counters: Counters, labels: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        """Adds a batch to the counters.

        Args:
            counters: by name, as `sizes` says; `weights`, float [counters of scores, 2], where there are weights.
            labels: of `labels`.
            scores: of `scores`.
            weight: [n] or None.
        """

    @abstractmethod
    def truth(self, labels: Tensor) -> Tensor:
        """Canonical labels, int32 [n, labels]."""

    @abstractmethod
    def read(self, counters: dict[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        """Sums as `recorder.counters.Counters` has them, and fields of `Met`, of counters on the host."""

    def _bins(self, scores: Tensor) -> Tensor:
        """The counter of its row that each score belongs to, int32 or int64, of the shape of the scores."""
        if self._table is None or scores.numel() < FEW or not waits_for_nothing(scores):
            return torch.bucketize(scores, self.edges)
        return self._table.bins(scores)

    def _add(self, counters: Counters, slot: Tensor, weight: Tensor | None) -> None:
        """Adds to the counters of scores; `slot` is int64 [n, classes]."""
        add_ones(counters["histograms"], slot)
        if weight is not None:
            spread = weight[:, None].expand(slot.shape).reshape(-1).to(counters["weights"].dtype)
            counters["weights"].index_add_(0, slot.reshape(-1), torch.stack([spread, spread * spread], dim=1))


class ZeroOrOneLayout(Layout):
    """Scores that are decided at a threshold, each with a label of 0 or 1: binary and multi-label."""

    label_edges: Tensor
    firsts: Tensor
    values: Tensor
    sides: Tensor
    sets_offsets: Tensor

    def __init__(self, output: Output, width: int) -> None:
        super().__init__(output, width)
        self.sizes["noted"] = len(SIDES) + 1  # codes of labels
        self.constant("label_edges", LABEL_EDGES)
        firsts = self.rows.of_labels(output.ignore_label)
        self.constant("firsts", np.append(firsts, firsts[LEFT_OUT]))
        self.constant("values", np.append(label_values(output.ignore_label), np.int32(NO_LABEL)))
        self.sets = LabelSets(self.classes, len(output.thresholds)) if self.kind.labels_apart else None
        if self.sets is not None:
            self.sizes["label_sets"] = self.sets.size
            self.constant("sides", np.append(sides(output.ignore_label), 2).astype(np.int8))
            self.constant("sets_offsets", self.sets.offsets().astype(np.int64))

    def labels(self, y_true: Tensor, mask: Tensor | None) -> Tensor:
        if self.width == 2 and self.classes == 1 and y_true.ndim == 2:
            number = hot(y_true)[:, None]
            codes, values = torch.where(number < 0, NONE, number + NEGATIVE), number
        else:
            values = y_true.reshape(-1, self.classes)
            codes = self._codes(values)
        if self.output.ignore_label not in (None, 0, 1):  # those are left out by their rows
            codes = torch.where(values == self.output.ignore_label, LEFT_OUT, codes)
        return codes if mask is None else torch.where(mask[:, None], codes, LEFT_OUT)

    def _codes(self, values: Tensor) -> Tensor:
        if values.is_floating_point():
            return torch.bucketize(values.float(), self.label_edges, right=True)
        return values.long().clamp(-1, 2) + NEGATIVE

    def dropped(self, labels: Tensor, kept: Tensor) -> Tensor:
        return torch.where(kept[:, None], labels, DROPPED)

    def count(self, counters: Counters, labels: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        bins = self._bins(scores)
        if self.sets is not None:
            side, counts = self.sides[labels], counters["label_sets"]
            count_label_sets(counts, self.sets, self.sets_offsets, bins, scores, side)
        first = self.firsts.index_select(0, labels.reshape(-1)).reshape(labels.shape)
        slot = (first + bins).clamp_max_(self.rows.stride - 1)
        self._add(counters, slot if self.classes == 1 else slot.add_(self.offsets), weight)
        add_ones(counters["noted"], labels)

    def truth(self, labels: Tensor) -> Tensor:
        return self.values[labels]

    def read(self, counters: dict[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        sums, met = self.rows.read(counters)
        sums["ignored"] = np.array(labels_ignored(counters["noted"], self.output.ignore_label))
        if self.sets is not None:
            sums["label_sets"] = counters["label_sets"].copy()
        return sums, met | labels_met(counters["noted"])


class MultiClassLayout(Layout):
    """One of several classes, which argmax decides.

    A label is a class, or K where there is none, K + 1 where it is left out, K + 2 where it was counted before.
    `decided` has (K + 3) x (K + 1) cells, the last column for samples without a score; or without a matrix tp, fp and
    fn of each class, then what has no label, is left out, and a place for nothing.
    """

    place_of_rank: Tensor

    def __init__(self, output: Output, width: int) -> None:
        super().__init__(output, width)
        classes = self.classes
        self.sizes["decided"] = (classes + 3) * (classes + 1) if output.matrix else 3 * classes + 3
        self.constant("place_of_rank", np.append(place_of_rank(classes), 0).astype(np.int64))
        self.places = int(self.place_of_rank.max()) + 1
        self.sizes["places"] = classes * self.places + 1  # the last one of nothing

    def labels(self, y_true: Tensor, mask: Tensor | None) -> Tensor:
        ignored, none = self.output.ignore_label, self.classes
        if y_true.ndim == 2:
            number = hot(y_true)
            label = torch.where(number < 0, none, number)
        else:
            number = y_true if y_true.is_floating_point() else y_true.long()
            known = (number >= 0) & (number < none)
            known = known & (number == number.floor()) if number.is_floating_point() else known
            label = torch.where(known, number, none).long()
        if ignored is not None:
            label = torch.where(number == ignored, none + 1, label)
        return label if mask is None else torch.where(mask, label, none + 1)

    def dropped(self, labels: Tensor, kept: Tensor) -> Tensor:
        return torch.where(kept, labels, self.classes + 2)

    def count(self, counters: Counters, labels: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        known, row = labels < self.classes, self.rows.row
        slot = self._bins(scores)
        undefined = slot.amax(dim=1) == row - 1
        place = labels * self.places + places_of(labels, scores, self.place_of_rank)
        add_ones(counters["places"], torch.where(known & ~undefined, place, self.classes * self.places))
        # All scores of a sample are at least there: in the counters of NaN, or in those of what is left out.
        least = torch.where(known, undefined * (row - 1), self.rows.stride - 1).to(slot.dtype)
        torch.maximum(slot, least[:, None], out=slot)
        own = labels.clamp_max(self.classes - 1)[:, None]
        slot.scatter_add_(1, own, (known * row).to(slot.dtype)[:, None])
        self._add(counters, slot.add_(self.offsets), weight)
        add_ones(counters["decided"], self._decisions(labels, predicted(scores), known, undefined))

    def truth(self, labels: Tensor) -> Tensor:
        ignored = NO_LABEL if self.output.ignore_label is None else self.output.ignore_label
        label = torch.where(labels == self.classes, NO_LABEL, labels)
        return torch.where(label > self.classes, ignored, label).int()[:, None]

    def read(self, counters: dict[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        sums, met = self.rows.read(counters)
        classes, decided = self.classes, counters["decided"]
        sums["places"] = counters["places"][:-1].reshape(classes, self.places).copy()
        if self.output.matrix:
            cells = decided.reshape(classes + 3, classes + 1)
            none, left_out = cells[classes].sum(), cells[classes + 1].sum()
            sums["matrix"] = cells[:classes, :-1].copy()
        else:
            none, left_out = decided[3 * classes : 3 * classes + 2]
            sums["argmax"] = decided[: 3 * classes].reshape(3, classes).T.copy()
        sums["ignored"] = np.array(none + left_out)
        return sums, met | {"no_label": int(none)}

    def _decisions(self, labels: Tensor, predicted: Tensor, known: Tensor, undefined: Tensor) -> Tensor:
        """Counters of decisions."""
        classes = self.classes
        if self.output.matrix:
            return labels * (classes + 1) + torch.where(undefined, classes, predicted)
        right, decided, nothing = predicted == labels, known & ~undefined, 3 * classes + 2
        first = torch.where(right, labels, classes + predicted)
        first = torch.where(decided, first, torch.where(known, nothing, labels + 2 * classes))
        return torch.cat([first, torch.where(decided & ~right, labels + 2 * classes, nothing)])


def layout_of(output: Output, width: int) -> Layout:
    """The layout of an output that gives so many scores a sample."""
    return (MultiClassLayout if kind_of(output).argmax else ZeroOrOneLayout)(output, width)


def hot(rows: Tensor) -> Tensor:
    """int64 [n]: the class of one-hot or soft rows [n, classes]; -1 where there is none."""
    rows = rows.float()
    return torch.where(rows.sum(dim=1) > 0, rows.argmax(dim=1), -1)


def add_ones(counters: Tensor, index: Tensor) -> None:
    """counters[index] += 1, as often as an index, int32 or int64, occurs; `bincount` would wait for a GPU."""
    flat = index.reshape(-1)
    add = counters.index_add_ if flat.dtype == torch.int32 else counters.scatter_add_
    add(0, flat, torch.ones_like(flat, dtype=counters.dtype))
