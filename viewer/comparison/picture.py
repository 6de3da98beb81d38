"""From a comparison to the numbers of its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..formulas import Spec
from ..frames.curve import Curve
from ..frames.overlay import Interval, Overlay, Picture, held
from . import words
from .axis import ALIGNS
from .entrant import Entrant
from .pairs import PAIRED

if TYPE_CHECKING:
    from .result import Comparison

Array = npt.NDArray[Any]
MOST_NAMED, NAMED_OF_MANY = 8, 5  # runs and groups that have a colour each; of more so many of the best
MOST_OVERLAYS = 4
UNITS = ((7200.0, 3600.0, "hours"), (300.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))  # from so many seconds on


class Reel:
    """The pictures of a comparison, one for each place of a cursor.

    Args:
        found: what is drawn.
    """

    def __init__(self, found: Comparison) -> None:
        self._found = found
        self.title = f"{len(found.entrants):,} runs: {', '.join(spec.label for spec in found.terms.formulas)}"
        self._unit, name = _unit(found)
        self.still = self._picture(name)
        self.places = self._places()

    def __len__(self) -> int:
        return len(self.places)

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

    def _places(self) -> Array:
        """Each epoch of any run; of steps and seconds as many even places as the longest run has epochs."""
        xs = [entrant.x / self._unit for entrant in self._found.entrants if len(entrant.epochs)]
        if self._found.terms.align == "epoch" or not xs:
            return np.unique(np.concatenate([*xs, np.zeros(0)]))
        return np.linspace(0, max(float(x[-1]) for x in xs), max(len(x) for x in xs))

    def _picture(self, x_label: str) -> Picture:
        found, terms = self._found, self._found.terms
        intervals = tuple(_intervals(found))
        return Picture(
            title=", ".join(found.names) if len(found.names) <= 3 else f"{len(found.names):,} runs",
            facts=words.facts(found.entrants, terms),
            overlays=tuple(self._overlay(spec) for spec in terms.formulas[:MOST_OVERLAYS]),
            intervals=intervals,
            x_label=x_label,
            note=self._note(),
            level=terms.level,
            covers=words.COVERS_BRIEFLY if intervals else "",
        )

    def _overlay(self, spec: Spec) -> Overlay:
        named = self._named
        curves = [
            self._group_curve(unit, spec, style) if isinstance(unit, str) else self._run_curve(unit, spec, style)
            for style, unit in enumerate(named)
        ]
        return Overlay(label=spec.label, named=tuple(curves), faint=tuple(self._faint(spec)))

    @cached_property
    def _units(self) -> list[str | Entrant]:
        """Groups of two runs or more, and the runs that are in none, the best first where there are many."""
        found = self._found
        groups = {name for name, members in found.groups_of.items() if len(members) > 1}
        in_order = found.entrants if len(found.entrants) <= MOST_NAMED else found.ranked
        units: dict[str | Entrant, None] = {}
        for entrant in in_order:
            group = entrant.run.manifest.group
            units[group if group in groups else entrant] = None
        return list(units)

    @cached_property
    def _named(self) -> list[str | Entrant]:
        units = self._units
        return units if len(units) <= MOST_NAMED else units[:NAMED_OF_MANY]

    def _faint(self, spec: Spec) -> Iterator[Curve]:
        styles = {unit: style for style, unit in enumerate(self._named)}
        for entrant in self._found.entrants:
            if entrant not in styles:
                yield self._run_curve(entrant, spec, styles.get(entrant.run.manifest.group))

    def _run_curve(self, entrant: Entrant, spec: Spec, style: int | None) -> Curve:
        curve = _curve(spec, entrant.name, style, entrant.x / self._unit, entrant.values(spec))
        return replace(curve, now=entrant.value(spec), best=entrant.positions["chosen"])

    def _group_curve(self, group: str, spec: Spec, style: int) -> Curve:
        band, members = self._found.band_of[group, spec.label], self._found.groups_of[group]
        curve = _curve(spec, f"{group} ({len(members)} runs)", style, band.x / self._unit, band.mean)
        values = np.array([entrant.value(spec) for entrant in members])
        known = values[np.isfinite(values)]
        now = float(known.mean()) if len(known) else float("nan")
        return replace(curve, now=now, band=(band.mean - band.sd, band.mean + band.sd))

    def _note(self, *, moving: bool = False) -> str:
        found, groups = self._found, sum(isinstance(unit, str) for unit in self._named)
        parts = ["★: the chosen epoch, and the number there"] if groups < len(self._named) else []
        if moving:
            parts = ["★: the chosen epoch", "number: at the line"]
        if groups:
            parts.append("band: mean of a group ± one standard deviation between its runs")
        if len(self._units) > len(self._named):
            parts.append(f"grey: {len(self._units) - len(self._named):,} others")
        if len(found.terms.formulas) > MOST_OVERLAYS:
            parts.append(f"{len(found.terms.formulas) - MOST_OVERLAYS} more formulas in the tables")
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


def _intervals(found: Comparison) -> Iterator[Interval]:
    for spec in found.terms.formulas:
        for one in found.rows:
            estimate = one.row.estimate
            if one.row.formula == spec.label and np.isfinite(estimate.low):
                yield Interval(
                    formula=spec.label, pair=f"{one.pair.b} − {one.pair.a}", difference=estimate.difference,
                    low=estimate.low, high=estimate.high, paired=one.row.method == PAIRED,
                    beyond_chance=one.beyond_chance,
                )  # fmt: skip


def _unit(found: Comparison) -> tuple[float, str]:
    """What a second is divided by, and what the axis is called."""
    if found.terms.align != "time":
        return 1.0, ALIGNS[found.terms.align]
    longest = max((float(entrant.x[-1]) for entrant in found.entrants if len(entrant.epochs)), default=0.0)
    return next((unit, f"{name} since the start") for least, unit, name in UNITS if longest >= least)
