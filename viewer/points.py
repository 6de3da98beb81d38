"""What the points of a run are called, and how one of them is asked for: every word for them comes from here.

A run is counted in epochs, or in training steps; its `unit` says which. Each recorded point is then one of its epochs,
or the state after so many steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Integral
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit

Array = npt.NDArray[Any]
UNITS: tuple[Unit, ...] = get_args(Unit)
_ASKED = re.compile(r"\s*(?:(epoch|step)\s*:)?\s*(\d[\d,_]*)\s*")


def named(unit: str, number: float) -> str:
    """A point by its number.

    >>> named("epoch", 12), named("step", 1200)
    ('epoch 12', 'step 1,200')
    """
    return f"{unit} {number:,.0f}"


def one(unit: str) -> str:
    """A point, none in particular: `an epoch`, `a step`."""
    return "an epoch" if unit == "epoch" else f"a {unit}"


def points(unit: Unit, many: int) -> str:
    """So many recorded points: of a run of steps not each step is one.

    >>> points("epoch", 1), points("epoch", 40), points("step", 1000)
    ('1 epoch', '40 epochs', '1,000 points')
    """
    return f"{many:,} {'epoch' if unit == 'epoch' else 'point'}{'s' * (many != 1)}"


def numbers(unit: Unit, many: int) -> str:
    """So many epochs, or steps.

    >>> numbers("epoch", 1), numbers("step", 20000)
    ('1 epoch', '20,000 steps')
    """
    return f"{many:,} {unit}{'s' * (many != 1)}"


def progress(unit: str, done: int | None, planned: int | None, between: str = " / ") -> str:
    """How far a training is; nothing where nobody knows.

    >>> progress("epoch", 81, 100), progress("step", 2000, None)
    ('81 / 100', '2,000 steps')
    """
    if done is None:
        return ""
    words = f"{done:,}{between}{planned:,}" if planned else f"{done:,}"
    return f"{words} steps" if unit == "step" else words


def span(unit: Unit, first: int, last: int) -> str:
    """Points that follow one another.

    >>> span("epoch", 3, 3), span("step", 100, 2000)
    ('epoch 3', 'steps 100 to 2,000')
    """
    return named(unit, first) if first == last else f"{unit}s {first:,} to {last:,}"


@dataclass(frozen=True, slots=True)
class Point:
    """A point that somebody asks for.

    Args:
        number: of it.
        unit: of the number; None for that of the run.
    """

    number: int
    unit: Unit | None = None

    def __str__(self) -> str:
        return f"{self.number}" if self.unit is None else f"{self.unit}:{self.number}"


def parse_point(asked: int | str) -> Point | None:
    """A point as one writes it; None for what is none, such as `best`.

    >>> parse_point("step:1,200"), parse_point(3), parse_point("best")
    (Point(number=1200, unit='step'), Point(number=3, unit=None), None)
    """
    if isinstance(asked, Integral) and not isinstance(asked, bool):
        return Point(int(asked))
    found = _ASKED.fullmatch(asked) if isinstance(asked, str) else None
    if found is None:
        return None
    unit: Any = found[1]
    return Point(int(re.sub("[,_]", "", found[2])), unit)


def point_of(asked: int | str, *, also: str = "") -> Point:
    """The same.

    Args:
        asked: a number in the run's own unit, `step:1200` or `epoch:3`.
        also: what else may be asked for, in words: `best, last`.

    Raises:
        ValueError: It is written otherwise.
    """
    found = parse_point(asked)
    if found is None:
        rule = f"{f'{also}, ' * bool(also)}a number, step:NUMBER or epoch:NUMBER"
        raise ValueError(f"a point of a run must be {rule}. Received: {asked!r}")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The points of a run in both units.

    Args:
        unit: of the run.
        steps: float64 [points], NaN where not known.
        epochs: float64 [points]: the index of the epoch that each lies in; NaN where not known.
    """

    unit: Unit
    steps: Array
    epochs: Array

    def of(self, unit: Unit) -> Array:
        """float64 [points]: their numbers in a unit; NaN where not known."""
        return self.steps if unit == "step" else self.epochs

    def position(self, asked: Point, *, first: bool = False) -> int:
        """Where a point stands among those of the run.

        Args:
            asked: its number must be a recorded one. Of the points that lie in one epoch it is the last.
            first: of those the first.

        Raises:
            ValueError: It is not recorded; what is near it is said.
        """
        unit = asked.unit or self.unit
        there = np.flatnonzero(self.of(unit) == asked.number)
        if not len(there):
            raise ValueError(f"{self._known(unit, asked.number)}. Received: {asked}")
        return int(there[0 if first else -1])

    def nearest(self, asked: Point) -> int:
        """Where the point nearest to a number stands; the last one where no number is known in that unit."""
        far = np.abs(self.of(asked.unit or self.unit) - asked.number)
        if not np.isfinite(far).any():
            return len(far) - 1
        return int(np.flatnonzero(far == np.nanmin(far))[-1])

    def _known(self, unit: Unit, number: int) -> str:
        known = self.of(unit)
        known = known[np.isfinite(known)]
        if not len(known):
            if unit != self.unit and len(self.steps):
                return f"the {unit}s of a run must be recorded to ask for one; this run has {self.unit}s alone"
            return f"{unit} must be a recorded one (none yet)"
        below, above = known[known < number][-1:], known[known > number][:1]
        near = " and ".join(f"{one:.0f}" for one in (*below, *above))
        return f"{unit} must be a recorded one ({known[0]:.0f} to {known[-1]:.0f}; nearest: {near})"


def along(line: Timeline, unit: Unit) -> Array:
    """Where points stand on an axis of epochs or steps, float64 [points]; NaN where that is not known.

    On an axis of epochs the points of a run of steps stand within their epoch, as far as its steps are done. How many
    steps an epoch has is not recorded: it is taken as the fewest, the same in each, with which all points lie in the
    epochs that they say.
    """
    found = line.of(unit)
    if unit == line.unit or unit == "step":
        return found
    known = np.isfinite(found)
    if not known.any():
        return found
    each = float(np.max(line.steps[known] / (found[known] + 1)))
    within = line.steps / each - 1 if each > 0 else found
    return np.where(known, np.clip(within, found - 1, found), np.nan)
