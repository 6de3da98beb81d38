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
PIECE = 2**17  # scores that are counted at once: what is made of them stays in the processor's cache
Found = Sequence[Sampled | Part | None]  # of each epoch; None where there are none, or they are not there yet
Pieces = Sequence[tuple[Ints, Scores]]
Answer = Pieces | Part | None


def every_score(table: RunTable, query: CompleteQuery, inputs: Inputs, positions: Ints) -> Pieces:
    """Those of some epochs that have all their samples: places in `positions`, and the scores [classes, places, ...].

    They come some epochs at a time. That all were recorded is seen from the counts: there are as many positives and
    negatives of each class.

    Args:
        table: of the run.
        query: whose split and output are meant.
        inputs: counts [classes, positions] of these epochs.
        positions: in `table.epochs`.
    """
    totals = np.stack([inputs.fp + inputs.tn, inputs.tp + inputs.fn]).astype(np.int64)  # [2, classes, positions]
    # What was kept of the newest epoch was kept of all: no need to read thousands to learn that it is a part, nor that
    # one where its line says so.
    if not len(positions):
        return ()
    if 0 < table.promised_samples(positions[-1]) < totals[..., -1].sum(axis=0).max(initial=0):
        return ()
    if _asked(table, query, positions[-1:], totals[..., -1:]) is PART:
        return ()
    found = _asked(table, query, positions, totals)
    return () if found is None or isinstance(found, str) else found


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
    """The scores of epochs that are whole; else whether there is a part of any."""
    there = [(place, one) for place, one in enumerate(found) if one is not None and not isinstance(one, str)]
    if not there:
        return None if all(one is None for one in found) else PART
    longest = max(score.size for _, (_, score) in there)
    step = max(PIECE // max(longest, 1), 1)
    pieces = [_whole(there[start : start + step], totals) for start in range(0, len(there), step)]
    kept = [(places, Scores.of_rows(*sides)) for places, *sides in pieces if len(places)]
    return kept or PART


def _whole(some: Sequence[tuple[int, Sampled]], totals: Array) -> tuple[Ints, Array, Array]:
    """Places of epochs whose samples are all there, with scores in [0, 1]; labels and scores [classes, places, n]."""
    places = np.array([place for place, _ in some])
    longest = max(len(truth) for _, (truth, _) in some)
    y_true = np.zeros((len(totals[0]), len(some), longest), bool)
    y_score = np.full(y_true.shape, np.nan, np.float32)
    for at, (_, (truth, score)) in enumerate(some):
        y_true[:, at, : len(truth)], y_score[:, at, : len(score)] = truth.T, score.T
    known, wanted = ~np.isnan(y_score), totals[..., places]
    inside = ((y_score >= 0) & (y_score <= 1)) == known
    counted = np.stack([(known & ~y_true).sum(axis=-1), (known & y_true).sum(axis=-1)])
    whole = inside.all(axis=(0, 2)) & (counted == wanted).all(axis=(0, 1)) & wanted.any(axis=(0, 1))
    return places[whole], y_true[:, whole], y_score[:, whole]
