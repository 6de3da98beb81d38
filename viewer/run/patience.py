"""How long a picture waits for numbers that it can do without for a moment: the credible bands of many classes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
LARGEST_STEP = 512  # epochs at a time


class Patience:
    """What each picture may spend on such numbers; what is not done in that time is left to the next picture.

    The epochs nearest to the cursor come first. All questions of a picture go by the same steps, so that several
    formulas of the same epochs share what was drawn for the first of them.

    Args:
        seconds: for each picture; one step of one question is taken in any case.
        clock: gives the seconds that pass.

    Attributes:
        waiting: whether anything of the last picture is left to the next.
        done: whether the last question was answered for all epochs.
    """

    def __init__(self, seconds: float = 0.04, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds, self._clock = seconds, clock
        self.waiting, self.done = False, True
        self._step = 1
        self.begin(0)

    def begin(self, near: int, seconds: float | None = None) -> None:
        """A new picture.

        Args:
            near: position of the cursor.
            seconds: for this one alone; of 0 no step is taken.
        """
        self._near = near
        self._until = self._clock() + (self.seconds if seconds is None else seconds)
        self._half = self._until - (self.seconds if seconds is None else seconds) / 2
        self._steps: list[int] | None = [] if seconds == 0 else None
        self.waiting = False

    def asked(self, compute: Callable[[], Any]) -> tuple[Any, bool]:
        """What a question gives, and whether that is all of it."""
        self.done = True
        return compute(), self.done

    def portions(self, missing: Ints) -> Iterator[Ints]:
        """Some of the positions at a time, in the order in which they are to be computed, while there is time."""
        left = missing[np.argsort(np.abs(missing - self._near), kind="stable")]
        for step in self._first() if self._steps is None else self._others(self._steps):
            yield np.sort(left[:step])
            left = left[step:]
            if not len(left):
                return
        self.done, self.waiting = False, True

    def _first(self) -> Iterator[int]:
        """Steps of the first question, which has half of the time; as long as each takes a fitting part of it."""
        self._steps = []
        while not self._steps or self._clock() < self._half:
            began = self._clock()
            self._steps.append(self._step)
            yield self._step
            taken = self._clock() - began
            if taken < self.seconds / 8:
                self._step = min(2 * self._step, LARGEST_STEP)
            elif taken > self.seconds / 2:
                self._step = max(self._step // 2, 1)

    def _others(self, steps: list[int]) -> Iterator[int]:
        for step in list(steps):
            if self._clock() >= self._until:
                return
            yield step
