"""A report: one self-contained page with the figures, the tables, the configuration, and how each number is defined."""

from __future__ import annotations

import base64
import inspect
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..counts.bounded import exactly
from ..dashboard.header import facts
from ..drawing.captions import SPLITS
from ..drawing.captions import drawn as drawn_of
from ..frame import Frame, Framer
from ..frame.curve import Curve
from ..panels.curves.numbers import curves
from ..panels.status.numbers import duration, percent, rate, standing
from ..points import named, one
from .look import Look, drawn
from .pages import template
from .threshold_slider import sliding
from .whole import whole


@dataclass(frozen=True, slots=True)
class Row:
    """A formula in the report.

    Args:
        label: its name.
        split: in words.
        last: value, how far bins leave it open where that matters, and band at the last epoch.
        best: value at the best epoch, and which that is.
    """

    label: str
    split: str
    last: str
    best: str


def report(framer: Framer, path: Path, *, look: Look | None = None) -> None:
    """Writes the report of a run.

    Args:
        framer: of the run, which has an epoch.
        path: of the page.
        look: of its figures.
    """
    look = look or Look()
    frame = framer.frame()
    numbers, best = curves(frame), frame.best()
    shown = numbers.curves
    unit = frame.unit
    figures = [(f"The last {unit}", _png(frame, look))]
    if best is not None and best.position != frame.position:
        figures.append(
            (
                f"{named(unit, best.epoch).capitalize()}, the best one by {best.by}",
                _png(framer.frame(best.position), look),
            )
        )
    words = template("report.html").render(
        name=frame.run.name,
        facts=facts(frame),
        run=_run_rows(frame),
        figures=figures,
        rows=[_row(frame, curve) for curve in shown],
        config=_flat(frame.run.config),
        definitions=[_definition(spec) for spec in frame.metrics],
        threshold=frame.threshold,
        mixed=numbers.mixed,
        sliding=sliding(frame),
        best_by="" if best is None else best.by,
        band=frame.knobs.band,
        drawn=drawn_of(shown),
        faults=frame.run.faults,
        unit=unit,
    )
    with whole(path) as temporary:
        temporary.write_text(words, encoding="utf-8")


def _png(frame: Frame, look: Look) -> str:
    dashboard = drawn(frame, look)
    dashboard.update(frame)
    buffer = io.BytesIO()
    dashboard.figure.savefig(buffer, format="png", dpi=look.dpi)
    return base64.b64encode(buffer.getvalue()).decode()


def _run_rows(frame: Frame) -> list[tuple[str, str]]:
    manifest, at = frame.run.manifest, standing(frame)
    planned = f" of {at.planned:,}" if at.planned else ""
    rows = [
        ("run", manifest.run_id),
        ("group", frame.run.group),
        ("started", manifest.created),
        ("state", at.state),
        (f"{at.unit}s", f"{at.done:,}{planned}"),
        (
            f"time of {one(at.unit)}",
            "" if at.seconds is None else duration(at.seconds),
        ),
        ("steps a second", "" if at.pace.step_rate is None else rate(at.pace.step_rate)),
        ("samples a second", "" if at.pace.example_rate is None else rate(at.pace.example_rate)),
        ("share of validation", "" if at.pace.validation_share is None else percent(at.pace.validation_share)),
        ("classes", ", ".join(frame.classes[:40])),
        ("versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
    ]
    return [(name, value) for name, value in rows if value]


def _row(frame: Frame, curve: Curve) -> Row:
    at = len(curve.values) - 1
    last = _value(curve.at(at))
    if curve.band is not None and np.isfinite(curve.band[0][at]):
        last += f"  [{curve.band[0][at]:.3f}, {curve.band[1][at]:.3f}]"
    best = (
        "" if curve.best is None else f"{_value(curve.at(curve.best))} at {named(curve.unit, curve.epochs[curve.best])}"
    )
    return Row(curve.words, SPLITS.get(curve.split, curve.split), last, best)


def _value(value: float) -> str:
    return "undefined" if np.isnan(value) else exactly(value)


def _definition(spec: Any) -> tuple[str, str, str]:
    formula = spec.formula
    text = inspect.getdoc(formula.function) or ""
    words = text.split(">>>")[0].strip()
    return spec.label, words or f"the expression {formula.name}", formula.source


def _flat(config: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in config.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{before}{name}.")
        else:
            rows.append((f"{before}{name}", str(value)))
    return rows
