"""`viewer.compare`: tables of several runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import viewer
from viewer.run import Run

from .conftest import Record


def test_the_summary_has_last_best_and_chosen_of_each_run(binary: Record) -> None:
    """Values are those of `Run.metric` at the epochs named."""
    runs = [binary(name, seed) for seed, name in enumerate("ab")]
    table = viewer.compare(runs, ["f1", "mcc@0.4"], at="best:mcc@0.4", best="f1").summary
    for name, folder in zip("ab", runs, strict=True):
        f1, mcc = Run(folder).metric("f1"), Run(folder).metric("mcc@0.4")
        epochs = {"last": 3, "best": f1.idxmax(), "chosen": mcc.idxmax()}
        assert table.loc[name, "epoch"].to_dict() == epochs
        for at, epoch in epochs.items():
            assert table.loc[(name, at), ["F1", "MCC@0.4"]].tolist() == [f1[epoch], mcc[epoch]]
        assert (table.loc[name, "threshold"] == 0.5).all()
        assert (table.loc[name, "state"] == "finished").all()


def test_curves_are_those_of_the_runs(binary: Record) -> None:
    """One row a run, formula and epoch, whatever the lengths."""
    runs = [binary("a", 1), binary("b", 2, epochs=2)]
    table = viewer.compare(runs, ["f1", "recall"]).curves
    assert len(table) == 2 * (4 + 2)
    for (name, formula), rows in table.groupby(["run", "formula"]):
        expected = Run(runs["ab".index(name)]).metric(formula.lower())
        pd.testing.assert_series_equal(rows.set_index("epoch")["value"], expected, check_names=False)
        assert rows["x"].tolist() == rows["epoch"].tolist()


def test_configurations_are_compared_by_key(binary: Record) -> None:
    """Only keys that differ are there; None stands where a run has no such key."""
    runs = [binary("a", 1, config={"lr": 0.1, "batch": 32}), binary("b", 2, config={"lr": 0.2, "batch": 32, "l2": 0})]
    table = viewer.compare(runs, ["f1"]).config
    assert table.to_dict("index") == {"lr": {"a": 0.1, "b": 0.2}, "l2": {"a": None, "b": 0}}


def test_groups_have_mean_spread_and_number(binary: Record) -> None:
    """Of the runs of one group, at the chosen epochs and along the curves; runs without a group are in none."""
    runs = [binary(f"seed{seed}", seed, group="seeds") for seed in range(3)] + [binary("alone", 9)]
    found = viewer.compare(runs, ["f1"], at="best:f1", draws=50)
    curves = np.array([Run(run).metric("f1") for run in runs[:3]])
    assert found.groups.loc[("seeds", "F1")].tolist() == pytest.approx(
        [3, curves.max(axis=1).mean(), curves.max(axis=1).std(ddof=1)]
    )
    assert found.bands["group"].unique().tolist() == ["seeds"]
    np.testing.assert_allclose(found.bands["mean"], curves.mean(axis=0))
    np.testing.assert_allclose(found.bands["sd"], curves.std(axis=0, ddof=1))
    assert (found.bands["n"] == 3).all()


def test_a_run_that_lacks_something_has_gaps_and_a_note(binary: Record, record: Record) -> None:
    """What one run has not is NaN there and said; the others are compared as ever."""
    from recorder import RunWriter

    with RunWriter(binary("a", 1, logs=[{"val_loss": 0.5}] * 4).parent, name="logs") as bare:
        bare.epoch(0, logs={"val_loss": 0.4})
    found = viewer.compare(bare.folder.parent, ["f1", "val_loss"])
    assert np.isnan(found.summary.loc[("logs", "last"), "F1"])
    assert found.summary.loc[("logs", "last"), "val_loss"] == 0.4
    assert found.paired["difference"].iloc[1] == pytest.approx(-0.1)
    assert any("no val samples of logs" in note for note in found.notes)


def test_a_run_without_epochs_is_in_the_tables(binary: Record) -> None:
    """A run that has just begun has no values, and no pair of its samples."""
    from recorder import RunWriter

    with RunWriter(binary("a", 1).parent, name="new") as run:
        pass
    found = viewer.compare([run.folder, binary("b", 2)], ["f1"])
    assert found.summary.loc[("new", "last"), "epochs"] == 0
    assert found.summary.loc["new", "epoch"].isna().all()
    assert any(note.startswith("new: ") and "no epoch yet" in note for note in found.notes)
    assert len(found.curves) == 4


def test_what_is_not_said_is_the_dashboards_own(binary: Record, classes: Record) -> None:
    """Without formulas those of the kind of output are compared."""
    assert [spec.label for spec in viewer.compare([binary("a", 1), binary("b", 2)]).query.formulas] == [
        "precision", "recall", "F1", "MCC",
    ]  # fmt: skip
    assert viewer.compare([classes("c", 1), classes("d", 2)]).query.formulas[0].label == "accuracy"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metrics": ["nonsense"]}, r"^a name must be a formula, a count or a log .* Received: 'nonsense'$"),
        ({"split": "test"}, r"^split must be one of \['val'\]\. Received: 'test'$"),
        ({"align": "batch"}, r"^align must be one of epoch, step, time\. Received: 'batch'$"),
        ({"threshold": 1.5}, r"^threshold must be in \[0, 1\]\. Received: 1\.5$"),
        ({"level": 95}, r"^level must be in \(0, 1\)\. Received: 95$"),
        ({"at": ["last"]}, r"^at must be one for all runs, or one for each of the 2\. Received: 1$"),
        ({"at": 7}, r"^epoch must be a recorded one \(0 to 3; nearest: 3\)\. Received: 7$"),
        ({"baseline": "c"}, r"^baseline must be one of the compared runs: \['a', 'b'\]\. Received: 'c'$"),
    ],
)
def test_a_wrong_argument_is_refused(binary: Record, arguments: dict[str, Any], message: str) -> None:
    """One clear error: the rule, then what came."""
    with pytest.raises(ValueError, match=message):
        _ = viewer.compare([binary("a", 1), binary("b", 2)], **({"metrics": ["f1"]} | arguments)).summary


def test_one_run_is_no_comparison(binary: Record) -> None:
    """The same run twice is one run."""
    folder = binary("a", 1)
    with pytest.raises(ValueError, match=r"^a comparison needs two runs or more\. Received: 1$"):
        viewer.compare([folder, str(folder)])


def test_findings_say_what_the_table_says(binary: Record) -> None:
    """A sentence a row, with names, difference and interval; the notes say what an interval does not cover."""
    found = viewer.compare([binary("a", 1), binary("b", 2, decision_threshold=0.45)], ["f1"], at="best:f1")
    row, (sentence,) = found.paired.iloc[0], found.findings
    assert sentence.startswith(f"F1: b {row['difference']:+.4f}".replace("-", "−") + " against a, 95% interval")
    assert f"p {row['p_holm']:.2g} after correction" in sentence
    notes = " ".join(found.notes)
    assert "does not cover other seeds" in notes
    assert "duplicates" in notes
    assert "a little too good" in notes
    assert f"corrected (Holm) for all {found.tests} tests" in notes
    assert "too good by a little" not in " ".join(
        viewer.compare([found.compared_runs[0].run, found.compared_runs[1].run]).notes
    )


def test_tables_need_no_matplotlib(binary: Record, tmp_path: Path) -> None:
    """A comparison in numbers loads nothing that draws."""
    runs = [str(binary("a", 1)), str(binary("b", 2))]
    code = f"import sys, viewer; r = viewer.compare({runs}); r.paired, r.notes; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("ending", [".png", ".svg", ".gif", ".html"])
def test_pictures_and_films_are_written(binary: Record, tmp_path: Path, ending: str) -> None:
    """By their ending; a film tells how far it is, and nothing else is left in the folder."""
    found, folder = viewer.compare([binary("a", 1), binary("b", 2)], ["f1"], draws=50), tmp_path / "out"
    folder.mkdir()
    seen: list[tuple[int, int]] = []
    found.save(folder / f"x{ending}", size=(480, 320), fps=5, progress=lambda *done: seen.append(done))
    assert [path.name for path in folder.iterdir()] == [f"x{ending}"]
    assert (folder / f"x{ending}").stat().st_size > 1000
    assert seen == ([(number, 4) for number in range(1, 5)] if ending in (".gif", ".html") else [])


def test_a_figure_of_ones_own_is_drawn_on(binary: Record) -> None:
    """`draw` returns the figure that it was given, or a new one of the size asked for."""
    from matplotlib.figure import Figure

    found, figure = viewer.compare([binary("a", 1), binary("b", 2)], ["f1"], draws=50), Figure(figsize=(7, 5))
    assert found.draw(figure) is figure
    assert len(figure.axes) >= 3
    assert found.draw(size=(800, 500), dpi=50).get_size_inches().tolist() == [16, 10]
    with pytest.raises(ValueError, match=r"^theme must be one of light, dark\. Received: 'sepia'$"):
        found.draw(theme="sepia")
    with pytest.raises(ValueError, match=r"^a picture must end in one of .*\. Received: x\.jpeg$"):
        found.save("x.jpeg")
