"""Counts of each group of samples (image, patient, document), at a few thresholds, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import MOST_GROUPS, MOST_OF_GROUPS, Output, kind_of, not_denormal
from .sample_groups import RULE, Grouping, grouping_of

Array = npt.NDArray[Any]
MOST_THRESHOLDS = 16
FEWEST = 20  # sums, below which they would say too little of how groups differ


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


class GroupSums:
    """Adds samples to the counts of their groups.

    Args:
        grouping: the groups of the samples, or of rows of them.
        output: what is counted, with `group_thresholds`.
    """

    def __init__(self, grouping: Grouping, output: Output) -> None:
        self._output, self._kind = output, kind_of(output)
        self.sums = sums_for(len(grouping.names), output)
        self._group = _together(len(grouping.names), self.sums)[grouping.code] if self.sums else grouping.code

    def __deepcopy__(self, _memo: Any) -> GroupSums:
        """Itself: it holds nothing that changes."""
        return self

    def zeros(self) -> Array:
        """Counts of nothing: int64 [classes, groups, numbers].

        Where argmax decides, of each true class and group by decided class; else tn, fp, fn, tp of each class and group
        at the first of `Output.group_thresholds`, then at the next.
        """
        classes = self._kind.scores(len(self._output.classes))
        return np.zeros((classes, self.sums, numbers_each(self._output)), np.int64)

    def add(self, counts: Array, row: Array, truth: Array, scores: Array) -> None:
        """Counts samples.

        Args:
            counts: of `zeros`.
            row: int64 [samples], the place of each in what the groups were given for.
            truth: canonical labels, as in `OutputKind`.
            scores: float32 [samples, scores].
        """
        group, sums = self._group[row], self.sums
        kept, known = self._kind.kept(truth, self._output), ~np.isnan(scores)
        kept = kept if kept.ndim == 2 else kept[:, None]
        if self._kind.argmax:
            there = kept[:, 0] & known.all(axis=1)
            place = (truth[there] * sums + group[there]) * scores.shape[1] + scores[there].argmax(axis=1)
            counts += np.bincount(place, minlength=counts.size).reshape(counts.shape)
            return
        scores = not_denormal(scores)
        positive = self._kind.one_vs_rest(truth, len(self._output.classes))
        for label, own in enumerate((kept & known).T):
            for at, threshold in enumerate(self._output.group_thresholds or ()):
                cell = 2 * positive[own, label] + (scores[own, label] > np.float32(threshold))
                found = np.bincount(4 * group[own] + cell, minlength=4 * sums).reshape(sums, 4)
                counts[label, :, 4 * at : 4 * at + 4] += found


class BatchGroups:
    """Groups of samples that come batch by batch, by their positions in the data set.

    Args:
        given: of each position, or of each row of positions, such as an image, where batches have such.
        thresholds: at which groups are counted, beside the decision.

    Attributes:
        thresholds: these.
        each: how many positions a row has; 0 before the first batch.

    Raises:
        ValueError: An argument breaks its rule.
    """

    def __init__(self, given: Any, thresholds: Sequence[float]) -> None:
        self._grouping, self.thresholds, self.each = grouping_of(given), check_thresholds(thresholds), 0

    def sums(self, output: Output) -> GroupSums | None:
        """What counts them; None where too few sums would fit."""
        found = GroupSums(self._grouping, output)
        return found if found.sums else None

    def check(self, position: Array, each: int) -> None:
        """Takes in what a row of a batch has; raises ValueError where a row has no group, or another length."""
        if self.each not in (0, each):
            raise ValueError(f"groups must be of rows of one size. Received: rows of {self.each} before, {each} now")
        given, last = len(self._grouping.code), int(position.max()) // each
        if last >= given:
            raise ValueError(f"{RULE}. Received: {given:,}, and a sample at {last:,}")
        self.each = each

    def rows(self, position: Array) -> Array:
        """int64 [samples], the place of each position in what was given."""
        return position // max(self.each, 1)


def group_counts(
    y_true: Any, y_score: Any, grouping: Grouping, *, output: Output, names: Sequence[str] | None = None
) -> Array | None:
    """The counts of each group, as of `GroupSums.zeros`; None where none are kept.

    Args:
        y_true: as in `counting.tally_arrays`.
        y_score: the same.
        grouping: of these samples.
        output: what is counted.
        names: of the classes, as the user gave them.

    Raises:
        ValueError: The groups are not of so many samples.
    """
    kind, groups = kind_of(output), GroupSums(grouping, output)
    truth, scores = kind.truth(y_true, np.shape(y_score), output, names), kind.columns(y_score)
    row = np.arange(len(scores)) // grouping.repeats(len(scores))
    if not groups.sums:
        return None
    found = groups.zeros()
    groups.add(found, row, truth, scores)
    return found


def _together(groups: int, sums: int) -> Array:
    """int64 [groups], which sum each goes to: always the same, and at random where they are more than sums."""
    if groups <= sums:
        return np.arange(groups)
    return np.random.default_rng(20261126).permutation(groups) % sums
