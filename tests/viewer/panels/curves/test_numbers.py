"""Numbers of the curves over epochs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from viewer.formulas import FORMULAS, parse_spec
from viewer.formulas.best import best_position, direction
from viewer.frame import Framer
from viewer.panels.curves.numbers import curves, run_names

Runs = dict[str, Framer]


def test_a_formula_has_a_curve_for_each_split_as_the_run_gives_it(runs: Runs) -> None:
    """Validation is the main one, with the best epoch and the value at the cursor."""
    framer = runs["binary"]
    found = curves(framer.frame(7), ["recall"]).curves
    assert [(curve.split, curve.main) for curve in found] == [("val", True), ("train", False)]
    for curve in found:
        np.testing.assert_array_equal(curve.values, framer.run.values("recall", split=curve.split))
        assert curve.now == curve.values[7]
    assert found[0].best == framer.run.logs["val_loss"].argmin()
    assert found[1].best is None


def test_a_log_has_its_validation_for_main_curve(runs: Runs) -> None:
    """The loss is drawn in ink, its lowest value is the best; a log without validation belongs to no split."""
    framer = runs["binary"]
    validation, training = curves(framer.frame(), ["loss"]).curves
    assert (validation.split, training.split, validation.style) == ("val", "train", None)
    np.testing.assert_array_equal(validation.values, framer.run.logs["val_loss"])
    np.testing.assert_array_equal(training.values, framer.run.logs["loss"])
    assert validation.best == framer.run.logs["val_loss"].argmin()
    assert [curve.split for curve in curves(framer.frame(), ["learning_rate"]).curves] == [""]


def test_a_formula_goes_before_a_log_of_its_name_where_counts_are_known(runs: Runs) -> None:
    """So that `accuracy` follows the threshold; in a run of logs only it is the log."""
    counted = curves(runs["binary"].frame(), ["accuracy"]).curves[0]
    np.testing.assert_array_equal(counted.values, runs["binary"].run.values("accuracy"))
    logged = curves(runs["logs"].frame(), ["accuracy"]).curves[0]
    np.testing.assert_array_equal(logged.values, runs["logs"].run.logs["accuracy"])


def test_formulas_are_of_the_counts_also_where_these_stand_in_the_logs(tmp_path: Path) -> None:
    """As Keras's four count metrics and imported logs have them: the default formulas have curves, of each split."""
    counted = {"tp": 1, "fp": 1, "tn": 1, "fn": 1}
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, logs=counted, train=([0, 0, 1, 1], [0.1, 0.9, 0.1, 0.9]), val=([0, 1, 1], [0.1, 0.9, 0.2]))
    framer = Framer(viewer.open_run(writer.folder or ""))
    found = curves(framer.frame())
    assert found.faults == ()
    assert [curve.split for curve in found.curves] == ["val", "train"] * 4
    assert [curve.now for curve in found.curves if curve.label == "recall"] == [0.5, 0.5]
    assert [curve.split for curve in curves(framer.frame(), ["tp / (tp + fp)"]).curves] == ["val", "train"]


def test_an_expression_of_logs_belongs_to_no_split(runs: Runs) -> None:
    """It is the same for all, and neither end of it is good."""
    (found,) = curves(runs["binary"].frame(), ["val_loss - loss"]).curves
    assert (found.split, found.best) == ("", None)
    np.testing.assert_allclose(found.values, 0.05)


def test_colours_are_those_of_the_formulas_of_the_frame(runs: Runs) -> None:
    """The number is the place among them; others get numbers of their own behind them."""
    framer = Framer(runs["binary"].run)
    framer.turn(metrics=tuple(map(parse_spec, ["f1", "recall", "f1@0.3"])))
    shown = curves(framer.frame(), ["f1@0.3", "recall", "npv", "fnr", "learning_rate"]).curves
    styles = {curve.label: curve.style for curve in shown}
    assert [styles[name] for name in ("F1@0.3", "recall")] == [2, 1]
    others = [style for name, style in styles.items() if name not in ("F1@0.3", "recall")]
    assert len(set(others)) == 3
    assert min(style for style in others if style is not None) >= 3


def test_what_cannot_be_had_is_a_sentence_and_the_rest_stays(runs: Runs) -> None:
    """An unknown name is named with the nearest known ones."""
    found = curves(runs["binary"].frame(), ["recal", "f1"])
    assert {curve.label for curve in found.curves} == {"F1"}
    assert len(found.faults) == 1
    assert "recall" in found.faults[0]
    assert "'recal'" in found.faults[0]


