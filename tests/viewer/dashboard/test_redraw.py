"""Whatever is drawn again in part is, pixel for pixel, what the same state is when it is drawn at once."""

from __future__ import annotations

import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Effort, later
from viewer.formulas import parse_spec
from viewer.panels.status import numbers as status_numbers

from .redraws import KINDS, Growing, Step, Stepped, random_step

LAYOUTS = ["curves scores / curves:loss status", "pr roc matrix / threshold calibration", "classes samples surface"]
STILL = 1_800_000_000.0


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end that is expected of a running run moves with the clock; here it stands."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.fromtimestamp(STILL, tz)

    monkeypatch.setattr(status_numbers, "datetime", Standing)
    monkeypatch.setattr(time, "time", lambda: STILL)


def _asked(*names: str) -> list[Step]:
    return [("turn", {"metrics": tuple(map(parse_spec, names))})]


def check(root: Path, kind: str, layout: str, seed: int, *, steps: int, every: int) -> None:
    """Draws a run in random steps, and compares every so many of them."""
    rng = np.random.default_rng(seed)
    picture = Stepped(Growing(root / f"{seed}", kind), layout)
    done = []
    for number in range(1, steps + 1):
        done.append(random_step(rng))
        picture.step(*done[-1])
        if number % every == 0:
            for full in (False, True):
                differ = np.argwhere((picture.pixels() != picture.at_once(full=full)).any(axis=2))
                assert not len(differ), f"seed {seed}, after {done}: {picture.cell_at(*differ[0])} at {differ[0]}"


@pytest.mark.parametrize(
    ("kind", "layout"),
    [
        pytest.param(kind, layout, marks=() if number == place else pytest.mark.campaign)
        for number, kind in enumerate(KINDS)
        for place, layout in enumerate(LAYOUTS)
    ],
)
def test_steps_lead_where_one_drawing_does(tmp_path: Path, kind: str, layout: str) -> None:
    """New epochs, knobs, sizes and themes in a random order, of every kind of run."""
    check(tmp_path, kind, layout, 10 * KINDS.index(kind), steps=9, every=3)


@pytest.mark.campaign
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(1_000, 1_008))
def test_long_sequences_of_steps(tmp_path: Path, seed: int, layout: str, effort: Effort) -> None:
    """The same, every step compared."""
    check(tmp_path, KINDS[seed % len(KINDS)], layout, seed, steps=effort(6, 40), every=1)


FOUND = {
    "as many other formulas": ("multilabel", "classes", [("grow", 5), *_asked("f1", "fp"), *_asked("recall", "fn")]),
    "an infinite ratio": ("multilabel", "classes", [*_asked("mcc", "lr+"), ("grow", 21), ("seek", 0.8)]),
    "a size in dark": ("binary", "samples", [("grow", 3), ("theme", "dark"), ("size", (901, 603))]),
    "a narrow size": ("binary", "samples samples samples", [("size", (333, 777))]),
    "values of the whole scale": ("binary", "surface", [("grow", 2), ("grow", 7)]),
    "a sentence in narrower axes": ("multilabel", "pr roc matrix", [("size", (400, 140)), ("grow", 3), ("skip", None)]),
    "colours of other formulas": ("binary", "calibration", [("grow", 5), *_asked("mcc"), *_asked("mcc", "f1")]),
    "a table without room": ("logs", "curves scores / curves:loss status", [("grow", 24), ("size", (640, 480))]),
    "nothing to see any more": ("multiclass", "surface", [("grow", 8), ("turn", {"prevalence": 0.5})]),
}


@pytest.mark.parametrize(
    "panel", ["scores", "matrix", "status", *later("classes", "pr", "roc", "threshold", "calibration", "surface")]
)
def test_nothing_stays_of_an_epoch_where_the_next_has_no_counts(tmp_path: Path, panel: str) -> None:
    """Axes are empty as those that never showed anything, in every order with sizes."""
    picture = Stepped(Growing(tmp_path, "multilabel"), panel)
    for step in [("grow", 3), ("skip", None), ("size", (901, 603)), ("grow", 1)]:
        picture.step(*step)
        np.testing.assert_array_equal(picture.pixels(), picture.at_once())


@pytest.mark.parametrize("found", FOUND)
def test_steps_that_once_led_elsewhere(tmp_path: Path, found: str) -> None:
    """The shortest way to each picture that differed."""
    kind, layout, steps = FOUND[found]
    picture = Stepped(Growing(tmp_path, kind), layout)
    for step in steps:
        picture.step(*step)
    np.testing.assert_array_equal(picture.pixels(), picture.at_once())


def test_bands_of_a_live_run_reach_its_newest_epoch(tmp_path: Path) -> None:
    """An epoch at a time to the fortieth: the picture is that of forty epochs."""
    picture = Stepped(Growing(tmp_path, "binary"), "curves")
    for _ in range(40):
        picture.step("grow", 1)
    np.testing.assert_array_equal(picture.pixels(), picture.at_once())
