"""The numbers of a comparison's picture, and of each place of its cursor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.comparison import picture
from viewer.comparison.picture import MOST_NAMED, NAMED_OF_MANY, Reel
from viewer.run import Run

from .conftest import Record


def test_each_run_is_a_named_curve_with_the_number_of_the_table(binary: Record) -> None:
    """Curves, chosen epochs and numbers are those of the summary; the formula's ends come along."""
    runs = [binary(name, seed) for seed, name in enumerate("ab")]
    found = viewer.compare(runs, ["f1", "mcc"], at="best:f1")
    picture = Reel(found).still
    assert [overlay.label for overlay in picture.overlays] == ["F1", "MCC"]
    for overlay in picture.overlays:
        for style, (curve, folder) in enumerate(zip(overlay.named, runs, strict=True)):
            np.testing.assert_array_equal(curve.values, Run(folder).metric(overlay.label.lower()))
            assert curve.now == curve.values[curve.best] == found.summary.loc[(curve.run, "chosen"), overlay.label]
            assert (curve.style, curve.high) == (style, 1.0)
    assert picture.title == "a, b"
    assert picture.facts == "validation · each at its epoch of best F1 · threshold 0.5"


def test_a_group_is_one_name_with_a_band(binary: Record) -> None:
    """Its runs are faint in its colour; the number is their mean at the chosen epochs."""
    runs = [binary(f"s{seed}", seed, group="seeds") for seed in range(3)] + [binary("alone", 9, group="one")]
    found = viewer.compare(runs, ["f1"], draws=50)
    (overlay,) = Reel(found).still.overlays
    assert [curve.run for curve in overlay.named] == ["seeds (3 runs)", "alone"]
    group = overlay.named[0]
    assert group.now == pytest.approx(found.groups.loc[("seeds", "F1"), "mean"])
    assert group.band is not None
    np.testing.assert_allclose((group.band[1] - group.band[0]) / 2, found.bands.query("group == 'seeds'")["sd"])
    assert [curve.run for curve in overlay.faint] == ["s0", "s1", "s2"]
    assert {curve.style for curve in overlay.faint} == {group.style}
    assert "band: mean of a group" in Reel(found).still.note


def test_of_many_runs_the_best_have_names(binary: Record) -> None:
    """Beyond eight the five best are named, the others are grey, and the note counts them."""
    runs = [binary(f"run{seed}", seed, samples=60) for seed in range(MOST_NAMED + 1)]
    found = viewer.compare(runs, ["f1"], draws=50)
    picture = Reel(found).still
    assert [curve.run for curve in picture.overlays[0].named] == [
        compared.name for compared in found.ranked[:NAMED_OF_MANY]
    ]
    assert {curve.style for curve in picture.overlays[0].faint} == {None}
    assert "grey: 4 others" in picture.note
    assert picture.title == "9 runs"


