"""The strip of controls below the panels: sliders for epoch and threshold, buttons, and a line of words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.transforms import ScaledTranslation
from matplotlib.widgets import Button, Slider

from ..drawing.captions import SPLITS
from ..drawing.theme import plain, text, theme
from ..frame import Frame

# Places in inches from the left (negative: from the right), and shares of what is left for the sliders.
BUTTONS = ("play", "live", "split")
BUTTON_WIDTH, HEIGHT, SIDE, LABEL, VALUE, BESIDE = 0.72, 0.24, 0.62, 0.85, 0.6, 0.12
GAP, EDGE, SHORTEST = 0.08, 0.2, 0.4  # between buttons, right of them, and a slider
NARROW_BUTTON, NARROW_SIDE, NARROW_LABEL, NARROW_VALUE = 0.66, 0.16, 0.74, 0.56  # where there is little room


class Strip:
    """Real matplotlib widgets, which tell the session what was done and are moved by frames.

    Args:
        actions: called by "epoch" and "threshold" with a number, by "play", "live" and "split" with nothing.
        words: gives the line of words: what is under the mouse, or the keys.
    """

    inches = 0.84

    def __init__(self, actions: Mapping[str, Callable[..., Any]], words: Callable[[], str]) -> None:
        self._actions, self._words = actions, words
        self.playing = self.live = False

    def setup(self, ax: Any) -> None:
        """Makes the widgets, each on axes of its own."""
        self._ax = ax
        ax.axis("off")
        self._line = text(ax, 0.0, 0.2, fontsize=8, va="center")
        figure = ax.figure
        self.epoch = self._slider(figure, "epoch", 1.0, valstep=1)
        self.threshold = self._slider(figure, "threshold", 1.0)
        self.buttons = {name: self._button(figure, name) for name in BUTTONS}

    def arrange(self, rect: tuple[float, float, float, float], inches: Any) -> None:
        """Places the widgets: sliders share the width that the buttons leave."""
        across, up = inches
        left, bottom, width, height = rect
        self._ax.set_position((left + SIDE / across, bottom, width - 2 * SIDE / across, height))
        level, tall = bottom + 0.48 / up, HEIGHT / up
        side, wide, label, value = SIDE, BUTTON_WIDTH, LABEL, VALUE
        if across - side - EDGE - len(BUTTONS) * (wide + GAP) < 2 * (label + value + SHORTEST):
            side, wide, label, value = NARROW_SIDE, NARROW_BUTTON, NARROW_LABEL, NARROW_VALUE
        buttons = len(BUTTONS) * (wide + GAP)
        room = max((across - side - buttons - EDGE) / 2, label + value + 0.1)
        for number, slider in enumerate((self.epoch, self.threshold)):
            start = side / 2 + number * room + label
            slider.ax.set_position((start / across, level, (room - label - value) / across, tall))
        for number, button in enumerate(self.buttons.values()):
            start = across - EDGE - buttons + number * (wide + GAP)
            button.ax.set_position((start / across, level, wide / across, tall))

    def update(self, frame: Frame) -> None:
        """Moves the widgets without telling anybody."""
        last = max(len(frame.epochs) - 1, 1)
        if self.epoch.valmax != last:
            self.epoch.valmax = last
            self.epoch.ax.set_xlim(0, last)
        _silently(self.epoch, max(frame.position, 0))
        self.epoch.valtext.set_text("" if frame.epoch is None else f"{frame.epoch:,}")
        if self.epoch.label.get_text() != frame.unit:
            self.epoch.label.set_text(frame.unit)
        threshold = frame.threshold
        _silently(self.threshold, 0.5 if threshold is None else threshold)
        self.threshold.valtext.set_text("argmax" if threshold is None and frame.splits else _short(threshold))
        self._caption("play", "pause" if self.playing else "play")
        self._caption("live", "● live" if self.live else "go live")
        self._caption("split", plain(SPLITS.get(frame.split, frame.split) or "no split", 10))
        self._line.set_text(self._words())

    def _caption(self, name: str, words: str) -> None:
        label = self.buttons[name].label
        if label.get_text() != words:
            label.set_text(words)

    def _slider(self, figure: Any, name: str, top: float, **options: Any) -> _Slider:
        look = theme()
        axes = figure.add_axes((0.1, 0.1, 0.1, 0.1), label=name)
        slider = _Slider(
            axes, name, 0.0, top, valinit=0.0, color=look.palette[0], track_color=look.grid, initcolor="none",
            handle_style={"facecolor": look.paper, "edgecolor": look.palette[0], "size": 9}, **options,
        )  # fmt: skip
        for words, end, side in ((slider.label, 0, -BESIDE), (slider.valtext, 1, BESIDE)):  # clear of the handle
            clear = axes.transAxes + ScaledTranslation(side, 0, figure.dpi_scale_trans)
            words.set(fontsize=8, color=look.ink, x=end, transform=clear)
        slider.vline.set_visible(False)
        for artist in (slider.poly, slider.valtext, *axes.lines):
            artist.set_animated(True)
        slider.on_changed(self._actions[name])
        return slider

    def _button(self, figure: Any, name: str) -> Button:
        look = theme()
        axes = figure.add_axes((0.1, 0.1, 0.1, 0.1), label=name)
        for spine in axes.spines.values():
            spine.set_color(look.rule)
        button = Button(axes, "", color=look.grid, hovercolor=look.grid)
        button.drawon = False
        button.label.set(fontsize=8, color=look.ink, animated=True)
        button.on_clicked(lambda _: self._actions[name]())
        return button


class _Slider(Slider):
    """A slider that the dashboard draws. Matplotlib's own asks for that itself, while it is made too: on a canvas that
    draws at once, of a browser or a notebook, that was the whole figure for each slider."""

    drawon = property(lambda self: False, lambda self, value: None)


def _silently(slider: Slider, value: float) -> None:
    if slider.val != value:
        slider.eventson = False
        slider.set_val(value)
        slider.eventson = True


def _short(threshold: float | None) -> str:
    return "" if threshold is None else f"{threshold:.3f}" if 0.001 <= threshold <= 0.999 else f"{threshold:.3g}"
