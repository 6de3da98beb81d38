"""What the bins of scores leave open stands beside a number wherever it is shown and matters, and nowhere else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.drawing.captions import OPEN
from viewer.drawing.limits import digits
from viewer.export.report import report
from viewer.formulas import parse_spec
from viewer.frame import Framer, Knobs
from viewer.listing.table import listing_of
from viewer.panels.calibration.numbers import calibration
from viewer.panels.pr_roc.numbers import roc
from viewer.run import Run
from viewer.surfaces.text import dashboard

FORMULAS = ("roc_auc", "average_precision", "f1")


def record(root: Path, *, max_samples: int) -> Run:
    """Four epochs of scores in few bins; of some samples alone, or of all, each score is known."""
    rng = np.random.default_rng(4)
    with RunWriter(root, name="open", thresholds=[0.2, 0.4, 0.5, 0.8], max_samples=max_samples) as writer:
        for epoch in range(4):
            truth = rng.integers(0, 2, 300)
            scores = np.clip(rng.normal(0.4 + (0.3 - 0.1 * (epoch == 3)) * truth, 0.2), 0.001, 0.999)
            writer.epoch(epoch, val=(truth, scores.astype(np.float32)))
    return viewer.open_run(writer.folder)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return record(tmp_path / "runs", max_samples=0)


def framed(run: Run, **knobs: Any) -> Framer:
    return Framer(run, Knobs(metrics=tuple(map(parse_spec, FORMULAS)), **knobs))


def best_of(run: Run, question: str) -> Any:
    best = run.best()
    assert best is not None
    return run.bounded(question, position=best.position)


def test_curves_carry_it_at_the_line_and_under_the_mouse(run: Run, show: Callable[..., Any]) -> None:
    """Of the epoch at the cursor and of the one pointed at; a formula of counts has none."""
    framer = framed(run)
    for position in (1, 3):
        shown = show("curves", size=(700, 400)).update(framer.frame(position))
        found = run.bounded("roc_auc", position=position)
        assert f"ROC AUC {found.text()}" in shown.words()
        assert f"F1 {digits(run.value('f1', position=position))}" in shown.words()
        assert OPEN in shown.panel._plots[0]._note.get_text().replace("\n", " ")
        assert shown.panel.read_out(2, run.value("roc_auc", position=2)).endswith(
            run.bounded("roc_auc", position=2).text()
        )


def test_names_at_the_lines_keep_their_place_from_epoch_to_epoch(run: Run, show: Callable[..., Any]) -> None:
    """There is room for a bound where the newest epoch has one, so that moving the cursor moves no axes."""
    framer, shown = framed(run), show("curves", size=(700, 400))
    places = set()
    for position in (3, 0, 1, 2, 3):
        shown.update(framer.frame(position))
        places.add(tuple(shown.axes.get_position().bounds))
    assert len(places) == 1


def test_each_epoch_is_assessed_once(run: Run, show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that goes to and fro over the same epochs computes nothing anew, and hovers cost as little."""
    asked: list[Any] = []
    original = Run.bounded

    def counted(self: Run, question: Any, split: str = "val", *, position: int = -1, **where: Any) -> Any:
        asked.append((str(question), position))
        return original(self, question, split, position=position, **where)

    monkeypatch.setattr(Run, "bounded", counted)
    framer, shown = framed(run), show("curves", size=(700, 400))
    for position in (3, 1, 3, 1, 3, 1):
        shown.update(framer.frame(position))
        shown.panel.read_out(1, 0.8)
    assert len(asked) == len(set(asked)) == 4  # two formulas of scores at two epochs