def test_of_very_many_runs_a_line_stands_for_each_step_of_rank(binary: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the best of the others to the worst, in even steps, each its own curve; the note counts them."""
    monkeypatch.setattr(picture, "MOST_FAINT", 4)
    runs = [binary(f"run{seed}", seed, samples=60, epochs=2) for seed in range(NAMED_OF_MANY + 10)]
    found = viewer.compare(runs, ["f1"], draws=50)
    still = Reel(found).still
    drawn = [found.ranked[NAMED_OF_MANY + step] for step in (0, 3, 6, 9)]
    assert [curve.run for curve in still.overlays[0].faint] == [compared.name for compared in drawn]
    for curve, compared in zip(still.overlays[0].faint, drawn, strict=True):
        np.testing.assert_array_equal(curve.values, compared.run.values("f1"))
    assert "faint: 4 of 10 others, evenly by rank" in still.note
    assert "grey" not in still.note


def test_intervals_are_those_of_the_paired_table(binary: Record) -> None:
    """One for each row that has one, by formula; marked where the corrected test says more than chance."""
    logs = [{"val_loss": 0.5}] * 4
    runs = [binary(name, seed, logs=logs, decision_threshold=0.3 + 0.2 * seed) for seed, name in enumerate("ab")]
    runs.append(binary("c", 5, data=3, logs=logs))
    found = viewer.compare(runs, ["f1", "val_loss", "mcc"])
    intervals = Reel(found).still.intervals
    rows = found.paired[found.paired["low"].notna()].sort_values("formula", kind="stable")
    assert [one.formula for one in intervals] == rows["formula"].tolist() == ["F1"] * 3 + ["MCC"] * 3
    np.testing.assert_allclose(
        [[one.difference, one.low, one.high] for one in intervals], rows[["difference", "low", "high"]]
    )
    assert [one.beyond_chance for one in intervals] == (rows["p_holm"] < 0.05).tolist()
    assert [one.paired for one in intervals] == (rows["samples"] > 0).tolist()
    assert intervals[0].pair == "b − a"


def test_the_cursor_visits_every_epoch_and_holds_what_a_run_had_last(binary: Record) -> None:
    """A run that has ended keeps its last value; the still picture has no cursor."""
    found = viewer.compare([binary("a", 1, epochs=2), binary("b", 2)], ["f1"])
    reel, values = (
        Reel(found),
        {compared.name: compared.values(found.query.formulas[0]) for compared in found.compared_runs},
    )
    assert len(reel) == 4
    assert reel.still.cursor is None
    for place in range(4):
        picture = reel.frame(place)
        assert picture.cursor == place
        now = {curve.run: curve.now for curve in picture.overlays[0].named}
        assert now == {"a": values["a"][min(place, 1)], "b": values["b"][place]}
        assert "number: at the line" in picture.note


@pytest.mark.parametrize(
    ("seconds", "longest", "label"), [(1.0, 4.0, "seconds"), (200.0, 800 / 60, "minutes"), (3600.0, 4.0, "hours")]
)
def test_time_has_a_unit_that_a_person_would_choose(
    binary: Record, monkeypatch: pytest.MonkeyPatch, seconds: float, longest: float, label: str
) -> None:
    """Seconds, minutes or hours, by the longest run; the cursor goes in even steps."""
    monkeypatch.setattr("viewer.comparison.axis.seconds", lambda run: np.arange(1, 5) * seconds)
    reel = Reel(viewer.compare([binary("a", 1), binary("b", 2)], ["f1"], align="time"))
    assert reel.still.x_label == f"{label} since the start"
    assert reel.places[-1] == pytest.approx(longest)
    assert np.isnan(reel.frame(0).overlays[0].named[0].now)


def test_a_run_without_epochs_and_more_formulas_than_fit_are_drawn_around(binary: Record) -> None:
    """Nothing fails for a run that has just begun; the note says how many formulas are in the tables only."""
    from recorder import RunWriter

    with RunWriter(binary("a", 1).parent, name="new") as run:
        pass
    found = viewer.compare([run.folder, binary("b", 2)], ["f1", "mcc", "recall", "precision", "accuracy"], draws=50)
    reel = Reel(found)
    assert [len(curve.epochs) for curve in reel.still.overlays[0].named] == [0, 4]
    assert "1 more formulas in the tables" in reel.still.note
    assert np.isnan(reel.frame(2).overlays[0].named[0].now)
    assert len(found.draw(size=(600, 400)).axes) >= 5


def test_a_run_that_is_not_on_the_axis_is_named_as_such(tmp_path: Path) -> None:
    """Its steps are not known: no curve, and its name says so beside the number."""
    folders, truth = [], np.array([0, 1, 1, 0])
    for name, step in (("a", {"step": 5}), ("b", {"step": 5}), ("c", {})):
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, val=(truth, np.float32([0.1, 0.8, 0.4, 0.6])), **step)
        folders.append(run.folder)
    (overlay,) = Reel(viewer.compare(folders, ["f1"], align="step", draws=50)).still.overlays
    assert [curve.run for curve in overlay.named] == ["a", "b", "c (no curve)"]
    assert [len(curve.epochs) for curve in overlay.named] == [1, 1, 0]
