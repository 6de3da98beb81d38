"""What is known of one recorded point of a training until it goes to disk: counts, samples and times, as they come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .runfile import EpochRecord, Output, SampleIds, Samples, Tally, Unit
from .sample_ids import GivenIds


@dataclass(frozen=True, slots=True)
class Point:
    """Where a training is: the numbers of an `EpochRecord`, and called as they are."""

    epoch: int
    unit: Unit = "epoch"
    step: int | None = None
    in_epoch: int | None = None


class EpochState:
    """One epoch, from its beginning to its record. It knows of no framework.

    Attributes:
        outputs: what is counted, by name.
        tallies: one for each split and output.
        samples: the same.
        train_ended: when training was over and validation began; None before. These are readings of a clock, in
            seconds.
        val_ended: when validation ended; None before.
        ended: when the epoch ended; None before.
        steps: training steps done when training was over; None where nobody counts them.
        learning_rate: of the last of them; None where there is none.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.train_ended: float | None = None
        self.val_ended: float | None = None
        self.ended: float | None = None
        self.steps: int | None = None
        self.learning_rate: float | None = None
        self.outputs: dict[str, Output] = {}
        self.tallies: list[Tally] = []
        self.samples: list[Samples] = []
        self._ids: list[SampleIds] = []

    def end_training(self) -> bool:
        """Training is over; whether it was not until now."""
        first = self.train_ended is None
        self.train_ended = time.perf_counter() if first else self.train_ended
        return first

    def end_validation(self) -> bool:
        """Validation is over; whether it was not until now."""
        first = self.val_ended is None
        self.val_ended = time.perf_counter() if first else self.val_ended
        return first

    def end(self) -> None:
        """The epoch is over, but for what is yet to be computed of it."""
        self.ended = time.perf_counter()

    def count(self, output: Output, tally: Tally) -> None:
        """Takes in the counts of one split and output."""
        self.outputs[output.name] = output
        self.tallies.append(tally)

    def forget(self, split: str | None = None) -> None:
        """Leaves out the counts and samples of a split; of all of them, so that the logs alone are recorded."""
        self.tallies = [tally for tally in self.tallies if split not in (None, tally.split)]
        self.samples = [samples for samples in self.samples if split not in (None, samples.split)]

    def identify(self, given: GivenIds, split: str) -> None:
        """Takes in what the user calls the samples of a split; raises ValueError where that is not one id for each."""
        self._ids.append(given.of(split, self.tallies, self.samples))

    def seconds(self) -> dict[str, float]:
        """Durations of the epoch and its parts, until its end or now."""
        ended = self.ended or time.perf_counter()
        seconds = {"epoch": ended - self._began, "train": (self.train_ended or ended) - self._began}
        if self.train_ended is not None and self.val_ended is not None:
            seconds["val"] = self.val_ended - self.train_ended
        return seconds

    def since_then(self) -> EpochState:
        """The state of a point within the epoch, which began where the last one ended."""
        state = EpochState()
        state._began = self._began
        return state

    def restart(self, at: float | None = None) -> float:
        """Durations are from now on, or from a reading of the clock; where they were from until now."""
        before, self._began = self._began, time.perf_counter() if at is None else at
        return before

    def record(self, point: Point, *, logs: Mapping[str, float], observed: Mapping[str, Any]) -> EpochRecord:
        """What goes to disk.

        Args:
            point: where the training is.
            logs: scalars by name.
            observed: arrays by name.
        """
        return EpochRecord(
            epoch=point.epoch,
            unit=point.unit,
            step=point.step,
            in_epoch=point.in_epoch,
            logs=logs,
            seconds=self.seconds(),
            time=time.time(),
            tallies=tuple(self.tallies),
            samples=tuple(self.samples),
            observed=observed,
            sample_ids=tuple(self._ids),
        )
