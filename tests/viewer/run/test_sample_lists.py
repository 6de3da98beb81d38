"""Lists of samples against brute force over what was recorded, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.run import Run
from viewer.run.sample_history import SampleHistory, SamplesSoFar, samples_so_far
from viewer.run.sample_pairs import paired
from viewer.statistics.sample_lists import LISTS, ONLY_A, ONLY_B

pytestmark = pytest.mark.filterwarnings("ignore:.*are NaN")
EPOCHS, SAMPLES = 7, 60
Track = list[tuple[float, int, int]]  # of each epoch: probability of the truth, decision, truth


def record(root: Path, kind: str, *, seed: int = 3, **options: Any) -> Run:
    """A model that learns a little, with many ties; of some epochs a score is missing."""
    rng = np.random.default_rng(seed)
    truths = np.random.default_rng(9)
    classes = {"binary": 1, "multiclass": 4, "multilabel": 3}[kind]
    truth = truths.integers(0, 2, (SAMPLES, classes)) if kind == "multilabel" else None
    if truth is None:
        truth = truths.integers(0, max(classes, 2), SAMPLES)
    own = truth[:, None] == np.arange(classes) if kind == "multiclass" else truth.reshape(SAMPLES, classes)
    with RunWriter(root, kind=kind, **options) as writer:
        for epoch in range(EPOCHS):
            odds = np.exp(np.round(rng.normal(size=(SAMPLES, classes)), 1) + 0.2 * epoch * (2 * own - 1))
            score = odds / odds.sum(axis=1, keepdims=True) if kind == "multiclass" else odds / (1 + odds)
            score[rng.integers(0, SAMPLES)] = np.nan
            writer.epoch(epoch, val=(truth, score.astype(np.float32)))
    return viewer.open_run(writer.folder)


def tracks(run: Run, upto: int) -> dict[tuple[int, int], Track]:
    """By sample and label, from the rows of the table of samples, in plain Python."""
    output, found = run.output(), {}
    for (sample, epoch), rows in run.samples().groupby(["sample", "epoch"]):
        if epoch > upto:
            continue
        scores, truths = rows["y_score"].to_list(), rows["y_true"].to_list()
        if len(output.classes) == 4:
            told = [(0, scores[truths[0]], int(np.argmax(scores)), truths[0])]
            told = [(0, math.nan if any(map(math.isnan, scores)) else told[0][1], *told[0][2:])]
        else:
            told = [
                (label, s if t else 1 - np.float32(s), int(s > 0.5), t)
                for label, (s, t) in enumerate(zip(scores, truths, strict=True))
            ]
        for label, confidence, decision, truth in told:
            found.setdefault((sample, label), []).append((float(confidence), decision, truth))
    return found


def sure(track: Track) -> float:
    known = [confidence for confidence, _, _ in track if not math.isnan(confidence)]
    return float(np.mean(known)) if known else math.inf  # those come last


def forgotten(track: Track) -> int:
    pairs = [(a, b) for a, b in pairwise(track) if not math.isnan(a[0]) and not math.isnan(b[0])]
    return sum(a[1] == a[2] and b[1] != b[2] for a, b in pairs)


def flips(track: Track) -> int:
    return sum(a[1] != b[1] for a, b in pairwise(track) if not math.isnan(a[0]) and not math.isnan(b[0]))


def names(found: SamplesSoFar, places: Any) -> list[tuple[int, int]]:
    label = found.tracks.label
    labels = np.zeros(len(places), int) if label is None else label[places]
    return list(zip(found.tracks.sample[places].tolist(), labels.tolist(), strict=True))


@pytest.mark.parametrize("epoch", [None, 3, 0])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_every_list_is_that_of_brute_force(tmp_path: Path, kind: str, epoch: int | None) -> None:
    """Members and order of the hardest, forgotten and flipped, at any epoch; suspects as `viewer.dynamics` has them."""
    run = record(tmp_path, kind)
    found = samples_so_far(run, "val", epoch=epoch)
    told = tracks(run, EPOCHS - 1 if epoch is None else epoch)
    rank: dict[str, Callable[[Track], Any]] = {"forgotten": forgotten, "flipped": flips}
    expected = sorted(told, key=lambda key: (round(sure(told[key]), 6), key))
    shown = names(found, found.listed("hardest"))
    assert [round(sure(told[key]), 6) for key in shown] == [round(sure(told[key]), 6) for key in expected]
    assert sorted(shown) == sorted(expected)
    for which, count in rank.items():
        shown = names(found, found.listed(which))
        assert set(shown) == {key for key, track in told.items() if count(track) > 0}
        orders = [(-count(told[key]), round(sure(told[key]), 6)) for key in shown]
        assert orders == sorted(orders)
    table = viewer.dynamics(run, epoch=epoch)
    assert names(found, found.listed("suspects")) == names(
        found, table.samples.index.get_indexer(table.listed("suspects").index)
    )
    assert table.listed("suspects")["margin"].is_monotonic_decreasing
    assert table.listed("suspects")["suspect"].sum() == table.samples["suspect"].sum()


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_disagreements_are_those_that_one_alone_gets_right(tmp_path: Path, kind: str) -> None:
    """Both ways, the widest apart first, also where one run recorded every fourth sample only."""
    a, b = record(tmp_path, kind, seed=1), record(tmp_path, kind, seed=2, max_samples=SAMPLES // 4)
    pair = paired(samples_so_far(a, "val"), samples_so_far(b, "val", epoch=2))
    first, second = tracks(a, EPOCHS - 1), tracks(b, 2)
    assert 0 < len({key[0] for key in second}) < SAMPLES / 2
    for which, sign in ((ONLY_A, 1), (ONLY_B, -1)):
        at_a, at_b = pair.listed(which)
        shown = names(pair.a, at_a)
        assert shown == names(pair.b, at_b)
        expected = {}
        for key in second:
            (p, decided, truth), (q, other, _) = first[key][-1], second[key][-1]
            if math.isnan(p) or math.isnan(q):
                continue
            right = decided == truth, other == truth
            if right == (sign == 1, sign == -1):
                expected[key] = sign * (p - q)
        assert set(shown) == set(expected)
        apart = [round(expected[key], 6) for key in shown]
        assert apart == sorted(apart, reverse=True)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_disagreements_are_as_many_as_the_comparison_counts(tmp_path: Path, kind: str) -> None:
    """The quarters of McNemar's test hold the same samples."""
    a, b = record(tmp_path, kind, seed=1), record(tmp_path, kind, seed=2)
    pair = paired(samples_so_far(a, "val"), samples_so_far(b, "val"))
    compared = viewer.compare([a, b], ["f1"], draws=10).pairs[0]
    assert compared.quarters[1:3] == tuple(len(pair.listed(which)[0]) for which in (ONLY_A, ONLY_B))


