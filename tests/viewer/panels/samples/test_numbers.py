"""Numbers of the samples through time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import viewer
from recorder import RunWriter
from viewer.frame import Framer
from viewer.panels.samples.numbers import SamplesNumbers, samples
from viewer.statistics.dynamics import dynamics_of
from viewer.statistics.running import DynamicsSoFar, RunningDynamics
from viewer.statistics.tracks import Tracks

Make = Callable[..., Framer]


def agree(found: DynamicsSoFar, expected: Any) -> None:
    """The fields of `DynamicsSoFar` are those of `Dynamics`; deviations by sums of squares, hence the tolerance."""
    for field in fields(DynamicsSoFar):
        np.testing.assert_allclose(getattr(found, field.name), getattr(expected, field.name), atol=1e-6)


@given(st.integers(1, 70), st.integers(1, 4), st.data())
def test_sums_of_blocks_give_the_dynamics_until_any_epoch(epochs: int, columns: int, data: st.DataObject) -> None:
    """Against going through all epochs, with predictions missing here and there."""
    predicted = data.draw(arrays(np.int32, (epochs, columns), elements=st.integers(-1, 2)))
    confidence = data.draw(arrays(np.float32, (epochs, columns), elements=st.floats(0, 1, width=32)))
    tracks = Tracks(
        epochs=np.arange(epochs), sample=np.arange(columns), label=None, y_true=np.ones(columns, np.int32),
        confidence=np.where(predicted < 0, np.float32(np.nan), confidence), predicted=predicted,
    )  # fmt: skip
    number = data.draw(st.integers(1, epochs))
    agree(RunningDynamics(tracks).until(number), dynamics_of(tracks.until(number)))


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "one"])
def test_the_numbers_are_the_dynamics_of_the_run_until_the_cursor(runs: dict[str, Framer], name: str) -> None:
    """As `viewer.dynamics` has them at that epoch."""
    framer = runs[name]
    for position in {0, len(framer) // 2, len(framer) - 1}:
        found = samples(framer.frame(position))
        assert found is not None
        expected = viewer.dynamics(framer.run, epoch=position).numbers
        agree(found.so_far, expected)
        np.testing.assert_array_equal(found.sample, expected.tracks.sample)
        assert found.epochs == position + 1


def stood(confidence: list[float], flips: list[int]) -> SamplesNumbers:
    """Numbers of these samples."""
    none = np.zeros(len(confidence), np.int64)
    all_of = {"confidence": np.array(confidence), "flips": np.array(flips, np.int64)}
    return SamplesNumbers(
        split="val", sample=none, called=none, names=("a",), named=none, now=none, epochs=3, found=None,
        so_far=DynamicsSoFar(**all_of, variability=none, correctness=none, forgotten=none),
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 1.0, np.nan]), st.integers(0, 3)), max_size=12))
def test_the_lists_are_what_sorting_gives(rows: list[tuple[float, int]]) -> None:
    """Hardest: by confidence. Most flipped: by flips, of equals the harder; of those without a flip none."""
    found = stood([row[0] for row in rows], [row[1] for row in rows])
    there = [place for place, row in enumerate(rows) if not np.isnan(row[0])]
    assert found.hardest(3).tolist() == sorted(there, key=lambda place: rows[place][0])[:3]
    flipped = [place for place, row in enumerate(rows) if row[1]]
    wanted = sorted(flipped, key=lambda place: (-rows[place][1], np.nan_to_num(rows[place][0])))
    assert found.most_flipped(3).tolist() == wanted[:3]


def test_a_growing_run_is_read_on_and_a_resumed_one_anew(tmp_path: Path, rng: np.random.Generator) -> None:
    """What is shown of it is what a fresh look finds."""
    truth = rng.integers(0, 2, 30)

    def record(attempt: Any, epochs: Any) -> None:
        for epoch in epochs:
            attempt.epoch(epoch, val=(truth, rng.random(30).astype(np.float32)))

    with RunWriter(tmp_path, name="grown") as first:
        record(first, range(2))
        framer = Framer(viewer.open_run(first.folder))
        assert samples(framer.frame()) is not None
        record(first, range(2, 5))
        check_against_fresh(framer)
    with RunWriter(tmp_path, name="grown", resume="must") as second:
        record(second, range(3, 5))
        check_against_fresh(framer)
        record(second, range(5, 6))
        check_against_fresh(framer)


def check_against_fresh(framer: Framer) -> None:
    """The framer shows, after a refresh, what one made now shows."""
    assert framer.refresh()
    found, fresh = samples(framer.frame()), samples(Framer(viewer.open_run(framer.run.folder)).frame())
    assert found is not None
    assert fresh is not None
    assert found.epochs == fresh.epochs == len(framer)
    agree(found.so_far, fresh.so_far)


@pytest.mark.parametrize("name", ["empty", "logs", "counts"])
def test_there_are_none_where_none_were_recorded(runs: dict[str, Framer], name: str) -> None:
    """Of no epoch, of logs, of `max_samples=0`."""
    assert samples(runs[name].frame()) is None


def test_training_shows_the_samples_of_the_validation(runs: dict[str, Framer]) -> None:
    """Of training none are recorded; which split is shown is said."""
    framer = Framer(runs["binary"].run)
    framer.turn(split="train")
    found = samples(framer.frame())
    assert found is not None
    assert found.split == "val"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("epoch"), st.booleans()),
        st.tuples(st.just("resume"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.integers(0, 9)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(done=steps)
def test_looked_at_in_between_or_not_the_samples_are_those_of_whole_attempts(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, int]]
) -> None:
    """Epochs, with samples or without, attempts that go on from anywhere, and looks at any epoch, in any order."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(5)
    truth = np.arange(6) % 2

    def started() -> RunWriter:
        return RunWriter(root, name="samples", thresholds=[0.5], resume="allow")

    writer, epoch = started(), 0
    live = Framer(viewer.open_run(writer.folder))
    for what, how in [*done, ("look", 0)]:
        if what == "epoch":
            writer.epoch(epoch, logs={"loss": 1.0}, **({"val": (truth, rng.random(6))} if how else {}))
            epoch += 1
        elif what == "resume":
            writer.close()
            writer, epoch = started(), min(how, epoch)
        else:
            live.refresh()
            fresh = Framer(viewer.open_run(writer.folder))
            position = min(how, len(live) - 1)
            np.testing.assert_equal(numbers_of(live, position), numbers_of(fresh, position))
    writer.close()


def numbers_of(framer: Framer, position: int) -> Any:
    found = samples(framer.frame(position))
    if found is None:
        return None
    so_far = found.so_far
    return [
        found.sample, found.now, found.epochs, so_far.confidence, so_far.variability, so_far.correctness, so_far.flips,
        so_far.forgotten,
    ]  # fmt: skip
