"""Every surface has the same loop: news come in, the clock runs, and one beat that fails is followed by the next."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from viewer.dashboard.following import Follow
from viewer.dashboard.session import Session
from viewer.export.look import Look
from viewer.reading.watch import Watcher
from viewer.surfaces import SURFACES, surface
from viewer.surfaces.loop import Surface
from viewer.surfaces.opening import first_run
from viewer.surfaces.pipe import receive
from viewer.surfaces.stream import Stream
from viewer.surfaces.text import Terminal
from viewer.surfaces.web.board import Board

from .conftest import record, recorded


class Counted(Surface):
    """Shows nothing; keeps the epoch of each picture, and is looked at until something holds."""

    until: Callable[[Counted], bool]
    fail = False

    def show(self) -> bool:
        """Keeps the epoch."""
        self.epochs: list[int] = getattr(self, "epochs", [])
        if self.fail:
            raise OSError("no room to draw")
        if not self.session.dirty:
            return False
        self.session.dirty = False
        self.epochs.append(self.session.frame().epoch)
        return True

    def wanted(self) -> bool:
        """Until something holds."""
        return not self.until(self)


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_is_one_class_with_the_shared_loop(name: str) -> None:
    """A surface is a subclass of `Surface` that says how it shows; its beat is that of all the others.

    The page, in a tab or in a cell, has one for each of its views.
    """
    found = Board if name in ("web", "piped") else surface(name)
    assert issubclass(found, Surface)
    assert not found.__abstractmethods__
    assert found.beat is Surface.beat


def test_an_unknown_surface_is_refused() -> None:
    """The sentence names those there are."""
    with pytest.raises(ValueError, match=rf"must be one of {', '.join(SURFACES)}\. Received: fax"):
        surface("fax")


def test_the_loop_takes_news_in_and_plays(tmp_path: Path) -> None:
    """An epoch that comes while it runs is shown; then the cursor, played from the start, passes all epochs."""
    writer = recorded(tmp_path, epochs=2, close=False)

    def until(shown: Counted) -> bool:
        if shown.epochs == [1]:
            record(writer, 2)
        if shown.epochs == [1, 2]:
            shown.session.player.speed = 100.0
            shown.session.player.toggle()
        return len(shown.epochs) > 2 and shown.epochs[-1] == 2

    with Watcher(tmp_path) as watcher:
        shown = Counted(Session(Follow(tmp_path)), watcher=watcher)
        shown.until = until
        shown.run()
    writer.close()
    assert shown.epochs[:2] == [1, 2]
    assert not shown.session.player.playing


def test_a_beat_that_fails_does_not_end_the_loop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What fails is kept to be shown and logged once; the picture comes when it is mended."""
    recorded(tmp_path, epochs=2)
    faults: list[str] = []

    def until(shown: Counted) -> bool:
        faults.append(shown.fault)
        shown.fail = len(faults) < 2
        shown._watcher.changed.set()  # as news would
        return not shown.fault

    with Watcher(tmp_path) as watcher:
        shown = Counted(Session(Follow(tmp_path)), watcher=watcher)
        shown.until, shown.fail = until, True
        shown.run()
    assert all("no room to draw" in fault for fault in faults[:2])
    ours = [record for record in caplog.records if record.name == "viewer.surfaces.loop"]
    assert (faults[-1], shown.epochs[-1], len(ours)) == ("", 1, 1)


def test_an_interrupt_ends_the_loop(tmp_path: Path) -> None:
    """Ctrl-C is an end, no error."""
    recorded(tmp_path, epochs=1)

    def until(_: Counted) -> bool:
        raise KeyboardInterrupt

    with Watcher(tmp_path) as watcher:
        shown = Counted(Session(Follow(tmp_path)), watcher=watcher)
        shown.until = until
        shown.run()


def test_nobody_waits_for_a_first_run_that_nobody_would_see(tmp_path: Path) -> None:
    """Where who would look has gone before there is a run, the waiting ends."""
    with Watcher(tmp_path) as watcher:
        assert first_run(Follow(tmp_path), watcher, lambda: False) is None


def test_the_terminal_says_what_is_wrong_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails while it is looked at is named in the header; before, it ended the terminal's picture."""
    recorded(tmp_path, epochs=2)
    console = Console(file=io.StringIO(), width=100, height=30)
    session = Session(Follow(tmp_path))

    def fail() -> bool:
        raise OSError("the disk is gone")

    monkeypatch.setattr(session, "look", fail)
    with Watcher(tmp_path) as watcher:
        Terminal(session, watcher=watcher, console=console, until_end=True).run()
    assert "the disk is gone" in console.file.getvalue()  # type: ignore[attr-defined] # a StringIO


def test_the_stream_sends_whole_pictures_and_signs_of_life(tmp_path: Path) -> None:
    """What is written is a picture for the epochs there are, then signs of life until nobody reads."""
    recorded(tmp_path, epochs=2)

    class Pipe(io.BytesIO):
        """Of which the reader goes after the third message."""

        messages = 0

        def flush(self) -> None:
            """Counts."""
            self.messages += 1
            if self.messages == 3:
                raise BrokenPipeError

    with Watcher(tmp_path) as watcher:
        out = Pipe()
        Stream(Session(Follow(tmp_path)), watcher=watcher, look=Look(size=(500, 400)), out=out, fps=30).run()
    out.seek(0)
    first, second = receive(out), receive(out)
    assert first is not None
    assert Image.open(io.BytesIO(first)).size == (500, 400)
    assert second == b""
