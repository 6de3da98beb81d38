"""Two functions of one name are two formulas, wherever values are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import viewer
from viewer.export.look import Look, drawn
from viewer.formulas import Spec, parse_spec
from viewer.frame import Framer
from viewer.frame.frame import Knobs
from viewer.panels.classes.numbers import classes
from viewer.panels.curves.numbers import curves
from viewer.panels.surface.numbers import surface
from viewer.panels.threshold.numbers import against_threshold

Runs = dict[str, Framer]


def of_counts(number: int) -> Callable[..., Any]:
    """A function whose value is known."""
    return lambda tp, fn: tp * 0 + fn * 0 + number / 10


def framed(runs: Runs, *functions: Any) -> Framer:
    return Framer(runs["binary"].run, Knobs(metrics=tuple(map(parse_spec, functions))))


def test_a_run_remembers_each_by_itself(runs: Runs) -> None:
    """Of scores and of samples, where values are kept by epoch, and also when the first has been forgotten."""
    run = runs["binary"].run
    for number in range(5):
        found = [
            run.values(lambda scores, n=number: n)[0],
            run.values(lambda y_true, y_score, n=number: n)[0],
            run.exact(lambda scores, n=number: n)[0],
        ]
        assert found == [number] * 3


def test_frames_and_panels_show_each_by_itself(runs: Runs) -> None:
    """Curves, bands, against the threshold, over all epochs, per class: the values, and colours of their own."""
    framer = framed(runs, of_counts(1), of_counts(2))
    frame = framer.frame()
    found = curves(frame)
    assert [curve.values[0] for curve in found.curves if curve.main] == [0.1, 0.2]
    assert len({curve.style for curve in found.curves if curve.main}) == 2
    swept = against_threshold(frame)
    assert swept is not None
    assert [curve.values[0] for curve in swept.curves] == [0.1, 0.2]
    shown = [surface(Framer(framer.run, Knobs(metrics=(spec,))).frame()) for spec in frame.metrics]
    assert [one.values[0, 0] for one in shown if one is not None] == [np.float32(0.1), np.float32(0.2)]
    per_class = classes(framed_of(runs, "multiclass", *frame.metrics).frame())
    assert per_class is not None
    assert [one.values[0] for one in per_class.formulas] == [0.1, 0.2]


def framed_of(runs: Runs, name: str, *specs: Spec) -> Framer:
    return Framer(runs[name].run, Knobs(metrics=specs))


def test_a_function_whose_place_in_memory_is_taken_again_is_another_one(runs: Runs) -> None:
    """What is kept does not go by an address, which is free for others when a function goes."""
    frame = runs["binary"].frame()
    assert [frame.values(of_counts(number))[0] for number in range(50)] == [number / 10 for number in range(50)]


def test_a_comparison_tells_them_apart(runs: Runs) -> None:
    """In its tables by a number behind the name."""
    pair = [runs["binary"].run, runs["short"].run]
    found = viewer.compare(pair, [of_counts(1), of_counts(2)], best="f1")
    summary = found.summary[["<lambda>", "<lambda> (2)"]].dropna()
    assert {tuple(row) for row in summary.to_numpy().tolist()} == {(0.1, 0.2)}


def test_a_picture_of_two_is_drawn(runs: Runs) -> None:
    """Two lines of two heights."""
    framer = framed(runs, of_counts(1), of_counts(2))
    dashboard = drawn(framer.frame(), Look(layout="curves"))
    dashboard.update(framer.frame())
    heights = {float(line.get_ydata()[0]) for line in dashboard.figure.axes[0].lines if len(line.get_ydata())}
    assert {0.1, 0.2} <= heights
