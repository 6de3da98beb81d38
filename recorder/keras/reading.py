"""What is read of one epoch until it goes to disk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ..guard import Guard
from ..remarks import Met, remarks
from ..runfile import Output, Samples, Tally
from .keras_metrics import find_counts, find_tallies


class Reading:
    """Counts, samples and times of one epoch, as they come.

    Args:
        class_names: as the user gave them; for one output.
        guard: warns of scores that are no probabilities, and of names that do not fit.

    Attributes:
        outputs: what is counted, by name.
        tallies: one for each split and output.
        samples: the same.
        train_ended: when validation began; None before. These are readings of a clock, in seconds.
        val_ended: when it ended; None before.
        ended: when the epoch ended; None before.
    """

    def __init__(self, class_names: Sequence[str] | None, guard: Guard) -> None:
        self._class_names, self._guard = class_names, guard
        self._began = time.perf_counter()
        self.train_ended: float | None = None
        self.val_ended: float | None = None
        self.ended: float | None = None
        self.outputs: dict[str, Output] = {}
        self.tallies: list[Tally] = []
        self.samples: list[Samples] = []

    def add(self, tally: Tally, met: Met) -> None:
        """Takes in the counts of one split and output, and says what looks wrong about them."""
        self.tallies.append(tally)
        self._guard.report(remarks(self.outputs[tally.output], tally, met))

    def read_tallies(self, model: Any, split: str) -> None:
        """Reads the state of each tally of the model."""
        found = find_tallies(model)
        for tally, name in found:
            counts = tally.read(split, name)  # which may tell the kind
            names = self.names_for(tally.classes) if len(found) == 1 else None
            self.outputs[name] = tally.output(name, names)
            self.add(counts, tally.met)

    def read_samples(self, model: Any) -> None:
        """Reads what the taps of the model's tallies kept of validation."""
        for tally, name in find_tallies(model):
            samples = tally.samples("val", name)
            if samples is not None:
                self.samples.append(samples)

    def read_keras_counts(self, model: Any, logs: Mapping[str, Any]) -> None:
        """Without a tally, takes Keras's own four counts from the logs."""
        counts = None if self.outputs else find_counts(model, logs)
        if counts is not None:
            names = self.names_for(2)
            self.outputs[""] = counts.output if names is None else replace(counts.output, classes=list(names))
            for tally in counts.tallies:
                self.add(tally, Met())

    def forget_counts(self) -> None:
        """Leaves the logs alone to be recorded."""
        self.tallies, self.samples = [], []

    def names_for(self, number: int) -> Sequence[str] | None:
        """The user's class names where there are so many; None, and a warning, where there are not."""
        if self._class_names is None or len(self._class_names) == number:
            return self._class_names
        self._guard.once(
            "class_names", f"class_names must be {number}, one a class. Received: {list(self._class_names)}; left out."
        )
        return None

    def seconds(self) -> dict[str, float]:
        """Durations of the epoch and its parts, until its end or now."""
        ended = self.ended or time.perf_counter()
        seconds = {"epoch": ended - self._began, "train": (self.train_ended or ended) - self._began}
        if self.train_ended is not None and self.val_ended is not None:
            seconds["val"] = self.val_ended - self.train_ended
        return seconds
