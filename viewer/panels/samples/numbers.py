"""Numbers of the samples through time: the data map, the hardest, and those whose prediction changes most often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...frame.frame import Frame
from ...points import points
from ...run.sample_history import SampleHistory, SamplesSoFar
from ...statistics.running import DynamicsSoFar
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
        called: what they are called, [samples]: the user's own ids, else the positions.
        names: of the true classes, or of the labels, by the numbers in `named`.
        named: int64 [samples].
        now: float32 [samples], probability of the true class in the newest epoch so far; NaN where it has none.
        so_far: what the epochs up to the cursor say of each.
        epochs: how many those are.
        found: all that is known of them.
    """

    split: str
    sample: Array
    called: Array
    names: tuple[str, ...]
    named: Array
    now: Array
    so_far: DynamicsSoFar
    epochs: int
    found: SamplesSoFar

    def in_words(self) -> str:
        """How many there are, and which are the hardest."""
        hardest = (f"{int(self.sample[place])} ({self.name(int(place))})" for place in self.hardest())
        over = points(self.found.run.unit, self.epochs)
        return f"{len(self.sample):,} samples over {over}; the hardest: {listed(hardest)}"

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
    found = so_far(frame)
    if found is None:
        return None
    tracks = found.tracks
    return SamplesNumbers(
        split=found.split,
        sample=tracks.sample,
        called=frame.remember(("called", id(frame.run), found.split), lambda: _called(found)),
        names=frame.classes,
        named=_named(tracks),
        found=found,
        now=tracks.confidence[-1],
        so_far=found.told,
        epochs=len(tracks.epochs),
    )


def so_far(frame: Frame) -> SamplesSoFar | None:
    """The same samples, with all that is known of each.

    Raises:
        ValueError: The data set was changed under the run.
    """
    if frame.position < 0:
        return None
    for split in dict.fromkeys((frame.split, "val", *frame.splits)):
        found = _until(frame, split) if split in frame.splits else None
        if found is not None:
            return found
    return None


def _until(frame: Frame, split: str) -> SamplesSoFar | None:
    run = frame.run
    history = frame.keep(("samples", id(run), split), lambda: SampleHistory(run, split, frame.output_name))
    found: SamplesSoFar | None = frame.remember(
        ("samples", id(run), split, frame.epoch), lambda: history.at(frame.epoch)
    )
    return found


def _called(found: SamplesSoFar) -> Array:
    return found.run.called(found.tracks.sample, found.split)


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
