"""A redraw moves artists that are there: it makes no figure and no artist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from matplotlib.artist import Artist

from tests.conftest import later
from viewer.dashboard.figure import default_layout
from viewer.frame import Framer
from viewer.panels.base import PANELS
from viewer.run import open_run

from .redraws import KINDS, Growing, Step, Stepped

STEPS: list[Step] = [("turn", {"threshold": 0.3}), ("seek", 0.5), ("grow", 1), ("turn", {"threshold": 0.52})]
# Panels whose artists are as many as what they show: the ticks of an axis that grows, a name at each end of a line.
ALL = "curves logs / scores pr roc / matrix threshold surface / calibration classes samples / status"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many artists of each class have been made; a figure is one."""
    found: Counter[str] = Counter()
    init = Artist.__init__

    def counted(self: Artist) -> None:
        found[type(self).__name__] += 1
        init(self)

    monkeypatch.setattr(Artist, "__init__", counted)
    return found


def drawn(root: Path, kind: str, layout: str | None) -> Stepped:
    """A dashboard that has been through the steps twice, of a run that hardly changes any more."""
    run = Growing(root, kind)
    run.grow(24)
    picture = Stepped(run, layout or default_layout(Framer(open_run(run.folder)).frame()))
    for step in 2 * STEPS:
        picture.step(*step)
    return picture


@pytest.mark.parametrize("kind", ["binary", *later(*KINDS[1:])])
def test_a_redraw_of_the_default_dashboard_makes_no_artist(tmp_path: Path, made: Counter[str], kind: str) -> None:
    """Of every kind of run: another threshold, another epoch, a new one."""
    picture = drawn(tmp_path, kind, None)
    grown = {}
    for step in STEPS:
        made.clear()
        picture.step(*step)
        grown |= {f"{step[0]} {step[1]}": dict(made)} if made else {}
    assert grown == {}, "artists that a redraw made, by their classes"


def test_a_redraw_of_all_panels_makes_no_figure(tmp_path: Path, made: Counter[str]) -> None:
    """Panels of lists may make what they list; a figure and axes nobody makes."""
    own = {name for name in PANELS if PANELS[name].__module__.startswith("viewer.")}  # other tests register some
    assert own - set(ALL.replace("/", " ").split()) <= {"gallery"}
    picture = drawn(tmp_path, "binary", ALL)
    made.clear()
    for step in STEPS:
        picture.step(*step)
    assert made["Figure"] == made["Axes"] == 0


def test_what_is_made_is_seen(tmp_path: Path, made: Counter[str]) -> None:
    """Another size has no new artists; another theme is another dashboard."""
    picture = drawn(tmp_path, "binary", "curves")
    made.clear()
    picture.step("theme", "dark")
    assert made["Figure"] == 1
    assert made["Line2D"] > 0
