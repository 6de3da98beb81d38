"""The panels `pr` and `roc` hold the numbers of their frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from viewer.frame import Framer
from viewer.panels.pr_roc.artists import area
from viewer.panels.pr_roc.numbers import RateCurve, precision_recall, roc

Make, Show = Callable[..., Framer], Callable[..., Any]
BOTH = pytest.mark.parametrize(("name", "numbers"), [("pr", precision_recall), ("roc", roc)])


def sampled(rng: np.random.Generator, samples: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that know something of them."""
    truth = rng.random(samples) < 0.4
    return truth, np.clip(rng.random(samples) * 0.7 + 0.3 * truth, 0, 1).astype(np.float32)


@BOTH
def test_the_line_the_ghosts_and_the_decision_are_the_frames(
    make_framer: Make, show: Show, rng: np.random.Generator, name: str, numbers: Any
) -> None:
    """Every point is drawn, and the decision is marked and named."""
    framer = make_framer([sampled(rng) for _ in range(22)])
    shown, expected = show(name).update(framer.frame()), numbers(framer.frame())
    drawn = [line.get_xydata() for line in shown.lines()]
    for x, y in [expected.curves[0].line, *(line for _, line in expected.ghosts)]:
        assert any(np.array_equal(line, np.column_stack([x, y]), equal_nan=True) for line in drawn)
    np.testing.assert_allclose(shown.panel._marks.places, expected.marks)
    assert "threshold 0.500" in shown.words()
    assert f"({'AP' if name == 'pr' else 'area'} {area(expected.curves[0])})" in shown.panel._title.get_text()
    assert shown.axes.get_xlabel().endswith("(faint: 8 and 20 epochs ago)")


@BOTH
def test_a_moving_threshold_draws_the_mark_and_no_curve(
    make_framer: Make, show: Show, rng: np.random.Generator, name: str, numbers: Any
) -> None:
    """What did not change is not drawn again."""
    framer = make_framer([sampled(rng) for _ in range(9)])
    shown = show(name).update(framer.frame())
    framer.turn(threshold=0.7)
    shown.panel.update(framer.frame())
    assert shown.stale() == {shown.panel._marks, shown.panel._decision}
    np.testing.assert_allclose(shown.panel._marks.places, numbers(framer.frame()).marks)


def test_a_click_on_the_curve_sets_its_threshold(make_framer: Make, show: Show, rng: np.random.Generator) -> None:
    """The nearest point's, and the mouse reads it out."""
    framer = make_framer([sampled(rng)])
    shown, curve = show("roc").update(framer.frame()), roc(framer.frame()).curves[0]
    x, y = curve.at(0.55)
    picked = shown.panel.pick(x, y)["threshold"]
    assert curve.at(picked) == (x, y)
    assert shown.panel.read_out(x, y) == f"threshold {picked:.4g}: false positive rate {x:.3f}, recall {y:.3f}"


def test_classes_have_their_own_colours_and_areas(make_framer: Make, show: Show, rng: np.random.Generator) -> None:
    """One line and one name each, in the colour of its number."""
    framer = make_framer([(rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60))], class_names=["cat", "dog", "owl"])
    shown = show("pr").update(framer.frame())
    curves = precision_recall(framer.frame()).curves
    assert [f"{curve.name} {area(curve)}" in shown.words() for curve in curves] == [True] * 3
    palette = shown.panel._theme.palette
    assert {line.get_color() for line in shown.lines()} >= set(palette[:3])
    assert "● argmax" in shown.words()
    assert shown.panel.pick(0.5, 0.5) == {}


def test_the_prevalence_is_a_line(make_framer: Make, show: Show) -> None:
    """With its number."""
    shown = show("pr").update(make_framer([([0, 0, 0, 1], [0.1, 0.2, 0.6, 0.7])]).frame())
    assert "prevalence 0.25" in shown.words()
    assert any(list(line.get_ydata()) == [0.25, 0.25] for line in shown.lines())


@pytest.mark.parametrize("seed", range(3))
def test_the_words_of_the_prevalence_stand_off_the_curve(make_framer: Make, show: Show, seed: int) -> None:
    """Of a classifier that knows little its curve runs along the baseline: they stand where it leaves room."""
    rng = np.random.default_rng(seed)
    truth = np.arange(200) % 2
    scores = np.clip(rng.normal(0.45 + 0.1 * truth, 0.2), 0, 1).astype(np.float32)
    shown = show("pr", size=(640, 420)).update(make_framer([(truth, scores)]).frame())
    panel, (curve,) = shown.panel, precision_recall(make_framer([(truth, scores)]).frame()).curves
    ((left, bottom, right, top),) = panel.taken
    x, y = panel._along(curve).T
    assert not ((left < x) & (x < right) & (bottom < y) & (y < top)).any()
    assert "prevalence 0.5" in shown.words()


@BOTH
def test_without_both_classes_a_sentence(make_framer: Make, show: Show, name: str, numbers: Any) -> None:
    """No curve, no mark, no baseline."""
    shown = show(name).update(make_framer([([0, 0], [0.1, 0.6])]).frame())
    assert "no curve: both classes must occur at this epoch" in " ".join(shown.words()).replace("\n", " ")
    assert shown.lines() == []
    assert numbers(make_framer([([0, 0], [0.1, 0.6])]).frame()) is None


def test_an_area_says_how_sure_it_is_where_that_matters() -> None:
    """Half a thousandth is below what three digits show."""
    nothing = np.zeros(1)

    def curve(low: float, high: float) -> RateCurve:
        return RateCurve(
            name="", style=1, thresholds=nothing, x=nothing, y=nothing, line=(nothing, nothing), area=0.8,
            bounds=(low, high), baseline=0.5,
        )  # fmt: skip

    assert area(curve(0.7999, 0.8001)) == "0.800"
    assert area(curve(0.78, 0.81)) == "0.80 ±0.02"
