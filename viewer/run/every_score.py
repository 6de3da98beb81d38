"""Scores one by one, at the epochs of which every sample was recorded: what is computed of them is exact."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output

from ..counts.scores import Scores
from ..formulas import FormulaError, Inputs
from ..formulas.inputs import Sampled
from ..reading.table import RunTable
from .complete import CompleteQuery
from .sample_inputs import samples_at

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
STRETCH = 16  # epochs
Part = Literal["part"]
PART: Part = "part"  # there are samples, but not all, or not all of their scores
Found = Sequence[Sampled | Part | None]  # of each epoch; None where there are none, or they are not there yet
Answer = tuple[Array, Scores] | Part | None


def every_score(table: RunTable, query: CompleteQuery, inputs: Inputs, positions: Ints) -> tuple[Array, Scores | None]:
    """Which of some epochs have all their samples, bool [positions], and the scores of these [classes, epochs, ...].

    That all were recorded is seen from the counts: there are as many positives and negatives of each class.

    Args:
        table: of the run.
        query: whose split and output are meant.
        inputs: counts [classes, positions] of these epochs.
        positions: in `table.epochs`.
    """
    totals = np.stack([inputs.fp + inputs.tn, inputs.tp + inputs.fn]).astype(np.int64)  # [2, classes, positions]
    nothing = np.zeros(len(positions), bool), None
    # What was kept of the newest epoch was kept of all: no need to read thousands to learn that it is a part.
    if not len(positions) or _asked(table, query, positions[-1:], totals[..., -1:]) is PART:
        return nothing
    found = _asked(table, query, positions, totals)
    return found if isinstance(found, tuple) else nothing


def _asked(table: RunTable, query: CompleteQuery, positions: Ints, totals: Array) -> Answer:
    return _remembered(table, table.version, query.split, query.output.name, positions.tobytes(), totals.tobytes())


@lru_cache(maxsize=2)
def _remembered(table: RunTable, _version: int, split: str, name: str, positions: bytes, totals: bytes) -> Answer:
    """Several formulas in a row share them."""
    (output,) = (output for output in table.outputs() if output.name == name)
    places = np.frombuffer(positions, np.int64)
    return _scores_of(_read(table, split, output, places), np.frombuffer(totals, np.int64).reshape(2, -1, len(places)))


def _read(table: RunTable, split: str, output: Output, positions: Ints) -> Found:
    """Labels and scores of some epochs; of one that others follow, its neighbours are read and kept with it."""
    if len(positions) == 1 and (positions[0] // STRETCH + 1) * STRETCH < len(table):
        stretch, place = divmod(int(positions[0]), STRETCH)
        return [_neighbours(table, table.version, split, output.name, stretch)[place]]
    return _tried(table, split, output, positions)


@lru_cache(maxsize=2)
def _neighbours(table: RunTable, _version: int, split: str, name: str, stretch: int) -> Found:
    """A stretch of epochs: whoever looks at one after the other opens a merged part once."""
    (output,) = (output for output in table.outputs() if output.name == name)
    return _tried(table, split, output, np.arange(stretch * STRETCH, (stretch + 1) * STRETCH))


def _tried(table: RunTable, split: str, output: Output, positions: Ints) -> Found:
    try:
        return samples_at(table, split, output, positions)
    except FormulaError:  # of many classes not every score was kept
        return [PART] * len(positions)


def _scores_of(found: Found, totals: Array) -> Answer:
    """Which epochs are whole, and their scores; else whether there is a part of any."""
    sampled = [None if isinstance(one, str) else one for one in found]
    whole = np.array([found is not None and _is_whole(found, totals[..., at]) for at, found in enumerate(sampled)])
    kept = [found for found, all_there in zip(sampled, whole, strict=True) if found is not None and all_there]
    if not kept:
        return None if all(one is None for one in found) else PART
    longest = max(len(truth) for truth, _ in kept)
    y_true = np.zeros((kept[0][0].shape[1], len(kept), longest), bool)
    y_score = np.full(y_true.shape, np.nan, np.float32)
    for epoch, (truth, score) in enumerate(kept):
        y_true[:, epoch, : len(truth)], y_score[:, epoch, : len(score)] = truth.T, score.T
    return whole, Scores.of_rows(y_true, y_score)


def _is_whole(sampled: Sampled, totals: Array) -> bool:
    """Whether these are all samples of an epoch, with totals [2, classes], and their scores are in [0, 1]."""
    truth, score = sampled
    known = ~np.isnan(score)
    inside = ~known | ((score >= 0) & (score <= 1))
    counted = np.stack([(known & ~truth).sum(axis=0), (known & truth).sum(axis=0)])
    return bool(inside.all() and totals.any() and np.array_equal(counted, totals))
