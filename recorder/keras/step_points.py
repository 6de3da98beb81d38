"""Points within an epoch: where they stand, what was counted since the last one, and how they are read."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..epoch import EpochState, Point
from ..guard import Guard
from ..logged import scalars
from ..runfile import EpochRecord, Output, Tally
from ..starting import check_whole
from .device import sync_state
from .model_reader import ModelReader
from .point_writer import PointWriter

_COUNTS = tuple(field.name for field in dataclasses.fields(Tally) if field.name not in ("split", "output"))
_Key = tuple[str, str]  # split, output
_Pair = tuple[Any, Any]


def checked_steps(every_steps: int | None, validation: Any, every: int) -> tuple[int, _Pair | None] | None:
    """What a recorder is given of points within the epochs; None for no such points.

    Raises:
        ValueError: It breaks its rule.
    """
    if every_steps is None:
        if validation is not None:
            raise ValueError("validation= is for points within the epochs, and needs every_steps=. Received: no such")
        return None
    check_whole("every_steps", every_steps, least=1)
    if every != 1:
        raise ValueError(f"with every_steps= each epoch's end is a point, and every must be 1. Received: {every}")
    if validation is not None and not (isinstance(validation, tuple) and len(validation) == 2):
        raise ValueError(f"validation must be (x, y). Received: {type(validation).__name__}")
    return every_steps, validation


class StepPoints:
    """Points at every n-th batch of an epoch, and at its end.

    Keras's metrics go on counting until the epoch ends, and their values in the logs are what they would be without
    this: what was counted since the last point is the difference of two readings. Where nobody knows how many batches
    an epoch has, a point is on the disk one batch later: it may turn out to be the epoch's end.

    Args:
        every: batches from point to point.
        validation: (x, y) to be predicted at each point; None for nothing.
        model: that trains.
        reader: of its metrics.
        writer: of the points.
        guard: keeps faults from the training.
        batches: of an epoch; None where that is not known.
    """

    def __init__(
        self,
        every: int,
        validation: _Pair | None,
        *,
        model: Any,
        reader: ModelReader,
        writer: PointWriter,
        guard: Guard,
        batches: int | None,
    ) -> None:
        self._every, self._validation, self._batches = every, validation, batches
        self._model, self._reader, self._writer, self._guard = model, reader, writer, guard
        self._first = self._last = reader.steps() or 0
        self._earlier = self._batch = 0  # batches of earlier epochs; the last one that began in this
        self._read: dict[_Key, Tally] = {}
        self._before: tuple[int, dict[_Key, Tally]] = (self._last, {})
        self._due = False
        self._began = 0.0  # the last point, a reading of the clock
        self._waiting: tuple[EpochRecord, dict[str, Output]] | None = None

    def begin_epoch(self) -> None:
        """The metrics count from zero again."""
        self._batch, self._read = 0, {}

    def wakes(self, batch: int) -> bool:
        """Whether there is something to do before a batch, an index in the epoch: it is asked at every one."""
        self._due = batch // self._every > self._batch // self._every
        self._batch = batch
        return self._due or self._waiting is not None

    def between_batches(self, epoch: int, running: EpochState) -> None:
        """Reads and writes what is due, within the epoch whose state this is."""
        self._put_waiting()
        if not self._due:
            return
        sync_state(self._model)
        number = self._number()
        if number <= self._last:  # gradients are gathered, or were no numbers
            return
        state = running.since_then()
        self._reader.training_so_far(state)
        logs = self._guard.users("logs", self._model.get_metrics_result) or {}
        self._guard.step("reading counts", self._reader.read_keras_counts, state, scalars(logs))
        self._since_last(number, state)
        self._validate(state)
        state.end()
        self._waiting = self._writer.record((Point(number, unit="step", in_epoch=epoch), state, logs))
        if self._batches is not None:
            self._put_waiting()
        self._began = running.restart()

    def end_of(self, epoch: int, state: EpochState) -> Point:
        """The point at the end of an epoch, of which the state then has the training counts since the last one."""
        self._earlier += self._batch + 1 if self._batches is None else self._batches
        self._batch = 0
        number = self._number()
        if self._waiting is not None and (number <= self._waiting[0].epoch or self._nothing_since(state)):
            self._waiting, (self._last, self._read) = None, self._before  # it is the same
            state.restart(self._began)
        self._put_waiting()
        number = max(number, self._last + 1)  # the optimizer may have passed the last batches over
        self._since_last(number, state)
        if state.val_ended is None:
            self._validate(state)
        return Point(number, unit="step", in_epoch=epoch)

    def _put_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._writer.write(*waiting)

    def _number(self) -> int:
        """Steps done: as the optimizer counts them, or batches where it does not."""
        counted = self._reader.steps()
        return counted if counted is not None and counted > self._first else self._first + self._earlier + self._batch

    def _validate(self, state: EpochState) -> None:
        if self._validation is not None:
            self._writer.predict(state, "val", self._validation)
            state.end_validation()

    def _since_last(self, number: int, state: EpochState) -> None:
        """Leaves of the counts of training those since the last point."""
        self._before, self._last = (self._last, dict(self._read)), number
        if not self._guard.step("counting since the last point", self._take_less, state):
            state.forget("train")

    def _nothing_since(self, state: EpochState) -> bool:
        """Whether nothing was trained since the last point: the batch that began was none, and the data were over."""
        whole = [tally for tally in state.tallies if tally.split == "train" and _key(tally) in self._read]
        return bool(whole) and not any(_less(tally, self._read[_key(tally)]).histogram.any() for tally in whole)

    def _take_less(self, state: EpochState) -> None:
        whole = {_key(tally): tally for tally in state.tallies if tally.split == "train"}
        since = {key: _less(tally, self._read.get(key)) for key, tally in whole.items()}
        self._read |= whole
        state.tallies = [since.get(_key(tally), tally) for tally in state.tallies]


def _key(tally: Tally) -> _Key:
    return tally.split, tally.output


def _less(tally: Tally, before: Tally | None) -> Tally:
    """What was counted since; raises ValueError where the two are not of one kind."""
    if before is None:
        return tally
    if tally.histogram.shape != before.histogram.shape:
        raise ValueError(f"counts must be of one kind. Received: {before.histogram.shape}, {tally.histogram.shape}")
    pairs = {name: (getattr(tally, name), getattr(before, name)) for name in _COUNTS}
    return dataclasses.replace(tally, **{name: now if old is None else now - old for name, (now, old) in pairs.items()})
