"""`Counts`: counted batch by batch, on one process or several, as if all came at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import Counts, RunWriter, counting, outputs
from recorder.runfile import Tally, read_manifest, read_records
from recorder.waiting_samples import WINDOW

NAMES = ["cat", "dog", "owl"]
FORMS = ("binary", "column", "two units", "strings", "masked", "classes", "one-hot", "names", "labels", "pixels")
KINDS = {"two units": None, "classes": None, "one-hot": "multiclass", "names": None, "labels": "multilabel"}


def predictions(form: str, number: int, seed: int, *, edges: bool) -> dict[str, Any]:
    """Labels and scores of a form, with NaN, ignored labels and scores at the edges of bins where asked."""
    rng = np.random.default_rng(seed)
    wide = form in ("classes", "one-hot", "names", "labels")
    scores = rng.dirichlet(np.ones(3), number) if wide else rng.random(number)
    truth: Any = rng.integers(0, 3 if wide else 2, number).astype(float)
    if edges:
        scores[rng.random(scores.shape) < 0.1] = np.nan
        scores[rng.random(scores.shape) < 0.1] = 0.5
        scores[rng.random(scores.shape) < 0.1] = 1e-40
        scores[rng.random(scores.shape) < 0.05] = 1.5
        truth[rng.random(number) < 0.1] = np.nan
        truth[rng.random(number) < 0.1] = -1
    options: dict[str, Any] = {"kind": KINDS.get(form, "binary")}
    if form == "column":
        scores, truth = scores[:, None], truth[:, None]
    elif form == "two units":
        scores = np.stack([1 - scores, scores], axis=1)
    elif form in ("strings", "names"):
        options["class_names"] = NAMES if wide else ["no", "yes"]
        truth = np.array([None if not at >= 0 else options["class_names"][int(at)] for at in truth], object)
    elif form == "masked":
        truth = np.ma.masked_array(truth, rng.random(number) < 0.2)
    elif form == "one-hot":
        truth = np.where(truth[:, None] == np.arange(3), 1.0, 0.0)
    elif form == "labels":
        truth = rng.choice([0.0, 1.0, np.nan, -1.0] if edges else [0.0, 1.0], (number, 3))
    elif form == "pixels":
        scores, truth = (np.repeat(each[:, None], 4, axis=1).reshape(number, 2, 2, 1) for each in (scores, truth))
        truth = truth[..., 0]
    return {"y_true": truth, "y_score": scores, "options": options}


def assert_equal(got: Tally, wanted: Tally, *, exact_weights: bool) -> None:
    """Counts are equal, and sums of weights too where float64 holds them exactly."""
    for name in ("histogram", "nan", "matrix", "argmax", "ignored"):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name), err_msg=name)
    for name in ("weights", "weight_squares"):
        here, there = getattr(got, name), getattr(wanted, name)
        assert (here is None) == (there is None)
        if here is not None:
            np.testing.assert_allclose(here, there, rtol=0 if exact_weights else 1e-13, atol=0)


@settings(max_examples=200)
@given(
    form=st.sampled_from(FORMS),
    number=st.integers(1, 60),
    seed=st.integers(0, 2**32 - 1),
    edges=st.booleans(),
    ignore=st.sampled_from([None, -1, 0, 1]),
    weights=st.sampled_from([None, "dyadic", "any"]),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    owners=st.lists(st.integers(0, 2), min_size=7, max_size=7),
    order=st.permutations([0, 1, 2]),
    by_id=st.booleans(),
    most=st.sampled_from([0, 3, 1000]),
)
def test_any_batches_and_any_order_of_merges_count_as_all_at_once(
    form: str, number: int, seed: int, edges: bool, ignore: int | None, weights: str | None, cuts: list[int],
    owners: list[int], order: list[int], by_id: bool, most: int,
) -> None:  # fmt: skip
    """Split into batches, given to up to three Counts, merged in any order: the counts are those of all arrays at once.

    With ids, the samples come shuffled and some of them several times, and the samples kept are those of the whole.
    """
    made = predictions(form, number, seed, edges=edges)
    truth, scores, rng = made["y_true"], np.asarray(made["y_score"], np.float32), np.random.default_rng(seed)
    weight = None if weights is None else rng.random(number) if weights == "any" else rng.integers(0, 9, number) / 8
    options = made["options"] | {"ignore_label": ignore, "thresholds": [0, 0.25, 0.5, 0.75]}
    output = outputs.output_for(scores, y_true=truth, **options)
    what: dict[str, Any] = {"output": output, "split": "val", "names": options.get("class_names")}
    wanted = counting.tally_arrays(truth, scores, sample_weight=weight, **what)
    rows = np.arange(number)
    if by_id:
        rows = rng.permutation(np.concatenate([rows, rng.integers(0, number, 7)]))
    parts = [Counts(max_samples=most, **options) for _ in range(3)]
    for owner, batch in zip(owners, np.split(rows, sorted(cuts)), strict=False):
        part_of = None if weight is None else weight[batch]
        parts[owner].update(truth[batch], scores[batch], sample_weight=part_of, ids=batch if by_id else None)
    whole = Counts(max_samples=most, **options)
    for at in order:
        whole.merge(parts[at])
    got = whole.counted("val")
    assert_equal(got.tally, wanted, exact_weights=weights != "any")
    assert got.output.weighted == (weights is not None)
    met = counting.met_in(truth, scores, output=output, names=what["names"])
    if not by_id:
        assert got.met == met
    kept = counting.samples_of(truth, scores, max_samples=most, sample_weight=weight, **what)
    if by_id and most:
        assert got.samples is not None
        for name in ("sample", "y_true", "y_score", "label", "weight"):
            np.testing.assert_array_equal(getattr(got.samples, name), getattr(kept, name))
    assert got.samples is None if not most else min(1, len(rows)) <= len(got.samples.sample) <= most


def test_one_stream_keeps_the_samples_that_arrays_keep() -> None:
    """Without ids every 2^k-th position is kept, whatever the batches, and max_samples of the writer cuts on."""
    truth, scores = np.arange(1000) % 2, np.linspace(0, 1, 1000, dtype=np.float32)
    counts = Counts("binary", max_samples=100)
    for batch in np.array_split(np.arange(1000), 13):
        counts.update(truth[batch], scores[batch])
    for most in (100, 30):
        kept = counting.samples_of(truth, scores, output=counts.output, split="val", max_samples=most)
        got = counts.counted("val", max_samples=most).samples
        np.testing.assert_array_equal(got.sample, kept.sample)
        np.testing.assert_array_equal(got.y_score, kept.y_score)


def test_random_samples_are_drawn_evenly_and_are_the_same_again() -> None:
    """Drawn at random: between half of max_samples and all of them, spread evenly, whoever was given them."""
    rng, most = np.random.default_rng(0), 1000
    ids, scores = rng.permutation(50_000), rng.random(50_000, np.float32)

    def drawn(seed: int, parts: int) -> np.ndarray:
        whole = Counts("binary", max_samples=most, sampling="random", seed=seed)
        for part in np.array_split(ids, parts):
            own = Counts("binary", max_samples=most, sampling="random", seed=seed)
            own.update(part % 2, scores[part], ids=part)
            whole.merge(own)
        samples = whole.counted("val").samples
        np.testing.assert_array_equal(samples.y_score[:, 0], scores[samples.sample])
        return samples.sample

    first = drawn(1, 1)
    np.testing.assert_array_equal(first, drawn(1, 7))
    assert most / 2 <= len(first) <= most
    assert len(np.intersect1d(first, drawn(2, 1))) < len(first) / 5
    in_tenths = np.histogram(first, 10, (0, 50_000))[0]
    assert in_tenths.min() > 0.6 * len(first) / 10
    assert 0.4 < (first % 2).mean() < 0.6


def test_repeated_samples_within_a_process_are_dropped_and_far_ones_are_told_of() -> None:
    """Of one process every id counts once, however far apart; what two had long ago is said to be double."""
    ids = np.arange(4 * WINDOW)
    one, other = Counts("binary"), Counts("binary")
    for counts in (one, other):
        for batch in np.array_split(ids, 16):
            counts.update(batch % 2, batch / len(ids), ids=batch)
        counts.update(ids[:50] % 2, ids[:50] / len(ids), ids=ids[:50])
    assert one.counted("val").tally.histogram.sum() == len(ids)
    one.merge(other)
    found = one.counted("val")
    assert found.met.repeated == found.tally.histogram.sum() - len(ids) > 0


def test_a_writer_takes_counts_in_place_of_arrays(tmp_path: Any) -> None:
    """What is recorded of Counts is what is recorded of the arrays: counts, samples, output."""
    rng = np.random.default_rng(3)
    truth, scores = rng.integers(0, 3, 500), rng.dirichlet(np.ones(3), 500).astype(np.float32)
    weight = rng.integers(1, 5, 500) / 4
    counts = Counts(class_names=NAMES)
    with RunWriter(tmp_path / "a", class_names=NAMES) as arrays, RunWriter(tmp_path / "b") as counted:
        for epoch in range(2):
            arrays.epoch(epoch, train=(truth, scores), val=(truth, scores, weight))
            for batch in np.array_split(np.arange(500), 7):
                counts.update(truth[batch], scores[batch], sample_weight=weight[batch])
            counted.epoch(epoch, train=(truth, scores), val=counts)
            counts.reset()
    assert read_manifest(arrays.folder).outputs == read_manifest(counted.folder).outputs
    for one, other in zip(read_records(arrays.folder), read_records(counted.folder), strict=True):
        assert [tally.split for tally in other.tallies] == ["train", "val"]
        for wanted, got in zip(one.tallies, other.tallies, strict=True):
            assert_equal(got, wanted, exact_weights=True)
        for wanted, got in zip(one.samples, other.samples, strict=True):
            for name in ("sample", "y_true", "y_score", "weight"):
                np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name))


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"kind": "multiclass"}, "whose kind is 'multiclass'. Received: 'binary'"),
        ({"thresholds": [0.1, 0.9]}, r"whose thresholds is '3 of them, \[0.1.*'. Received: '\d+ of them"),
        ({"decision_threshold": 0.3}, "whose decision_threshold is 0.3"),
        ({"ignore_label": 7}, "whose ignore_label is 7. Received: None"),
    ],
)
def test_counts_of_another_output_than_the_run_are_refused(tmp_path: Any, settings: dict, rule: str) -> None:
    """What the writer was asked for and the counts are not is one error that names it; nothing is written."""
    counts = Counts("binary")
    counts.update([0, 1], [0.1, 0.9])
    with RunWriter(tmp_path, **settings) as run:
        with pytest.raises(ValueError, match=f"^counts must be of the output of the run, {rule}"):
            run.epoch(0, val=counts)
        run.epoch(0, logs={"loss": 1.0})
    assert not next(iter(read_records(run.folder))).tallies


def test_wrong_batches_are_refused_and_change_nothing() -> None:
    """Another width, weights or ids that come with some batches only, ids that are none, counts of nothing."""
    counts = Counts("binary")
    with pytest.raises(
        ValueError, match=r"^counts must hold a sample or more\. Received: a Counts that was given none$"
    ):
        counts.counted("val")
    counts.update([], [])
    counts.update([0, 1], [0.25, 0.75])
    with pytest.raises(ValueError, match=r'^kind="binary" takes one score a sample'):
        counts.update([0, 1], np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"^sample_weight, and ids, must come with every batch or with none\."):
        counts.update([0, 1], [0.25, 0.75], sample_weight=[1, 1])
    for ids in ([0.5, 1], [-1, 0], [0, 2**31], ["a", "b"], [0, 1, 2]):
        with pytest.raises(ValueError, match=r"^ids must be whole numbers from 0 to 2\^31 - 1, one a sample"):
            counts.update([0, 1], [0.25, 0.75], ids=ids)
    assert counts.seen == 2 == counts.counted("val").tally.histogram.sum()
    other = Counts("binary", thresholds=[0.1])
    other.update([0], [0.2])
    with pytest.raises(ValueError, match=r"^counts that are merged must be of one output"):
        counts.merge(other)


@pytest.mark.filterwarnings("error")
def test_only_counts_are_merged() -> None:
    """Anything else is refused by its type, and changes nothing."""
    counts = Counts()
    counts.update([0, 1], [0.2, 0.9])
    with pytest.raises(TypeError, match=r"other must be Counts\. Received: int"):
        counts.merge(5)  # type: ignore[arg-type] # the point
    assert counts.seen == 2


def test_counts_that_were_refused_were_not_taken(tmp_path: Any) -> None:
    """Counts that hold nothing are an error; once they hold something, nobody is told to reset them."""
    counts = Counts("binary")
    with RunWriter(tmp_path) as run:
        with pytest.raises(ValueError, match="counts must hold a sample or more"):
            run.epoch(0, val=counts)
        counts.update([0, 1], [0.2, 0.9])
        run.epoch(0, val=counts)
