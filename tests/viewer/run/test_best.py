"""The best epoch of a run, and by what it is the best."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import viewer
from recorder import RunWriter
from viewer.export.look import Look, drawn
from viewer.export.report import report
from viewer.formulas import FormulaError
from viewer.frame import Framer, Knobs
from viewer.panels.curves.numbers import curves

NAN = float("nan")
LOSSES = [0.9, 0.5, NAN, 0.6]  # best at epoch 1
SHARES = [0.0, 0.6, 0.9, 0.7]  # of the positives that are found: MCC is best at epoch 2


def record(root: Path, logs: Mapping[str, list[float]], *, counted: bool = True) -> viewer.Run:
    """Four epochs; in the first one the model answers yes to a single sample, rightly: precision 1."""
    truth = np.arange(200) % 10 == 0
    with RunWriter(root, name="four") as writer:
        for epoch, share in enumerate(SHARES):
            score = np.where(truth, (np.cumsum(truth) <= max(share * 20, 1)) * 0.9, 0.1).astype(np.float32)
            score[1] = 0.9 if epoch else 0.1
            named = {name: values[epoch] for name, values in logs.items()}
            writer.epoch(epoch, logs=named, **({"val": (truth, score)} if counted else {}))
    return viewer.open_run(writer.folder)


@pytest.mark.parametrize(
    ("logs", "counted", "by", "epoch"),
    [
        ({"loss": [4, 3, 2, 1], "val_loss": LOSSES}, True, "validation loss", 1),
        ({"loss": [4, 3, 2, 1]}, True, "MCC", 2),
        ({"val_loss": [NAN] * 4}, True, "MCC", 2),
        ({"loss": [4, 3, 2, 1], "val_auc": [0.1, 0.2, 0.4, 0.3]}, False, "validation auc", 2),
        ({"lr": [1, 2, 3, 4], "accuracy": [1, 9, 3, 4], "loss": [4, 3, 1, 1]}, False, "loss", 2),
        ({"lr": [1, 2, 3, 4], "top_accuracy": [1, 9, 3, 4]}, False, "top_accuracy", 1),
    ],
)
def test_the_best_epoch_is_by_what_is_monitored_and_says_by_what(
    tmp_path: Path, logs: dict[str, list[float]], counted: bool, by: str, epoch: int
) -> None:
    """Validation loss, else MCC; of logs alone another one of validation, the loss, any that has a good end."""
    best = record(tmp_path, logs, counted=counted).best()
    assert best is not None
    assert (best.by, best.epoch, best.position) == (by, epoch, epoch)


@pytest.mark.parametrize(
    ("by", "epoch", "words"),
    [
        ("precision", 0, "precision"),
        ("fn", None, ""),
        ("min(fn)", 2, "fn"),
        ("max(fp + fn)", 0, "fp + fn"),
        ("loss", 3, "loss"),
        ("val:mcc", 2, "val:MCC"),
        (lambda tp: tp, None, ""),
    ],
)
def test_it_can_be_chosen(tmp_path: Path, by: Any, epoch: int | None, words: str) -> None:
    """By any formula or log with a good end, or by the extreme that is named; else by an error that says how."""
    run = record(tmp_path, {"loss": [4, 3, 2, 1], "val_loss": LOSSES})
    if epoch is None:
        with pytest.raises(FormulaError, match=r"^best needs a formula of which one end is good; say max\("):
            run.best(by)
        return
    best = run.best(by)
    assert best is not None
    assert (best.epoch, best.by) == (epoch, words)
    assert str(best) == f"epoch {epoch}, by {words}"


@pytest.mark.parametrize("logs", [{}, {"lr": [1.0] * 4}, {"loss": [NAN] * 4}])
def test_where_nothing_tells_there_is_none(tmp_path: Path, logs: dict[str, list[float]]) -> None:
    """No log with a good end, or nothing but NaN; and of a run without an epoch."""
    assert record(tmp_path, logs, counted=False).best() is None
    with RunWriter(tmp_path, name="none") as writer:
        pass
    assert viewer.open_run(writer.folder).best() is None


def words_in(framer: Framer, layout: str) -> str:
    """All words of a picture."""
    frame = framer.frame()
    dashboard = drawn(frame, Look(size=(900, 400), layout=layout))
    dashboard.update(frame)
    return " ".join(text.get_text().replace("\n", " ") for text in dashboard.figure.findobj(Text))


def test_stars_stand_at_it_and_the_pictures_name_it(tmp_path: Path) -> None:
    """All curves of a picture at one epoch, not precision where the model answered no; a knob chooses another."""
    run = record(tmp_path, {"loss": [4, 3, 2, 1], "val_loss": LOSSES})
    for chosen, epoch, words in ((None, 1, "validation loss"), ("recall", 2, "recall")):
        framer = Framer(run, Knobs(best=chosen))
        found = curves(framer.frame(), ["precision", "mcc"])
        assert {curve.best for curve in found.curves if curve.main} == {epoch}
        assert found.best_by == words
        shown = words_in(framer, "curves:mcc status")
        assert f"★ best epoch, by {words}" in shown
        assert f"best: epoch {epoch}, by {words}" in shown
        report(framer, tmp_path / "report.html")
        assert f"Epoch {epoch}, the best one by {words}" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_choice_that_the_run_has_not_is_a_sentence_in_the_panel(tmp_path: Path) -> None:
    """And the curves stay, without stars."""
    framer = Framer(record(tmp_path, {"loss": [4, 3, 2, 1]}), Knobs(best="val_auc"))
    found = curves(framer.frame(), ["loss"])
    assert [curve.best for curve in found.curves] == [None]
    assert "'val_auc'" in found.faults[0]
    assert "4 epochs" in words_in(framer, "status")
