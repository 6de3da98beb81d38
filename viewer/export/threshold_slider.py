"""What a page needs to show formulas at any threshold: their values, so that it computes nothing itself.

The page holds values, not counts: so the numbers under its slider are those of `run.metric`, whatever the formula is,
one of the user's own in Python too.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile.names import shown

from ..drawing.theme import LIGHT
from ..formulas import FormulaError, Spec, parse_spec
from ..formulas.best import direction
from ..frame import Frame
from ..panels.curves.numbers import style_of

Array = npt.NDArray[Any]
STEPS = 100  # of the slider; the nearest recorded threshold of each
LARGEST = 2_000_000  # numbers of a page; of longer runs every second epoch, or third, is taken
COUNTS = ("tp", "fp", "fn", "tn")


def sliding(frame: Frame, positions: Sequence[int] | None = None) -> dict[str, Any] | None:
    """Values of the frame's formulas at a hundred thresholds, for `slider.html`; None where no threshold decides.

    Args:
        frame: of the run, with its formulas and knobs.
        positions: of the epochs; all if None, of a very long run evenly fewer.
    """
    if frame.threshold is None or len(frame.thresholds) < 3 or not len(frame.epochs):
        return None
    run, name = frame.run, frame.output_name
    steps = sorted({run.snap(step / STEPS, name) for step in range(STEPS + 1)} | {frame.threshold})
    splits = [frame.split, *(split for split in frame.splits if split != frame.split)]
    chosen = _epochs(frame, positions, len(steps) * len(splits) * max(len(frame.metrics), 1))
    curves = [
        {
            "name": shown(spec.label), "split": shown(split), "main": split == (spec.split or frame.split),
            "up": direction(spec) is True, "down": direction(spec) is False,
            "colour": LIGHT.colour(style_of(frame, spec)), "values": packed(values),
        }
        for spec in frame.metrics
        for split in ([spec.split] if spec.split else splits)
        if (values := _values(frame, spec, split, steps, chosen)) is not None
    ]  # fmt: skip
    return {
        "thresholds": steps,
        "unit": frame.unit,
        "start": steps.index(frame.threshold),
        "epochs": frame.epochs[chosen].tolist(),
        "curves": curves,
        "counts": _counts(frame, steps, chosen),
        "classes": list(map(shown, frame.classes)),
    }


def packed(values: Array) -> str:
    """float32 [thresholds or 1, epochs] as base64 of what zlib makes of it."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values, "<f4").tobytes(), 9)).decode()


def _epochs(frame: Frame, positions: Sequence[int] | None, each: int) -> Array:
    chosen = np.arange(len(frame.epochs)) if positions is None else np.asarray(positions)
    step = -(-each * len(chosen) // LARGEST)
    return chosen if positions is not None else np.unique(np.append(chosen[::step], chosen[-1]))


def _values(frame: Frame, spec: Spec, split: str, steps: Sequence[float], chosen: Array) -> Array | None:
    """float32 [thresholds, epochs]; one row where the threshold changes nothing; None where there are none."""
    moves = spec.threshold is None and spec.formula.at_threshold
    try:
        found = [_at(frame, spec, split, step) for step in (steps if moves else steps[:1])]
    except (FormulaError, ValueError):
        return None
    return np.stack(found)[:, chosen]


def _at(frame: Frame, spec: Spec, split: str, threshold: float) -> Array:
    query = replace(frame.knobs, threshold=threshold).query(spec, split, frame.output_name)
    return frame.run.values(query)


def _counts(frame: Frame, steps: Sequence[float], chosen: Array) -> dict[str, str] | None:
    """The four counts of a binary output, by name."""
    if frame.each_scored or len(frame.classes) != 2:
        return None
    return {
        name: packed(np.stack([_at(frame, parse_spec(name), frame.split, step) for step in steps])[:, chosen])
        for name in COUNTS
    }
