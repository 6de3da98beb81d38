"""`--text` in a real terminal: its keys, its size, and what it leaves behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from recorder import RunWriter
from tests.conftest import later, later_rows
from viewer.dashboard.session import KEYS

from ..conftest import recorded
from .terminals import ROOT, Terminal

SIZES = [(40, 12), (80, 24), (200, 60)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of twelve epochs."""
    return str(recorded(tmp_path_factory.mktemp("runs"), epochs=12).folder)


def test_it_takes_every_key_that_it_promises(run: str) -> None:
    """The keys of `?` and those of the window are the same, and each does on screen what is said of it."""
    with Terminal("replay", run, "--text", size=(110, 30)) as terminal:
        terminal.until(lambda text: "epoch 0 ·" in text and "paused" in text)
        terminal.press("\x1b[C\x1b[C")
        terminal.until(lambda text: "epoch 2 ·" in text)
        terminal.press("\x1b[D")
        terminal.until(lambda text: "epoch 1 ·" in text)
        terminal.press("\x1b[1;2C")
        terminal.until(lambda text: "epoch 11 ·" in text)
        terminal.press("\x1b[1;2D")
        terminal.until(lambda text: "epoch 1 ·" in text)
        terminal.press("\x1b[F")
        terminal.until(lambda text: "epoch 11 ·" in text and "live ·" in text)
        terminal.press("\x1bOH")
        terminal.until(lambda text: "epoch 0 ·" in text and "paused ·" in text)
        terminal.press("t\x1b[C")
        terminal.until(lambda text: "arrows move the threshold" in text and re.search(r"threshold +0\.51", text))
        terminal.press("t")
        banded = terminal.until(lambda text: "paused" in text and "95%" in text)
        terminal.press("b")
        terminal.until(lambda text: "95%" not in text)
        terminal.press("s")
        terminal.until(lambda text: "training ·" in text)
        logarithmic = [line for line in banded if "▁" in line or "█" in line]
        terminal.press("sl")
        terminal.until(lambda text: [line for line in text.split("\n") if "▁" in line or "█" in line] != logarithmic)
        terminal.press("+")
        terminal.press(" ")
        terminal.until(lambda text: "playing, 15 a second" in text)
        terminal.until(lambda text: "epoch 11 ·" in text and "paused" in text)
        terminal.press("?")
        told = " ".join("\n".join(terminal.until(lambda text: "these keys" in text)).split())
        assert [what for what in KEYS.values() if what not in told] == []
        terminal.press("q")
        assert terminal.wait() == 0


def test_it_is_drawn_anew_whenever_the_window_changes(run: str) -> None:
    """Larger and smaller; no line is wider than the window and none below it, and curves take at least half of it."""
    with Terminal("replay", run, "--text", size=SIZES[0]) as terminal:
        for size in (*SIZES, *reversed(SIZES[:-1])):
            terminal.resize(*size)
            columns, rows = size

            def fits(text: str, rows: int = rows, columns: int = columns) -> bool:
                lines = text.split("\n")
                return len(lines) == rows and "epoch 0" in lines[0] and max(map(_axis, lines)) >= 0.28 * columns

            screen = terminal.until(fits)
            assert max(map(cell_len, screen)) <= columns
            text = "\n".join(screen)
            assert "━" in text  # the legend
            assert len(re.findall("━ .*F1 [0-9.]+", text)) == 1


def _axis(line: str) -> int:
    """Columns of the longest axis in a line."""
    return max(map(len, re.findall("└[─┬]+", line)), default=0)


@pytest.mark.parametrize("columns", [100, *later(80, 200)])
def test_curves_take_the_width(run: str, columns: int) -> None:
    """All of it but names and numbers where one chart stands there; of 80 columns sixty, where it was twenty."""
    with Terminal("replay", run, "--text", size=(columns, 24)) as terminal:
        screen = terminal.until(lambda text: "└" in text and "epoch 0" in text)
        axes = [len(axis) for line in screen for axis in re.findall("└[─┬]+", line)]
        assert sum(axes) >= 0.6 * columns


