"""Predictions that were saved as a table of CSV, to a run with counts at every threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import overload

import numpy as np

from recorder.countable import SplitCounts
from recorder.counting import regular_subset
from recorder.counts import Counts
from recorder.runfile import EpochRecord, SampleIds, Samples
from recorder.runfile.kinds import kind_with
from recorder.sample_groups import grouping_of

from .imported import Found, Imported, Progress, named_in_errors, write
from .prediction_table import PredictionTable, read_predictions


def import_predictions(
    file: str | Path,
    to: str | Path = "runs",
    *,
    name: str | None = None,
    class_names: Sequence[str] | None = None,
    ignore_label: int | None = None,
    max_samples: int = 10_000,
    group: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """A run of a table of predictions in CSV, which stays as it is: counts at every threshold, samples by their ids.

    A row is one prediction. `y_true` and `y_score` (a probability) make a binary output. With several columns
    `y_score_NAME` the output has these classes: `y_true` is then one of the names, or the number of one from 0; where
    each has a column `y_true_NAME` too, it is multi-label. These may stand beside them, other columns are passed over:

    - `step`: training steps done; or `epoch`, from 0. With both, points are steps. Without either there is one point.
    - `id`: what a sample is called, in all points alike. Where one stands twice in a point, its first row counts.
    - `split`: "val" where it is missing. Predictions are kept of every split but "train".
    - `sample_weight`.
    - `group`: which samples belong together (the image, patient or document of each), in all points alike. Bands and
      comparisons then go by groups.

    True and False are 1 and 0. An empty cell of `y_true` is no label, and ignored; one of `y_score` is NaN. A last row
    without an end of line is left out. Rows may come in any order.

    Args:
        file: text in UTF-8, with any separator, of at most 2 GiB.
        to: folder of runs, made where it is missing.
        name: of the run; that of the file if None.
        class_names: of a binary output the negative, then the positive class, where labels are not 0 and 1; of others
            in place of those of the columns.
        ignore_label: label whose samples are left out.
        max_samples: predictions to keep of each split and point; of more, every 2^k-th.
        group: the column of groups, where it has another name than "group".
        progress: is told the name of the run, and how many of how many points are written.

    Raises:
        ValueError: The file is no such table.
        FileNotFoundError: There is no such file.
    """
    path = Path(file)
    with named_in_errors(path):
        table = read_predictions(path, class_names, group)
    points = _Points(table, path, class_names or table.classes, ignore_label, max_samples)
    found = Found(
        name=name or path.stem,
        created=points.time,
        attempts=[points],
        outputs=[points.output],
        config={"imported": {"from": "predictions", "file": path.name}},
        unit=table.unit,
        left_out=_left_out(table, points.repeated),
    )
    return replace(write(found, Path(to), progress), remarks=_remarks(points.met))


class _Points(Sequence[EpochRecord]):
    """The points of a table in order, each counted when it is asked for.

    Attributes:
        output: what is counted.
        time: when the file was written, seconds since 1970.
        repeated: rows that are left out, as their sample stands in the same point before.
    """

    def __init__(
        self, table: PredictionTable, path: Path, names: Sequence[str] | None, ignored: int | None, most: int
    ) -> None:
        self._table, self._path, self._most, self.time = table, path, most, path.stat().st_mtime
        apart = table.y_true.ndim == 2
        kind = kind_with(labels_apart=apart, argmax=not apart and table.classes is not None)
        self._counts = Counts(kind, class_names=names, ignore_label=ignored, max_samples=most)
        order = np.lexsort((table.sample, table.split, table.point))
        keys = [table.point[order], table.split[order], table.sample[order]]
        first = np.ones(len(order), bool)
        first[1:] = np.any([np.diff(key) != 0 for key in keys], axis=0)
        self._rows, self.repeated = order[first], int((~first).sum())
        self._numbers, starts = np.unique(table.point[self._rows], return_index=True)
        self._ends = np.append(starts, len(self._rows))
        self._strides: dict[str, int] = {}
        self._waiting = set(table.splits if table.ids or table.groups else ())
        self.output = self._counted(0)[0].output
        self._met: dict[int, Counter[str]] = {}

    @property
    def met(self) -> Counter[str]:
        """How much of what looks wrong is in the points that were asked for."""
        return sum(self._met.values(), Counter())

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> EpochRecord: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[EpochRecord]: ...

    def __getitem__(self, at: int | slice) -> EpochRecord | Sequence[EpochRecord]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        if at >= len(self):
            raise IndexError(at)
        beside = self._table.in_epoch
        found = self._counted(at)
        self._met[at] = Counter()
        for one in found:
            nan = int(one.tally.nan.sum())
            self._met[at].update(outside=one.met.outside, nan=nan, odd=one.met.odd, no_label=one.met.no_label)
        kept = [self._steady(one.samples) for one in found if one.samples is not None]
        samples = [one for one in kept if len(one.sample)]
        return EpochRecord(
            epoch=int(self._numbers[at]),
            unit=self._table.unit,
            in_epoch=None if beside is None else int(beside[self._rows_of(at)].max()),
            time=self.time,
            tallies=tuple(one.tally for one in found),
            samples=tuple(samples),
            sample_ids=tuple(ids for one in samples for ids in self._new_ids(one.split)),
        )

    def _rows_of(self, at: int) -> np.ndarray:
        return self._rows[self._ends[at] : self._ends[at + 1]]

    def _counted(self, at: int) -> list[SplitCounts]:
        """What is counted of each split of a point."""
        table, found = self._table, []
        rows = self._rows_of(at)
        for number in np.unique(table.split[rows]):
            own, split = rows[table.split[rows] == number], table.splits[number]
            weight = None if table.weight is None else table.weight[own]
            counts = copy(self._counts)
            counts.reset()
            with named_in_errors(self._path):
                counts.update(table.y_true[own], table.y_score[own], sample_weight=weight, ids=table.sample[own])
            found.append(counts.counted(split, max_samples=0 if split == "train" else self._most))
        return found

    def _stride(self, split: str) -> int:
        """Of the positions of a split those are kept that are a multiple of it."""
        if split not in self._strides:
            table = self._table
            size = int(table.sample[table.split == table.splits.index(split)].max()) + 1
            kept = regular_subset(size, self._most)
            self._strides[split] = int(kept[1]) if len(kept) > 1 else size
        return self._strides[split]

    def _steady(self, samples: Samples) -> Samples:
        """The samples that are kept of every point: one with few of them would keep others beside."""
        kept = samples.sample % self._stride(samples.split) == 0
        return replace(
            samples,
            sample=samples.sample[kept],
            y_true=samples.y_true[kept],
            y_score=samples.y_score[kept],
            label=samples.label[kept] if samples.label is not None and samples.label.ndim == 2 else samples.label,
            weight=None if samples.weight is None else samples.weight[kept],
        )

    def _new_ids(self, split: str) -> list[SampleIds]:
        """The ids and groups of a split, once."""
        if split not in self._waiting:
            return []
        self._waiting.remove(split)
        table = self._table
        size = int(table.sample[table.split == table.splits.index(split)].max()) + 1
        kept = np.arange(0, size, self._stride(split))
        ids = SampleIds(split=split, sample=kept, id=kept if table.ids is None else table.ids[split][kept])
        if table.groups is not None:
            group, group_size = grouping_of(table.groups[split]).of(kept, size)
            ids = replace(ids, group=group, group_size=group_size)
        return [ids]


def _left_out(table: PredictionTable, repeated: int) -> tuple[str, ...]:
    """Sentences on what was not taken."""
    said = [f"{repeated:,} rows whose id stands twice in a point: the first one counts"] if repeated else []
    return (*said, "the last row, which has no end of line") if table.torn else tuple(said)


def _remarks(met: Mapping[str, int]) -> tuple[str, ...]:
    """Sentences on scores and labels that look wrong."""
    said = {
        "scores are outside [0, 1] and count in the end bins; y_score must be a probability": met["outside"],
        "scores are NaN or empty, and counted apart, in none of tp, fp, tn and fn": met["nan"],
        "labels are below 0 or above 1, and above 0.5 counts as positive; y_true must be 0 or 1, or a name of two "
        "(--classes no,yes), and --ignore-label leaves out what is no label": met["odd"],
        "labels are none (empty, or outside the classes) and are ignored; y_true must be a name of a class, or its "
        "number from 0": met["no_label"],
    }
    return tuple(f"{number:,} {sentence}" for sentence, number in said.items() if number)
