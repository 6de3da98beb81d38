"""The user's own ids stand wherever a sample is named, and tell the samples of two runs apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.frame import Framer
from viewer.gallery.cards import Gallery
from viewer.panels.samples.numbers import samples
from viewer.run.sample_history import samples_so_far
from viewer.run.sample_pairs import paired
from viewer.statistics.sample_lists import ONLY_A, ONLY_B

NAMES = [f"img/{number:03}.png" for number in range(60)]
TRUTH = np.arange(60) % 3


def record(root: Path, seed: int, order: np.ndarray, ids: list[str] | None) -> viewer.Run:
    """A run on the same samples in an order of its own."""
    rng = np.random.default_rng(seed)
    with RunWriter(root, sample_ids=None if ids is None else [ids[at] for at in order]) as writer:
        for epoch in range(3):
            odds = np.exp(rng.normal(size=(60, 3)) + 0.8 * (TRUTH[:, None] == np.arange(3)))
            scores = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
            writer.epoch(epoch, val=(TRUTH[order], scores[order]))
    return viewer.open_run(writer.folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[viewer.Run, viewer.Run]:
    root = tmp_path_factory.mktemp("runs")
    return record(root, 1, np.arange(60), NAMES), record(root, 2, np.random.default_rng(0).permutation(60), NAMES)


def test_tables_cards_and_pictures_name_samples_by_their_ids(runs: tuple[viewer.Run, viewer.Run]) -> None:
    """The table of dynamics, the rows of predictions, a card, the user's file, the data map, the command."""
    run = runs[1]
    table, found = viewer.dynamics(run).samples, samples_so_far(run, "val")
    hardest = found.listed("hardest")[0]
    name = run.called(found.tracks.sample[[hardest]])[0]
    assert table.columns[0] == "id"
    assert table["id"].iloc[hardest] == name
    rows = run.samples(epoch=1)
    assert set(rows["id"]) == set(NAMES)
    assert rows.loc[rows["sample"] == found.tracks.sample[hardest], "id"].unique().tolist() == [name]
    gallery = Gallery(found=found)
    (card,) = gallery.cards([hardest])
    assert (card.name, gallery.asked(card).id, gallery.asked(card).sample) == (name, name, card.sample)
    numbers = samples(Framer(run).frame())
    assert numbers is not None
    assert numbers.called[hardest] == name
    shown = invoke(["samples", str(run.folder), "--hardest", "1"], catch_exceptions=False).stdout
    assert name in shown
    assert "sample" not in shown


def test_two_runs_in_different_orders_are_held_against_each_other_by_ids(runs: tuple[viewer.Run, viewer.Run]) -> None:
    """Each sample on which they disagree is the same image in both, and none is missing."""
    a, b = (samples_so_far(run, "val") for run in runs)
    pair = paired(a, b)
    right = [dict(zip(one.run.called(one.tracks.sample), one.tracks.correct[-1], strict=True)) for one in (a, b)]
    for which, expected in ((ONLY_A, (True, False)), (ONLY_B, (False, True))):
        at_a, at_b = pair.listed(which)
        names = a.run.called(a.tracks.sample[at_a]).tolist()
        assert names == b.run.called(b.tracks.sample[at_b]).tolist()
        assert set(names) == {name for name in NAMES if (right[0][name], right[1][name]) == expected}
    assert set(pair.table["id"]) <= set(NAMES)


def test_without_ids_in_both_positions_count(runs: tuple[viewer.Run, viewer.Run], tmp_path: Path) -> None:
    """A run from before ids were given is held against one that has them."""
    old = record(tmp_path, 3, np.arange(60), None)
    pair = paired(samples_so_far(runs[0], "val"), samples_so_far(old, "val"))
    assert (pair.a.tracks.sample[pair.at_a] == pair.b.tracks.sample[pair.at_b]).all()
    assert len(pair.at_a) == 60
    assert "id" not in viewer.dynamics(old).samples
    assert "id" not in old.samples()


def test_a_comparison_names_disagreements_by_id(runs: tuple[viewer.Run, viewer.Run], tmp_path: Path) -> None:
    """In its table; where no ids were recorded there is no such column."""
    other = record(tmp_path, 5, np.arange(60), NAMES)
    compared = viewer.compare([runs[0], other], ["accuracy"], draws=10)
    table = compared.disagreements(compared.pairs[0].a, compared.pairs[0].b)
    assert [NAMES[at] for at in table.index] == table["id"].tolist()
