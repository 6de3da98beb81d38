"""The dashboard of a page without a server or a browser: what one tab is told and sent, of every kind of run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partialmethod
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import thinned
from viewer.config import Settings
from viewer.dashboard import session
from viewer.dashboard.following import Fixed, Follow
from viewer.dashboard.formula_files import FormulaFiles
from viewer.frame import Framer
from viewer.reading.watch import Watcher
from viewer.run import Run
from viewer.run.patience import Patience
from viewer.surfaces.opening import Opening
from viewer.surfaces.web.store import Store
from viewer.surfaces.web.visit import Visit

from ..conftest import record, recorded

KINDS = ["binary", "one", "multiclass", "hundred", "multilabel", "counts", "unscored", "logs", "empty"]


class Tab:
    """A page that acknowledges at once, and keeps what it was told.

    Args:
        store: the runs.
        at: what stands in its address.
    """

    def __init__(self, store: Store, *, runs: Sequence[str] = (), **at: Any) -> None:
        self.visit, self.words, self.sheets = Visit(store), dict[str, Any](), 0
        self.drawn: set[int] = set()
        self.say("open", view="dashboard", runs=runs, at={"type": "turn", **at})
        self.take()
        self.say("sizes", ratio=1, panels=[[400, 260]] * sum(map(len, self.words.get("grid", []))))
        self.take()

    def say(self, type: str, **words: Any) -> None:
        """Says something."""
        self.visit.receive(json.dumps({"type": type, **words}))

    def take(self) -> None:
        """Takes sheets until nothing is new."""
        while (sheet := self.visit.beat()) is not None:
            self.words |= sheet.words
            self.sheets += 1
            self.drawn |= {patch.panel for patch in sheet.patches}
            self.say("ack")


@pytest.fixture
def store_of() -> Iterator[Callable[..., Store]]:
    """Stores of a follow or of runs."""
    with ExitStack() as stack:

        def make(what: Follow | Sequence[Run], *, files: FormulaFiles | None = None, **settings: Any) -> Store:
            follow = what if isinstance(what, Follow) else Fixed(what)
            watcher = stack.enter_context(Watcher(follow.folder))
            opening = Opening(follow=follow, watcher=watcher, settings=Settings(**settings), files=files)
            return Store(opening)

        yield make


@pytest.mark.parametrize("kind", thinned(KINDS, every=4))
def test_every_kind_of_run_has_a_page(runs: Mapping[str, Framer], store_of: Callable[..., Store], kind: str) -> None:
    """All its pictures come, nothing is wrong, and every control has something that can be chosen."""
    tab = Tab(store_of([runs[kind].run]))
    assert tab.drawn == set(range(sum(map(len, tab.words["grid"]))))
    assert (tab.words["trouble"], tab.words["wrong"], tab.words["waiting"]) == ("", {}, "")
    assert [name for name, _ in tab.words["splits"]].count(tab.words["split"]) == bool(tab.words["splits"])
    assert len(tab.words["pictures"]) == len(tab.drawn)


def test_what_is_set_stands_in_the_address_and_is_taken_from_it(
    runs: Mapping[str, Framer], store_of: Callable[..., Store]
) -> None:
    """A tab that is opened with what another one has set shows the same."""
    store = store_of([runs["multiclass"].run])
    tab = Tab(store)
    assert tab.words["set"] == {}
    tab.say("turn", epoch=4, threshold=0.3, split="train", label=2, band=0.5, theme="dark", log=True, speed=20)
    tab.say("turn", layout="curves / scores", metrics="f1@0.3, recall")
    tab.take()
    other = Tab(store, **tab.words["set"])
    same = ("epochs", "threshold", "split", "label", "band", "theme", "log", "layout", "metrics", "player", "set")
    assert {name: other.words[name] for name in same} == {name: tab.words[name] for name in same}
    assert len(tab.words["set"]) == 10


def test_tabs_share_what_is_read_and_nothing_that_is_set(tmp_path: Path, store_of: Callable[..., Store]) -> None:
    """A new epoch comes to both from one look; each has its clock; the run is one object."""
    writer = recorded(tmp_path, epochs=3, close=False)
    store = store_of(Follow(tmp_path))
    here, there = Tab(store), Tab(store)
    there.say("turn", position=0)
    record(writer, 3)
    writer.close()
    store.look(time.monotonic() + 10)
    for tab in (here, there):
        tab.take()
    assert (here.words["epochs"]["epoch"], there.words["epochs"]["epoch"]) == (3, 0)
    assert there.words["epochs"]["count"] == 4
    boards = [tab.visit._view._board for tab in (here, there)]  # type: ignore[union-attr] # both are open
    assert boards[0].session.framer.run is boards[1].session.framer.run
    assert boards[0].session.framer._memo is boards[1].session.framer._memo


def test_runs_by_name_are_laid_over_one_another(tmp_path: Path, store_of: Callable[..., Store]) -> None:
    """Two names are two runs in one dashboard; a name that no run has is said."""
    names = [recorded(tmp_path, epochs=2, name=name).folder.name for name in ("one", "other")]
    store = store_of(Follow(tmp_path))
    assert Tab(store, runs=names).words["title"].startswith("2 runs")
    assert "Received: 'nobody'" in Tab(store, runs=["nobody"]).words["waiting"]


def test_a_panel_that_its_file_has_lost_is_said_and_the_others_stay(
    tmp_path: Path, store_of: Callable[..., Store]
) -> None:
    """While the file lacks it the pictures stay as they were, with a sentence; when it is back there is none."""
    path = tmp_path / "mine.py"
    own = "import viewer\n@viewer.panel\ndef ours(ax, frame):\n    ax.plot([1, 2])\n"
    path.write_text(own)
    files = FormulaFiles([str(path)], ())
    store = store_of(Follow(recorded(tmp_path / "runs", epochs=2).folder), files=files, layout="curves ours")
    tab = Tab(store)
    assert tab.drawn == {0, 1}
    for later, (text, trouble) in enumerate([("import viewer\n", "a panel must be one of"), (own, "")], 1):
        path.write_text(text + f"# {trouble}\n")
        store.look(time.monotonic() + 10 * later)
        tab.take()
        assert tab.words["trouble"][: len("a panel must be one of")] == trouble
        assert len(tab.words["pictures"]) == 2
    path.write_text("")
    files.refresh()  # which takes the panel out again, for the other tests


def test_nothing_is_sent_while_nothing_changes(runs: Mapping[str, Framer], store_of: Callable[..., Store]) -> None:
    """A page at rest is told nothing, and a mouse that finds no words says nothing either."""
    store = store_of([runs["binary"].run])
    tab = Tab(store)
    time_of_bands = time.monotonic() + 1
    while time.monotonic() < time_of_bands:
        tab.take()
    before = tab.sheets
    for _ in range(50):
        tab.say("pointer", panel=0, x=0.001, y=0.001, what="over")
        store.look(time.monotonic())
        tab.take()
    assert tab.sheets == before


def test_bands_that_take_long_come_to_a_page_without_its_asking(
    runs: Mapping[str, Framer], store_of: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sheets follow one another until they are whole, though the controls ask between them what is shown."""
    computed, portions = set[int](), Patience.portions

    def seen(patience: Patience, missing: Any) -> Iterator[Any]:
        for some in portions(patience, missing):
            computed.update(some.tolist())
            yield some

    monkeypatch.setattr(session, "REST", -1.0)
    monkeypatch.setattr(Patience, "__init__", partialmethod(Patience.__init__, clock=count().__next__))
    monkeypatch.setattr(Patience, "portions", seen)
    run = Run(runs["multiclass"].run.folder)
    tab = Tab(store_of([run]))
    assert computed == set(range(len(run.epoch_numbers)))
    assert tab.sheets > len(computed)  # one in each, as a second goes by whenever the clock is looked at


def test_what_is_set_while_the_first_pictures_come_reaches_those_that_are_there(
    runs: Mapping[str, Framer], store_of: Callable[..., Store]
) -> None:
    """Pictures come one by one; the first is drawn again once the others are there, where the epoch is another."""
    tab = Tab(store_of([runs["binary"].run]), layout="curves scores / pr threshold")
    tab.say("sizes", ratio=1, panels=[[420, 280]] * 4)
    first = tab.visit.beat()
    assert first is not None
    assert {patch.panel for patch in first.patches} == {0}
    tab.say("ack")
    tab.drawn.clear()
    tab.say("turn", position=1)
    tab.take()
    assert tab.drawn == {0, 1, 2, 3}
