"""One formula over epochs and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.ticker import MaxNLocator

from ...drawing.legend import Sentence, size
from ...drawing.limits import Ticks, Wholes, digits, epoch_range, rounded
from ...drawing.margins import Rect, fitting, inside
from ...drawing.theme import label_axes, move, prepare, put, theme
from ...formulas import FormulaError
from ...frame import Frame
from ...frame.views import missing
from ...points import named
from .numbers import Surface, spacing, surface

SCALE, BESIDE = 0.09, 0.14  # inches: width of the colour scale, and its distance
NUMBERS = 0.42  # inches for the numbers beside the scale
EMPTY = (0.0, 1.0)  # ends of the axis of epochs where there is no picture
DENSE = 200  # epochs from which the ridge is a thin line


class SurfacePanel:
    """An image, the ridge of the best threshold, a star at the best of all, lines at the cursor and the threshold.

    Args:
        name: of the formula; the first that the viewer was asked for if "".
    """

    def __init__(self, name: str = "") -> None:
        self._name = name
        self.formulas = (name,) if name else ()
        self._shown: Surface | None = None
        self._around: tuple[Any, ...] = ()  # what else the picture depends on: size, and epochs planned

    def setup(self, ax: Any) -> None:
        """Makes image, scale and lines."""
        self._ax, look = ax, theme()
        self._theme = look
        self._title = prepare(ax, "")
        ax.grid(visible=False)
        label_axes(ax, "", "threshold")
        ax.set(xlim=EMPTY, ylim=(0, 1))
        ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, min_n_ticks=1))
        ax.xaxis.set_major_formatter(Wholes())
        self._image = self._picture(ax)
        self._halo = ax.plot([], [], color=look.paper, linewidth=3, alpha=0.8, animated=True, zorder=3)[0]
        self._ridge = ax.plot([], [], color=look.ink, linewidth=1.2, animated=True, zorder=4)[0]
        self._star = ax.plot([], [], "*", markersize=11, color=look.ink, animated=True, zorder=6)[0]
        self._star.set_markeredgecolor(look.paper)
        self._cursor = ax.axvline(0, color=look.ink, linewidth=1, visible=False, animated=True, zorder=5)
        self._threshold = ax.axhline(0, color=look.ink, linewidth=1, linestyle="--", animated=True, zorder=5)
        self._sentence = Sentence(ax)
        self._scale = ax.figure.add_axes((0, 0, 1, 1))
        prepare(self._scale, "")
        self._scale.grid(visible=False)
        self._scale.set(xlim=(0, 1), ylim=(0, 1), xticks=[])
        self._scale.yaxis.tick_right()
        self._scale.yaxis.set_major_formatter(Ticks())
        self._ramp = self._picture(self._scale, animated=False)
        self._ramp.set_data(np.linspace(0, 1, 256)[:, None])
        self._ramp.set_extent((0, 1, 0, 1))
        for image in (self._image, self._ramp):
            image.set_clim(0, 1)

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Places image and scale."""
        main = inside(rect, inches, {"right": BESIDE + SCALE + NUMBERS})
        self._ax.set_position(main)
        left = main[0] + main[2] + BESIDE / inches[0]
        self._scale.set_position((left, main[1], SCALE / inches[0], main[3]))

    def update(self, frame: Frame) -> None:
        """Moves image, ridge and lines."""
        shown, fault = None, ""
        try:
            shown = surface(frame, self._name, self._shown)
        except FormulaError as error:
            fault = str(error)
        self._sentence.say(fault := fault or why_not(frame, shown))
        around = size(self._ax), frame.planned
        if shown is not None and (shown is not self._shown or around != self._around):
            self._around = around
            self._draw(shown, frame)
        elif shown is None and (self._shown is not None or self._ax.get_xlabel() != frame.unit):
            put(self._ax, xlim=EMPTY)
            label_axes(self._ax, frame.unit, "threshold")
        self._shown = shown
        for artist in (self._image, self._halo, self._ridge, self._star, self._scale, self._cursor):
            put(artist, visible=not fault)
        put(self._threshold, visible=not fault and frame.threshold is not None)
        put(self._cursor, xdata=[frame.epoch or 0] * 2)
        put(self._threshold, ydata=[frame.threshold or 0.0] * 2)
        label = self._name if shown is None else shown.label
        titles = (
            [f"{label} over {frame.unit}s and thresholds", f"{label} by threshold", label] if label else ["Thresholds"]
        )
        put(self._title, text=fitting(titles, size(self._ax)[0], 10, "bold"))

    def pick(self, x: float, y: float) -> dict[str, float]:
        """The epoch and the threshold at a place."""
        return {"epoch": x, "threshold": min(max(y, 0.0), 1.0)} if self._shown is not None else {}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, y: float) -> str | None:
        """The value at a place."""
        if self._shown is None:
            return None
        epoch, threshold, value = self._shown.at(x, y)
        return f"{named(self._shown.unit, epoch)}, threshold {threshold:.4g}: {self._shown.label} {digits(value)}"

    def _draw(self, shown: Surface, frame: Frame) -> None:
        first, last, half = int(shown.epochs[0]), int(shown.epochs[-1]), spacing(shown.epochs, shown.unit) / 2
        planned = frame.planned
        put(self._ax, xlim=(first - half, epoch_range(first, last, planned)[1] if planned else last + half))
        self._image.set_data(shown.picture)
        self._image.set_extent((first - half, last + half, 0, 1))
        self._colours(shown)
        move(self._halo, shown.epochs, shown.ridge)
        move(self._ridge, shown.epochs, shown.ridge)
        dense = len(shown.epochs) > DENSE
        put(self._halo, linewidth=1.8 if dense else 3.0)
        put(self._ridge, linewidth=0.7 if dense else 1.2)
        best = [] if shown.best is None else [shown.best]
        self._star.set_data(shown.epochs[best], shown.ridge[best])
        label_axes(self._ax, fitting(captions(shown), size(self._ax)[0]), "threshold")

    def _colours(self, shown: Surface) -> None:
        if self._image.get_cmap().name != str(shown.style):
            colour, ink = (np.array(to_rgb(name)) for name in (self._theme.colour(shown.style), self._theme.ink))
            ends = [self._theme.paper, tuple(colour), tuple(0.55 * colour + 0.45 * ink)]
            for image in (self._image, self._ramp):
                image.set_cmap(LinearSegmentedColormap.from_list(str(shown.style), ends))
        low, high = shown.reach
        low, high = rounded(low, high) if high - low >= 1e-9 else (low - 0.5, high + 0.5)
        if (low, high) != self._scale.get_ylim():
            self._image.set_clim(low, high)
            self._ramp.set_extent((0, 1, low, high))
            self._scale.set_ylim(low, high)

    def _picture(self, ax: Any, *, animated: bool = True) -> Any:
        return ax.imshow(
            np.full((2, 2), np.nan), origin="lower", aspect="auto", interpolation="nearest", animated=animated, zorder=1
        )


def why_not(frame: Frame, shown: Surface | None) -> str:
    """Why there is no image, or ""."""
    if shown is None:
        return missing(frame)
    return "" if np.isfinite(shown.picture).any() else f"{shown.label} is undefined at every {shown.unit} and threshold"


def captions(shown: Surface) -> list[str]:
    """What the line and the star are, in ever fewer words."""
    unit = shown.unit
    if shown.best is None:
        return [unit]
    threshold, value = shown.ridge[shown.best], float(shown.heights[shown.best])
    where = f"{named(unit, shown.epochs[shown.best])}, threshold {threshold:.3g}"
    return [
        f"{unit}   (line: best threshold of each · ★ {digits(value)}: {where})",
        f"{unit}   (★ {digits(value)}: {where})",
        f"{unit}   (★ {where})",
        unit,
    ]
