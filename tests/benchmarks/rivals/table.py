"""The measured values as one table in Markdown: medians, with the least and the most of all rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median

from ..measured import Results

BARE = "bare fit"
TITLES = {
    "mlp": "Imbalanced MLP, 250 + 250 steps an epoch",
    "cnn": "CNN on scikit-learn's digits, 41 + 16 steps an epoch",
}
HEAD = ("", "wall", "processors", "in hooks, ms an epoch", "memory", "kB an epoch", "start-up, s", "exit, s")


def markdown(results: Results, failed: Mapping[str, str], ways: list[str]) -> list[str]:
    """Lines of a table; the bare training in its own units, the others as ratios to it in the same round."""
    lines = [row(HEAD), row(["---"] + ["---:"] * (len(HEAD) - 1))]
    for workload, title in TITLES.items():
        if f"{workload} / {BARE} / wall" not in results:
            continue
        lines.append(row([f"**{title}**"] + [""] * (len(HEAD) - 1)))
        lines += [row(_cells(results, failed, workload, way)) for way in ways]
    return lines


def ratios(results: Results, workload: str, way: str, quantity: str) -> list[float]:
    """Of a way to the bare training, round by round; empty where one of them is not there."""
    mine, bare = (results.get(f"{workload} / {name} / {quantity}") for name in (way, BARE))
    return [a / b for a, b in zip(mine.values, bare.values, strict=False)] if mine and bare else []


def spread(values: list[float], form: Callable[[float], str], unit: str = "") -> str:
    """The median, and where there are several the least and the most."""
    if not values:
        return "–"
    low, middle, high = form(min(values)), form(median(values)), form(max(values))
    return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low}–{high})"


def _cells(results: Results, failed: Mapping[str, str], workload: str, way: str) -> list[str]:
    if f"{workload} / {way} / wall" not in results:
        why = failed.get(f"{workload} / {way}", "it could not be installed, or failed").replace("|", "/")
        return [way, f"not measured: {why}", *[""] * (len(HEAD) - 2)]

    def own(quantity: str, scale: float = 1.0, unit: str = "") -> str:
        found = results.get(f"{workload} / {way} / {quantity}")
        return spread([scale * value for value in found.values] if found else [], _short, unit)

    def compared(quantity: str, scale: float, unit: str) -> str:
        if way == BARE:
            return own(quantity, scale, unit)
        return spread(ratios(results, workload, way, quantity), "{:.2f}".format, "×")

    wall, processor = (compared(quantity, 1e3, " ms") for quantity in ("wall", "processor"))
    memory, written = compared("memory", 1e-6, " MB"), own("bytes", 1e-3)
    return [way, wall, processor, own("hooks", 1e3), memory, written, own("start"), own("exit")]


def _short(value: float) -> str:
    """Two digits behind the point of small numbers, none of large ones."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def row(cells: list[str] | tuple[str, ...]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"
