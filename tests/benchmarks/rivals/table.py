"""The measured values as one table in Markdown: medians, with the least and the most of all rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median

from ..results import Results
from .side_by_side import BARE

TITLES = {
    "mlp": "Imbalanced MLP, 250 + 250 steps an epoch",
    "cnn": "CNN on scikit-learn's digits, 41 + 16 steps an epoch",
}
HEAD = ("", "wall", "processors", "in hooks, ms an epoch", "memory", "kB an epoch", "start-up, s", "exit, s")


def markdown(results: Results, failed: Mapping[str, str], ways: list[str]) -> list[str]:
    """Lines of a table; the bare training in its own units, the others as ratios to it in the same round."""
    lines = [_row(HEAD), _row(["---"] + ["---:"] * (len(HEAD) - 1))]
    for workload, title in TITLES.items():
        if f"{workload} / {BARE} / wall" not in results:
            continue
        lines.append(_row([f"**{title}**"] + [""] * (len(HEAD) - 1)))
        lines += [_row(_cells(results, failed, workload, way)) for way in ways]
    return lines


def ratios(results: Results, workload: str, way: str, quantity: str) -> list[float]:
    """Of a way to the bare training, round by round; empty where one of them is not there."""
    mine, bare = (results.get(f"{workload} / {name} / {quantity}") for name in (way, BARE))
    return [a / b for a, b in zip(mine.values, bare.values, strict=False)] if mine and bare else []


def spread(values: list[float], form: Callable[[float], str]) -> str:
    """The median, and where there are several the least and the most."""
    if not values:
        return "–"
    low, middle, high = form(min(values)), form(median(values)), form(max(values))
    return middle if low == high else f"{middle} ({low}–{high})"


def _cells(results: Results, failed: Mapping[str, str], workload: str, way: str) -> list[str]:
    if why := failed.get(f"{workload} / {way}"):
        return [way, f"not measured: {why}".replace("|", "/"), *[""] * (len(HEAD) - 2)]

    def own(quantity: str, form: Callable[[float], str]) -> str:
        found = results.get(f"{workload} / {way} / {quantity}")
        return spread(list(found.values) if found else [], form)

    if way == BARE:
        compared = [
            own("wall", lambda value: f"{1e3 * value:.0f} ms"),
            own("processor", lambda value: f"{1e3 * value:.0f} ms"),
            own("memory", lambda value: f"{value / 1e6:.0f} MB"),
        ]
    else:
        quantities = ("wall", "processor", "memory")
        compared = [spread(ratios(results, workload, way, each), lambda value: f"{value:.2f}×") for each in quantities]
    wall, processor, memory = compared
    hooks, written = own("hooks", lambda value: f"{1e3 * value:.2g}"), own("bytes", lambda value: f"{value / 1e3:.1f}")
    return [way, wall, processor, hooks, memory, written, *(own(each, "{:.1f}".format) for each in ("start", "exit"))]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
