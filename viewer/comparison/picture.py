"""From a comparison to the numbers of its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..formulas import Spec
from ..frame.curve import Curve
from ..panels.comparison.numbers import Interval, Overlay, Picture, held, place_of
from . import words
from .axis import ALIGNS
from .compared_run import ComparedRun
from .pairs import GROUPED, PAIRED

if TYPE_CHECKING:
    from .compared_runs import ComparedRuns

Array = npt.NDArray[Any]
MOST_NAMED, NAMED_OF_MANY = 8, 5  # runs and groups that have a colour each; of more so many of the best
MOST_FAINT = 100  # lines without a name: one for each hundredth of the ranking; more would be a smear
MOST_OVERLAYS = 4
UNITS = ((7200.0, 3600.0, "hours"), (300.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))  # from so many seconds on


class Reel:
    """The pictures of a comparison, one for each place of a cursor.

    Args:
        found: what is drawn.
    """

    def __init__(self, found: ComparedRuns) -> None:
        self._found = found
        self.title = f"{len(found.compared_runs):,} runs: {', '.join(spec.label for spec in found.query.formulas)}"
        self._unit, name = _unit(found)
        self.still = self._picture(name)

    def __len__(self) -> int:
        return len(self.places)

    def name(self, position: int) -> str:
        """What the picture at a place is of: `epoch 12`, `hours 1.5`."""
        return place_of(self.still.x_label, self.places[position])

    def read_ahead(self) -> None:
        """Nothing: the curves are there."""

    def frame(self, position: int) -> Picture:
        """The picture with the cursor at a place; every name has the value that its run had last there."""
        x = float(self.places[position])
        overlays = tuple(
            replace(one, named=tuple(replace(curve, now=held(curve, x)) for curve in one.named))
            for one in self.still.overlays
        )
        return replace(self.still, overlays=overlays, cursor=x, note=self._note(moving=True))

    @cached_property
    def places(self) -> Array:
        """Each epoch of any run; of steps and seconds as many even places as the longest run has epochs."""
        xs = [x[np.isfinite(x)] / self._unit for x in (compared.x for compared in self._found.compared_runs)]
        xs = [x for x in xs if len(x)]
        if self._found.query.align == "epoch" or not xs:
            return np.unique(np.concatenate([*xs, np.zeros(0)]))
        return np.linspace(0, max(float(x[-1]) for x in xs), max(len(x) for x in xs))

    def _picture(self, x_label: str) -> Picture:
        found, query = self._found, self._found.query
        intervals = tuple(_intervals(found))
        return Picture(
            title=", ".join(found.names) if len(found.names) <= 3 else f"{len(found.names):,} runs",
            facts=words.facts(found.compared_runs, query),
            overlays=tuple(self._overlay(spec) for spec in query.formulas[:MOST_OVERLAYS]),
            intervals=intervals,
            x_label=x_label,
            note=self._note(),
            level=query.level,
            covers=words.covers_briefly(found.pairs) if intervals else "",
        )

    def _overlay(self, spec: Spec) -> Overlay:
        named = self._named
        curves = [
            self._group_curve(unit, spec, style) if isinstance(unit, str) else self._run_curve(unit, spec, style)
            for style, unit in enumerate(named)
        ]
        return Overlay(
            label=spec.label,
            named=tuple(curves),
            faint=tuple(self._line(compared, spec, style) for compared, style in self._faint.items()),
        )

    @property
    def _in_order(self) -> Sequence[ComparedRun]:
        found = self._found
        return found.compared_runs if len(found.compared_runs) <= MOST_NAMED else found.ranked

    @cached_property
    def _units(self) -> list[str | ComparedRun]:
        """Groups of two runs or more, and the runs that are in none, the best first where there are many."""
        found = self._found
        groups = {name for name, members in found.groups_of.items() if len(members) > 1}
        units: dict[str | ComparedRun, None] = {}
        for compared in self._in_order:
            group = compared.group
            units[group if group in groups else compared] = None
        return list(units)

    @cached_property
    def _named(self) -> list[str | ComparedRun]:
        units = self._units
        return units if len(units) <= MOST_NAMED else units[:NAMED_OF_MANY]

    @cached_property
    def _others(self) -> list[ComparedRun]:
        """The runs without a name."""
        named = set(self._named)
        return [compared for compared in self._in_order if compared not in named]

    @cached_property
    def _faint(self) -> dict[ComparedRun, int | None]:
        """Those of them that are drawn, even steps of rank apart where there are many, and their group's style."""
        others, styles = self._others, {unit: style for style, unit in enumerate(self._named)}
        if len(others) > MOST_FAINT:
            steps = np.linspace(0, len(others) - 1, MOST_FAINT).round().astype(int)
            others = [others[step] for step in steps.tolist()]
        return {compared: styles.get(compared.group) for compared in others}

    def _run_curve(self, compared: ComparedRun, spec: Spec, style: int | None) -> Curve:
        best = None if compared.x_fault else compared.position()
        line = replace(self._line(compared, spec, style), now=compared.value(spec), best=best)
        return line if spec.formula.bounds is None else replace(line, bounded=partial(compared.at_position, spec))

    def _line(self, compared: ComparedRun, spec: Spec, style: int | None) -> Curve:
        if compared.x_fault:  # it is not on this axis, and a sentence says why
            return _curve(spec, f"{compared.name} (no curve)", style, np.zeros(0), np.zeros(0))
        return _curve(spec, compared.name, style, compared.x / self._unit, compared.values(spec))

    def _group_curve(self, group: str, spec: Spec, style: int) -> Curve:
        band, members = self._found.band_of[group, spec.label], self._found.groups_of[group]
        curve = _curve(spec, f"{group} ({len(members)} runs)", style, band.x / self._unit, band.mean)
        values = np.array([compared.value(spec) for compared in members])
        known = values[np.isfinite(values)]
        now = float(known.mean()) if len(known) else float("nan")
        return replace(curve, now=now, band=(band.mean - band.sd, band.mean + band.sd))

    def _note(self, *, moving: bool = False) -> str:
        found, groups = self._found, sum(isinstance(unit, str) for unit in self._named)
        unit = words.unit_of(found.compared_runs)
        parts = [f"★: the chosen {unit}, and the number there"] if groups < len(self._named) else []
        if moving:
            parts = [f"★: the chosen {unit}", "number: at the line"]
        if groups:
            parts.append("band: mean of a group ± one standard deviation between its runs")
        if len(self._faint) < len(self._others):
            parts.append(f"faint: {len(self._faint)} of {len(self._others):,} others, evenly by rank")
        elif len(self._units) > len(self._named):
            parts.append(f"grey: {len(self._units) - len(self._named):,} others")
        if len(found.query.formulas) > MOST_OVERLAYS:
            parts.append(f"{len(found.query.formulas) - MOST_OVERLAYS} more formulas in the tables")
        if found.tests:
            parts.append("blue difference: more than chance, corrected")
        if any(pair.reason for pair in found.pairs):
            parts.append("dotted: different samples")
        return " · ".join(parts)


def _curve(spec: Spec, name: str, style: int | None, x: Array, values: Array) -> Curve:
    return Curve(
        label=spec.label, split="", epochs=x, values=values, style=style, low=spec.formula.low, high=spec.formula.high,
        run=name,
    )  # fmt: skip


def _intervals(found: ComparedRuns) -> Iterator[Interval]:
    for spec in found.query.formulas:
        for one in found.rows:
            estimate = one.row.estimate
            if one.row.formula == spec.label and np.isfinite(estimate.low):
                yield Interval(
                    formula=spec.label, pair=f"{one.pair.b} − {one.pair.a}", difference=estimate.difference,
                    low=estimate.low, high=estimate.high, paired=one.row.method in (PAIRED, GROUPED),
                    beyond_chance=one.beyond_chance,
                )  # fmt: skip


def _unit(found: ComparedRuns) -> tuple[float, str]:
    """What a second is divided by, and what the axis is called."""
    if found.query.align != "time":
        return 1.0, ALIGNS[found.query.align]
    longest = max((float(np.nanmax(one.x)) for one in found.compared_runs if len(one.epochs)), default=0.0)
    return next((unit, f"{name} since the start") for least, unit, name in UNITS if longest >= least)
