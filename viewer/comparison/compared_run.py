"""One run in a comparison: its values, and the epochs at which it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit, kind_of

from ..formulas import FormulaError, Spec, parse_spec
from ..formulas.best import best_position, direction
from ..index.known import Source, run_of
from ..points import parse_point
from ..run import BestEpoch, Run
from ..run.inputs import edge_of
from ..statistics.paired import Scheme
from .axis import why_not, x_of
from .comparison_query import At, ComparisonQuery

Array = npt.NDArray[Any]
T = TypeVar("T")
STANDINGS = ("last", "best", "chosen")


@dataclass(eq=False)
class ComparedRun:
    """A run, its name in the comparison, and where it stands.

    Args:
        source: the run, or what its index says of it.
        name: no other one of the comparison has it.
        at: the epoch that is chosen: "last", "best", "best:FORMULA", "max:FORMULA", "min:FORMULA", a number in its own
            unit, "step:1200" or "epoch:3".
        query: what is asked.
    """

    source: Source
    name: str
    at: At
    query: ComparisonQuery
    faults: dict[str, str] = field(default_factory=dict)
    _values: dict[Hashable, Array] = field(init=False, default_factory=dict)
    _single: dict[tuple[Hashable, int], float] = field(init=False, default_factory=dict)
    _positions: dict[str, int | None] = field(init=False, default_factory=dict)
    _best_fault: str = field(init=False, default="")

    @cached_property
    def run(self) -> Run:
        """The run itself; of what the index said of it nothing counts any more."""
        self._single.clear()
        return run_of(self.source)

    @property
    def group(self) -> str:
        """The group that it is in, "" where it is in none."""
        return self.source.group

    @property
    def config(self) -> dict[str, Any]:
        """The user's settings, as the latest start was given them."""
        return self.source.config

    @cached_property
    def epochs(self) -> Array:
        """int64 [epochs], increasing."""
        return self.run.epoch_numbers

    @cached_property
    def x(self) -> Array:
        """float64 [epochs], where its epochs stand on the axis of the curves; NaN where that is not known."""
        return x_of(self.run, self.query.align)

    @cached_property
    def x_fault(self) -> str:
        """Why it cannot be told of any epoch where it stands on that axis; "" where it can."""
        return "" if self.source.unit == self.query.align else why_not(self.x, self.query.align)

    def position(self, standing: str = "chosen") -> int | None:
        """Where it stands in `epochs`; None where there is no such epoch."""
        if standing not in self._positions:
            find = {"last": self._last, "best": self._best, "chosen": self._chosen}
            self._positions[standing] = find[standing]()
        return self._positions[standing]

    @property
    def best_by(self) -> str:
        """By what its best epoch is the best, in words; "" where it has none."""
        return "" if self._found_best is None else self._found_best.by

    @property
    def best_fault(self) -> str:
        """Why it cannot be told which epoch is its best; "" where that is known, or no epoch is."""
        return self._best_fault if self._found_best is None else ""

    def values(self, spec: Spec) -> Array:
        """A formula over epochs, float64 [epochs]; NaN where it cannot be had, and why is in `faults`."""
        key = spec.key
        if key not in self._values:
            found = self._asked(spec, self.run.values)
            self._values[key] = np.full(len(self.epochs), np.nan) if found is None else found
        return self._values[key]

    def take_newest(self, spec: Spec, value: float) -> None:
        """The index says what a formula is at the newest epoch."""
        self._single[spec.key, -1] = value

    def has(self, spec: Spec) -> bool:
        """Whether the run has what a formula asks for; why it has not is in `faults`."""
        if not np.isfinite(self._single.get((spec.key, -1), np.nan)):
            self.values(spec)
        return spec.label not in self.faults

    def epoch(self, standing: str) -> int | None:
        """The epoch of a standing."""
        position = self.position(standing)
        return None if position is None else int(self.epochs[position])

    def known(self, standing: str, unit: Unit) -> int | None:
        """The epoch, or the step, of a standing; None where it is not known."""
        position = self.position(standing)
        number = np.nan if position is None else self.run.timeline.of(unit)[position]
        return int(number) if np.isfinite(number) else None

    def value(self, spec: Spec, standing: str = "chosen") -> float:
        """A formula at a standing, a `Bounded` where bins leave it open; NaN where there is no such epoch.

        Of a run whose curve was not asked for, that epoch alone is read: of a thousand runs most have no curve.
        """
        newest = standing == "last" or (standing == "chosen" and self.at == "last")
        position = -1 if newest and self._newest_known else self.position(standing)
        return float("nan") if position is None else self.at_position(spec, position)

    def at_position(self, spec: Spec, position: int) -> float:
        """A formula at a position in `epochs`, as `value` gives it."""
        key = spec.key
        values = self._values.get(key)
        if values is not None and not (spec.formula.bounds and len(values)):
            return float(values[position]) if len(values) else float("nan")
        if (key, position) not in self._single:
            found = self._asked(spec, partial(self.run.bounded, position=position))
            self._single[key, position] = float("nan") if found is None else found
        return self._single[key, position]

    def threshold(self, spec: Spec | None = None) -> float | None:
        """The recorded edge at which a formula is taken; None where argmax decides, or nothing was counted."""
        outputs, name = self.source.outputs, self.query.output
        if not outputs:
            return None
        output = next((one for one in outputs if name in (None, one.name)), None) or self.run.output(name)
        asked = self.query.threshold if spec is None or spec.threshold is None else spec.threshold
        if asked is None and kind_of(output).argmax:
            return None
        return output.decision_threshold if asked is None else output.thresholds[edge_of(asked, output)]

    def scheme(self, spec: Spec | None = None) -> Scheme:
        """How the samples are decided about, for a formula or in general.

        Raises:
            ValueError: Nothing was counted.
        """
        output = self.run.output(self.query.output)
        kind = kind_of(output)
        argmax = kind.argmax and self.threshold(spec) is None
        return Scheme(kind=kind, classes=tuple(output.classes), argmax=argmax)

    def _asked(self, spec: Spec, ask: Callable[..., T]) -> T | None:
        """What a run answers; None where it has not what the formula needs, or no epoch yet."""
        try:
            return ask(self.query.query(spec))
        except IndexError:
            return None
        except (FormulaError, ValueError) as error:
            self.faults[spec.label] = str(error)
            return None

    @cached_property
    def _found_best(self) -> BestEpoch | None:
        query = self.query
        try:
            return self.run.best(query.best, split=query.split, threshold=query.threshold, output=query.output)
        except ValueError as error:  # it has not what is asked, or no such split or output
            self._best_fault = str(error)
            return None

    def _last(self) -> int | None:
        """The last epoch of which any formula is known: the split need not be counted in each."""
        formulas, epochs = self.query.formulas, len(self.epochs)
        if self._newest_known:
            return epochs - 1
        known = np.flatnonzero(np.any([np.isfinite(self.values(spec)) for spec in formulas], axis=0))
        return int(known[-1]) if len(known) else epochs - 1 if epochs else None

    @cached_property
    def _newest_known(self) -> bool:
        """Whether any formula is known of the newest epoch."""
        return any(np.isfinite(self.at_position(spec, -1)) for spec in self.query.formulas)

    def _best(self) -> int | None:
        return None if self._found_best is None else self._found_best.position

    def _at_best(self, spec: Spec, higher: bool | None = None) -> int | None:
        return best_position(self.values(spec), direction(spec) if higher is None else higher)

    def _chosen(self) -> int | None:
        if parse_point(self.at) is not None:
            return self.run.position(self.at)
        if self.at in ("last", "best"):
            return self.position(self.at)
        how, _, formula = str(self.at).partition(":")
        return self._at_best(parse_spec(formula), {"max": True, "min": False}.get(how))


def unique_names(runs: Sequence[Source]) -> list[str]:
    """Names of runs, with the end of their folder's name where several have the same, with all of it where need be."""
    often = Counter(run.name for run in runs)
    names = [run.name if often[run.name] == 1 else f"{run.name} {run.folder.name[-4:]}" for run in runs]
    often = Counter(names)
    names = [name if often[name] == 1 else run.folder.name for name, run in zip(names, runs, strict=True)]
    often = Counter(names)
    return [name if often[name] == 1 else str(run.folder) for name, run in zip(names, runs, strict=True)]
