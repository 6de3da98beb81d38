"""What somebody at a prompt or in a notebook sees of a run and of a list of runs."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import viewer
from recorder import RunWriter
from viewer.listing import Listing, listing_of
from viewer.run import Run, open_all


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Two of nine epochs, of a name that is no plain text."""
    writer = RunWriter(tmp_path, name="<b>bold</b>\x1b[2J" + "x" * 100, epochs=9)
    for epoch in range(2):
        writer.epoch(epoch, logs={"loss": 1.0}, val=([0, 1], [0.2, 0.8]))
    return viewer.open_run(writer.folder)


def test_a_run_says_in_one_line_what_it_is(run: Run) -> None:
    """Its name, as much of it as a line can take, how many epochs it has and its state."""
    assert repr(run) == f"Run({run.name[:60] + '…'!r}, 2 epochs, running)"
    assert repr(run).isprintable()


def test_a_notebook_gets_a_table(run: Run) -> None:
    """With nothing of the run's names taken for markup or control."""
    page = run._repr_html_()
    assert "<b>" not in page
    assert "\x1b" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<td>2 of 9</td>" in page
    assert "<th>splits</th><td>val</td>" in page


def test_completion_offers_what_a_person_may_want(run: Run) -> None:
    """Nothing that one part of the viewer asks of another."""
    offered = [name for name in dir(run) if not name.startswith("_")]
    assert {"values", "metric", "band", "exact", "samples", "counts", "faults", "epochs", "status"} <= {*offered}
    assert {"changed", "check_split", "read_ahead", "sample_records"}.isdisjoint(offered)
    assert all(getattr(Run, name).__doc__ for name in offered if hasattr(Run, name))


@pytest.mark.parametrize("kind", [Run, Listing])
def test_nothing_takes_a_tail_of_arguments_by_their_place(kind: type) -> None:
    """Two at most; all others by their names."""
    for name, member in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            places = [
                parameter
                for parameter in inspect.signature(member).parameters.values()
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self"
            ]
            assert len(places) <= 2, f"{name}: {places}"


def test_a_list_of_runs_says_in_one_line_what_it_is(run: Run) -> None:
    """Not the runs themselves."""
    assert repr(listing_of(open_all(run.folder.parent), ["loss"])) == (
        "Listing(1 runs, 0 left out, columns run, name, group, status, epochs, planned, loss)"
    )
