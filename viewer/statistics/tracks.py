"""Predictions of the same samples epoch by epoch, as matrices [epochs, samples]."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, Unit, kind_of

from .aligned import matrix, union

Array = npt.NDArray[Any]
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """What became of each sample, epoch by epoch.

    Of a multi-label output every label of every sample has a column of its own; of others every sample has one.

    Args:
        epochs: int64 [epochs], increasing.
        sample: int64 [columns], position in the data set.
        label: int32 [columns], the label; None unless multi-label.
        y_true: int32 [columns]: the true class; 0 or 1 for binary and multi-label.
        confidence: float32 [epochs, columns], in [0, 1]: the probability given to the true class; NaN where the epoch
            has no score of the sample, or an undefined one.
        predicted: int32 [epochs, columns]: the class decided for, -1 where the confidence is NaN.
    """

    epochs: Array
    sample: Array
    label: Array | None
    y_true: Array
    confidence: Array
    predicted: Array

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """bool [epochs, columns]: whether there is a prediction."""
        return self.predicted != UNKNOWN

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """bool [epochs, columns]: whether there is a prediction, and it is right."""
        return self.predicted == self.y_true

    def until(self, epochs: int) -> Tracks:
        """The first `epochs` epochs; views, nothing is copied."""
        return replace(
            self,
            epochs=self.epochs[:epochs],
            confidence=self.confidence[:epochs],
            predicted=self.predicted[:epochs],
        )


class _Row(NamedTuple):
    """One epoch: what tells columns apart, true classes, confidences, predictions."""

    keys: Array
    y_true: Array
    confidence: Array
    predicted: Array


class TrackTable:
    """Takes epochs one by one, in any order and again where a later attempt recorded one again.

    Args:
        output: what the predictions are of.
        unit: of the run: "epoch" or "step".
    """

    def __init__(self, output: Output, unit: Unit = "epoch") -> None:
        self._output, self._unit = output, unit
        self._rows: dict[int, _Row] = {}

    def put(self, epoch: int, samples: Samples) -> None:
        """Takes the samples of an epoch; those that are left out of counts for their label are left out here."""
        self._rows[epoch] = _row(samples, self._output)

    def keep(self, epochs: Collection[int]) -> None:
        """Forgets all epochs but these."""
        self._rows = {epoch: row for epoch, row in self._rows.items() if epoch in epochs}

    def __len__(self) -> int:
        return len(self._rows)

    def tracks(self) -> Tracks:
        """All epochs so far.

        Raises:
            ValueError: A sample has another true class than before: the data set was changed under the run.
        """
        epochs = np.array(sorted(self._rows), np.int64)
        rows = [self._rows[int(epoch)] for epoch in epochs]
        each = [row.keys for row in rows]
        keys = union(each)
        kind = kind_of(self._output)
        labels = kind.labels(len(self._output.classes))
        sample = keys // labels
        return Tracks(
            epochs=epochs,
            sample=sample,
            label=(keys % labels).astype(np.int32) if kind.labels_apart else None,
            y_true=one_truth(matrix(keys, each, [row.y_true for row in rows], UNKNOWN), epochs, sample, self._unit),
            confidence=matrix(keys, each, [row.confidence for row in rows], np.nan),
            predicted=matrix(keys, each, [row.predicted for row in rows], UNKNOWN),
        )


def tracks_of(records: Iterable[tuple[int, Samples]], output: Output) -> Tracks:
    """The tracks of (epoch, samples) pairs.

    Raises:
        ValueError: As `TrackTable.tracks`.
    """
    table = TrackTable(output)
    for epoch, samples in records:
        table.put(epoch, samples)
    return table.tracks()


def one_truth(truth: Array, epochs: Array, sample: Array, unit: Unit = "epoch") -> Array:
    """The true class of each sample: int [samples], from what every epoch says of it.

    Args:
        truth: int [epochs, samples], -1 where an epoch says nothing.
        epochs: int [epochs], their numbers.
        sample: int [samples], positions in the data set.
        unit: of the numbers.

    Raises:
        ValueError: Epochs say different things: the data set was changed under the run.
    """
    told = truth.max(axis=0, initial=UNKNOWN)
    changed = np.argwhere((truth != UNKNOWN) & (truth != told))
    if len(changed):
        at, column = changed[0]
        other = int((truth[:, column] == told[column]).argmax())
        first, then = sorted((at, other))
        raise ValueError(
            f"a sample must have one true class in all {unit}s: its data set was changed, or shuffled anew. "
            f"Received: sample {sample[column]}, whose class is {truth[first, column]} at {unit} {epochs[first]} "
            f"and {truth[then, column]} at {unit} {epochs[then]}"
        )
    return told


def _row(samples: Samples, output: Output) -> _Row:
    truth = np.asarray(samples.y_true)
    keys = samples.sample if truth.ndim == 1 else _pair_keys(samples.sample, truth.shape[1])
    kept = kind_of(output).kept(truth, output)
    classes, confidence, predicted = kind_of(output).assessed(samples, output)
    predicted = np.where(np.isnan(confidence), UNKNOWN, predicted)
    return _Row(keys[kept], classes[kept].astype(np.int32), confidence[kept], predicted[kept].astype(np.int32))


def _pair_keys(sample: Array, labels: int) -> Array:
    keys: Array = sample[:, None] * labels + np.arange(labels)
    return keys
