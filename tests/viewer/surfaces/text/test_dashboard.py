"""The dashboard as text: its numbers, at the width of the terminal, and to the end of a run."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

import viewer
from recorder import RunWriter
from viewer.dashboard.following import Follow
from viewer.dashboard.session import Session
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.reading.watch import Watcher
from viewer.surfaces.text import Terminal, dashboard

from ..conftest import recorded


@pytest.mark.parametrize("size", ["20x6", "40x12", "60x20", "80x24", "100x30", "120x40", "80x60", "200x60"])
@pytest.mark.parametrize(
    "name", ["binary", "one", "multiclass", "multilabel", "hundred", "logs", "counts", "empty", "long"]
)
def test_every_kind_of_run_fits_every_size(runs: dict[str, Framer], name: str, size: str) -> None:
    """No line is wider than the terminal, there are not more than it has, and no table has a number cut short."""
    width, height = map(int, size.split("x"))
    framer = runs[name]
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(dashboard(framer.frame(), width=width, height=height))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined] # a StringIO
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= height
    cut = [line for line in lines[2:] if re.search(r"\d…", line)]
    assert cut == [] or name == "hundred"  # whose classes' long names end in numbers


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_it_fits_the_terminal_and_holds_the_numbers(tmp_path: Path, width: int, height: int) -> None:
    """No line is wider than the terminal, there are not more lines than it has, and the counts stand there."""
    run = viewer.open_run(recorded(tmp_path).folder)
    frame = Framer(run).frame()
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(dashboard(frame, width=width, height=height))
    text = console.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= height
    matrix = frame.confusion()
    assert matrix is not None
    for number in matrix.ravel():
        assert f"{number:,}" in text
    assert f"{run.values('f1')[-1]:.4f}" in text


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (3, 50), (1_000_000, 100_000)])
def test_any_size_that_a_terminal_says_it_has(tmp_path: Path, width: int, height: int) -> None:
    """None, as some that nobody looks at say, or a million columns: something is drawn, of a bounded size."""
    frame = Framer(viewer.open_run(recorded(tmp_path).folder)).frame()
    console = Console(file=io.StringIO(), width=max(width, 1), height=max(height, 1), color_system=None)
    console.print(dashboard(frame, width=width, height=height))
    assert 0 < len(console.file.getvalue()) < 1_000_000  # type: ignore[attr-defined] # a StringIO


def test_one_epoch_that_is_not_the_first(tmp_path: Path) -> None:
    """A training that goes on elsewhere, with `initial_epoch=5`: one point, and its epoch the one tick."""
    with RunWriter(tmp_path, name="late") as writer:
        writer.epoch(5, logs={"loss": 1.0}, val=([0, 1], [0.2, 0.9]))
    frame = Framer(viewer.open_run(writer.folder)).frame()
    console = Console(file=io.StringIO(), width=100, height=30, color_system=None)
    console.print(dashboard(frame, width=100, height=30))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined] # a StringIO
    axes = [(number, found) for number, line in enumerate(lines) for found in re.finditer("└[─┬]+", line)]
    ticks = [re.findall(r"\d+", lines[number + 1][slice(*found.span())]) for number, found in axes]
    assert ticks == [["5"], ["5"]]  # of the formulas, and of the loss


def test_a_log_without_a_number_is_not_said_to_have_nothing(tmp_path: Path) -> None:
    """One that is infinite at every point was logged: it has no number yet."""
    with RunWriter(tmp_path / "runs") as writer:
        for epoch in range(3):
            writer.epoch(epoch, logs={"loss": 1.0, "gap": float("inf")})
    console = Console(file=io.StringIO(), width=120, height=40, color_system=None)
    console.print(dashboard(Framer(viewer.open_run(writer.folder or "")).frame(), width=120, height=40))
    shown = console.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    assert "no number yet" in shown
    assert "nothing yet" not in shown


def test_it_follows_a_run_to_its_end(tmp_path: Path) -> None:
    """With `until_end` it shows the last epoch of a finished run and returns."""
    recorded(tmp_path, epochs=3)
    console = Console(file=io.StringIO(), width=100, height=30)
    with Watcher(tmp_path) as watcher:
        Terminal(Session(Follow(tmp_path)), watcher=watcher, console=console, until_end=True).run()
    assert "epoch 2 · 3 of 3 done" in console.file.getvalue()  # type: ignore[attr-defined] # a StringIO


def test_a_formula_that_is_not_known_is_told(runs: dict[str, Framer]) -> None:
    """In red below the name of the run, with what is nearest to it; the others are drawn."""
    framer = Framer(runs["binary"].run)
    framer.turn(metrics=(parse_spec("precison"), parse_spec("f1")))
    console = Console(file=io.StringIO(), width=120, height=30, color_system=None)
    console.print(dashboard(framer.frame(), width=120, height=30))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined] # a StringIO
    assert lines[1].startswith("a name must be a formula, a count or a log (nearest: precision,")
    assert any("━ F1" in line for line in lines)
