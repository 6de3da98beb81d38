"""Numbers of the picture of several runs: their curves laid over one another, and their differences in pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...frame.curve import Curve, last_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One formula of all runs.

    Args:
        label: of the formula.
        named: runs and groups with a name, the foremost first; `epochs` is x, `best` where the run stands.
        faint: the other runs; their style is that of their group, None where they have none of their own.
    """

    label: str
    named: tuple[Curve, ...]
    faint: tuple[Curve, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A formula's difference between two runs.

    Args:
        formula: its label.
        pair: `B − A`.
        difference: of B from A.
        low: lower end; NaN where there is none.
        high: upper end.
        paired: the samples were compared one by one.
        beyond_chance: its test, corrected for the number of tests, says that it is more than chance.
    """

    formula: str
    pair: str
    difference: float
    low: float
    high: float
    paired: bool
    beyond_chance: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is drawn of a comparison.

    Args:
        title: what is compared.
        facts: how, in a line.
        overlays: one a formula.
        intervals: one a pair and formula, grouped by formula; none where nothing is compared in pairs.
        x_label: what curves run over.
        note: what stars, bands and faint lines are.
        level: of the intervals.
        covers: what an interval covers and what it does not.
        cursor: x of the cursor; None for a picture that stands still.
    """

    title: str
    facts: str
    overlays: tuple[Overlay, ...]
    intervals: tuple[Interval, ...] = ()
    x_label: str = "epoch"
    note: str = ""
    level: float = 0.95
    covers: str = ""
    cursor: float | None = None


def standing_still(picture: Picture) -> Picture:
    """The same for another process, which has no run to ask: of curves that ask theirs only the newest value."""

    def settled(curve: Curve) -> Curve:
        newest = last_known(curve.values)
        if curve.bounded is None or newest is None:
            return replace(curve, bounded=None)
        return replace(curve, bounded={newest: curve.newest}.__getitem__)

    overlays = tuple(replace(one, named=tuple(map(settled, one.named))) for one in picture.overlays)
    return replace(picture, overlays=overlays)


def held(curve: Curve, x: float) -> float:
    """The value that a curve has had last at x; NaN before its first."""
    at = int(np.searchsorted(curve.epochs, x, side="right")) - 1
    return curve.at(at) if at >= 0 else float("nan")


def place_of(x_label: str, x: float) -> str:
    """A place on the axis in words: `epoch 12`, `training steps 12,500`, `hours since the start 1.5`."""
    return f"{x_label} {f'{x:,.0f}' if x == round(x) or abs(x) >= 1000 else f'{x:.4g}'}"