def test_a_report_says_it_of_the_last_and_of_the_best_epoch(run: Run, tmp_path: Path) -> None:
    """In the row of the formula."""
    report(framed(run), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert run.bounded("roc_auc").text() in text
    assert f"{best_of(run, 'roc_auc').text()} at epoch" in text


def test_the_text_in_a_terminal_says_it(run: Run) -> None:
    """Now and at the best epoch."""
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(dashboard(framed(run).frame(), width=200, height=50))
    text = console.export_text()
    assert run.bounded("roc_auc").text() in text
    assert best_of(run, "average_precision").text() in text


def test_the_table_of_the_status_panel_says_it(run: Run, show: Callable[..., Any]) -> None:
    """And its columns are as wide as that is: no words lie over others."""
    shown = show("status", size=(450, 350)).update(framed(run).frame())
    assert run.bounded("roc_auc").text() in shown.words()
    assert best_of(run, "roc_auc").text() in shown.words()
    boxes = [text.get_window_extent() for text in shown.texts()]
    assert not [(a, b) for n, a in enumerate(boxes) for b in boxes[:n] if a.overlaps(b)]


def test_calibration_says_it_in_its_title_and_beside(run: Run, show: Callable[..., Any]) -> None:
    """Of the expected calibration error and the Brier score."""
    title = show("calibration", size=(900, 350)).update(framed(run).frame()).panel._title.get_text()
    assert run.bounded("ece").text() in title
    assert run.bounded("brier").text() in title
    shown = calibration(framed(run).frame(1))
    assert shown is not None
    assert [each.now.off for each in shown.history] == [run.bounded(name, position=1).off for name in ("ece", "brier")]


def test_a_list_says_it_of_the_best_value_and_in_a_column_of_its_own(run: Run) -> None:
    """In `csv` and `json` behind the number, and only where it matters."""
    asked = ["best(val:roc_auc)", "val:f1"]
    listing = listing_of([run], asked)
    assert listing.columns[asked[0]][0].off == best_of(run, "roc_auc").off > 0.001
    words = ["list", str(run.folder.parent), "-m", asked[0], "-m", asked[1]]
    assert best_of(run, "roc_auc").text(".4g") in invoke(words).stdout
    (row,) = csv.DictReader(io.StringIO(invoke([*words, "--format", "csv"]).stdout))
    assert float(row["best(val:roc_auc) ±"]) == best_of(run, "roc_auc").off
    assert "val:f1 ±" not in row
    (told,) = json.loads(invoke([*words, "--format", "json"]).stdout)
    assert told["best(val:roc_auc) ±"] == best_of(run, "roc_auc").off


def test_nobody_says_it_where_every_score_is_known(tmp_path: Path, show: Callable[..., Any]) -> None:
    """All samples were recorded: the numbers are exact."""
    run = record(tmp_path / "runs", max_samples=1000)
    shown = show("curves", size=(700, 400)).update(framed(run).frame())
    assert not [words for words in shown.words() if "±" in words]
    report(framed(run), tmp_path / "report.html")
    listed = invoke(["list", str(run.folder.parent), "-m", "best(roc_auc)", "--format", "csv"]).stdout
    assert "±" not in (tmp_path / "report.html").read_text(encoding="utf-8") + listed


def test_titles_are_of_the_output_that_is_looked_at(
    tmp_path: Path, join_outputs: Callable[..., Path], show: Callable[..., Any]
) -> None:
    """The area and the calibration error of the second output are not those of the first."""
    rng, parts = np.random.default_rng(5), {}
    for name, apart in (("one", 0.1), ("two", 0.5)):
        truth = rng.integers(0, 2, 200)
        with RunWriter(tmp_path / name) as writer:
            writer.epoch(0, val=(truth, np.clip(rng.normal(0.3 + apart * truth, 0.2), 0, 1).astype(np.float32)))
        parts[name] = viewer.open_run(writer.folder)
    run = viewer.open_run(join_outputs(tmp_path / "runs", parts))
    for name in ("one", "two"):
        frame = framed(run, output=name).frame()
        rates, diagrams = roc(frame), calibration(frame)
        assert rates is not None
        assert diagrams is not None
        assert rates.curves[0].area == run.value("roc_auc", output=name)
        assert diagrams.diagrams[0].ece == run.value("ece", output=name)


def test_a_list_of_runs_in_python_has_a_column_of_it(run: Run) -> None:
    """`viewer.list_runs`, as its CSV: behind a column that bins leave open, and behind no other."""
    found = viewer.list_runs(run.folder.parent, list(FORMULAS))
    area = run.bounded("roc_auc")
    assert (found["roc_auc"].iloc[0], found["roc_auc ±"].iloc[0]) == (float(area), area.off)
    assert "f1 ±" not in found


def test_a_comparison_says_it_in_tables_sentences_and_pictures(run: Run, tmp_path: Path) -> None:
    """The number of each run, their difference, the words for both, the name in the picture; of exact ones nowhere."""
    other = record(tmp_path / "other", max_samples=0)
    found = viewer.compare([run, other], ["roc_auc", "f1"])
    area = run.bounded("roc_auc")
    last = found.summary.iloc[0]
    assert (last["ROC AUC"], last["ROC AUC ±"]) == (float(area), area.off)
    assert "F1 ±" not in found.summary
    row = found.paired.set_index("formula").loc["ROC AUC"]
    assert (row["value_a ±"], row["difference ±"]) == pytest.approx((area.off, 2 * area.off))
    assert found.findings[0].startswith(f"ROC AUC: {found.names[1]} +0.0 ±")
    result = invoke(["compare", str(run.folder), str(other.folder), "-m", "roc_auc"])
    assert result.stdout.count(area.text()) >= 4, "last, best and chosen in one row a run, and in pairs"
    words = [text.get_text() for axes in found.draw().axes for text in axes.texts]
    assert any(digits(area) in text for text in words)
    exact = viewer.compare(
        [record(tmp_path / "a", max_samples=300), record(tmp_path / "b", max_samples=300)], ["roc_auc"]
    )
    assert not [name for table in (exact.summary, exact.paired) for name in table if "±" in name]
