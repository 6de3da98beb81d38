"""The slider of a page: its numbers are those of `run.metric`, whatever the run."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from tests.conftest import later
from viewer.export.film import Cut, film
from viewer.export.look import Look
from viewer.export.report import report
from viewer.export.threshold_slider import sliding
from viewer.formulas import parse_spec
from viewer.frame import Framer

Runs = dict[str, Framer]
LOOK = Look(size=(640, 400), layout="curves scores")
FORMULAS = ("precision", "f1@0.3", "mcc", "roc_auc", "tn / (tn + fn)")


def unpacked(text: str, epochs: int) -> Any:
    """float32 [thresholds, epochs]."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<f4").reshape(-1, epochs)


@pytest.mark.parametrize("name", ["binary", "one", "short", "long", "multilabel"])
def test_it_holds_what_the_run_answers(runs: Runs, name: str) -> None:
    """Of each formula and split at each threshold, as float32; a formula with its own threshold has one row."""
    run = runs[name].run
    framer = Framer(run)
    if name != "multilabel":
        framer.turn(metrics=tuple(map(parse_spec, FORMULAS)))
    found = sliding(framer.frame())
    assert found is not None
    assert found["thresholds"][found["start"]] == framer.frame().threshold
    specs = {spec.label: spec for spec in framer.frame().metrics}
    for curve in found["curves"]:
        spec = specs[curve["name"]]
        held = unpacked(curve["values"], len(found["epochs"]))
        assert len(held) in (1, len(found["thresholds"]))
        for step in range(0, len(found["thresholds"]), 13):
            wanted = run.values(spec, curve["split"], threshold=found["thresholds"][step])
            at = np.isin(run.epoch_numbers, found["epochs"])
            np.testing.assert_array_equal(held[step if len(held) > 1 else 0], wanted[at].astype(np.float32))
    if name == "binary":
        counts = {key: unpacked(text, len(found["epochs"])) for key, text in found["counts"].items()}
        step = found["thresholds"].index(run.snap(0.3))
        wanted = run.counts("val", threshold=0.3)
        for key, values in counts.items():
            np.testing.assert_array_equal(values[step], wanted[key])


@pytest.mark.parametrize("name", ["multiclass", "logs", "counts", "empty"])
def test_there_is_none_where_no_threshold_decides(runs: Runs, name: str) -> None:
    """Of argmax, of logs, of counts at one threshold, of no epoch."""
    assert sliding(runs[name].frame()) is None


@pytest.mark.parametrize("kind", ["report", *later("film")])
def test_a_real_browser_shows_the_numbers_of_the_run(runs: Runs, tmp_path: Path, browser: Any, kind: str) -> None:
    """At three thresholds and two epochs, moved by keys; offline, without a fault of its own or of axe's."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    framer, path = Framer(runs["binary"].run), tmp_path / f"{kind}.html"
    if kind == "film":
        film(framer, path, cut=Cut(positions=range(0, 30, 5), fps=20), look=LOOK)
    else:
        report(framer, path, look=LOOK)
    faults: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{path}")
    page.wait_for_selector("#slider[data-ready=yes]")
    for epoch, steps in ((10, 0), (10, 20), (25, 45)):
        _go_to(page, kind, epoch)
        page.focus("#threshold")
        page.keyboard.press("Home")
        for _ in range(steps):
            page.keyboard.press("ArrowRight")
        _check(page, framer.run, epoch)
    violations = axe.Axe().run(page).response["violations"]
    page.close()
    assert faults == []
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []
    assert all(url.startswith(("file:", "data:")) for url in asked)


def _go_to(page: Any, kind: str, epoch: int) -> None:
    """By the scrubber of a film, by the slider of a report."""
    name, value = ("scrubber", epoch // 5) if kind == "film" else ("epoch", epoch)
    page.evaluate(f"{name}.value = {value}; {name}.dispatchEvent(new Event('input'))")


def _check(page: Any, run: viewer.Run, epoch: int) -> None:
    threshold = float(page.inner_text("#threshold-value"))
    rows = dict(line.split("\t")[:2] for line in page.inner_text("#values tbody").splitlines())
    for spec in Framer(run).frame().metrics:
        value = run.metric(spec, threshold=threshold)[epoch]
        assert rows[spec.label] == ("–" if np.isnan(value) else f"{value:.4f}".replace("-", "−"))
    counts = run.counts("val", threshold=threshold).loc[epoch]
    lines = page.inner_text("#counts").splitlines()[1:]
    shown = [[int(number.replace(",", "")) for number in line.split("\t")[1:]] for line in lines]
    assert shown == [[counts["tn"], counts["fp"]], [counts["fn"], counts["tp"]]]