def test_what_cannot_be_held_against_each_other_is_refused(tmp_path: Path) -> None:
    """Other classes, no sample in common, other truths: each with its rule."""
    binary, classes = record(tmp_path, "binary"), record(tmp_path, "multiclass")
    with pytest.raises(ValueError, match=r"^two runs must decide between the same classes"):
        paired(samples_so_far(binary, "val"), samples_so_far(classes, "val"))
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, val=(1 - np.arange(SAMPLES) % 2, np.full(SAMPLES, 0.3)))
    with pytest.raises(ValueError, match=r"^a sample must have the same true class in both runs\. Received: another"):
        paired(samples_so_far(binary, "val"), samples_so_far(viewer.open_run(writer.folder), "val"))


def test_without_samples_there_is_no_list(tmp_path: Path) -> None:
    """The rule says what would record them; an unknown list names those there are."""
    run = record(tmp_path, "binary", max_samples=0)
    with pytest.raises(ValueError, match=r"^samples must have been recorded for this .* Received: 'val'$"):
        samples_so_far(run, "val")
    with pytest.raises(ValueError, match=r"^a list of samples must be one of hardest, .* Received: 'easiest'$"):
        samples_so_far(record(tmp_path, "binary"), "val").listed("easiest")


def test_a_growing_run_is_read_on(tmp_path: Path) -> None:
    """What a history of a running run says equals that of one opened later; nothing new gives the same object."""
    rng = np.random.default_rng(0)
    truth = np.arange(20) % 2
    with RunWriter(tmp_path) as writer:
        history = None
        for epoch in range(4):
            writer.epoch(epoch, val=(truth, rng.random(20)))
            run = viewer.open_run(writer.folder) if history is None else history._run
            history = history or SampleHistory(run, "val")
            run.refresh()
            found, fresh = history.at(), samples_so_far(viewer.open_run(writer.folder), "val")
            assert found is not None
            for which in LISTS:
                np.testing.assert_array_equal(found.listed(which), fresh.listed(which))
            assert history.catch_up() is history.catch_up()
            assert found.epoch == epoch


def test_a_resumed_run_counts_what_its_last_attempt_left(tmp_path: Path) -> None:
    """Epochs that a later attempt hides are forgotten, by a history that has read them before as by a new one."""
    rng, truth = np.random.default_rng(0), np.arange(20) % 2
    with RunWriter(tmp_path, name="again") as writer:
        for epoch in range(6):
            writer.epoch(epoch, val=(truth, rng.random(20)))
    history = SampleHistory(viewer.open_run(writer.folder), "val")
    assert history.at() is not None
    with RunWriter(tmp_path, name="again", resume="must") as writer:
        for epoch in range(2, 4):
            writer.epoch(epoch, val=(truth, rng.random(20)))
    history._run.refresh()
    found, fresh = history.at(), samples_so_far(viewer.open_run(writer.folder), "val")
    assert found is not None
    assert found.tracks.epochs.tolist() == fresh.tracks.epochs.tolist() == [0, 1, 2, 3]
    for which in LISTS:
        np.testing.assert_array_equal(found.listed(which), fresh.listed(which))


def test_only_suspects_are_read_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other lists cost no file, whichever epoch is asked for: the cursor may run over them."""
    run = record(tmp_path, "multiclass")
    history = SampleHistory(run, "val")
    history.catch_up()
    monkeypatch.setattr(run, "sample_records", None)
    for epoch in range(EPOCHS):
        found = history.at(epoch)
        assert found is not None
        assert len(found.listed("hardest")) == SAMPLES
    with pytest.raises(TypeError):
        found.listed("suspects")
