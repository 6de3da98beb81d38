"""The panel `status` and the header say where a run stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.dashboard.header import facts
from viewer.formulas import parse_spec
from viewer.frame import Framer, Knobs
from viewer.kinds import LOGS_ALONE
from viewer.panels.status.artists import facts_of
from viewer.panels.status.bests import bests
from viewer.panels.status.numbers import Standing

Show, Runs = Callable[..., Any], dict[str, Framer]


def test_the_table_has_each_formula_now_and_at_its_best(runs: Runs, show: Show) -> None:
    """Row by row."""
    frame = runs["binary"].frame(5)
    shown = show("status", size=(400, 350)).update(frame)
    labels = shown.panel._labels
    for row, best in enumerate(bests(frame)):
        words = [labels["value", row, column].get_text() for column in range(3)]
        assert words == [f"{best.now:.3f}", f"{best.value:.3f}", str(best.epoch)]
        assert labels["name", row, 0].get_text() == best.label
    assert {"epoch 5", "finished"} <= set(shown.words())


def test_what_does_not_fit_is_counted(runs: Runs, show: Show) -> None:
    """At the end of the table."""
    framer = Framer(runs["binary"].run)
    framer.turn(metrics=tuple(map(parse_spec, ["f1", "recall", "precision", "mcc", "kappa", "npv", "fnr", "fdr"])))
    shown = show("status", size=(300, 200)).update(framer.frame())
    rows = sum(key[0] == "name" and bool(label.get_text()) for key, label in shown.panel._labels.items())
    assert f"and {9 - rows} more" in shown.words()


def test_the_bar_is_as_long_as_what_is_done(tmp_path: Path, show: Show) -> None:
    """Of the width of the track."""
    with RunWriter(tmp_path, epochs=8) as writer:
        for epoch in range(2):
            writer.epoch(epoch, logs={"loss": 1.0}, seconds={"epoch": 1.0})
        shown = show("status").update(Framer(viewer.open_run(writer.folder)).frame())
        assert any("end about" in words.replace("\n", " ") for words in shown.words())
    panel = shown.panel
    assert panel._bar.get_width() == pytest.approx(panel._track.get_width() / 4)
    assert "running" in shown.words()


def test_facts_name_what_is_known() -> None:
    """Of a running run the end that is expected."""
    end = datetime(2026, 11, 24, 14, 3, tzinfo=UTC)
    running = Standing(4, 5, 100, 0.41, "running", end, 2.05, 38.95)
    assert facts_of(running)[:3] == ["5 of 100 epochs", "0.41 s each", "2.05 s so far"]
    assert facts_of(running)[3].endswith("14:03, in 39.0 s")
    assert facts_of(Standing(4, 5, None, None, "interrupted", None)) == ["5 epochs"]
    assert facts_of(Standing(0, 1, None, None, "finished", None)) == ["1 epoch"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("binary", "validation · 300 samples, 20% positive"),
        ("multiclass", "validation · 400 samples, 10 classes"),
        ("multilabel", "validation · 300 samples, 5 labels"),
        ("counts", "validation · 300 samples, 20% positive"),
        ("logs", f"logs only: no counts were recorded. {LOGS_ALONE}"),
    ],
)
def test_the_header_says_what_is_counted(runs: Runs, name: str, words: str) -> None:
    """Samples of the split in view."""
    assert facts(runs[name].frame()) == words


def test_the_header_tells_of_another_prevalence_and_split(runs: Runs) -> None:
    """So that nobody takes the numbers for what was seen."""
    framer = Framer(runs["binary"].run, Knobs(prevalence=0.005, split="train"))
    assert facts(framer.frame()) == "training · 300 samples, 20% positive · formulas as if 0.5% were positive"


def test_the_table_of_several_runs_names_them(runs: Runs, show: Show) -> None:
    """One row a formula and run."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run,))
    shown = show("status", "f1", size=(450, 300)).update(framer.frame())
    assert {"F1 binary", "F1 short"} <= set(shown.words())
    assert np.isnan(bests(framer.frame(), ["f1"])[1].now)
