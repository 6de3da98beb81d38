"""A session: one set of knobs, files of formulas that are loaded again, bands that wait for the hand to rest."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from recorder import RunWriter
from viewer.dashboard.following import Follow
from viewer.dashboard.formula_files import FormulaFiles
from viewer.dashboard.session import REST, Session
from viewer.formulas import FormulaError
from viewer.frame import Knobs
from viewer.reading.watch import Watcher
from viewer.surfaces.live import Live

SAVED = "import viewer\n\n@viewer.formula\ndef wealth(tp, fp):\n    return {} * tp - fp\n"


def record(root: Path, name: str, epochs: int = 4) -> Path:
    """A run of a few epochs."""
    rng = np.random.default_rng(0)
    truth = rng.random(100) < 0.3
    with RunWriter(root, name=name) as writer:
        for epoch in range(epochs):
            writer.epoch(epoch, logs={"loss": 1.0}, val=(truth, rng.random(100)))
    return writer.folder


def save(path: Path, text: str) -> None:
    """Saves a file so that it is seen to be another one."""
    path.write_text(text)
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + len(text) * 1_000_000_000))


def test_a_saved_file_of_formulas_redraws_every_past_epoch(tmp_path: Path) -> None:
    """After a save all epochs have the new values; a mistake keeps the last good ones and says file and line; mended,
    it is forgotten."""
    mine = tmp_path / "mine.py"
    save(mine, SAVED.format(2))
    files = FormulaFiles([str(mine)], ["wealth"])
    session = Session(Follow(record(tmp_path / "runs", "a"), Knobs(metrics=files.specs)), files=files)
    tp, fp = (session.framer.run.counts()[name].to_numpy() for name in ("tp", "fp"))

    def shown() -> np.ndarray:
        session.look()
        return session.frame().values(session.frame().metrics[0])

    np.testing.assert_array_equal(shown(), 2 * tp - fp)
    save(mine, SAVED.format(3))
    np.testing.assert_array_equal(shown(), 3 * tp - fp)
    save(mine, SAVED.format("oops +"))
    np.testing.assert_array_equal(shown(), 3 * tp - fp)
    assert "mine.py, line 5" in session.faults[0]
    save(mine, SAVED.format(10))
    np.testing.assert_array_equal(shown(), 10 * tp - fp)
    assert session.faults == []


def test_a_broken_file_at_the_start_is_refused(tmp_path: Path) -> None:
    """A file that fails before anything is shown is one error with its line; so is a file that is not there."""
    save(tmp_path / "mine.py", "1 / 0\n")
    with pytest.raises(FormulaError, match=r"mine\.py, line 1: ZeroDivisionError"):
        FormulaFiles([str(tmp_path / "mine.py")], [])
    with pytest.raises(FormulaError, match=r"^a file of formulas must exist\."):
        FormulaFiles([str(tmp_path / "none.py")], [])


def test_a_mistake_is_shown_in_the_picture(tmp_path: Path) -> None:
    """The sentence about a broken file stands in the first panel, which keeps its curves."""
    mine = tmp_path / "mine.py"
    save(mine, SAVED.format(2))
    files = FormulaFiles([str(mine)], ["wealth"])
    session = Session(Follow(record(tmp_path / "runs", "a"), Knobs(metrics=files.specs)), files=files)
    figure = Figure(figsize=(9, 6))
    FigureCanvasAgg(figure)
    with Watcher(tmp_path) as watcher:
        live = Live(figure, session, watcher=watcher, layout="curves scores")
        figure.canvas.draw()
        live.beat()
        save(mine, SAVED.format("oops +"))
        watcher.changed.set()
        live.beat()
        figure.canvas.draw()
        live.beat()
    first = live.dashboard.cells[0]
    assert "mine.py, line 5" in first._fault.get_text().replace("\n", "")
    assert any(line.get_visible() and len(line.get_xdata()) for axes in first.axes for line in axes.lines)


def test_bands_wait_until_the_hand_rests(tmp_path: Path) -> None:
    """While the threshold moves there is no band; once it has rested the band is back."""
    session = Session(Follow(record(tmp_path, "a")))
    session.set_threshold(0.3, 100.0)
    session.tick(100.0 + REST / 2)
    assert session.frame().knobs.band == 0
    session.tick(100.0 + 2 * REST)
    assert session.frame().knobs.band == 0.95


def test_a_newer_run_takes_over_unless_one_was_named(tmp_path: Path) -> None:
    """Of a folder the newest run is shown, and knobs that were turned stay turned; a named run stays."""
    first = record(tmp_path, "a")
    of_folder, named = Session(Follow(tmp_path)), Session(Follow(first))
    of_folder.turn(threshold=0.3)
    record(tmp_path, "b")
    assert of_folder.look() is True
    assert (of_folder.frame().run.name, of_folder.frame().threshold) == ("b", pytest.approx(0.3, abs=1e-6))
    assert named.look() is False
    assert named.frame().run.name == "a"


def test_a_newer_run_takes_nothing_from_somebody_who_scrubs(tmp_path: Path) -> None:
    """With the latch off the view stays with its run, which still grows; with End it goes to the newer one, and the
    speed stays."""
    record(tmp_path, "a")
    session = Session(Follow(tmp_path))
    session.player.faster(3.0)
    session.press("left", 0.0)
    record(tmp_path, "b", epochs=2)
    assert session.look() is False
    assert (session.frame().run.name, session.player.position, session.player.speed) == ("a", 2, 30.0)
    session.press("end", 0.0)
    assert session.look() is True
    assert (session.frame().run.name, session.player.position, session.player.speed) == ("b", 1, 30.0)
    assert session.player.following
