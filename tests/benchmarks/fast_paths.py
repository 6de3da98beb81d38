"""What is written by hand for speed, beside the library's own way: each earns its place, or goes.

Minima of processor time over interleaved rounds. What is slower than the library, and why it is there all the same, is
said in its row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kept import QUICK, keep

ROUNDS = 2 if QUICK else 15


@dataclass(frozen=True)
class Pair:
    """Two ways to the same.

    Args:
        name: what is done.
        place: file of ours.
        library: whose way the other one is.
        ours: does it.
        theirs: does it.
        why: why it is there although it is slower; empty where it must not be.
    """

    name: str
    place: str
    library: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    why: str = ""


def measured(pair: Pair) -> bool:
    """Prints a row; False where there is neither a gain nor a reason."""
    seconds: dict[str, list[float]] = {"ours": [], pair.library: []}
    for _ in range(ROUNDS):
        for name, way in (("ours", pair.ours), (pair.library, pair.theirs)):
            began = time.process_time()
            way()
            seconds[name].append(time.process_time() - began)
    ours, theirs = (min(taken) for taken in seconds.values())
    keep(f"{pair.name}, ours", ours)
    keep(f"{pair.name}, {pair.library}", theirs)
    times = f"{1e6 * ours:9.0f} us{1e6 * theirs:9.0f} us{theirs / ours:8.1f}x"
    print(f"{pair.name:44}{times}  {pair.place} beside {pair.library}")
    if pair.why and theirs < ours:
        print(f"{'':8}{pair.why}")
    return theirs >= ours or bool(pair.why)


def compare(pairs: Iterable[Pair]) -> None:
    """Measures, and ends with 1 where something by hand has neither a gain nor a reason."""
    print(f"{'':44}{'ours':>12}{'library':>12}{'gain':>9}")
    without = [pair.name for pair in pairs if not measured(pair)]
    if without and not QUICK:
        raise SystemExit(f"slower than the library's own way: {', '.join(without)}")
