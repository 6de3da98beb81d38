"""A picture that another process draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import viewer
from viewer.comparison.picture import Reel
from viewer.export.drawing_process import Apart

from .conftest import Record

LOOK: dict[str, Any] = {"size": (640, 400), "dpi": 80, "theme": "dark"}


def test_it_is_the_same_picture(binary: Record, tmp_path: Path) -> None:
    """Pixel by pixel what this process draws; and nothing else is left beside it."""
    found = viewer.compare([binary(name, seed) for seed, name in enumerate("abc")], ["f1", "mcc"], draws=50)
    found.save(tmp_path / "here.png", **LOOK)
    with Apart() as apart:
        apart.draw(Reel(found).still, tmp_path / "there.png", **LOOK)
    here, there = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("here", "there"))
    np.testing.assert_array_equal(here, there)
    assert sorted(path.name for path in tmp_path.glob("*here*")) == ["here.png", "there.png"]


def test_what_went_wrong_there_is_raised_here(binary: Record, tmp_path: Path) -> None:
    """With its own type and words, as if it had been drawn here."""
    found = viewer.compare([binary("a", 0), binary("b", 1)], ["f1"], draws=50)
    with Apart() as apart, pytest.raises(FileNotFoundError, match="nowhere"):
        apart.draw(Reel(found).still, tmp_path / "nowhere" / "a.png", **LOOK)


def test_where_the_other_process_has_ended_this_one_draws(binary: Record, tmp_path: Path) -> None:
    """Killed, or never started: there is a picture."""
    found = viewer.compare([binary("a", 0), binary("b", 1)], ["f1"], draws=50)
    with Apart() as apart:
        assert apart.process is not None
        apart.process.kill()
        apart.draw(Reel(found).still, tmp_path / "a.png", **LOOK)
    Apart().draw(Reel(found).still, tmp_path / "b.png", **LOOK)
    for name in "ab":
        assert Image.open(tmp_path / f"{name}.png").size == LOOK["size"]


def test_the_other_process_loads_what_draws_and_nothing_that_reads() -> None:
    """Beside matplotlib neither Arrow nor pandas nor what opens a run: that is half of what this process holds."""
    code = "import sys; from viewer.export import still; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "matplotlib.figure" in loaded
    assert {"pyarrow", "pandas", "scipy", "viewer.run", "viewer.reading", "viewer.frame.framer"}.isdisjoint(loaded)


def test_nobody_waits_where_nothing_is_drawn() -> None:
    """On leaving, the other process is over, though it never got a picture."""
    with Apart() as apart:
        assert apart.process is not None
        assert apart.process.poll() is None
    assert apart.process.poll() is not None


@pytest.mark.campaign
def test_files_of_the_current_folder_are_not_taken_for_ours(binary: Record, tmp_path: Path) -> None:
    """A `viewer.py`, `json.py` or `numpy.py` of the user's is run by no process that `compare` starts."""
    runs = [binary(name, seed) for seed, name in enumerate("ab")]
    for name in ("viewer", "json", "numpy", "pickle", "matplotlib"):
        (tmp_path / f"{name}.py").write_text("open('it-was-run', 'w').close()\n")
    command = [sys.executable, "-P", "-m", "viewer", "compare", *map(str, runs), "-m", "f1", "--to", "c.png"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "c.png").exists()
    assert not (tmp_path / "it-was-run").exists()


def test_every_process_is_started_without_the_current_folder() -> None:
    """Wherever the viewer or the recorder starts Python, -P comes first."""
    house = Path(viewer.__file__).parent.parent
    sources = [path.read_text() for root in ("viewer", "recorder") for path in (house / root).rglob("*.py")]
    starts = [rest for source in sources for rest in source.split("sys.executable")[1:]]
    assert len(starts) >= 2
    assert all(rest.startswith(', "-P"') for rest in starts)


@pytest.mark.campaign
def test_a_formula_that_bins_leave_open_is_drawn_there_too(binary: Record, tmp_path: Path) -> None:
    """Its curves ask runs, which no other process has, for how far it is open: the same picture as here."""
    found = viewer.compare([binary(name, seed) for seed, name in enumerate("ab")], ["roc_auc"], draws=50)
    found.save(tmp_path / "here.png", **LOOK)
    with Apart() as apart:
        apart.draw(Reel(found).still, tmp_path / "there.png", **LOOK)
    here, there = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("here", "there"))
    np.testing.assert_array_equal(here, there)