@pytest.mark.parametrize(
    ("name", "asked", "threshold"),
    [("binary", "f1", 0.5), ("binary", "f1@0.3", None), ("binary", "loss", None), ("multiclass", "f1@macro", None)],
)
def test_the_threshold_is_told_only_where_a_formula_follows_it(
    runs: Runs, name: str, asked: str, threshold: float | None
) -> None:
    """A formula with a threshold of its own, a log, and argmax do not."""
    assert curves(runs[name].frame(), [asked]).threshold == threshold


def test_several_runs_have_a_curve_and_a_colour_each(runs: Runs) -> None:
    """Of a log it is the validation's; a run that has not what is asked for is left out."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run, runs["logs"].run))
    formulas = curves(framer.frame(), ["f1"]).curves
    assert [(curve.run, curve.style, curve.split) for curve in formulas] == [("binary", 0, "val"), ("short", 1, "val")]
    logs = curves(framer.frame(), ["loss"]).curves
    assert [(curve.run, curve.style) for curve in logs] == [("binary", 0), ("short", 1), ("logs", 2)]
    np.testing.assert_array_equal(logs[2].values, runs["logs"].run.logs["val_loss"])


def test_the_value_at_the_cursor_is_that_of_the_epoch_not_of_the_place(runs: Runs) -> None:
    """A run that ended before the cursor's epoch has none there."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run,))
    long, short = curves(framer.frame(10), ["f1"]).curves
    assert long.now == long.values[10]
    assert np.isnan(short.now)


def test_runs_of_one_name_are_told_apart(make_framer: Callable[..., Framer]) -> None:
    """By the end of their folders' names, and only then."""
    arrays = [(np.array([0, 1]), np.array([0.1, 0.9], np.float32))]
    twins = [make_framer(arrays, name="same").run, make_framer(arrays, name="same").run]
    other = make_framer(arrays, name="other").run
    assert run_names([*twins, other]) == [f"same {run.folder.name[-4:]}" for run in twins] + ["other"]


@pytest.mark.parametrize("name", ["empty", "one", "logs", "counts", "unscored"])
def test_degenerate_runs_have_curves_without_an_exception(runs: Runs, name: str) -> None:
    """Of no epoch, of one, of logs, of four counts, of NaN."""
    for curve in curves(runs[name].frame()).curves:
        assert len(curve.values) == len(curve.epochs)


@given(st.lists(st.one_of(st.floats(-5, 5), st.sampled_from([np.nan, np.inf, -np.inf]))), st.booleans())
def test_the_best_is_the_first_of_the_best_finite_values(values: list[float], higher: bool) -> None:
    """As a loop finds it; equal are those that the rounding of numbers tells apart, and nothing else."""
    finite = [value if higher else -value for value in values if np.isfinite(value)]
    best = next(
        (
            place
            for place, value in enumerate(values)
            if np.isfinite(value) and abs(value - (1 if higher else -1) * max(finite)) <= 1e-12 * abs(max(finite))
        ),
        None,
    )
    assert best_position(np.array(values), higher) == best


def test_of_equal_epochs_the_first_is_the_best() -> None:
    """Two epochs of the same informedness, whose numbers differ in the last bit: all pairs of 20 and 10 samples."""
    tp, tn = (count.ravel() for count in np.meshgrid(np.arange(1.0, 20), np.arange(1.0, 10)))
    values = FORMULAS["informedness"].function(tp=tp, fn=20 - tp, tn=tn, fp=10 - tn)
    exact = tp * 10 + tn * 20  # whole numbers, in the order of what is measured
    told_apart = 0
    for number in np.unique(exact):
        alike = values[exact == number]
        told_apart += len(np.unique(alike)) > 1
        assert best_position(alike, True) == best_position(alike, False) == 0
    assert told_apart


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("val_loss", False), ("dense_mae", False), ("val_accuracy", True), ("learning_rate", None), ("x", None)],
)
def test_the_name_of_a_log_tells_its_good_end(asked: Any, expected: bool | None) -> None:
    """Losses and errors are low, what is named as a formula is as that."""
    assert direction(asked) is expected


def test_a_curve_says_its_edge_where_it_is_not_the_one_of_the_title(runs: Runs) -> None:
    """The run in focus snaps the threshold and the title says to what; another grid, or a formula's own, is named."""
    framer = Framer(runs["binary"].run, others=(runs["long"].run,))
    framer.turn(threshold=0.3303)
    found = curves(framer.frame(), ["f1"])
    assert found.threshold == runs["binary"].run.snap(0.3303)
    assert [(curve.label, curve.edge) for curve in found.curves] == [("F1", ""), ("F1", " (at 0.35)")]
    assert len({curve.key for curve in found.curves}) == 2
    (own, *_) = curves(runs["long"].frame(), ["f1@0.3303"]).curves
    assert own.words == "F1@0.3303 (at 0.35)"
