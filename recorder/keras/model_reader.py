"""What the metrics of a model know at a moment of its training goes into the state of the epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, ref

import keras
from msgspec.structs import replace

from .. import counting
from ..class_names import ClassNames
from ..epoch import EpochState
from ..guard import Guard
from ..remarks import Met, remarks
from ..runfile import Output, Samples, Tally
from .device import COMPILED_BY_VARIABLES, is_replicated, is_sharded, passing_results, processes_apart
from .keras_counts import find_counts
from .keras_metrics import Found, compiled_tallies, find_tallies
from .sample_tap import Tap
from .tally import ConfusionTally
from .validation_data import samples_of_pass
from .variables import on_host

# The test function that was last made for a tap, and the stride: while neither changes, and no step was traced that
# keeps nothing, another `fit` goes on with the steps of the one before.
_TRACED: WeakKeyDictionary[Tap, tuple[ref[Any], int | None]] = WeakKeyDictionary()


def _taps(tallies: list[ConfusionTally]) -> list[Tap]:
    """Of those that have one."""
    return [tally.tap for tally in tallies if tally.tap is not None]


class ModelReader:
    """Reads the tallies of a model, or Keras's own four counts.

    Args:
        model: that trains.
        names: of the classes.
        guard: warns of scores that are no probabilities, and of what does not fit.
        max_samples: of the predictions to keep.
    """

    def __init__(self, model: Any, names: ClassNames, guard: Guard, max_samples: int) -> None:
        self._model, self._names, self._guard, self._max_samples = model, names, guard, max_samples
        self._strides: list[int | None] = []  # of the taps, when steps were traced
        self._resets: dict[int, int] = {}
        self._known: list[Found] = []
        self._passing: dict[str, float] = {}
        self._read_early: tuple[int | None] | None = None  # training steps done when the counts of training were reset

    def begin_fit(self) -> None:
        """Makes room for samples while nothing is compiled yet, where to make it later would compile all anew."""
        if not COMPILED_BY_VARIABLES or not self._max_samples or is_replicated(self._model):
            return
        tallies = compiled_tallies(self._model)
        before = _taps(tallies)
        for tally in tallies:
            tally.open_tap_early(self._max_samples)
        self._lay_out_for_more(before, tallies)

    def begin_training(self, state: EpochState) -> None:
        """Training steps keep no samples. Whoever resets the tallies before training is over makes them read first."""
        self._read_early, self._passing = None, {}
        apart = processes_apart()
        if apart > 1:
            self._guard.once(
                "processes",
                f"each of {apart} processes counts its own batches, and those of one are recorded: Keras sums no "
                "metric over processes on PyTorch, nor on JAX without keras.distribution. In a loop, "
                "recorder.torch.ConfusionTally counts those of all.",
            )
        read = partial(self._guard.step, "reading training", self._before_reset, state)
        for tally in self._tallies():
            if tally.built and self._resets.get(id(tally)) != tally.resets - 1:  # not by Keras alone
                tally.start_over()
            if tally.tap is not None:
                tally.tap.recording = False
            tally.call_before_reset(self, read)

    def end_epoch(self) -> None:
        """The next reset is that of the next epoch."""
        self._resets = {id(tally): tally.resets for tally in self._tallies()}

    def end_training(self, state: EpochState) -> None:
        """Reads the counts of training, which are about to be reset, unless somebody's `evaluate` has already."""
        if not state.end_training():
            return
        self._passing = self._guard.users("logs", passing_results, self._model) or {}
        state.learning_rate = self._guard.users("learning_rate", self.learning_rate)
        state.steps = self._guard.users("counting steps", self.steps)
        if self._read_early is None:
            self._read(state, "train")
        elif self._read_early != (self.steps(),):
            state.forget("train")
            message = (
                "evaluate() in the middle of an epoch resets Keras's metrics, and so does each train_on_batch(); "
                "training counts are left out."
            )
            self._guard.once("evaluate", message)

    def training_so_far(self, state: EpochState) -> None:
        """Reads the counts of training within an epoch, unless somebody's `evaluate` has reset them."""
        state.end_training()
        self._read(state, "train")
        if self._read_early is not None:
            state.forget("train")

    def begin_validation(self) -> None:
        """Makes room for the samples of the pass that begins."""
        # A mirrored buffer would come back as the sum of its replicas, without an error.
        if not self._max_samples or is_replicated(self._model):
            return
        samples = samples_of_pass(self._model)
        tallies = [found.tally for found in self._found()]
        before = _taps(tallies)
        strides = [tally.begin_tap(self._max_samples, samples) for tally in tallies]
        self._lay_out_for_more(before, tallies)
        if strides == self._strides:
            return
        self._strides, taps = strides, _taps(tallies)
        traced = [(ref(self._model.test_function), stride) for stride in strides]
        if [_TRACED.get(tap) for tap in taps] == traced and not any(tap.missed for tap in taps):
            return
        self._model.make_test_function(force=True)  # what was traced before knows of no tap, or of another stride
        for tap, stride in zip(taps, strides, strict=True):
            tap.missed, _TRACED[tap] = False, (ref(self._model.test_function), stride)

    def end_validation(self, state: EpochState) -> None:
        """Reads the counts and the samples of validation."""
        if not state.end_validation():
            return
        self._read(state, "val")
        for found in self._found():
            samples = found.tally.samples("val", found.name) if self._max_samples else None
            if samples is not None:
                state.samples.append(_at_most(samples, self._max_samples))

    def mend(self, logs: dict[str, Any]) -> None:
        """Gives logs of training, at an epoch's end, the values that they had before validation."""
        logs.update({name: value for name, value in self._passing.items() if name in logs})

    def read_keras_counts(self, state: EpochState, logs: Mapping[str, Any]) -> None:
        """Without a tally, takes Keras's own four counts from the logs."""
        if state.outputs:
            return
        counts = find_counts(self._model, logs)
        for output, tallies in counts.found:
            names = self.names_for(output.name, 2, alone=len(counts.found) == 1)
            for tally in tallies:
                state.count(output if names is None else replace(output, classes=names), tally)
        for sentence in counts.refused:
            self._guard.once("keras_counts", f"{sentence}. A ConfusionTally counts exactly.")

    def count(self, state: EpochState, output: Output, tally: Tally, met: Met) -> None:
        """Takes in counts, and says what looks wrong about them."""
        state.count(output, tally)
        self._guard.report(remarks(output, tally, met))

    def names_for(self, output: str, number: int, *, alone: bool) -> list[str] | None:
        """The user's names of so many classes; None, and a warning, where they do not fit."""
        names, wrong = self._names.of(output, number, alone=alone)
        if wrong:
            self._guard.once(f"class_names {output}", wrong)
        return names

    def _read(self, state: EpochState, split: str) -> None:
        found = self._found()
        alone = len({each.output for each in found}) == 1
        for tally, name, output in found:
            counts = tally.read(split, name)  # which may tell the kind
            names = self.names_for(output, tally.classes, alone=alone)
            self.count(state, tally.output(name, names), counts, tally.met)

    def _tallies(self) -> list[ConfusionTally]:
        """All of them, whether or not they have seen a batch."""
        return [found.tally for found in self._known] or compiled_tallies(self._model)

    def _found(self) -> list[Found]:
        """Those that have; looked for until all are there, as to walk through a model takes longer than to read one."""
        if not self._known:
            found = find_tallies(self._model)
            if len(found) < len(compiled_tallies(self._model)):
                return found
            self._known = found
        return self._known

    def _lay_out_for_more(self, before: list[Tap], tallies: list[ConfusionTally]) -> None:
        """Over several devices the training step says where each variable is to be: anew where there are more."""
        if is_sharded() and _taps(tallies) != before:
            self._model.make_train_function(force=True)

    def _before_reset(self, state: EpochState) -> None:
        if state.train_ended is None and self._read_early is None:
            self._read_early = (self.steps(),)
            self._read(state, "train")

    def learning_rate(self) -> float | None:
        """As the optimizer has it now; None without one."""
        rate = getattr(getattr(self._model, "optimizer", None), "learning_rate", None)
        if rate is None:
            return None
        return float(on_host([rate])[0] if isinstance(rate, keras.Variable) else rate)

    def steps(self) -> int | None:
        """Training steps done, as the optimizer counts them; None without one."""
        optimizer = getattr(self._model, "optimizer", None)
        return None if optimizer is None else int(on_host([optimizer.iterations])[0])


def _at_most(samples: Samples, max_samples: int) -> Samples:
    """Those that a recorder keeps which asks for fewer than another one on the same model."""
    kept = counting.regular_subset(len(samples.sample), max_samples)
    if len(kept) == len(samples.sample):
        return samples
    label = samples.label if samples.label is None or samples.label.ndim == 1 else samples.label[kept]
    weight = None if samples.weight is None else samples.weight[kept]
    return dataclasses.replace(
        samples,
        sample=samples.sample[kept],
        y_true=samples.y_true[kept],
        y_score=samples.y_score[kept],
        label=label,
        weight=weight,
    )
