"""What stands on a card, against the tables of the run."""

from __future__ import annotations

import numpy as np
import pytest

import viewer
from viewer.frame import Framer
from viewer.gallery.cards import Gallery, place_of
from viewer.run.sample_history import samples_so_far
from viewer.statistics.sample_lists import LISTS

Runs = dict[str, Framer]


@pytest.mark.parametrize("name", ["binary", "multiclass", "hundred", "multilabel", "one"])
def test_a_card_says_what_the_tables_say(runs: Runs, name: str) -> None:
    """Name, truth, prediction, score and what became of it, of every kind of output; a class leaves out the others."""
    run = runs[name].run
    found = Gallery(found=samples_so_far(run, "val"))
    table, tracks = viewer.dynamics(run).samples, found.found.tracks
    for which in LISTS:
        places = found.places(which)[:7]
        for place, card in zip(places, found.cards(places), strict=True):
            row, (standing,) = table.iloc[place], card.standings
            assert (card.sample, card.name) == (tracks.sample[place], f"#{tracks.sample[place]}")
            assert (card.truth, standing.predicted) == (row["class"], row["predicted"])
            assert standing.right == (row["class"] == row["predicted"])
            assert standing.confidence == pytest.approx(row["confidence"], abs=1e-4)
            assert (standing.forgotten, standing.flips) == (row["forgotten"], row["flips"])
            assert standing.suggested == (row["suggested"] if row["suspect"] else "")
            assert standing.score == pytest.approx(float(tracks.confidence[-1][place]), abs=1e-8)
            assert standing.history[-1] == pytest.approx(standing.score, abs=1e-4)
            assert card.words.startswith(f"sample {card.name}")
            about = tracks.y_true if tracks.label is None else tracks.label
            alike = found.places(which, int(about[place]))
            assert place in alike
            assert (about[alike] == about[place]).all()


def test_a_sample_is_found_by_its_position(runs: Runs) -> None:
    """Of a multi-label output the label decides; what was not recorded has no place."""
    found = samples_so_far(runs["multilabel"].run, "val")
    for sample, label in ((3, 2), (0, 0)):
        place = place_of(found, sample, label)
        assert place is not None
        assert (found.tracks.sample[place], found.tracks.label[place]) == (sample, label)  # type: ignore[index]
    assert place_of(found, 10**9) is None


def test_a_long_history_is_short_on_a_card(runs: Runs) -> None:
    """A curve of 600 epochs in 60 numbers, none of its ends lost."""
    found = Gallery(found=samples_so_far(runs["long"].run, "val"))
    place = int(found.places("hardest")[0])
    history = [value for value in found.cards([place])[0].standings[0].history if value is not None]
    values = found.found.tracks.confidence[:, place]
    assert len(history) <= 60
    assert (min(history), max(history)) == pytest.approx((np.nanmin(values), np.nanmax(values)), abs=1e-4)
