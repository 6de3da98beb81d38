"""Colours and text, the same everywhere: a light and a dark theme, a palette that is safe for the colour-blind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.transforms import ScaledTranslation

from recorder.runfile.names import shown

from .fonts import drawable, families
from .glyphs import Label


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of everything that is not data, and the palette of what is.

    Args:
        name: "light" or "dark".
        paper: behind everything.
        ink: text and the cursor.
        quiet: axis labels, notes.
        grid: lines of the grid.
        rule: spines.
        fault: sentences about what went wrong.
        palette: one colour a run, class or formula.
        shares: colour map for shares, from nothing to all.
        states: colour of each state of a run.
    """

    name: str
    paper: str
    ink: str
    quiet: str
    grid: str
    rule: str
    fault: str
    palette: tuple[str, ...]
    shares: str | Colormap
    states: dict[str, str]

    def colour(self, number: int) -> str:
        """The colour of that number, again from the start after the last."""
        return self.palette[number % len(self.palette)]

    def words(self, colour: str) -> str:
        """The colour as words take it: as far towards the ink as they need to be read."""
        return readable(colour, self.paper, self.ink)


# Okabe and Ito (2008), safe for the colour-blind; the yellow is left out, which is too light on white, and
# on dark paper the black is replaced by white and the blue is lightened.
LIGHT = Theme(
    name="light", paper="#ffffff", ink="#22242a", quiet="#5f6672", grid="#e6e7ea", rule="#c9ccd1", fault="#b3261e",
    palette=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8a8a8a"),
    shares="Blues",
    states={"running": "#00795a", "finished": "#0072B2", "pruned": "#0072B2",
            "incomplete": "#b84f00", "interrupted": "#b84f00"},
)  # fmt: skip
DARK = Theme(
    name="dark", paper="#16181d", ink="#e8eaee", quiet="#a0a7b4", grid="#2a2e37", rule="#454b57", fault="#ff8a80",
    palette=("#4aa8e0", "#f08a4b", "#2fc79a", "#e29cc5", "#f0b840", "#8fd0f5", "#ffffff", "#9a9a9a"),
    shares=LinearSegmentedColormap.from_list("shares", ["#1e232c", "#1b4a70", "#3f97cf", "#a9dbf7"]),
    states={"running": "#2fc79a", "finished": "#4aa8e0", "pruned": "#4aa8e0",
            "incomplete": "#f08a4b", "interrupted": "#f08a4b"},
)  # fmt: skip
OUTSIDE = -1  # the zorder of words beside the axes that seldom change: what is lowest need not be drawn again
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
_current: ContextVar[Theme] = ContextVar("theme", default=LIGHT)


@lru_cache(maxsize=256)
def readable(colour: str, paper: str, ink: str) -> str:
    """A colour mixed with ink until its contrast to the paper is 4.5, which WCAG 2 asks of small text."""
    for share in np.linspace(0, 1, 11):
        mixed = (1 - share) * np.array(to_rgb(colour)) + share * np.array(to_rgb(ink))
        light, dark = sorted((_luminance(mixed), _luminance(to_rgb(paper))), reverse=True)
        if (light + 0.05) / (dark + 0.05) >= 4.5:
            return to_hex(mixed)
    return ink


def _luminance(colour: Any) -> float:
    """Relative luminance of sRGB, in [0, 1] (WCAG 2)."""
    values = np.asarray(colour, float)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def theme() -> Theme:
    """The theme that artists are made in at the moment."""
    return _current.get()


@contextmanager
def wearing(chosen: Theme) -> Iterator[None]:
    """What asks for the `theme` inside is given this one."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def using(chosen: Theme) -> Iterator[None]:
    """The same, and artists made inside by whoever knows of no theme take it too, through matplotlib's parameters."""
    parameters: Any = {
        "figure.facecolor": chosen.paper,
        "axes.facecolor": chosen.paper,
        "axes.edgecolor": chosen.rule,
        "axes.labelcolor": chosen.quiet,
        "axes.titlecolor": chosen.ink,
        "text.color": chosen.ink,
        "xtick.color": chosen.quiet,
        "ytick.color": chosen.quiet,
        "grid.color": chosen.grid,
        "axes.prop_cycle": cycler(color=list(chosen.palette)),
        "font.size": 8,
    }
    with wearing(chosen), mpl.rc_context(parameters):
        yield


def plain(text: str, longest: int = 80) -> str:
    """Text of a run as it may be drawn: printable, at most `longest` characters."""
    return shown(text, most=longest)


def prepare(axes: Any, title: str) -> Any:
    """Quiet axes; returns the title at their left, an animated text that may change with every picture."""
    look = theme()
    axes.set_facecolor(look.paper)
    axes.grid(visible=True, color=look.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(look.rule)
    axes.tick_params(colors=look.quiet, labelsize=8)
    options = {"fontsize": 10, "fontweight": "bold", "color": look.ink, "va": "bottom", "zorder": OUTSIDE}
    return beside(axes, 0, 1, title, by=(0, 6), **options)


def label_axes(axes: Any, x: str, y: str = "") -> None:
    """Quiet labels of the axes; they belong to the background and seldom change."""
    quiet = theme().quiet
    for name, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        words = drawable(name)
        axis.set_label_text(words, fontsize=8, color=quiet, parse_math=False, fontfamily=families(words))


def text(axes: Any, x: float, y: float, words: str = "", **options: Any) -> Any:
    """An animated text in axes coordinates that takes no dollar sign for mathematics."""
    options = {
        "transform": axes.transAxes, "fontsize": 8, "color": theme().quiet, "parse_math": False, "animated": True,
        "zorder": 4,
    } | options  # fmt: skip
    label = Label(x, y, "", **options)
    label.set_text(words)
    axes.add_artist(label)
    label.set_clip_on(False)
    return label


def beside(axes: Any, x: float, y: float, words: str = "", *, by: tuple[float, float], **options: Any) -> Any:
    """The same, so many points away from a place in axes coordinates."""
    away = ScaledTranslation(by[0] / 72, by[1] / 72, axes.figure.dpi_scale_trans)
    return text(axes, x, y, words, transform=axes.transAxes + away, **options)


def move(line: Any, x: Any, y: Any) -> bool:
    """Sets the data of a line unless it has these arrays, and says so: what did not change is not drawn again."""
    kept = getattr(line, "_epochreel_kept", (None, None))
    if kept[0] is x and kept[1] is y:
        return False
    line.set_data(x, y)
    line._epochreel_kept = (x, y)
    return True


def dress(artist: Any, **look: Any) -> None:
    """Sets how an artist looks unless it looks so already."""
    if getattr(artist, "_epochreel_look", None) != look:
        artist._epochreel_look = look
        artist.set(**look)


def put(artist: Any, **values: Any) -> None:
    """Sets properties of an artist that are not so yet: what did not change is not drawn again."""
    for name, value in values.items():
        if getattr(artist, f"get_{name}")() != value:
            getattr(artist, f"set_{name}")(value)
