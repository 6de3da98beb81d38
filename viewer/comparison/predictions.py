"""The recorded samples of a run at one epoch: which they are, and what was decided about each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import SampleIds, Samples

from ..reading.sample_ids import called
from ..run import Run
from ..statistics.decisions import Decisions

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Predictions(Decisions):
    """Predictions of one run at one epoch.

    Args:
        samples: as they were recorded.
        output: what was counted of them.
        counted: how many samples of the split were counted at this epoch, recorded one by one or not.
        ids: what the user calls the samples of the split; None where that was not recorded.
        group: int64 [samples], which group each is of; None where no groups were recorded.
    """

    counted: int
    ids: SampleIds | None = None
    group: Array | None = None

    def taken(self, rows: Array) -> Predictions:
        """The same of some of the samples, by their rows."""
        if np.array_equal(rows, np.arange(len(self.samples.sample))):
            return self
        samples = self.samples
        some = replace(
            samples,
            sample=samples.sample[rows],
            y_true=samples.y_true[rows],
            y_score=samples.y_score[rows],
            label=samples.label if samples.label is None or np.ndim(samples.label) == 1 else samples.label[rows],
            weight=None if samples.weight is None else samples.weight[rows],
        )
        return replace(self, samples=some, group=None if self.group is None else self.group[rows])

    @property
    def fingerprint(self) -> str:
        """Of ids and labels: where it is the same, the samples are."""
        ids, truth = np.asarray(self.samples.sample, np.int64), np.asarray(self.samples.y_true, np.int64)
        return hashlib.sha256(b"".join([ids.tobytes(), str(truth.shape).encode(), truth.tobytes()])).hexdigest()


def predictions(run: Run, split: str, position: int, output: str | None) -> Predictions | None:
    """What was recorded of the epoch at a position; None where no samples were."""
    if split not in run.splits(output):
        return None
    for _, samples in run.sample_records(split, output=output, positions=[position]):
        counted = run.value("tp + fp + tn + fn", split, average="0", output=output, position=position)
        number = 0 if np.isnan(counted) else int(counted)
        groups = run.sample_groups(split)
        group = None if groups is None else groups.of(samples.sample)
        return Predictions(samples, run.output(output), number, run.sample_ids(split), group)
    return None


def aligned(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions]:
    """The same of the samples that both have, in one order, where both say what these are called; else as they are.

    The second takes the positions of the first: of two validation sets in another order a sample has two.
    """
    if first.ids is None or second.ids is None:
        return first, second
    (at_a, names_a), (at_b, names_b) = _named(first.samples, first.ids), _named(second.samples, second.ids)
    if names_a.dtype != names_b.dtype:
        return first.taken(at_a[:0]), second.taken(at_b[:0])
    _, in_a, in_b = np.intersect1d(names_a, names_b, assume_unique=True, return_indices=True)
    order = np.argsort(at_a[in_a])
    one, other = first.taken(at_a[in_a][order]), second.taken(at_b[in_b][order])
    return one, replace(other, samples=replace(other.samples, sample=one.samples.sample))


def groups_of(first: Predictions, second: Predictions, both: Array) -> Array | None:
    """int64 [samples], from 0: the groups of the samples that count in both runs; None where each stands for itself.

    Where the runs state other groups than one another, samples that either puts together are together, and so what is
    left apart depends on one another by neither.

    Args:
        first: predictions of A.
        second: the same samples of B.
        both: bool [samples], which count in both.
    """
    stated = [one.group[both] for one in (first, second) if one.group is not None]
    if not stated:
        return None
    code = np.unique(stated[0], return_inverse=True)[1]
    if len(stated) == 2:
        code = joined(code, np.unique(stated[1], return_inverse=True)[1])
    return code if code.max(initial=-1) + 1 < len(code) else None


def groups_differ(first: Predictions, second: Predictions, both: Array) -> bool:
    """Whether both runs state groups, and these are not the same; arguments as of `groups_of`."""
    if first.group is None or second.group is None:
        return False
    one, other = first.group[both], second.group[both]
    pairs = len(np.unique(np.stack([one, other]), axis=1).T)
    return not len(np.unique(one)) == len(np.unique(other)) == pairs


def joined(one: Array, other: Array) -> Array:
    """int64 [samples], from 0: the finest groups that keep together what either of two groupings does.

    Args:
        one: int64 [samples], from 0.
        other: the same.
    """
    found, before = one, None
    while before is None or not np.array_equal(found, before):
        before = found
        for code in (other, one):
            least = np.full(code.max(initial=-1) + 1, len(code))
            np.minimum.at(least, code, found)
            found = least[code]
    return np.unique(found, return_inverse=True)[1]


def _named(samples: Samples, ids: SampleIds) -> tuple[Array, Array]:
    """The rows of the samples that have an id, and these ids."""
    rows = np.flatnonzero(np.isin(samples.sample, ids.sample))
    return rows, called(np.asarray(samples.sample)[rows], ids)
