"""`Framer`: makes the frames of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..points import named
from ..run import Run
from ..run.patience import Patience
from .frame import Frame
from .knobs import Knobs
from .memo import Memo


class Framer:
    """Makes the frames of a run; what does not depend on the cursor is computed once for each state of the run.

    Args:
        run: in focus.
        knobs: what is set at the start.
        others: runs that are overlaid.
        memo: what was computed of these runs, shared with other framers of them; its own if None.

    Attributes:
        patience: how long a picture waits for its bands; None for as long as it takes, as a file does.
    """

    def __init__(
        self, run: Run, knobs: Knobs | None = None, *, others: tuple[Run, ...] = (), memo: Memo | None = None
    ) -> None:
        self.run, self.others = run, others
        self.knobs = knobs or Knobs()
        self.patience: Patience | None = None
        self._memo = Memo() if memo is None else memo
        self._seen = self._version

    @property
    def title(self) -> str:
        """What its films are called."""
        return self.run.name

    def name(self, position: int) -> str:
        """What the picture at a position is of: `epoch 12`."""
        return named(self.run.unit, self.run.epoch_numbers[position])

    def refresh(self) -> bool:
        """Takes in what was recorded since; True if there was anything, whoever has taken it in."""
        for run in (self.run, *self.others):
            run.refresh()
        version = self._version
        self._memo.hold(version)
        news, self._seen = version != self._seen, version
        return news

    @property
    def _version(self) -> int:
        return sum(run.version for run in (self.run, *self.others))  # none of them ever falls

    def turn(self, **changes: Any) -> None:
        """Sets knobs by name."""
        self.knobs = replace(self.knobs, **changes)

    def forget(self) -> None:
        """Computes everything again: a formula has changed."""
        self._memo.clear()

    def __len__(self) -> int:
        return len(self.run.epoch_numbers)

    def read_ahead(self) -> None:
        """Reads at once what the frames of most epochs need."""
        for run in (self.run, *self.others):
            run.read_ahead()

    def position(self, epoch: int | str, *, first: bool = False) -> int:
        """Where an epoch stands in `run.epoch_numbers`, as `Run.position` has it."""
        return self.run.position(epoch, first=first)

    def frame(self, position: int = -1) -> Frame:
        """The picture at a position in `run.epoch_numbers`, or the nearest; -1 is the newest."""
        length = len(self)
        at = -1 if not length else range(length)[int(np.clip(position, -length, length - 1))]
        return Frame(self.run, self.knobs, at, self._memo, (self.run, *self.others), self.patience)
