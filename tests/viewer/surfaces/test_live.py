"""A live figure on a canvas in memory: what is wanted is shown, whatever comes in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.dashboard.following import Follow
from viewer.dashboard.session import Session
from viewer.reading.watch import Watcher
from viewer.surfaces.live import Live

from .conftest import recorded


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A figure of a finished run, painted once."""
    folder = recorded(tmp_path, epochs=5).folder
    figure = Figure(figsize=(10, 6), dpi=100)
    FigureCanvasAgg(figure)
    with Watcher(folder) as watcher:
        found = Live(figure, Session(Follow(folder)), watcher=watcher, layout="curves scores")
        figure.canvas.draw()
        found.beat()
        yield found


def hover(live: Live) -> None:
    """The mouse moves over the curves."""
    x, y = live.dashboard.cells[0].axes[0].bbox.p0 + 0.5 * live.dashboard.cells[0].axes[0].bbox.size
    MouseEvent("motion_notify_event", live.figure.canvas, x, y)._process()


def test_an_event_between_two_draws_is_not_lost(live: Live) -> None:
    """The mouse moves, and before the next beat the canvas is drawn for another reason: the words come all the same."""
    hover(live)
    live.figure.canvas.draw()
    live.beat()
    assert "epoch 2" in live.strip._line.get_text()


def test_what_fails_in_a_beat_is_shown_and_the_next_one_comes(
    live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that fails while it is looked at is named in the picture, once in the log, and gone when it is back."""

    def fail() -> bool:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(live.session, "look", fail)
        for _ in range(3):
            live._last_look = 0.0
            live.beat()
    assert "the disk is gone" in live.dashboard.cells[0]._fault.get_text().replace("\n", " ")
    assert sum("the disk is gone" in record.message for record in caplog.records) == 1
    for _ in range(3):
        live._last_look = 0.0
        live.session.dirty = True
        live.beat()
    assert live.dashboard.cells[0]._fault.get_text() == ""
