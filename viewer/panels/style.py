"""Colours and text, the same everywhere."""

from __future__ import annotations

from typing import Any

# Okabe and Ito (2008), safe for the colour-blind; the yellow is left out, which is too light on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
INK, QUIET, GRID = "#22242a", "#6b7280", "#e6e7ea"
STATES = {"running": "#009E73", "finished": "#0072B2", "interrupted": "#D55E00"}


def colour(number: int) -> str:
    """The colour of that number, again from the start after the last."""
    return PALETTE[number % len(PALETTE)]


def plain(text: str) -> str:
    """Text of a run as it may be drawn: printable, at most 80 characters."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return kept if len(kept) <= 80 else kept[:79] + "…"


def prepare(axes: Any, title: str) -> None:
    """Quiet axes with a title at the left."""
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK, parse_math=False)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#c9ccd1")
    axes.tick_params(colors=QUIET, labelsize=8)


def text(axes: Any, x: float, y: float, words: str = "", **options: Any) -> Any:
    """A text in axes coordinates that takes no dollar sign for mathematics."""
    options = {"transform": axes.transAxes, "fontsize": 8, "color": QUIET, "parse_math": False} | options
    return axes.text(x, y, words, **options)
