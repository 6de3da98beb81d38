"""From recorded samples to what formulas take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, kind_of, not_denormal

from ..counts.confusion import Counts, counts_from_matrix
from ..counts.scores import Scores
from ..formulas import FormulaError, Inputs
from ..formulas.inputs import Sampled
from ..reading.table import RunTable
from .complete import CompleteQuery

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


def samples_at(table: RunTable, split: str, output: Output, positions: Ints) -> list[Sampled | None]:
    """Labels and scores of the samples of each of some epochs; None where there are none.

    Raises:
        FormulaError: Not all scores of a sample were kept.
    """
    found = {
        epoch: one_vs_rest(samples, output)
        for epoch, samples in table.samples(positions.tolist())
        if (samples.split, samples.output) == (split, output.name)
    }
    return [found.get(epoch) for epoch in table.epochs[positions].tolist()]


def one_vs_rest(samples: Samples, output: Output) -> Sampled:
    """bool and float32 [samples, classes]: whether a sample is of a class, and its score; NaN where it does not count.

    Raises:
        FormulaError: Not all scores of a sample were kept.
    """
    truth, scores = np.asarray(samples.y_true), np.asarray(samples.y_score, np.float32)
    kind, classes = kind_of(output), len(output.classes)
    if scores.shape[1] < kind.scores(classes):
        raise FormulaError(
            "samples need the scores of all classes for this; of more than 16 the true one and the top five are "
            f"kept. Received: {classes} classes"
        )
    kept: Array = kind.kept(truth, output).reshape(len(truth), -1)
    known = np.asarray(~np.isnan(scores))
    if kind.argmax:  # a decision takes the scores of all classes
        known = np.asarray(known.all(axis=1, keepdims=True))
    return kind.one_vs_rest(truth, classes), np.where(kept & known, scores, np.float32(np.nan))


def inputs_of_samples(sampled: Sampled, query: CompleteQuery, logs: Mapping[str, Array]) -> Inputs:
    """What a formula takes of one epoch, all of it counted from samples: exact at any threshold."""
    y_true, y_score = sampled
    y_score = not_denormal(y_score)
    known = ~np.isnan(y_score)
    matrix = None
    if query.threshold is None and kind_of(query.output).argmax:
        matrix = _matrix(y_true[known.all(axis=1)], y_score[known.all(axis=1)])
        tp, fp, tn, fn = counts_from_matrix(matrix)
    else:
        tp, fp, tn, fn = _cells(y_true, y_score, query)
    scores = Scores.of_samples(y_true, y_score) if "scores" in query.needs else None
    return Inputs(
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
        matrix=matrix,
        logs=logs,
        kind=kind_of(query.output),
        classes=tuple(query.output.classes),
        argmax=matrix is not None,
        scores=None if scores is None else replace(scores, histogram=scores.histogram[:, None]),
        samples=[(y_true, y_score)],
    )


def _cells(y_true: Array, y_score: Array, query: CompleteQuery) -> Counts:
    """tp, fp, tn, fn, each int64 [classes, 1]."""
    threshold = query.output.decision_threshold if query.threshold is None else query.threshold
    called, known = y_score > np.float32(threshold), ~np.isnan(y_score)
    cells = y_true & called, ~y_true & called, ~y_true & ~called, y_true & ~called
    tp, fp, tn, fn = ((cell & known).sum(axis=0)[:, None] for cell in cells)
    return tp, fp, tn, fn


def _matrix(y_true: Array, y_score: Array) -> Array:
    """int64 [1, K, K], rows = true class."""
    classes = y_score.shape[1]
    cells = y_true.argmax(axis=1) * classes + y_score.argmax(axis=1)
    return np.bincount(cells, minlength=classes**2).reshape(1, classes, classes)
