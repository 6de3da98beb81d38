"""Numbers of the reliability diagram at one epoch, and of calibration over epochs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from ...counts.bounded import Bounded
from ...counts.calibration import Reliability, reliability
from ...formulas import FormulaError, parse_spec
from ...frame.bounds import bounded_at, bounded_of
from ...frame.frame import Frame
from ...frame.sweep import subject
from ...frame.views import View, scores_of, views
from ..curves.numbers import style_of
from ..in_words import brief, listed

Array = npt.NDArray[Any]
GROUPS = 10
LEVEL = 0.95
OVER_EPOCHS = ("ece", "brier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The reliability diagram of one class against the rest; groups without samples are left out.

    Args:
        name: of the class.
        style: number of its colour; None for ink.
        predicted: float64 [groups], mean score.
        observed: float64 [groups], share of the class.
        reach: between which the mean score lies, float64 [groups] each: scores are known up to their bin.
        interval: ends of the 95% interval of that share, float64 [groups] each; None at a prevalence that was not seen.
        ece: expected calibration error, with how far bins leave it open, as the next.
        brier: Brier score.
    """

    name: str
    style: int | None
    predicted: Array
    observed: Array
    reach: tuple[Array, Array]
    interval: tuple[Array, Array] | None
    ece: Bounded
    brier: Bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A measure of calibration over epochs.

    Args:
        label: of the formula.
        style: number of its colour.
        values: float64 [epochs].
        now: the value at the cursor, with how far bins leave it open.
    """

    label: str
    style: int
    values: Array
    now: Bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the panel `calibration` draws.

    Args:
        diagrams: of the positive class, the class in view, each class, or all pooled.
        edges: float64 [groups + 1] of the scores.
        counts: float64 [groups], scores of all diagrams.
        subject: what a single diagram is of; "" for the positive class of a binary output.
        epochs: int64 [epochs].
        history: measures over epochs: of what a single diagram is of, or the mean of all classes.
    """

    diagrams: tuple[Diagram, ...]
    edges: Array
    counts: Array
    subject: str
    epochs: Array
    history: tuple[History, ...] = ()

    def in_words(self) -> str:
        """The errors of each class."""
        return listed(
            f"{diagram.name}: expected calibration error {brief(float(diagram.ece))}, "
            f"Brier score {brief(float(diagram.brier))}"
            for diagram in self.diagrams
        )


def calibration(frame: Frame) -> Calibration | None:
    """Reliability at the cursor; None where no scores were recorded."""
    knobs = frame.knobs
    of = (frame.split, frame.position, knobs.label, knobs.prevalence, frame.metrics)  # whose number decides on colours
    key = ("calibration", id(frame.run), *of)
    found: Calibration | None = frame.remember(key, lambda: _calibration(frame))
    return found


def _calibration(frame: Frame) -> Calibration | None:
    shown = views(frame)
    if not any(view.histogram.any() for view in shown):
        return None
    tables = [reliability(scores_of(frame, view.histogram), GROUPS) for view in shown]
    return Calibration(
        diagrams=tuple(_diagram(frame, *pair) for pair in zip(shown, tables, strict=True)),
        edges=tables[0].edges,
        counts=np.sum([np.nan_to_num(table.counts) for table in tables], axis=0),
        subject=shown[0].name if len(shown) == 1 and frame.each_scored else "",
        epochs=frame.epochs,
        history=tuple(_history(frame, shown)),
    )


def _diagram(frame: Frame, view: View, table: Reliability) -> Diagram:
    there = table.counts > 0
    observed, counts = table.observed[there], table.counts[there]
    return Diagram(
        name=view.name,
        style=view.style,
        predicted=table.predicted[there],
        observed=observed,
        reach=(table.low[there], table.high[there]),
        interval=wilson(observed, counts, LEVEL) if frame.knobs.prevalence is None else None,
        ece=bounded_of(frame, view, "ece"),
        brier=bounded_of(frame, view, "brier"),
    )


def _history(frame: Frame, shown: tuple[View, ...]) -> list[History]:
    pooled = len(shown) == 1 and shown[0].style is None
    average = "micro" if pooled else subject(frame) or None  # so that it is of what the diagram is of
    found = []
    for number, name in enumerate(OVER_EPOCHS):
        try:
            spec = parse_spec(name)
            query = frame.query(replace(spec, average=average), frame.split)
            values = frame.values(query.spec, frame.split)
            now = bounded_at(frame, frame.run, query, frame.position)
        except FormulaError:
            continue
        found.append(
            History(
                label=spec.label,
                style=style_of(frame, spec, number),
                values=values,
                now=now,
            )
        )
    return found


def wilson(share: Array, counts: Array, level: float) -> tuple[Array, Array]:
    """The interval of a share by its score test; Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.

    Args:
        share: float64, in [0, 1].
        counts: of samples that it is of, above 0; broadcasts with it.
        level: in (0, 1).
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = z / (1 + z**2 / counts) * np.sqrt(share * (1 - share) / counts + z**2 / (4 * counts**2))
    return middle - half, middle + half
