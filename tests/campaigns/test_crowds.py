"""Three runs among a million entries that are none: they are shown, at a bounded cost, and followed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from viewer.listing.folder_rows import FolderRows

from ..conftest import Effort
from ..viewer.surfaces.text.terminals import Terminal
from .conftest import Figures
from .test_many_runs import cost

MORE_MB, AN_ENTRY = 120, 40e-6  # memory beyond that beside no crowd; seconds of the processor for an entry and a look


def runs_among(root: Path, *, files: int, folders: int) -> RunWriter:
    """Two runs that have ended and one that goes on, among empty files and folders that sort before and after them."""
    for number in range(2):
        with RunWriter(root, name=f"ended-{number}") as run:
            add_point(run, 0)
    open_one = RunWriter(root, name="goes-on")
    add_point(open_one, 0)
    for number in range(files):
        os.mknod(root / f"{'2' if number % 2 else 'z'}{number}.log")
    for number in range(folders):
        (root / f"{'2' if number % 2 else 'z'}{number}").mkdir()
    return open_one


def add_point(run: RunWriter, epoch: int) -> None:
    """An epoch of a hundred samples."""
    rng = np.random.default_rng(epoch)
    run.epoch(epoch, logs={"loss": 1.0}, val=(rng.integers(0, 2, 100), rng.random(100)))


def processor_seconds(process: int) -> float:
    """That a process has taken, by Linux."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.timeout(1_500)
@pytest.mark.parametrize(("kind", "whole"), [("files", 1_000_000), ("folders", 200_000)])
def test_runs_among_a_crowd(
    memory: Path, tmp_path: Path, effort: Effort, figures: Figures, kind: str, whole: int
) -> None:
    """`list`, `doctor` and the live table know the three runs, and the terminal follows one to its next epoch."""
    few, many = memory / "few", memory / "many"
    runs_among(few, files=0, folders=0).close()
    entries = effort(2_000, whole)
    run = runs_among(many, **({"files": 0, "folders": 0} | {kind: entries}))
    try:
        for command in ("list", "doctor"):
            (bare, least), (took, most) = (cost(tmp_path, command, str(folder)) for folder in (few, many))
            figures(command=command, **{kind: entries}, processor_s=f"{took:.1f}", peak_MB=f"{most:.0f}")
            assert took - bare < 1 + 4 * AN_ENTRY * entries  # every entry is met up to three times
            assert most - least < MORE_MB
        table = FolderRows(many)
        table.look()
        assert [row.path.name.split("-")[2:-1] for row in table.rows.values()] == [
            ["ended", "0"], ["ended", "1"], ["goes", "on"],
        ]  # fmt: skip
        with Terminal("watch", str(many), "--text", size=(110, 30)) as terminal:
            terminal.until(lambda text: "epoch 0 ·" in text)
            begun = processor_seconds(terminal.process.pid)
            add_point(run, 1)
            terminal.until(lambda text: "epoch 1 ·" in text)
            (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{terminal.process.pid}/status").read_text())
            terminal.press("q")
            assert terminal.wait() == 0
            figures(command="watch --text", **{kind: entries}, until_shown_s=f"{begun:.1f}", peak_MB=int(peak) // 1024)
            assert int(peak) / 1024 < 200 + MORE_MB
            assert "Traceback" not in terminal.output
            assert "lost" not in terminal.output
    finally:
        run.close()
