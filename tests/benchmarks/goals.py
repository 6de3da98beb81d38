"""What was aimed at, beside what was measured; where it was not reached, the floor that was measured with it.

A floor is what the goal is made of and nobody can spare: the imports of other packages, the bytes written, the
processors that the frames of a film need. It is measured by the same benchmark, in turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from .measured import Measured, Results
from .rivals.table import row

HEAD = ("", "goal", "measured", "", "floor")


@dataclass(frozen=True)
class Goal:
    """One line.

    Args:
        what: in words.
        of: name of the measured values.
        goal: in `unit`: at most so much, of rates ("a second") at least.
        unit: "ms", "s", "MB", "%", "x" (of what it is divided by), "times" or "a second".
        minus: name of what is taken off.
        over: name of what it is divided by.
        share: the quantile of the values that counts.
        floor: name of what was measured as the least there can be, with the words for it.
    """

    what: str
    of: str
    goal: float
    unit: str
    minus: str = ""
    over: str = ""
    share: float = 0.5
    floor: tuple[str, str] | None = None

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.unit in ("a second", "times")


LIVE = "bench_live / {} epochs: a new one on screen after"
STARTS = "bench_starts / {}"
PACKAGES = "the packages of others that it imports"
IN_HOOKS = ("bench_hooks / the floor, all hooks", "counts read from the device, as many bytes written")
COMPARED = "bench_compare / first picture of 1000 runs, epochreel compare with an index, warm"
PAINTED = "what has changed painted, all numbers known"
STEP = "bench_tally_step / {}, batches of 32, {}"
DRAWN = ("bench_viewer / film, the floor of a frame", "drawing and encoding on two processors without a gap")
GOALS = (
    Goal("hooks, an epoch", "bench_hooks / RunRecorder, all hooks", 2, "ms", floor=IN_HOOKS),
    Goal(
        "hooks, an epoch, `max_samples=0`", "bench_hooks / RunRecorder(max_samples=0), all hooks", 0.5, "ms",
        floor=IN_HOOKS,
    ),
    Goal(
        "`import recorder` beyond NumPy and Arrow", STARTS.format("import recorder"), 0.05, "s",
        minus=STARTS.format("import numpy and pyarrow"),
        floor=(STARTS.format("what msgspec adds"), "msgspec, imported"),
    ),
    Goal(
        "memory beyond a bare `fit`", "bench_memory / RunRecorder", 20, "MB", minus="bench_memory / bare fit",
        floor=("bench_memory / what the floor adds", "a metric of one counter, and Arrow, which writes as many rows"),
    ),
    *(
        Goal(
            f"a step with `ConfusionTally` and tap beside one with Keras's four counts, {backend}{weights}",
            STEP.format(name, f"ConfusionTally, tap{weights}"), 1, "x",
            over=STEP.format(name, f"four counts{weights}"),
            floor=(STEP.format(name, f"the floor{weights}"), "one addition to counters, and nothing else"),
        )
        for backend, name in (("TensorFlow", "tensorflow"), ("JAX", "jax"), ("PyTorch", "torch"))
        for weights in ("", ", weighted")
    ),
    *(
        Goal(
            f"a new epoch on screen, run of {epochs:,}{words}", LIVE.format(epochs), goal, "ms", share=share,
            floor=(f"bench_live / {epochs} epochs: what a new one changes, painted", PAINTED),
        )
        for epochs in (10, 10_000, 100_000)
        for words, goal, share in (("", 100, 0.5), (", 99 of 100", 250, 0.99))
    ),
    Goal("a viewer at rest", "bench_idle / 1 viewers, percent of a core each", 1, "%"),
    Goal("each of four at rest", "bench_idle / 4 viewers, percent of a core each", 1, "%"),
    *(
        Goal(
            f"{what}, {epochs:,} epochs", f"bench_steps / {epochs} epochs, {what}", goal, "a second",
            floor=(f"bench_steps / {epochs} epochs, {what}, the floor", PAINTED),
        )
        for epochs, goal in ((1_000, 120), (10_000, 60), (100_000, 20))
        for what in ("threshold", "cursor")
    ),
    Goal(
        "keys, 100 classes", "bench_many_classes / 100 classes, keys, processor", 15, "a second",
        floor=("bench_many_classes / 100 classes, keys, the floor", PAINTED),
    ),
    Goal(
        "first picture of `replay`, 1,000 epochs", STARTS.format("first picture of a replay"), 1.0, "s",
        floor=(STARTS.format("first picture of a replay, the packages it needs"), PACKAGES),
    ),
    Goal(
        "`list` of one run", STARTS.format("list of a run"), 0.4, "s",
        floor=(STARTS.format("list of a run, the packages it needs"), PACKAGES),
    ),
    Goal(
        "`compare` of 1,000 runs, with an index", COMPARED, 0.7, "s",
        floor=("bench_compare / what other packages are imported, alone", PACKAGES),
    ),
    Goal(
        "its memory, both processes", "bench_compare / memory of it, epochreel compare with an index, warm", 150, "MB",
        floor=(
            "bench_compare / memory of other packages, both processes",
            "a command of typer that reads one Parquet file, and a figure of one line, with nothing of ours",
        ),
    ),
    Goal(
        "`list` of 10,000 runs", "bench_index / list of 10000 runs", 3, "s",
        floor=(
            "bench_index / list of 10000 runs, the floor",
            "a start, each file read, a manifest and a line decoded, and of the others which epoch it is of",
        ),
    ),
    Goal(
        "the same with an index, nothing new", "bench_index / list of 10000 runs, with an index", 0.5, "s",
        floor=("bench_index / list of 10000 runs, with an index, the floor", "a start, and each file asked"),
    ),
    Goal("film, frames", "bench_viewer / film, a frame", 80, "a second", floor=DRAWN),
    Goal(
        "matplotlib's own writer beside it, a frame", "bench_viewer / film by matplotlib's writer and text, a frame",
        12, "times", over="bench_viewer / film, a frame", floor=DRAWN,
    ),
    Goal(
        "film of 200 epochs as a page", "bench_viewer / film of 200 epochs as a page", 3, "MB",
        floor=("bench_viewer / film of 200 epochs as a page, its pictures alone", "its pictures, lossless, in base64"),
    ),
)  # fmt: skip


def goals(results: Results, aimed: Sequence[Goal] = GOALS) -> list[str]:
    """Lines of the table; what was not measured is left out."""
    found = [_line(goal, results) for goal in aimed if {goal.of, goal.over or goal.of} <= results.keys()]
    return [row(HEAD), row(["---", "---:", "---:", "---", "---"]), *found] if found else []


def value(goal: Goal, results: Results) -> float:
    """What was measured, in the unit of the goal."""
    found = _in_unit(results[goal.of], goal, goal.share)
    if goal.over:
        return found / _in_unit(results[goal.over], goal, goal.share)
    return found - _in_unit(results[goal.minus], goal, goal.share) if goal.minus in results else found


def is_met(goal: Goal, results: Results) -> bool:
    """Whether it was reached."""
    found = value(goal, results)
    return found >= goal.goal if goal.is_rate else found <= goal.goal


def _line(goal: Goal, results: Results) -> str:
    met, floor = is_met(goal, results), ""
    if not met and goal.floor is not None and goal.floor[0] in results:
        name, words = goal.floor
        least = replace(goal, over=name) if goal.unit == "times" else replace(goal, of=name, minus="", share=0.5)
        floor = f"{_shown(value(least, results))} {goal.unit}: {words}"
    least = "at least " if goal.is_rate else ""
    measured = f"{_shown(value(goal, results))} {goal.unit}"
    return row([goal.what, f"{least}{goal.goal:g} {goal.unit}", measured, "met" if met else "**not met**", floor])


def _in_unit(measured: Measured, goal: Goal, share: float) -> float:
    middle = median(measured.values) if share == 0.5 else float(np.quantile(measured.values, share))
    scale = {"ms": 1e3, "MB": 1e-6}.get(goal.unit, 1.0)
    return 1 / middle if goal.unit == "a second" else scale * middle


def _shown(number: float) -> str:
    return f"{number:.2f}" if abs(number) < 10 else f"{number:.0f}"
