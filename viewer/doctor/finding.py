"""What was found of a run, in words for somebody who has never seen its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from recorder.runfile import Unit

HOLDS = {  # what a kind of part has, and what goes with it
    "tallies": (
        "the file holds score histograms; without them there are logs, and counts at the decision threshold, which "
        "stand in the lines, but no other threshold, PR, ROC or calibration"
    ),
    "samples": (
        "the file holds predictions sample by sample; without them there is no gallery, no paired test and no exact "
        "area under a curve"
    ),
    "observed": "the file holds arrays that the training saved as `observed`",
}
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is to be said of a run.

    Args:
        code: which, for programs.
        fault: whether it is wrong; else it is good to know.
        what: is the case.
        means: what that is for the numbers.
        do: what to do; nothing where there is nothing to do.
        files: that it is about, within the run.
        epochs: first and last of each stretch that it is about.
        mended: whether `--repair` mends it, or leaves it out of the copy.
    """

    code: str
    fault: bool
    what: str
    means: str
    do: str = ""
    files: tuple[str, ...] = ()
    epochs: Spans = ()
    mended: bool = False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        level = "fault" if self.fault else "note"
        words = {"code": self.code, "level": level, "what": self.what, "means": self.means, "do": self.do}
        return words | {"files": list(self.files), "epochs": [list(span) for span in self.epochs]}


def stretches(epochs: Iterable[int]) -> Spans:
    """First and last of epochs that follow one another.

    >>> stretches([4, 1, 2, 2, 7])
    ((1, 2), (4, 4), (7, 7))
    """
    return tuple(_stretches(sorted(set(epochs))))


def _stretches(epochs: list[int]) -> Iterator[tuple[int, int]]:
    for _, several in groupby(enumerate(epochs), key=lambda item: item[1] - item[0]):
        found = [epoch for _, epoch in several]
        yield found[0], found[-1]


def in_words(spans: Spans, unit: Unit = "epoch", *, most: int = 4) -> str:
    """Epochs, or steps, as one reads them.

    >>> in_words(((1, 2), (4, 4)))
    'epochs 1 to 2 and 4'
    """
    if not spans:
        return f"no {unit}"
    told = [f"{first}" if first == last else f"{first} to {last}" for first, last in spans[:most]]
    rest = sum(last - first + 1 for first, last in spans[most:])
    told += [f"{rest:,} more"] if rest else []
    words = " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
    return f"{unit} {words}" if len(spans) == 1 and spans[0][0] == spans[0][1] else f"{unit}s {words}"
