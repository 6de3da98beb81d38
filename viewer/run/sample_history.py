"""The samples of a run over its epochs: read once, then as they stood at any epoch, in lists of those worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, kind_of

from ..statistics.running import DynamicsSoFar, RunningDynamics
from ..statistics.sample_lists import listed, margins
from ..statistics.suspects import NO_CLASS, suspects_of
from ..statistics.tracks import Tracks, TrackTable
from .tables import Run

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class SamplesSoFar:
    """The samples of a split as they stood at an epoch: which are in each list, and what became of each.

    Of a multi-label output each label of a sample has a place of its own, of others each sample has one.

    Args:
        run: whose samples.
        split: of them.
        output: what the predictions are of.
        tracks: of the epochs up to that one; at least one epoch.
        told: what these say of each.
    """

    run: Run
    split: str
    output: Output
    tracks: Tracks
    told: DynamicsSoFar

    @property
    def epoch(self) -> int:
        """The newest one that has samples."""
        return int(self.tracks.epochs[-1])

    def listed(self, which: str) -> Array:
        """int64: places of the samples of a list (one of `LISTS`), the most telling first."""
        suspects = which == "suspects"  # which are read from the disk
        return listed(which, self.told, self.margin if suspects else np.full(len(self.tracks.sample), np.nan))

    @property
    def margin(self) -> Array:
        """float64 [samples]: by how much the suggested class of a suspect is ahead; NaN where the label is none."""
        return self._suspects[0]

    @property
    def suggested(self) -> Array:
        """int32 [samples]: the class that the model is confident of; -1 where there is none."""
        return self._suspects[1]

    @property
    def truths(self) -> list[str]:
        """Names of what a sample may be: the classes; of a multi-label output 0 and 1, for each label."""
        return self.output.classes if self.tracks.label is None else ["0", "1"]

    @cached_property
    def _suspects(self) -> tuple[Array, Array]:
        """By the predictions of the epoch alone."""
        positions = [self.run.position(self.epoch)]
        for _, samples in self.run.sample_records(self.split, output=self.output.name, positions=positions):
            labels = kind_of(self.output).labels(len(self.output.classes))
            return margins(self.tracks, suspects_of(samples, self.output), labels)
        number = len(self.tracks.sample)  # the file has gone since
        return np.full(number, np.nan), np.full(number, NO_CLASS)


class SampleHistory:
    """Reads the samples of a run once, and of a growing run only what is new.

    Args:
        run: whose samples.
        split: of them.
        output: name of the output; the first one if None.
    """

    def __init__(self, run: Run, split: str, output: str | None = None) -> None:
        self._run, self._split, self._output = run, split, run.output(output)
        self._table, self._seen = TrackTable(self._output, run.unit), 0
        self._running: RunningDynamics | None = None

    def catch_up(self) -> RunningDynamics | None:
        """The dynamics of all recorded epochs, the same object until there is something new; None without samples.

        Raises:
            ValueError: A sample has another true class than before: the data set was changed under the run.
        """
        positions, seen = self._run.changed(self._seen)
        if seen == self._seen:
            return self._running
        epochs = self._run.epoch_numbers
        self._table.keep(set(epochs.tolist()).difference(epochs[positions].tolist()))
        found = self._run.sample_records(self._split, output=self._output.name, positions=positions.tolist())
        for epoch, samples in found:
            self._table.put(epoch, samples)
        self._running = RunningDynamics(self._table.tracks()) if len(self._table) else None
        self._seen = seen
        return self._running

    @property
    def predictions(self) -> int:
        """How many predictions it holds."""
        return 0 if self._running is None else self._running.tracks.predicted.size

    def at(self, epoch: int | None = None) -> SamplesSoFar | None:
        """The samples as they stood at an epoch, the newest if None; None where there are none until then.

        Raises:
            ValueError: As `catch_up`.
        """
        running = self.catch_up()
        if running is None:
            return None
        epochs = running.tracks.epochs
        number = len(epochs) if epoch is None else int((epochs <= epoch).sum())
        if not number:
            return None
        return SamplesSoFar(
            run=self._run, split=self._split, output=self._output,
            tracks=running.tracks.until(number), told=running.until(number),
        )  # fmt: skip


def samples_so_far(run: Run, split: str, *, output: str | None = None, epoch: int | str | None = None) -> SamplesSoFar:
    """The samples of a run as they stood at an epoch, the newest if None.

    Raises:
        ValueError: No samples were recorded until then, or the data set was changed under the run.
    """
    number = None if epoch is None else int(run.epoch_numbers[run.position(epoch)])
    found = SampleHistory(run, split, output).at(number)
    if found is None:
        raise ValueError(f"samples must have been recorded for this (max_samples, or a probe). Received: {split!r}")
    return found
