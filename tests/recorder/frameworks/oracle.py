"""What scikit-learn counts of predictions, at every threshold of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, confusion_matrix_at_thresholds

from recorder.runfile import EpochRecord, four_counts, read_manifest, read_records
from recorder.runfile.records import Array


def counts_of(y_true: Any, y_score: Any, thresholds: Any, weight: Any = None) -> Array:
    """tp, fp, tn, fn [4, thresholds] of score > threshold, both float32, as scikit-learn counts them."""
    truth, scores = np.asarray(y_true) > 0.5, np.asarray(y_score, np.float32)
    scores = np.where(np.abs(scores) < np.finfo(np.float32).tiny, np.float32(0), scores)  # denormals count as zero
    tn, fp, fn, tp, at = confusion_matrix_at_thresholds(truth, scores, pos_label=True, sample_weight=weight)
    above = (np.asarray(at, np.float64)[None, :] > np.asarray(thresholds)[:, None]).sum(axis=1)
    counts = np.stack([tp, fp, tn, fn])
    positives, negatives = tp[-1] + fn[-1], fp[-1] + tn[-1]
    none = np.array([[0], [0], [negatives], [positives]], counts.dtype)
    return np.concatenate([none, counts], axis=1)[:, above]


def check_counts(record: EpochRecord, folder: Path, y_true: Any, y_score: Any, *, split: str = "val") -> None:
    """The counts of a split equal scikit-learn's at every threshold, for each class, and so does the matrix.

    Args:
        record: one point of the run.
        folder: the run.
        y_true: class numbers [samples], or rows of labels [samples, labels].
        y_score: probabilities [samples] or [samples, classes].
        split: its name.
    """
    (output,) = read_manifest(folder).outputs
    tally = next(tally for tally in record.tallies if tally.split == split)
    found = np.stack(four_counts(tally.histogram))  # [4, scores, thresholds]
    truth, scores = np.asarray(y_true), np.asarray(y_score, np.float32)
    if output.kind == "binary":
        scores = scores.reshape(len(scores), -1)[:, -1:]
        truth = truth.reshape(len(truth), -1)[:, -1:]
    elif output.kind == "multiclass":
        labels = np.arange(scores.shape[1])
        matrix = confusion_matrix(truth, scores.argmax(axis=1), labels=labels)
        np.testing.assert_array_equal(tally.matrix, matrix)
        truth = truth[:, None] == labels
    for number in range(scores.shape[1]):
        wanted = counts_of(truth[:, number], scores[:, number], output.thresholds)
        np.testing.assert_array_equal(found[:, number], wanted)


def records_of(folder: Path | None) -> list[EpochRecord]:
    """What is on disk of a run."""
    assert folder is not None
    return read_records(folder)
