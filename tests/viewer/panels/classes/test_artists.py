"""The panel `classes` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from viewer.drawing.theme import LIGHT
from viewer.frame import Framer
from viewer.panels.classes.numbers import classes

Show, Runs = Callable[..., Any], dict[str, Framer]


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel"])
def test_a_row_has_its_name_its_dots_and_its_samples(runs: Runs, show: Show, name: str) -> None:
    """Worst first; the first formula in the colour it has everywhere."""
    frame = runs[name].frame()
    shown, numbers = show("classes", size=(500, 400)).update(frame), classes(frame)
    assert numbers is not None
    for dot, formula in zip(shown.panel._dots, numbers.formulas, strict=True):
        np.testing.assert_array_equal(dot.get_xdata(), formula.values)
        assert dot.get_color() == LIGHT.colour(formula.style)
    labels = shown.panel._labels
    assert tuple(label.get_text() for label, _ in labels) == numbers.names
    assert [count.get_text() for _, count in labels] == [f"{count:,}" for count in numbers.support]
    assert f"worst {numbers.formulas[0].label} first" in shown.panel._title.get_text()


def test_of_many_classes_the_worst_that_fit_are_shown_and_the_rest_is_counted(runs: Runs, show: Show) -> None:
    """None is dropped without a word."""
    frame = runs["hundred"].frame()
    shown, numbers = show("classes").update(frame), classes(frame)
    assert numbers is not None
    rows = len(shown.panel._dots[0].get_xdata())
    assert 5 < rows < 40
    np.testing.assert_array_equal(shown.panel._dots[0].get_xdata(), numbers.formulas[0].values[:rows])
    assert f"the {rows} worst of 100 classes, {100 - rows} left out" in shown.panel._note.get_text()


def test_a_span_joins_the_formulas_of_a_class(runs: Runs, show: Show) -> None:
    """From the lowest to the highest."""
    shown = show("classes", "precision", "recall").update(runs["binary"].frame())
    table = np.array([dot.get_xdata() for dot in shown.panel._dots])
    for row, span in enumerate(shown.panel._spans.get_segments()):
        np.testing.assert_allclose(span, [[table[:, row].min(), row], [table[:, row].max(), row]])


def test_the_mouse_reads_a_row_and_a_click_chooses_its_class(runs: Runs, show: Show) -> None:
    """By number; beside the rows there is nothing."""
    framer = Framer(runs["multiclass"].run)
    shown, numbers = show("classes", "f1").update(framer.frame()), classes(framer.frame(), ["f1"])
    assert numbers is not None
    worst = int(numbers.order[0])
    assert shown.panel.pick(0.5, 0.2) == {"label": worst}
    assert shown.panel.pick(0.5, -3) == {}
    words = shown.panel.read_out(0.5, 0.2)
    assert words == f"{numbers.names[0]}: F1 {numbers.formulas[0].values[0]:.3f}; {numbers.support[0]} samples"
    framer.turn(label=worst)
    chosen = show("classes", "f1").update(framer.frame()).panel._labels[0][0]
    assert chosen.get_fontweight() == "bold"


def test_only_logs_say_so_and_a_wrong_formula_too(runs: Runs, show: Show) -> None:
    """In a sentence."""
    assert show("classes").update(runs["logs"].frame()).words() == ["Classes", "no counts were recorded, only logs"]
    shown = show("classes", "loss").update(runs["binary"].frame())
    assert "a formula of each class must take tp, fp, tn, fn." in " ".join(shown.words()).replace("\n", " ")
