"""Where each sample of a batch is counted, in JAX: one class a kind, by the rules of `recorder.runfile.kinds`."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from ..device_counters import (
    LABEL_EDGES,
    LEFT_OUT,
    NEGATIVE,
    NONE,
    NONE_EITHER,
    SIDES,
    ScoreRows,
    labels_ignored,
    labels_met,
    sides,
)  # fmt: skip
from ..runfile import Output, kind_of, place_of_rank
from ..runfile.records import Array
from ..whole_samples import LabelSets
from .whole_samples import label_sets, places_of

Counters = dict[str, Any]


class Layout:
    """What is counted of one output, and how.

    Args:
        output: what is counted.
        width: scores that the model gives for a sample.

    Attributes:
        sizes: counters by name, how many of each; all are sums.
    """

    def __init__(self, output: Output, width: int) -> None:
        self.kind, self.width, self.output = kind_of(output), width, output
        self.classes = self.kind.scores(len(output.classes))
        self.rows = ScoreRows(self.classes, np.asarray(output.thresholds, np.float32))
        self.offsets = np.arange(self.classes, dtype=np.int32) * self.rows.stride
        self.sizes: dict[str, int] = {"histograms": self.rows.size}

    def arrays(self, y_true: Any, y_score: Any) -> tuple[Any, Any]:
        """Labels [n] or [n, width], and probabilities, float32 [n, classes].

        Raises:
            ValueError: Their shapes do not fit together.
        """
        labels, given = jnp.asarray(y_true), jnp.asarray(y_score)
        if self.width > 1 and (given.ndim < 2 or given.shape[-1] != self.width):
            rule = f"scores must be [..., {self.width}], as num_classes={self.width} says"
            raise ValueError(f"{rule}. Received: y_score {given.shape}")
        scores = given.astype(jnp.float32).reshape(-1, self.width)
        if labels.size != len(scores) and labels.shape != given.shape:
            rule = f"labels must be one a sample, or rows as the scores are (num_classes={self.width})"
            raise ValueError(f"{rule}. Received: y_true {labels.shape}, y_score {given.shape}")
        if self.output.from_logits:
            softmax = self.kind.takes_softmax(self.width)
            scores = jax.nn.softmax(scores, axis=-1) if softmax else jax.nn.sigmoid(scores)
        rows = self.width > 1 and labels.size == scores.size
        labels = labels.reshape(-1, self.width) if rows else labels.reshape(-1)
        return labels, scores if self.classes == self.width else scores[:, -1:]

    def bins(self, scores: Any) -> Any:
        """int32 [n, classes]: the counter of its row that each score belongs to; the last one of NaN."""
        return jnp.where(jnp.isnan(scores), self.rows.row - 1, self.rows.bins(scores, jnp))

    def add(self, counters: Counters, slot: Any, weight: Any) -> Counters:
        """Adds to the counters of scores; `slot` is int32 [n, classes]."""
        slot = slot + self.offsets
        found = {**counters, "histograms": counters["histograms"].at[slot].add(1)}
        if weight is not None:
            pairs = jnp.stack([weight, weight * weight], axis=1)[:, None, :]
            spread = jnp.broadcast_to(pairs, (*slot.shape, 2))
            found["weights"] = counters["weights"].at[slot].add(spread)
        return found


class ZeroOrOneLayout(Layout):
    """Scores that are decided at a threshold, each with a label of 0 or 1: binary and multi-label."""

    def __init__(self, output: Output, width: int) -> None:
        super().__init__(output, width)
        self.sizes["noted"] = len(SIDES)  # codes of labels
        self.firsts = self.rows.of_labels(output.ignore_label)
        self.sets = LabelSets(self.classes, len(output.thresholds)) if self.kind.labels_apart else None
        if self.sets is not None:
            self.sizes["label_sets"] = self.sets.size

    def count(self, counters: Counters, labels: Any, scores: Any, keep: Any, weight: Any) -> Counters:
        """The counters with a batch more; `keep` is bool [n] or None."""
        codes, values = self._codes(labels)
        if self.output.ignore_label not in (None, 0, 1):  # those are left out by their rows
            codes = jnp.where(values == self.output.ignore_label, LEFT_OUT, codes)
        if keep is not None:
            codes = jnp.where(keep[:, None], codes, LEFT_OUT)
        bins = self.bins(scores)
        slot = jnp.minimum(jnp.asarray(self.firsts)[codes] + bins, self.rows.stride - 1)
        found = {**self.add(counters, slot, weight), "noted": counters["noted"].at[codes].add(1)}
        if self.sets is not None:
            side = jnp.asarray(sides(self.output.ignore_label))[codes]
            index, added = label_sets(self.sets, bins, scores, side, bins == self.rows.row - 1)
            found["label_sets"] = counters["label_sets"].at[index].add(added)
        return found

    def _codes(self, labels: Any) -> tuple[Any, Any]:
        """int32 [n, classes]: codes of labels, and what they are of."""
        if self.width == 2 and self.classes == 1 and labels.ndim == 2:
            number = _hot(labels)[:, None]
            return jnp.where(number < 0, NONE, number + NEGATIVE), number
        values = labels.reshape(-1, self.classes)
        if not jnp.issubdtype(values.dtype, jnp.floating):
            values = values.astype(jnp.int32)
            return jnp.clip(values, -1, 2) + NEGATIVE, values
        values = values.astype(jnp.float32)
        found = jnp.searchsorted(jnp.asarray(LABEL_EDGES), values, side="right")
        return jnp.where(jnp.isnan(values), NONE_EITHER, found).astype(jnp.int32), values

    def read(self, counters: dict[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        """Sums, and fields of `Met`, of counters on the host, int64 but for weights."""
        sums, met = self.rows.read(counters)
        sums["ignored"] = np.array(labels_ignored(counters["noted"], self.output.ignore_label))
        if self.sets is not None:
            sums["label_sets"] = counters["label_sets"].copy()
        return sums, met | labels_met(counters["noted"])


class MultiClassLayout(Layout):
    """One of several classes, which argmax decides.

    A label is a class, or K where there is none, K + 1 where it is left out. `decided` is [K, K] true and predicted, or
    without a matrix [3, K] tp, fp and fn of each class; `noted` counts samples without a label, and those left out.
    """

    def __init__(self, output: Output, width: int) -> None:
        super().__init__(output, width)
        self.places = int(place_of_rank(width).max()) + 1
        self.sizes |= {
            "decided": (width if output.matrix else 3) * width, "places": width * self.places, "noted": 2,
        }  # fmt: skip

    def count(self, counters: Counters, labels: Any, scores: Any, keep: Any, weight: Any) -> Counters:
        """The counters with a batch more; `keep` is bool [n] or None."""
        label = self._labels(labels)
        label = label if keep is None else jnp.where(keep, label, self.classes + 1)
        bins, row = self.bins(scores), self.rows.row
        undefined, known = (bins == row - 1).any(axis=1), label < self.classes
        bins = jnp.where(undefined[:, None], row - 1, bins)
        own = (label[:, None] == jnp.arange(self.classes)) * row
        slot = jnp.where(known[:, None], bins + own, self.rows.stride - 1)
        noted = counters["noted"].at[jnp.where(known, 2, label - self.classes)].add(1, mode="drop")
        decided = self._decided(counters["decided"], label, scores.argmax(axis=1), known & ~undefined)
        place = jnp.where(known & ~undefined, label * self.places + places_of(label, scores), self.sizes["places"])
        places = counters["places"].at[place].add(1, mode="drop")
        return {**self.add(counters, slot, weight), "decided": decided, "places": places, "noted": noted}

    def read(self, counters: dict[str, Array]) -> tuple[dict[str, Array], dict[str, int]]:
        """Sums, and fields of `Met`, of counters on the host, int64 but for weights."""
        sums, met = self.rows.read(counters)
        decided, noted = counters["decided"], counters["noted"]
        sums["places"] = counters["places"].reshape(self.classes, self.places).copy()
        if self.output.matrix:
            sums["matrix"] = decided.reshape(self.classes, self.classes).copy()
        else:
            sums["argmax"] = decided.reshape(3, self.classes).T.copy()
        sums["ignored"] = np.array(noted.sum())
        return sums, met | {"no_label": int(noted[0])}

    def _labels(self, labels: Any) -> Any:
        """int32 [n]."""
        none = self.classes
        if labels.ndim == 2:
            number = _hot(labels)
            label = jnp.where(number < 0, none, number)
        else:
            whole = not jnp.issubdtype(labels.dtype, jnp.floating)
            number = labels.astype(jnp.int32) if whole else labels.astype(jnp.float32)
            known = (number >= 0) & (number < none) & (whole or number == jnp.floor(number))
            label = jnp.where(known, number, none).astype(jnp.int32)
        if self.output.ignore_label is not None:
            label = jnp.where(number == self.output.ignore_label, none + 1, label)
        return label

    def _decided(self, counters: Any, label: Any, predicted: Any, counted: Any) -> Any:
        nowhere = self.sizes["decided"]
        if self.output.matrix:
            return counters.at[jnp.where(counted, label * self.classes + predicted, nowhere)].add(1, mode="drop")
        right = label == predicted
        first = jnp.where(counted, jnp.where(right, label, self.classes + predicted), nowhere)
        missed = jnp.where(counted & ~right, 2 * self.classes + label, nowhere)
        return counters.at[first].add(1, mode="drop").at[missed].add(1, mode="drop")


def layout_of(output: Output, width: int) -> ZeroOrOneLayout | MultiClassLayout:
    """The layout of an output that gives so many scores a sample."""
    return (MultiClassLayout if kind_of(output).argmax else ZeroOrOneLayout)(output, width)


def _hot(rows: Any) -> Any:
    """int32 [n]: the class of one-hot or soft rows [n, classes]; -1 where there is none."""
    rows = rows.astype(jnp.float32)
    return jnp.where(rows.sum(axis=1) > 0, rows.argmax(axis=1), -1).astype(jnp.int32)
