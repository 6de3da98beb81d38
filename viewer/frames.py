"""Every number of one picture, computed; no pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from .counts.histogram import pooled
from .formulas import FormulaError, parse_spec
from .run import Question, Run

Array = npt.NDArray[Any]
DEFAULTS = {
    "binary": ("precision", "recall", "f1", "mcc"),
    "multiclass": ("accuracy", "f1@macro", "mcc"),
    "multilabel": ("f1@macro", "f1@micro", "recall@macro"),
}
DISPLAY_BINS = 50
MOST_LINES = 8
GHOSTS = (20, 8)  # epochs ago


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over epochs.

    Args:
        label: for the legend.
        split: "val", "train" or a probe; "" for a log.
        values: float64 [epochs]; NaN is a gap.
        low: end of the axis, None if open.
        high: end of the axis, None if open.
        style: number of its colour; the splits of one formula share it.
    """

    label: str
    split: str
    values: Array
    low: float | None = None
    high: float | None = None
    style: int = 0


@dataclass(frozen=True, slots=True)
class Distribution:
    """Predicted probabilities by true class.

    Args:
        edges: float64 [bins + 1] from 0 to 1.
        names: of the classes.
        counts: int64 [classes, bins]; for binary the score of the positive class, else each class's own.
        ghosts: (epochs ago, counts), oldest first.
    """

    edges: Array
    names: tuple[str, ...]
    counts: Array
    ghosts: tuple[tuple[int, Array], ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Args:
        name: of the run.
        status: one line: epoch, time, state.
        state: running, finished or interrupted.
        epochs: int64 [epochs].
        position: of the cursor in `epochs`; -1 without epochs.
        split: the one that distribution and matrix show.
        losses: logs.
        curves: formulas.
        threshold: the edge used; None for argmax or without counts.
        distribution: None without histograms.
        matrix: int64 [K, K], rows = true class; None where there is none.
        classes: names.
        notes: what the viewer should know: formulas that failed, files that are broken.
    """

    name: str
    status: str
    state: str
    epochs: Array
    position: int
    split: str
    losses: tuple[Curve, ...] = ()
    curves: tuple[Curve, ...] = ()
    threshold: float | None = None
    distribution: Distribution | None = None
    matrix: Array | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Framer:
    """Makes the frames of a run; what does not depend on the cursor is computed once for each state of the run.

    Args:
        run: to draw.
        metrics: formulas; none for the defaults of the output's kind.
        split: for distribution and matrix; None for validation where there is any.
        threshold: above it a score is positive; None for the decision.
    """

    def __init__(
        self,
        run: Run,
        *,
        metrics: Sequence[Question] = (),
        split: str | None = None,
        threshold: float | None = None,
    ) -> None:
        self.run = run
        self._metrics, self._split, self._threshold = tuple(metrics), split, threshold
        self._base: Frame | None = None

    def refresh(self) -> bool:
        """Takes in what was recorded since; True if there was anything."""
        if not self.run.refresh():
            return False
        self._base = None
        return True

    def set_threshold(self, threshold: float | None) -> None:
        """Moves the threshold of all formulas that state none of their own."""
        self._threshold, self._base = threshold, None

    def __len__(self) -> int:
        return len(self.run.epoch_numbers)

    def frame(self, position: int = -1) -> Frame:
        """The picture at a position in `run.epoch_numbers`; -1 is the newest."""
        if self._base is None:
            self._base = self._static()
        base = self._base
        if not len(self):
            return replace(base, status=f"{self.run.status} · no epoch yet", state=self.run.status)
        position = range(len(self))[max(min(position, len(self) - 1), -len(self))]
        state = self.run.status
        frame = replace(base, position=position, status=self._status(position, state), state=state)
        if not base.split:
            return frame
        return replace(
            frame,
            distribution=self._distribution(base.split, position),
            matrix=self.run.confusion(base.split, position, self._threshold),
        )

    def _static(self) -> Frame:
        run = self.run
        splits = run.splits()
        split = self._split or ("val" if "val" in splits else splits[0] if splits else "")
        if splits and split not in splits:
            raise ValueError(f"split must be one of {splits}. Received: {split!r}")
        notes = list(run.faults[:2])
        curves = self._curves(splits, notes)
        output = run.output() if splits else None
        threshold = None
        if output is not None and (output.kind != "multiclass" or self._threshold is not None):
            threshold = run.snap(output.decision_threshold if self._threshold is None else self._threshold)
        return Frame(
            name=run.name,
            status="",
            state="",
            epochs=run.epoch_numbers,
            position=-1,
            split=split,
            losses=self._losses(),
            curves=curves,
            threshold=threshold,
            classes=tuple(output.classes) if output else (),
            notes=tuple(notes),
        )

    def _losses(self) -> tuple[Curve, ...]:
        logs = self.run.logs
        pairs = [("loss", "train"), ("val_loss", "val")]
        return tuple(Curve(name, split, logs[name]) for name, split in pairs if name in logs)

    def _curves(self, splits: list[str], notes: list[str]) -> tuple[Curve, ...]:
        if not splits and not self._metrics:
            logs = self.run.logs
            names = [name for name in logs if name not in ("loss", "val_loss", "learning_rate")][:MOST_LINES]
            return tuple(Curve(name, "", logs[name], style=i) for i, name in enumerate(names))
        chosen = self._metrics or DEFAULTS[self.run.output().kind]
        curves: list[Curve] = []
        for style, question in enumerate(chosen):
            for split in [*splits] if splits else [""]:
                try:
                    curves.append(self._curve(question, split, style))
                except (FormulaError, ValueError) as error:
                    if str(error) not in notes:
                        notes.append(str(error))
        return tuple(curves)

    def _curve(self, question: Question, split: str, style: int) -> Curve:
        spec = parse_spec(question)
        values = self.run.values(spec, split=split, threshold=self._threshold)
        return Curve(spec.label, split, values, spec.formula.low, spec.formula.high, style)

    def _distribution(self, split: str, position: int) -> Distribution | None:
        output = self.run.output()
        if len(output.thresholds) < 3:
            return None
        shown, edges = self._pooled(split, position)
        names = tuple(output.classes)[: len(shown)]
        ghosts = tuple(
            (ago, self._pooled(split, position - ago)[0])
            for ago in GHOSTS
            if output.kind == "binary" and position >= ago
        )
        return Distribution(edges, names, shown, ghosts)

    def _pooled(self, split: str, position: int) -> tuple[Array, Array]:
        histogram = self.run.histogram(split, position)
        counts, edges = pooled(histogram, self.run.thresholds(), DISPLAY_BINS)
        binary = self.run.output().kind == "binary"
        return (counts[0] if binary else counts[:MOST_LINES, 1]), edges

    def _status(self, position: int, state: str) -> str:
        run = self.run
        planned = run.planned_epochs
        done = f"{len(self)} of {planned} done" if planned else f"{len(self)} done"
        parts = [f"epoch {run.epoch_numbers[position]}", done]
        seconds = run.seconds.get("epoch")
        typical = (
            float(np.nanmedian(seconds[-20:])) if seconds is not None and np.isfinite(seconds[-20:]).any() else None
        )
        if typical is not None:
            parts.append(f"{typical:.3g} s an epoch")
            if state == "running" and planned and planned > len(self):
                end = datetime.fromtimestamp(datetime.now(UTC).timestamp() + typical * (planned - len(self)))
                parts.append(f"end about {end:%H:%M:%S}")
        return " · ".join([*parts, state])
