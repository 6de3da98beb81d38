"""What was recorded in a run, as it is: names, logs, counts, samples."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import EpochLine, Manifest, Output, RunFormatError, SampleIds, Samples, Unit, kind_of, shown
from recorder.runfile.names import listed

from ..counts.confusion import Counts
from ..kinds import LOGS_ALONE
from ..points import Timeline, point_of, points
from ..reading.decision_counts import CountsOverEpochs
from ..reading.flat_config import flat
from ..reading.sample_ids import SampleGroups, called
from ..reading.status import Status, done, planned, status
from ..reading.table import RunTable
from .inputs import counts_of, edge_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST_NAME = 60  # characters
FOR_THE_VIEWER = {
    "argmax_counts", "attempts", "band_so_far", "called", "changed", "check_split", "edge_note", "faults_so_far",
    "has_points", "histograms", "line", "missing", "newest", "newest_counts", "not_finite", "position", "read_ahead",
    "sample_records", "stated_counts", "timeline", "version", "with_both",
}  # fmt: skip


class Recorded:
    """What the files of a run hold; read when it is asked for.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: It is no run.
        RunFormatError: Its manifest is broken, or of a newer major version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._table = RunTable(self.folder)
        self.version = 0  # another number whenever anything was taken in

    def __repr__(self) -> str:
        name = self.name if len(self.name) <= LONGEST_NAME else f"{self.name[:LONGEST_NAME]}…"
        return f"Run({name!r}, {points(self.unit, len(self.epoch_numbers))}, {self.status})"

    def _repr_html_(self) -> str:
        """For notebooks: what the run is and how far it is."""
        outputs = self._table.outputs()
        rows = {
            "run": self.folder.name,
            "group": self.group,
            "state": self.status,
            f"{self.unit}s": f"{self.epochs_done:,} of {self.planned_epochs:,}"
            if self.planned_epochs
            else self.epochs_done,
            "recorded": points(self.unit, len(self.epoch_numbers))
            if len(self.epoch_numbers) != self.epochs_done
            else "",
            "outputs": ", ".join(f"{one.name} {one.kind}, {len(one.classes)} classes".strip() for one in outputs),
            "splits": ", ".join(self.splits()),
            "logs": ", ".join(list(self.logs)[:20]),
            "config": ", ".join(f"{key} {value}" for key, value in list(flat(self.config).items())[:20]),
            "problem": "; ".join(self.faults[:3]),
        }
        lines = (f"<tr><th>{name}</th><td>{_html(value)}</td></tr>" for name, value in rows.items() if value != "")
        return f"<table><caption>{_html(self.name)}</caption>{''.join(lines)}</table>"

    def __dir__(self) -> list[str]:
        """What somebody at a prompt may want; what other parts of the viewer ask goes without."""
        return [name for name in super().__dir__() if name not in FOR_THE_VIEWER]

    def refresh(self) -> bool:
        """Takes in what was recorded since; True if there was anything.

        Where another run lies in the folder by now, it is that one from then on.
        """
        news = self._table.refresh()
        if self._table.replaced:
            news |= self._open_again()
        self.version += news
        return news

    def _open_again(self) -> bool:
        try:
            now = type(self)(self.folder)
        except (OSError, RunFormatError):  # what is still being copied
            return False
        self.__dict__ = now.__dict__ | {"version": self.version}  # nothing of the earlier run stays
        return True

    @property
    def manifest(self) -> Manifest:
        """What the run is: names, config, outputs, versions."""
        self._table.outputs()
        return self._table.manifest

    @property
    def config(self) -> dict[str, Any]:
        """The user's settings, as the latest start was given them."""
        return self._table.config

    @property
    def group(self) -> str:
        """What the run belongs to, as the latest start says; "" where it is in no group."""
        return self._table.group

    @property
    def name(self) -> str:
        """The run's name."""
        return self._table.manifest.name

    @property
    def status(self) -> Status:
        """`running`, `finished`, `incomplete` (finished, and epochs are missing), `pruned` or `interrupted`."""
        return status(self._table, now=time.time())

    @property
    def faults(self) -> list[str]:
        """A sentence for each line that cannot be read, and each part that cannot or is not there yet.

        Of parts as far as anybody has asked for what they hold.
        """
        return self._table.faults

    @property
    def faults_so_far(self) -> list[str]:
        """The same of what was read until now: nothing is decoded for it."""
        return self._table.faults_so_far

    def missing(self, split: str, epoch: int, *, kind: str = "tallies") -> str:
        """Why an epoch has no numbers of a split although its line names them, in a sentence.

        Nothing where none are missing, or nobody has asked for them yet.

        Args:
            split: "val", "train" or the name of a probe.
            epoch: its number.
            kind: "tallies", "samples" or "observed".
        """
        return self._table.missing(self.position(epoch), kind)

    @property
    def planned_epochs(self) -> int | None:
        """How many epochs the latest attempt is to reach; None if it did not say, or has gone beyond."""
        return planned(self._table)

    @property
    def epochs_done(self) -> int:
        """How many epochs the training has behind it at its newest line; not all need be recorded (`every`).

        Of a run whose unit is "step", how many steps.
        """
        return done(self._table)

    @property
    def unit(self) -> Unit:
        """What the points of the run are counted in, "epoch" or "step"."""
        return self._table.unit

    @property
    def epoch_numbers(self) -> Ints:
        """int64 [points], increasing, read-only: epochs from 0, or steps done where these are the unit."""
        return self._table.epochs

    @property
    def has_points(self) -> bool:
        """Whether `epoch_numbers` has any, for which the newest line is enough."""
        return self._table.has_points

    @property
    def steps(self) -> Floats:
        """float64 [points]: training steps done at each point, whatever the unit; NaN where they are not known."""
        return self._table.steps

    @property
    def in_epochs(self) -> Floats:
        """float64 [points]: the epoch, from 0, that each point lies in, whatever the unit; NaN where not known."""
        return self._table.in_epochs

    @property
    def attempts(self) -> Ints:
        """int64 [points], read-only: the attempt, from 0, that recorded each point."""
        return self._table.attempts

    @property
    def logs(self) -> dict[str, Floats]:
        """Every log by name, float64 [epochs], NaN where an epoch has none."""
        return self._table.log_values()

    def not_finite(self, name: str) -> npt.NDArray[np.bool_]:
        """bool [points]: where a log was recorded as NaN or infinite, which is not where nothing was recorded."""
        return self._table.not_finite(name)

    @property
    def seconds(self) -> dict[str, Floats]:
        """Durations by name ("epoch", "train", "val"), float64 [epochs], in seconds."""
        columns, order = self._table.seconds, self._table.order
        return {name: columns.column(name)[order] for name in columns.names()}

    def changed(self, seen: int) -> tuple[Ints, int]:
        """Positions of the epochs that are new, came late or were recorded again after the first `seen` changes.

        And how many changes there are: for whoever keeps something of each epoch, and looks again. What a later attempt
        hides is not among them: it is no longer in `epoch_numbers`.
        """
        slots, changes = self._table.changed(seen)
        return np.flatnonzero(np.isin(self._table.order, slots)), changes

    def line(self, position: int) -> EpochLine:
        """The line on disk of the epoch at `position` in `epoch_numbers`."""
        return self._table.line(position)

    @property
    def outputs(self) -> list[Output]:
        """What was counted, an output of the model each; none for a run of logs only."""
        return self._table.outputs()

    def output(self, name: str | None = None) -> Output:
        """What was counted of an output; the first one if `name` is None.

        Raises:
            ValueError: There is no such output, or the run has no counts.
        """
        outputs = self._table.outputs()
        if not outputs:
            found = f"logs only: {', '.join(self.logs)}. {LOGS_ALONE}" if self.logs else "none"
            raise ValueError(f"the run must have counts for this; it has {found}")
        for output in outputs:
            if name is None or output.name == name:
                return output
        raise ValueError(f"output must be one of {listed(output.name for output in outputs)}. Received: {name!r}")

    def splits(self, output: str | None = None) -> list[str]:
        """The splits that were counted: "train", "val", then probes by name; none for a run of logs only."""
        return self._table.split_names(self.output(output).name) if output is not None or self.outputs else []

    def thresholds(self, output: str | None = None) -> npt.NDArray[np.float32]:
        """float32 [thresholds], increasing: the edges at which counts are known."""
        return np.asarray(self.output(output).thresholds, np.float32)

    def snap(self, threshold: float, output: str | None = None) -> float:
        """The recorded edge nearest to `threshold`."""
        stated = self.output(output)
        return stated.thresholds[edge_of(threshold, stated)]

    def histogram(self, split: str, position: int, *, output: str | None = None) -> Ints:
        """int64 [classes, 2, bins] of the epoch at `position`; zeros where none was recorded."""
        return self.histograms(split, [position], output=output)[0]

    def histograms(self, split: str, positions: Sequence[int], *, output: str | None = None) -> Ints:
        """int64 [positions, classes, 2, bins], of several epochs at once; zeros where none was recorded."""
        return self._table.histograms(split, self.output(output), positions)

    def read_ahead(self) -> None:
        """Reads the histograms of all epochs at once, as far as memory allows: before going through most of them."""
        self._table.read_ahead()

    def confusion(
        self, split: str, position: int, *, threshold: float | None = None, output: str | None = None
    ) -> Ints | None:
        """int64 [K, K], rows = true class, of the epoch at `position`; None for a multi-label output.

        Binary at the threshold (the decision's if None), multi-class by argmax.
        """
        stated = self.output(output)
        if split not in self.splits(stated.name):
            return None
        if kind_of(stated).argmax:
            matrices = self._table.matrices(split, stated, [position])
            return None if matrices is None else matrices[0]
        at, _ = counts_of(self._table, split, threshold, stated)
        return kind_of(stated).confusion(*(count[:, position] for count in (at.tp, at.fp, at.tn, at.fn)))

    def argmax_counts(self, split: str, position: int, *, output: str | None = None) -> Counts | None:
        """tp, fp, tn, fn of each class by argmax, int64 [classes] each, of the epoch at `position`.

        None where the matrix says it, or where it was not recorded.
        """
        found = self._table.single(position).argmax_counts(split, self.output(output))
        return None if found is None else (found.tp[:, 0], found.fp[:, 0], found.tn[:, 0], found.fn[:, 0])

    def stated_counts(self, split: str, output: str) -> CountsOverEpochs | None:
        """Counts at the decision as the lines have them; None of more classes than these state."""
        return self._table.counts_at_decision(split, self.output(output))

    def newest_counts(self, split: str, output: str) -> CountsOverEpochs | None:
        """Counts at the decision of the newest epoch in which a split was counted, as its line has them.

        None where it never was, or has more classes than lines state.
        """
        position = self.newest(split, output)
        return None if position is None else self._table.single(position).counts_at_decision(split, self.output(output))

    def newest(self, split: str, output: str | None = None) -> int | None:
        """Position of the newest epoch in which a split was counted; None where it never was."""
        return self._table.newest(split, self.output(output).name)

    @property
    def timeline(self) -> Timeline:
        """The points of the run in epochs and in steps, as far as both are known."""
        return Timeline(self.unit, self.steps, self.in_epochs)

    def position(self, epoch: int | str, *, first: bool = False) -> int:
        """Where a point stands in `epoch_numbers`.

        Args:
            epoch: its number in the run's own unit, `step:1200` or `epoch:3`. Of the points that lie in one epoch it is
                the last.
            first: of those the first.

        Raises:
            ValueError: It is not recorded; what is near it is said.
        """
        return self.timeline.position(point_of(epoch), first=first)

    def check_split(self, split: str, output: str | None = None) -> None:
        """Raises ValueError where a split was not counted."""
        splits = self.splits(output)
        if split not in splits and len(self.epoch_numbers):
            raise ValueError(f"split must be one of {listed(splits)}. Received: {split!r}")

    def sample_records(
        self, split: str = "val", *, output: str | None = None, positions: Iterable[int] | None = None
    ) -> Iterator[tuple[int, Samples]]:
        """(epoch, samples) of the epochs that have any, as arrays, read file by file: epochs may come in any order.

        Args:
            split: "val" or the name of a probe.
            output: name of the output; the first one if None.
            positions: in `epoch_numbers`; all if None.
        """
        name = self.output(output).name
        self.check_split(split, output)
        for epoch, item in self._table.samples(None if positions is None else list(positions)):
            if item.split == split and item.output == name:
                yield epoch, item

    def called(self, sample: Ints, split: str = "val") -> npt.NDArray[Any]:
        """What samples are called wherever they are shown: the user's ids, where they were recorded, else positions.

        Args:
            sample: int64 [samples], positions in the data set.
            split: "val" or the name of a probe.
        """
        return called(sample, self._table.sample_ids(split))

    def sample_ids(self, split: str = "val") -> SampleIds | None:
        """The user's ids of the samples of a split (`RunRecorder(sample_ids=...)`); None where none were recorded."""
        return self._table.sample_ids(split)

    def sample_groups(self, split: str = "val") -> SampleGroups | None:
        """Which samples of a split belong together (`RunRecorder(groups=...)`); None where that was not recorded."""
        return self._table.sample_groups(split)

    def observed(self, name: str) -> dict[int, npt.NDArray[Any]]:
        """What `observe` saved under a name, by epoch: arrays of any shape."""
        return {epoch: arrays[name] for epoch, arrays in self._table.observed().items() if name in arrays}


def usual_split(splits: Sequence[str]) -> str:
    """The split that is meant where nobody says which: validation where there is any, else the first; "" of none."""
    return "val" if "val" in splits else next(iter(splits), "")


def _html(value: object) -> str:
    return html.escape(shown(str(value)))
