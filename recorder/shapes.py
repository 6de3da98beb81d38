"""Labels, scores and weights of any shape as flat NumPy arrays of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import Output
from .runfile.records import Array
from .runfile.schema import Kind

KEPT_WHOLE = 16  # classes; of more, samples keep the true class and the top five
TOP = 5


def flatten(
    y_true: Any, y_score: Any, kind: Kind, sample_weight: Any = None
) -> tuple[Array, npt.NDArray[np.float32], Array | None]:
    """Leading axes become one: labels [samples] (or [samples, labels]), scores float32 [samples, classes], weights.

    Raises:
        ValueError: The shapes do not fit together.
    """
    scores = np.asarray(y_score, np.float32)
    truth = np.asarray(y_true)
    if kind == "binary":
        scores = scores.reshape(-1, 1)
        truth = truth.reshape(-1)
    else:
        width = scores.shape[-1]
        scores = scores.reshape(-1, width)
        one_hot = truth.ndim == np.ndim(y_score) and truth.shape[-1] == width
        if kind == "multilabel":
            truth = truth.reshape(-1, width)
        else:
            truth = truth.reshape(-1, width).argmax(axis=1) if one_hot else truth.reshape(-1)
    if len(truth) != len(scores):
        raise ValueError(
            f"y_true and y_score must hold the same samples. Received: shapes {np.shape(y_true)}, {np.shape(y_score)}"
        )
    return truth, scores, _flat_weights(sample_weight, np.shape(y_score), len(scores))


def one_vs_rest(truth: Array, width: int, output: Output) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """bool [samples, classes]: whether a sample is of the class, and whether it counts at all."""
    labels = truth[:, None] if truth.ndim == 1 else truth
    ignored = np.zeros(labels.shape, bool) if output.ignore_label is None else labels == output.ignore_label
    if output.kind == "multiclass":
        positive = labels == np.arange(width)
        kept = np.broadcast_to((labels >= 0) & (labels < width) & ~ignored, positive.shape)
        return positive, kept
    return labels > 0.5, ~ignored


def binary_labels(truth: Array, ignore_label: int | None) -> Array:
    """Labels as samples keep them: 0 or 1, the ignored label as it is."""
    found = (truth > 0.5).astype(np.int32)
    return found if ignore_label is None else np.where(truth == ignore_label, ignore_label, found)


def reduce_classes(truth: Array, scores: Array, kind: Kind) -> tuple[Array, Array | None]:
    """Scores to keep and the classes they are for: all of up to 16, else the true class and the top five."""
    width = scores.shape[1]
    if kind == "binary":
        return scores, None
    if kind == "multilabel" or width <= KEPT_WHOLE:
        return scores, np.arange(width, dtype=np.int32)
    top = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    own = np.clip(truth, 0, width - 1)[:, None]
    label = np.concatenate([own, top], axis=1).astype(np.int32)
    return np.take_along_axis(scores, label, axis=1), label


def _flat_weights(sample_weight: Any, shape: tuple[int, ...], n: int) -> Array | None:
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, np.float64)
    if weight.size != n:
        if n % len(weight):
            raise ValueError(f"sample_weight must be one a sample. Received: {weight.shape} for scores {shape}")
        weight = np.repeat(weight.reshape(len(weight), -1)[:, 0], n // len(weight))
    return weight.reshape(-1)
