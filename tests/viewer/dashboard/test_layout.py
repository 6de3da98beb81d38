"""Rows of panels that fit the picture they are drawn on."""

from __future__ import annotations

from pathlib import Path

import pytest

import viewer
from recorder import RunWriter
from viewer.dashboard.figure import default_layout
from viewer.dashboard.layout import LOWEST, NARROWEST, broken, parse_layout
from viewer.frame import Framer
from viewer.panels.base import PANELS
from viewer.panels.curves.artists import Curves

FOUR = parse_layout("curves scores / loss pr matrix threshold")


@pytest.mark.parametrize(
    ("inches", "rows"),
    [
        ((12.8, 6.5), [2, 4]),  # a window
        ((9.0, 5.5), [2, 4]),
        ((3.6, 5.8), [2, 2, 2]),  # a phone held upright
        ((1.4, 9.0), [1, 1, 1, 1, 1, 1]),
        ((3.6, 2.0), [2, 4]),  # no room to break anything
    ],
)
def test_a_row_of_narrow_panels_is_broken_while_there_is_height(inches: tuple[float, float], rows: list[int]) -> None:
    """Each panel keeps its place in the order; none gets lower than its labels need."""
    found = broken(FOUR, inches)
    assert [len(row) for row in found] == rows
    assert [place for row in found for place in row] == [place for row in FOUR for place in row]
    assert len(found) == len(FOUR) or inches[1] / len(found) >= LOWEST
    narrow = [row for row in found if len(row) > 1 and inches[0] / len(row) < NARROWEST]
    assert not narrow or inches[1] / (len(found) + 1) < LOWEST


def test_a_run_of_logs_has_all_of_them_in_one_panel(tmp_path: Path) -> None:
    """Beside how far it is; there is no other panel that would be empty."""
    found = []
    for logs in ({}, {"loss": 1.0, "val_loss": 2.0, "learning_rate": 0.1}, {"loss": 1.0, "accuracy": 0.5}):
        with RunWriter(tmp_path) as writer:
            writer.epoch(0, logs=logs)
        found.append(default_layout(Framer(viewer.open_run(writer.folder)).frame()))
    assert found == ["logs[7] status[3]"] * 3


def test_counts_have_a_panel_of_the_loss_or_of_all_logs_where_there_are_any(tmp_path: Path) -> None:
    """The tally's own value and a rate that stays are none; without a log the panel held an error."""
    found = []
    plain = {"val_loss": 2.0, "mcc": 0.5, "val_mcc": 0.4, "learning_rate": 0.1}
    for logs in ({}, plain, plain | {"accuracy": 0.9}, {"val_nll": 2.0}, {"accuracy": 0.9}, {"learning_rate": 0.1}):
        with RunWriter(tmp_path) as writer:
            writer.epoch(0, logs=logs, val=([0, 1], [0.2, 0.9]))
        found.append(default_layout(Framer(viewer.open_run(writer.folder)).frame()))
    rest = "pr[3] matrix[3] threshold[3]"
    firsts = ("", "curves:loss[3] ", "logs[4] ", "logs[4] ", "logs[4] ", "logs[4] ")
    assert found == [f"curves[5] scores[5] / {first}{rest}" for first in firsts]


@pytest.mark.parametrize("logs", [{}, {"reward": 1.0}, {"val_nll": 2.0}, {"loss": 1.0}])
@pytest.mark.parametrize("runs", [1, 2, 5])
@pytest.mark.parametrize("counted", [True, False])
def test_no_default_dashboard_asks_for_a_log_that_is_not_there(
    tmp_path: Path, logs: dict[str, float], runs: int, counted: bool
) -> None:
    """Whatever was logged, under whatever name: no panel has a fault, but that nothing at all was recorded."""
    folders = []
    for number in range(runs):
        with RunWriter(tmp_path, name=f"run-{number}") as writer:
            writer.epoch(step=10, logs=logs, **({"val": ([0, 1], [0.2, 0.9])} if counted else {}))
        folders.append(writer.folder)
    first, *others = map(viewer.open_run, folders)
    frame = Framer(first, others=tuple(others)).frame()
    places = [place for row in parse_layout(default_layout(frame)) for place in row]
    found = [
        fault
        for place in places
        for panel in [PANELS.make(place.name, *place.words)]
        if isinstance(panel, Curves)
        for part in panel.parts(frame)
        for fault in panel.numbers(frame, part).faults
    ]
    assert found == ([] if logs or counted else ["nothing was logged"])
