"""Numbers of the samples through time: the data map, the hardest, and those whose prediction changes most often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...frame.frame import Frame
from ...run.sample_history import SampleHistory
from ...statistics.running import DynamicsSoFar, RunningDynamics
from ...statistics.tracks import Tracks
from ..in_words import listed

Array = npt.NDArray[Any]
NAMED = 20  # samples that lists may hold
NONE_RECORDED = "no prediction samples were recorded: RunRecorder's max_samples, or a probe, records them"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesNumbers:
    """What the panel `samples` draws; arrays are by sample, of a multi-label output by sample and label.

    Args:
        split: whose samples they are.
        sample: int64 [samples], positions in the data set.
        names: of the true classes, or of the labels, by the numbers in `named`.
        named: int64 [samples].
        now: float32 [samples], probability of the true class in the newest epoch so far; NaN where it has none.
        so_far: what the epochs up to the cursor say of each.
        epochs: how many those are.
    """

    split: str
    sample: Array
    names: tuple[str, ...]
    named: Array
    now: Array
    so_far: DynamicsSoFar
    epochs: int

    def in_words(self) -> str:
        """How many there are, and which are the hardest."""
        hardest = (f"{int(self.sample[place])} ({self.name(int(place))})" for place in self.hardest())
        return f"{len(self.sample):,} samples over {self.epochs:,} epochs; the hardest: {listed(hardest)}"

    def hardest(self, most: int = NAMED) -> Array:
        """int64: places of the samples of the lowest mean confidence, hardest first."""
        return _first(self.so_far.confidence, most)

    def most_flipped(self, most: int = NAMED) -> Array:
        """int64: places of the samples whose predicted class changed, most often first, of equals the harder."""
        found = _first(
            np.where(self.so_far.flips > 0, -self.so_far.flips + _unit(self.so_far.confidence), np.nan), most
        )
        return found[self.so_far.flips[found] > 0]

    def name(self, place: int) -> str:
        """The class or label of a sample."""
        return self.names[int(self.named[place])]


def samples(frame: Frame) -> SamplesNumbers | None:
    """The samples of the frame's split up to the cursor, of another where that has none; None without samples.

    Raises:
        ValueError: The data set was changed under the run.
    """
    if frame.position < 0:
        return None
    for split in dict.fromkeys((frame.split, "val", *frame.splits)):
        found = _running(frame, split) if split in frame.splits else None
        if found is not None:
            return _until(frame, split, found)
    return None


def _running(frame: Frame, split: str) -> RunningDynamics | None:
    run = frame.run
    history = frame.keep(("samples", id(run), split), lambda: SampleHistory(run, split, frame.output_name))
    found: RunningDynamics | None = frame.remember(("running", id(run), split), history.catch_up)
    return found


def _until(frame: Frame, split: str, running: RunningDynamics) -> SamplesNumbers | None:
    tracks = running.tracks
    number = int((tracks.epochs <= frame.epoch).sum())
    if not number:
        return None
    return SamplesNumbers(
        split=split,
        sample=tracks.sample,
        names=frame.classes,
        named=_named(tracks),
        now=tracks.confidence[number - 1],
        so_far=frame.remember(("stood", id(frame.run), split, number), lambda: running.until(number)),
        epochs=number,
    )


def _named(tracks: Tracks) -> Array:
    return tracks.y_true if tracks.label is None else tracks.label


def _first(values: Array, most: int) -> Array:
    """Places of the smallest values, smallest first, of equals the first; NaN is none."""
    there = np.flatnonzero(~np.isnan(values))
    if len(there) > most:
        limit = np.partition(values[there], most - 1)[most - 1]
        there = there[values[there] <= limit]
    return there[np.argsort(values[there], kind="stable")][:most]


def _unit(confidence: Array) -> Array:
    """Confidence as a fraction that only decides between equals."""
    return np.nan_to_num(confidence) / 2
