"""Counts of each group of samples (image, patient, document), at a few thresholds, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import MOST_GROUPS, MOST_OF_GROUPS, Output, kind_of
from .sample_groups import Grouping

Array = npt.NDArray[Any]
MOST_THRESHOLDS = 16
FEWEST = 20  # sums, below which they would say too little of how groups differ
TINY = np.finfo(np.float32).tiny


def check_thresholds(given: Sequence[float]) -> list[float]:
    """Raises ValueError where these are no thresholds, or more than `MOST_THRESHOLDS`."""
    thresholds = [float(one) for one in given]
    if len(thresholds) > MOST_THRESHOLDS or not all(0 <= one <= 1 for one in thresholds):
        raise ValueError(
            f"group_thresholds must be at most {MOST_THRESHOLDS} thresholds in [0, 1]. Received: {thresholds[:40]}"
        )
    return thresholds


def at_recorded(thresholds: Sequence[float], output: Output) -> list[float]:
    """The thresholds of an output at which groups are counted: those asked for, each the nearest recorded one.

    The decision's is always among them. None at all where argmax decides: then the matrix of each group is kept.
    """
    if kind_of(output).argmax:
        return []
    edges = np.asarray(output.thresholds)
    nearest = {float(edges[np.abs(edges - one).argmin()]) for one in thresholds}
    return sorted({*nearest, output.decision_threshold})


def sums_for(groups: int, output: Output) -> int:
    """How many sums are kept of so many groups; 0 where there would be too few.

    A group each, of up to `MOST_GROUPS` and within `MOST_OF_GROUPS` numbers. More groups are put together at random:
    groups that were drawn independently are so together, and a variance over 1,024 is known to 4% (the method of random
    groups; Wolter 2007, chapter 2).
    """
    if kind_of(output).argmax and not output.matrix:
        return 0
    each = numbers_each(output) * kind_of(output).scores(len(output.classes))
    kept = min(groups, MOST_GROUPS, MOST_OF_GROUPS // each)
    return kept if kept >= min(groups, FEWEST) else 0


def numbers_each(output: Output) -> int:
    """How many numbers a group has in the row of a class: a row of its matrix, or four counts at each threshold."""
    return len(output.classes) if kind_of(output).argmax else 4 * len(output.group_thresholds or ())


def group_counts(
    y_true: Any, y_score: Any, grouping: Grouping, *, output: Output, names: Sequence[str] | None = None
) -> Array | None:
    """The counts of each group: int64 [classes, groups, numbers]; None where none are kept.

    Where argmax decides, of each true class and group by decided class; else tn, fp, fn, tp of each class and group at
    the first of `output.group_thresholds`, then at the next.

    Args:
        y_true: as in `counting.tally_arrays`.
        y_score: the same.
        grouping: of these samples.
        output: what is counted.
        names: of the classes, as the user gave them.

    Raises:
        ValueError: The groups are not of so many samples.
    """
    kind, shape, sums = kind_of(output), np.shape(y_score), sums_for(len(grouping.names), output)
    if not sums:
        return None
    truth, scores = kind.truth(y_true, shape, output, names), kind.columns(y_score)
    group = np.repeat(_together(len(grouping.names), sums)[grouping.code], grouping.repeats(len(scores)))
    kept, known = kind.kept(truth, output).reshape(len(scores), -1), ~np.isnan(scores)
    if kind.argmax:
        there = kept[:, 0] & known.all(axis=1)
        place = (truth[there] * sums + group[there]) * scores.shape[1] + scores[there].argmax(axis=1)
        classes = scores.shape[1]
        return np.bincount(place, minlength=classes * sums * classes).reshape(classes, sums, classes)
    scores = np.where(np.abs(scores) < TINY, np.float32(0), scores)
    positive, there = kind.one_vs_rest(truth, len(output.classes)), kept & known
    found = np.zeros((scores.shape[1], sums, len(output.group_thresholds or ()), 4), np.int64)
    for label, own in enumerate(there.T):
        for at, threshold in enumerate(output.group_thresholds or ()):
            cell = 2 * positive[own, label] + (scores[own, label] > np.float32(threshold))
            found[label, :, at] = np.bincount(4 * group[own] + cell, minlength=4 * sums).reshape(sums, 4)
    return found.reshape(len(found), sums, -1)


def _together(groups: int, sums: int) -> Array:
    """int64 [groups], which sum each goes to: always the same, and at random where they are more than sums."""
    if groups <= sums:
        return np.arange(groups)
    return np.random.default_rng(20261126).permutation(groups) % sums
