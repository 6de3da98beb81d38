"""The data map, forgetting, learning and churn against loops over single samples."""

from __future__ import annotations

import statistics
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from viewer.statistics.dynamics import dynamics_of
from viewer.statistics.events import NEVER, churn, data_map, first_learnt, flips, forgetting, learnt_for_good
from viewer.statistics.running import RunningDynamics
from viewer.statistics.tracks import Tracks

shapes = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8)
predictions = arrays(np.int32, shapes, elements=st.integers(-1, 2))
TRUE = 1


def history(predicted: np.ndarray, sample: int) -> list[bool | None]:
    """Right, wrong, or None where there is no prediction."""
    return [None if value == NEVER else value == TRUE for value in predicted[:, sample].tolist()]


def state(predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return predicted == TRUE, predicted != NEVER


@given(
    arrays(
        np.float32,
        shapes,
        elements=st.floats(0, 1, width=32, allow_subnormal=False) | st.just(float(np.float32("nan"))),
    )
)
def test_the_data_map_is_mean_and_population_deviation(confidence: np.ndarray) -> None:
    """Each sample's mean and deviation are Python's own of what is known; NaN where nothing is."""
    mean, deviation = data_map(confidence)
    for sample in range(confidence.shape[1]):
        known = [value for value in confidence[:, sample].tolist() if value == value]
        expected = (statistics.fmean(known), statistics.pstdev(known)) if known else (np.nan, np.nan)
        np.testing.assert_allclose((mean[sample], deviation[sample]), expected, rtol=1e-12, atol=1e-12)


@given(predictions)
def test_forgetting_is_right_then_wrong(predicted: np.ndarray) -> None:
    """Events are pairs of consecutive epochs that go from right to wrong, and no others."""
    events = forgetting(*state(predicted)).sum(axis=0)
    for sample, number in enumerate(events.tolist()):
        told = history(predicted, sample)
        assert number == sum(pair == (True, False) for pair in pairwise(told))


@given(predictions)
def test_learning_begins_where_a_loop_finds_it(predicted: np.ndarray) -> None:
    """The first right epoch, and the first after which nothing is wrong, are those of a search by hand."""
    correct, known = state(predicted)
    first, for_good = first_learnt(correct), learnt_for_good(correct, known)
    for sample in range(predicted.shape[1]):
        told = history(predicted, sample)
        rights = [at for at, value in enumerate(told) if value]
        assert first[sample] == (rights[0] if rights else NEVER)
        lasting = [at for at in rights if False not in told[at:]]
        assert for_good[sample] == (lasting[0] if lasting else NEVER)


@given(predictions)
def test_churn_is_the_share_of_changed_predictions(predicted: np.ndarray) -> None:
    """Flips are changes between two known predictions; an epoch's churn is their share of the samples in both."""
    changed = flips(predicted)
    shares = churn(changed, predicted != NEVER)
    assert np.isnan(shares[0])
    for at in range(1, len(predicted)):
        pairs = [pair for pair in zip(predicted[at - 1], predicted[at], strict=True) if NEVER not in pair]
        differ = [before != after for before, after in pairs]
        assert changed[at - 1].sum() == sum(differ)
        np.testing.assert_equal(shares[at], np.mean(differ) if differ else np.nan)


@given(predictions)
def test_dynamics_are_these_by_epoch_number(predicted: np.ndarray) -> None:
    """The whole has the same events, epochs by their numbers, and each epoch's learnt and forgotten samples."""
    epochs, samples = predicted.shape
    confidence = np.where(predicted == NEVER, np.float32(np.nan), np.float32(0.5))
    tracks = Tracks(
        epochs=10 + 2 * np.arange(epochs), sample=np.arange(samples), label=None,
        y_true=np.full(samples, TRUE, np.int32), confidence=confidence, predicted=predicted,
    )  # fmt: skip
    found = dynamics_of(tracks)
    correct, known = state(predicted)
    for numbers, positions in (
        (found.first_learnt, first_learnt(correct)),
        (found.learnt, learnt_for_good(correct, known)),
    ):
        assert numbers.tolist() == [NEVER if at == NEVER else 10 + 2 * at for at in positions.tolist()]
    told = [history(predicted, sample) for sample in range(samples)]
    for at in range(1, epochs):
        assert found.newly_learnt[at] == sum(one[at - 1 : at + 1] == [False, True] for one in told)
        assert found.newly_forgotten[at] == sum(one[at - 1 : at + 1] == [True, False] for one in told)
    assert len(found.newly_learnt) == len(found.newly_forgotten) == len(found.churn) == epochs
    rights = [[value for value in one if value is not None] for one in told]
    np.testing.assert_allclose(found.correctness, [np.mean(one) if one else np.nan for one in rights])
    assert found.forgotten.tolist() == RunningDynamics(tracks).until(epochs).forgotten.tolist()
