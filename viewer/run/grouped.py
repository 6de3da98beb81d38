"""How much the samples of a run tell that come in groups: what its bands go by."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Samples, kind_of

from ..formulas import FormulaError, Inputs, evaluate
from ..reading.sample_ids import SampleGroups
from ..reading.table import RunTable
from ..statistics.clusters import GroupTotals, Values, effective_share, totals_of
from ..statistics.decisions import Decisions
from ..statistics.paired import Scheme
from .complete import CompleteQuery
from .inputs import edge_of

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
MOST_KEPT = 4_000_000  # entries of totals
STRETCH = 64  # epochs whose samples are in memory at a time
APART = "samples taken as independent"


class GroupedSamples:
    """The samples of a run by group and by what was decided about them; those of an epoch are read once.

    Args:
        table: of the run.
    """

    def __init__(self, table: RunTable) -> None:
        self._table = table
        self._kept: OrderedDict[Hashable, GroupTotals] = OrderedDict()
        self._entries = 0

    def words(self, query: CompleteQuery) -> str:
        """What a band takes the samples for: `40 groups`; that they are independent; "" where no groups were stated."""
        groups = self._groups(query)
        number = max(self._number_of_sums(query), 0 if groups is None else len(groups.names))
        if not number:
            return APART if self._any_groups() else ""
        return f"{number:,} groups" if number != 1 else "1 group"

    def shares(self, query: CompleteQuery, inputs: Inputs, positions: Ints, level: float) -> Array | None:
        """By what counts are to be multiplied for a band: float64 [positions]; None where samples are independent.

        NaN where the groups leave it open: one group alone, or no samples of that epoch. Counts of groups go before
        samples; where these are a part of those that were counted, the band is that of the part: wider, not too narrow.

        Args:
            query: the formula, and where it is taken.
            inputs: counts, or sums of weights, of these epochs.
            positions: in `table.epochs`.
            level: of the band.
        """
        groups = self._groups(query)
        if (groups is None and not _counted(query)) or (groups is not None and groups.apart):
            return None
        totals_of_places = dict(self._totals(query, groups, positions))
        if groups is None and not totals_of_places:
            return None
        found, counted = np.full(len(positions), np.nan), sum(np.asarray(count)[0] for count in inputs.counts)
        for place, totals in totals_of_places.items():
            part = min(totals.samples / counted[place], 1.0) if counted[place] > 0 else np.nan
            logs = {name: column[place : place + 1] for name, column in inputs.logs.items()}
            try:
                found[place] = part * effective_share(_values(query, logs), totals, level)
            except FormulaError:  # of epochs it can be taken, of moved counts it cannot: there is no band
                continue
        return found

    def _any_groups(self) -> bool:
        return any(
            output.group_thresholds is not None or self._table.sample_groups(split) is not None
            for output in self._table.outputs()
            for split in self._table.split_names(output.name)
        )

    def _groups(self, query: CompleteQuery) -> SampleGroups | None:
        """Those of the split, where its samples tell what was decided about them."""
        groups = self._table.sample_groups(query.split)
        if groups is None or query.of_whole or (query.of_all_classes and len(query.output.classes) ** 2 > 10_000):
            return None
        whole = kind_of(query.output).keeps_whole(len(query.output.classes))
        return groups if whole or _scheme(query).argmax else None

    def _number_of_sums(self, query: CompleteQuery) -> int:
        """How many groups were counted at the newest epoch; 0 where none were."""
        newest = self._table.newest(query.split, query.output.name) if _counted(query) else None
        found = {} if newest is None else self._table.group_counts(query.split, query.output, [newest])
        return next((counts.shape[1] for counts in found.values()), 0)

    def _totals(
        self, query: CompleteQuery, groups: SampleGroups | None, positions: Ints
    ) -> Iterator[tuple[int, GroupTotals]]:
        """Places in `positions`, and the totals of these epochs; none of one without counts of groups and samples."""
        table = self._table
        edge = None if _scheme(query).argmax else _threshold(query)
        asked = (query.split, query.output.name, edge, query.query.weights)
        keys = [(*asked, *pair) for pair in zip(table.attempts[positions], table.epochs[positions], strict=True)]
        for start in range(0, len(positions), STRETCH):
            some = range(start, min(start + STRETCH, len(positions)))
            missing = [place for place in some if keys[place] not in self._kept]
            read = self._read(query, groups, edge, positions[missing]) if missing else {}
            for place in some:
                totals = read.get(int(positions[place])) or self._kept.get(keys[place])
                if totals is not None:
                    self._keep(keys[place], totals)
                    yield place, totals

    def _read(
        self, query: CompleteQuery, groups: SampleGroups | None, threshold: float | None, positions: Ints
    ) -> dict[int, GroupTotals]:
        """By position."""
        found: dict[int, GroupTotals] = {}
        if _counted(query):
            counts = self._table.group_counts(query.split, query.output, positions.tolist())
            found = {position: _of_counts(of_groups, query) for position, of_groups in counts.items()}
        left = [position for position in positions.tolist() if position not in found]
        if groups is not None and left:
            at = dict(zip(self._table.epochs[left].tolist(), left, strict=True))
            for epoch, samples in self._table.samples(left):
                if (samples.split, samples.output) == (query.split, query.output.name):
                    found[at[epoch]] = _totals_of(samples, query, groups, threshold)
        return found

    def _keep(self, key: Hashable, totals: GroupTotals) -> None:
        if key not in self._kept:
            self._kept[key] = totals
            self._entries += len(totals.count)
        while self._entries > MOST_KEPT and len(self._kept) > 1:
            self._entries -= len(self._kept.popitem(last=False)[1].count)


def _counted(query: CompleteQuery) -> bool:
    """Whether counts of groups would tell what was decided."""
    at = query.output.group_thresholds
    return at is not None and not query.query.weights and (_scheme(query).argmax or _threshold(query) in at)


def _of_counts(counts: Array, query: CompleteQuery) -> GroupTotals:
    """The totals of counts [classes, groups, numbers]."""
    scheme = _scheme(query)
    if not scheme.argmax:
        first = 4 * list(query.output.group_thresholds or ()).index(_threshold(query))
        counts = counts[..., first : first + 4]
    table = np.moveaxis(counts, 0, 1).reshape(counts.shape[1], -1)  # [groups, outcomes]
    group, outcome = np.nonzero(table)
    samples = counts.sum() if scheme.argmax else counts[0].sum()
    return GroupTotals(
        group=group, outcome=outcome, count=table[group, outcome], outcomes=scheme.outcomes,
        drawn_together=scheme.drawn_together, samples=float(samples),
    )  # fmt: skip


def _scheme(query: CompleteQuery) -> Scheme:
    kind = kind_of(query.output)
    return Scheme(kind=kind, classes=tuple(query.output.classes), argmax=kind.argmax and query.threshold is None)


def _threshold(query: CompleteQuery) -> float:
    """The recorded edge that is used."""
    output = query.output
    return output.thresholds[edge_of(output.decision_threshold if query.threshold is None else query.threshold, output)]


def _totals_of(samples: Samples, query: CompleteQuery, groups: SampleGroups, threshold: float | None) -> GroupTotals:
    scheme, weight = _scheme(query), None
    if query.query.weights:
        weight = np.ones(len(samples.sample)) if samples.weight is None else samples.weight
    outcome = Decisions(samples, query.output).outcomes(scheme, threshold)
    return totals_of(outcome, groups.of(samples.sample), scheme.outcomes, scheme.drawn_together, weight)


def _values(query: CompleteQuery, logs: dict[str, Array]) -> Values:
    scheme = _scheme(query)
    return lambda totals: evaluate(*query.narrowed(scheme.inputs(totals, logs)))
