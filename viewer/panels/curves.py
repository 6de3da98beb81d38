"""Values over epochs, with labels at the ends of the lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Curve, Frame
from .style import INK, QUIET, colour, plain, prepare, text

TRAINING = "dashed: training counts, weights changing, dropout on"


class Curves:
    """Formulas (or, with `losses=True`, the losses) over epochs: solid validation, dashed training, dotted probes.

    Args:
        losses: draw the losses.
    """

    def __init__(self, *, losses: bool = False) -> None:
        self._losses = losses
        self._lines: dict[tuple[str, str], tuple[Any, Any]] = {}

    def setup(self, axes: Any) -> None:
        """Makes axes, cursor and notes."""
        self._axes = axes
        prepare(axes, "Loss" if self._losses else "Formulas of the counts")
        axes.set_xlabel("epoch", fontsize=8, color=QUIET)
        self._cursor = axes.axvline(0, color=INK, linewidth=1, visible=False)
        self._error = text(axes, 0.5, 0.5, color="#b3261e", ha="center", va="center", wrap=True)
        axes.xaxis.get_major_locator().set_params(integer=True)

    def update(self, frame: Frame) -> list[Any]:
        """Moves lines, cursor and labels."""
        curves = frame.losses if self._losses else frame.curves
        for curve in curves:
            self._line(curve)[0].set_data(frame.epochs, curve.values)
        self._cursor.set_visible(frame.position >= 0)
        if frame.position >= 0:
            self._cursor.set_xdata([frame.epochs[frame.position]] * 2)
        self._limits(frame, curves)
        self._place_labels(frame, curves)
        dashed = any(curve.split == "train" for curve in curves)
        words = f"epoch   ({TRAINING})" if dashed and not self._losses else "epoch"
        self._axes.set_xlabel(words, fontsize=8, color=QUIET)
        self._error.set_text("" if self._losses else "\n".join(plain(note) for note in frame.notes))
        if not self._losses:
            at = "" if frame.threshold is None else f" at threshold {frame.threshold:.3f}"
            self._axes.set_title(f"Formulas{at}", loc="left", fontsize=10, fontweight="bold", color=INK)
        return [*(artist for pair in self._lines.values() for artist in pair), self._cursor, self._error]

    def _line(self, curve: Curve) -> tuple[Any, Any]:
        key = (curve.label, curve.split)
        if key not in self._lines:
            shade = {"loss": colour(7), "val_loss": INK}.get(curve.label, INK) if self._losses else colour(curve.style)
            look = {"train": "--", "val": "-", "": "-"}.get(curve.split, ":")
            light = curve.split == "train" and not self._losses
            (line,) = self._axes.plot(
                [], [], look, color=shade, linewidth=1.0 if light else 1.7, alpha=0.6 if light else 1
            )
            line.set_marker(".")
            line.set_markersize(3)
            label = self._axes.annotate(
                "", (1, 0), xycoords="axes fraction", xytext=(4, 0), textcoords="offset points", fontsize=8,
                color=shade, va="center", annotation_clip=False, parse_math=False,
            )  # fmt: skip
            self._lines[key] = (line, label)
        return self._lines[key]

    def _limits(self, frame: Frame, curves: tuple[Curve, ...]) -> None:
        if len(frame.epochs):
            first, last = int(frame.epochs[0]), int(frame.epochs[-1])
            self._axes.set_xlim(first - 0.5, max(last, first + 1) + 0.5)
        low, high = value_range(curves)
        self._axes.set_ylim(low, high)

    def _place_labels(self, frame: Frame, curves: tuple[Curve, ...]) -> None:
        low, high = self._axes.get_ylim()
        wanted = []
        for curve in curves:
            label = self._lines[curve.label, curve.split][1]
            value = curve.values[frame.position] if frame.position >= 0 else np.nan
            shown = self._losses or curve.split != "train"
            label.set_text("")
            if shown and np.isfinite(value):
                name = {"loss": "training", "val_loss": "validation"}.get(curve.label, curve.label)
                probe = "" if curve.split in ("", "train", "val") else f" ({curve.split})"
                label.set_text(
                    f"{plain(name)[:24]}{probe} {value:.3g}"
                    if self._losses
                    else f"{plain(name)[:24]}{probe} {value:.3f}"
                )
                wanted.append(((value - low) / (high - low), label))
        gap = 11 / max(self._axes.bbox.height * 72 / self._axes.figure.dpi, 1)
        for place, (_, label) in zip(spread([y for y, _ in wanted], gap), wanted, strict=True):
            label.xy = (1, place)


def value_range(curves: tuple[Curve, ...]) -> tuple[float, float]:
    """Limits of the axis: what the formulas state where all values lie there, else what they reach."""
    values = np.concatenate([curve.values for curve in curves]) if curves else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    bounded = all(curve.low is not None and curve.high is not None for curve in curves)
    low, high = float(values.min()), float(values.max())
    if bounded:
        return (-0.02 if low >= 0 else low - 0.05), 1.02
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


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