@pytest.mark.parametrize(
    ("variables", "coloured", "drawn"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
)
def test_terminals_that_can_do_less(run: str, variables: dict[str, str], coloured: bool, drawn: bool) -> None:
    """No colours where none are wanted, with names at the ends of the lines; in a dumb terminal no escape at all."""
    with Terminal("replay", run, "--text", **variables) as terminal:
        terminal.until(lambda text: "F1" in text)
        if drawn:
            terminal.until(lambda text: "paused" in text)
        terminal.press("q")
        assert terminal.wait() == 0
        assert bool(re.search(r"\x1b\[[0-9;]*3[0-9][;m]", terminal.output)) is coloured
        assert ("\x1b" in terminal.output) is drawn
        assert "━ F1" in terminal.output or coloured


@pytest.mark.parametrize("end", ["q", signal.SIGTERM, *later("\x03")])
def test_the_terminal_is_left_as_it_was(run: str, end: str | signal.Signals) -> None:
    """Its modes, its cursor and its first screen, whoever ends it."""
    with Terminal("replay", run, "--text") as terminal:
        terminal.until(lambda text: "paused" in text)
        assert terminal.ended != terminal.before
        terminal.press(end) if isinstance(end, str) else terminal.process.send_signal(end)
        terminal.wait()
        assert terminal.ended == terminal.before
        assert terminal.output.rfind("\x1b[?1049l") > terminal.output.rfind("\x1b[?1049h") >= 0
        assert terminal.output.rfind("\x1b[?25h") > terminal.output.rfind("\x1b[?25l")
        assert "Traceback" not in terminal.output


def test_a_new_epoch_comes_to_the_screen_without_a_key(tmp_path: Path) -> None:
    """While the training goes on; a pipe has a line for each."""
    from recorder import RunWriter

    with RunWriter(tmp_path, name="live") as writer:
        writer.epoch(0, logs={"loss": 1.0})
        with Terminal("watch", str(tmp_path), "--text") as terminal:
            terminal.until(lambda text: "epoch 0 ·" in text and "live ·" in text)
            writer.epoch(1, logs={"loss": 0.5})
            terminal.until(lambda text: "epoch 1 ·" in text)
            terminal.press("q")
            assert terminal.wait() == 0


@pytest.mark.parametrize(("options", "last"), [([], 0), *later_rows((["--play", "--speed", "100"], 2))])
def test_a_replay_in_a_pipe_ends_where_nothing_can_move_it(tmp_path: Path, options: list[str], last: int) -> None:
    """Without keys it says where it stands, or plays to the end; the dashboard is the last that it prints."""
    with RunWriter(tmp_path, name="piped") as written:
        for epoch in range(3):
            written.epoch(epoch, logs={"loss": 1.0}, val=([0, 1, 1], [0.2, 0.6, 0.4]))
    command = [sys.executable, "-P", "-m", "viewer", "replay", str(tmp_path), "--text", *options]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    first, *rest = said.splitlines()
    assert first.startswith("epoch 0 ")
    assert [f"epoch {last} " in line for line in rest if line.startswith("piped")] == [True]


@pytest.mark.parametrize(
    ("where", "status", "said"),
    [(">/dev/full", 2, "epochreel: No space left on device\n"), *later_rows((">&-", 0, ""), (">&- 2>&-", 0, ""))],
)
def test_an_output_that_takes_nothing_is_no_fault_of_the_run(run: str, where: str, status: int, said: str) -> None:
    """Closed, or on a full disk: it ends, with a sentence where somebody can read it."""
    command = f'"$0" -P -m viewer replay "$1" --text {where}'
    done = subprocess.run(["sh", "-c", command, sys.executable, run], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)
