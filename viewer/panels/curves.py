"""Values over epochs, with labels at the ends of the lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Frame
from ..frames.curves import Curve, curves
from .style import beside, label_axes, move, plain, prepare, text, theme

TRAINING = "dashed: training counts, taken while the weights change and with dropout on"
DASHES = {"train": "--", "val": "-", "": "-"}
ROOM = 1.5  # inches for the labels at the right


class Curves:
    """Formulas or logs over epochs: solid validation, dashed training, dotted probes; bands, best epoch, cursor.

    Args:
        names: formulas or logs; none for what the viewer was asked for.
    """

    margins = {"right": ROOM}

    def __init__(self, *names: str) -> None:
        self._names = names
        self._lines: dict[tuple[str, str, str], tuple[Any, Any]] = {}
        self._bands: dict[tuple[str, str, str], Any] = {}

    def setup(self, ax: Any) -> None:
        """Makes axes, cursor and notes."""
        self._ax, self._theme = ax, theme()
        self._title = prepare(ax, "")
        label_axes(ax, "epoch")
        self._cursor = ax.axvline(0, color=self._theme.ink, linewidth=1, visible=False, animated=True, zorder=5)
        self._best = ax.plot([], [], "*", markersize=9, zorder=6, animated=True, color=self._theme.ink)[0]
        self._best.set_markeredgecolor(self._theme.paper)
        self._note = text(ax, 0.5, 0.03, ha="center", va="bottom", fontsize=7)
        self._fault = text(ax, 0.5, 0.5, color=self._theme.fault, ha="center", va="center")
        ax.xaxis.get_major_locator().set_params(integer=True)

    def update(self, frame: Frame) -> None:
        """Moves lines, bands, cursor and labels."""
        numbers = curves(frame, self._names)
        shown = {(curve.label, curve.split, curve.run) for curve in numbers.curves}
        for key, (line, label) in self._lines.items():
            line.set_visible(key in shown)
            label.set_visible(key in shown)
        for curve in numbers.curves:
            move(self._line(curve)[0], curve.epochs, curve.values)
            self._band(curve)
        self._limits(frame, numbers.curves)
        self._cursor.set_visible(frame.position >= 0)
        if frame.epoch is not None:
            self._cursor.set_xdata([frame.epoch, frame.epoch])
        self._mark_best(numbers.curves)
        self._place_labels(frame, numbers.curves)
        self._words(frame, numbers.curves, numbers.faults)

    def _line(self, curve: Curve) -> tuple[Any, Any]:
        key = (curve.label, curve.split, curve.run)
        if key not in self._lines:
            colour, light = self._theme.colour(curve.style), curve.split == "train"
            (line,) = self._ax.plot(
                [], [], DASHES.get(curve.split, ":"), color=colour, linewidth=1.0 if light else 1.7,
                alpha=0.6 if light else 1, marker=".", markersize=3, animated=True,
            )  # fmt: skip
            label = beside(self._ax, 1, 0, by=(5, 0), color=colour, va="center")
            self._lines[key] = (line, label)
        return self._lines[key]

    def _band(self, curve: Curve) -> None:
        key = (curve.label, curve.split, curve.run)
        if key not in self._bands:
            if curve.band is None:
                return
            self._bands[key] = self._ax.fill_between(
                [], [], [], color=self._theme.colour(curve.style), alpha=0.18, linewidth=0, animated=True
            )
        band, known = self._bands[key], getattr(self._bands[key], "_epochreel_kept", None)
        if known is not curve.band:
            band.set_visible(curve.band is not None)
            band._epochreel_kept = curve.band
            if curve.band is not None:
                band.set_data(curve.epochs, *curve.band)

    def _mark_best(self, shown: tuple[Curve, ...]) -> None:
        curve = next((curve for curve in shown if curve.best is not None), None)
        if curve is None or curve.best is None:
            self._best.set_data([], [])
            return
        self._best.set_data([curve.epochs[curve.best]], [curve.values[curve.best]])
        self._best.set_color(self._theme.colour(curve.style))

    def _limits(self, frame: Frame, shown: tuple[Curve, ...]) -> None:
        planned = frame.run.planned_epochs
        last = max([int(curve.epochs[-1]) for curve in shown if len(curve.epochs)], default=1)
        first = min([int(curve.epochs[0]) for curve in shown if len(curve.epochs)], default=0)
        end = max(last, first + 1)
        if planned and frame.run.status == "running":
            end = max(end, min(planned - 1, first + round_up(end - first)))
        limits = (first - 0.02 * (end - first), end + 0.02 * (end - first))
        if limits != self._ax.get_xlim():
            self._ax.set_xlim(limits)
        wanted = value_range(shown)
        if wanted != self._ax.get_ylim():
            self._ax.set_ylim(wanted)

    def _place_labels(self, frame: Frame, shown: tuple[Curve, ...]) -> None:
        low, high = self._ax.get_ylim()
        wanted = []
        both = {curve.label for curve in shown if curve.split == "val"}
        for curve in shown:
            label = self._lines[curve.label, curve.split, curve.run][1]
            at = np.searchsorted(curve.epochs, frame.epoch) if frame.epoch is not None else 0
            value = curve.values[at] if at < len(curve.values) and frame.epoch is not None else np.nan
            formula_twin = curve.split == "train" and curve.label in both and curve.low is not None
            if formula_twin or not np.isfinite(value):
                label.set_text("")
                continue
            label.set_text(f"{plain(_name(curve, len(both)), 20)} {digits(value)}")
            wanted.append(((value - low) / (high - low), label))
        gap = 11 / max(self._ax.bbox.height * 72 / self._ax.figure.dpi, 1)
        for place, (_, label) in zip(spread([y for y, _ in wanted], gap), wanted, strict=True):
            if label.get_position() != (1, place):
                label.set_position((1, place))

    def _words(self, frame: Frame, shown: tuple[Curve, ...], faults: tuple[str, ...]) -> None:
        counted = any(curve.low is not None for curve in shown)
        at = f" at threshold {frame.threshold:.3f}" if counted and frame.threshold is not None else ""
        plain_name = shown[0].label if len({curve.label for curve in shown}) == 1 and shown else "Formulas"
        self._title.set_text(plain(f"{plain_name}{at}", 60))
        notes = []
        if any(curve.band is not None for curve in shown):
            notes.append(f"bands: {frame.knobs.band:.0%} credible")
        best = next((curve for curve in shown if curve.best is not None), None)
        if best is not None:
            notes.append(f"★ best {plain(best.label, 16)}")
        self._note.set_text("   ".join(notes))
        self._fault.set_text("\n".join(plain(fault, 90) for fault in faults[:3]))
        words = f"epoch   ({TRAINING})" if any(curve.split == "train" for curve in shown) else "epoch"
        if self._ax.get_xlabel() != words:
            label_axes(self._ax, words)


def value_range(shown: tuple[Curve, ...]) -> tuple[float, float]:
    """Limits of the axis: what the formulas state where all values lie there, else what they reach."""
    values = np.concatenate([curve.values for curve in shown]) if shown else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if all(curve.low is not None and curve.high is not None for curve in shown):
        stated = min(curve.low or 0.0 for curve in shown)
        return (-0.02 if low >= 0 else stated - 0.05), 1.02 * max(curve.high or 1.0 for curve in shown)
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def round_up(length: int) -> int:
    """The next of 10, 20, 50, 100, 200, ...: an axis that grows in steps, so that it is seldom drawn."""
    size = 10
    while True:
        for factor in (1, 2, 5):
            if length <= factor * size:
                return factor * size
        size *= 10


def digits(value: float) -> str:
    """Three decimals up to 10, else four significant digits."""
    return f"{value:.3f}" if abs(value) < 10 and (abs(value) >= 0.001 or value == 0) else f"{value:.4g}"


def spread(places: list[float], gap: float) -> list[float]:
    """Places moved as little as needed so that each is at least `gap` from the next, in their order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [min(max(places[i], 0.0), 1.0) for i in order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    top = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], top)
        top = moved[i] - gap
    found = [0.0] * len(places)
    for place, i in zip(moved, order, strict=True):
        found[i] = place
    return found


def _name(curve: Curve, formulas: int) -> str:
    if curve.run:
        return curve.run if formulas <= 1 else f"{curve.label} {curve.run}"
    if curve.low is None and curve.split in ("train", "val"):
        return (
            {"train": "training", "val": "validation"}[curve.split] if formulas <= 1 else f"{curve.split} {curve.label}"
        )
    return curve.label if curve.split in ("", "train", "val") else f"{curve.label} ({curve.split})"
