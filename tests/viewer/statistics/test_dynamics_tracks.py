"""The matrices of predictions against loops over samples, for every kind of output."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.counting import samples_of
from recorder.runfile import Output, Samples
from viewer.statistics.tracks import Tracks, TrackTable, tracks_of

KINDS = {"binary": 1, "multiclass": 4, "multilabel": 3}
Known = dict[tuple[int, int, int], tuple[int, float, int]]


def output_of(kind: Any, width: int, *, ignore_label: int | None = None) -> Output:
    classes = [str(number) for number in range(2 if kind == "binary" else width)]
    return Output(kind=kind, classes=classes, thresholds=[0.3], decision_threshold=0.3, ignore_label=ignore_label)


def recorded(output: Output, width: int, *, seed: int, epochs: int = 4) -> list[tuple[int, Samples]]:
    """What a recorder keeps of random scores of the same samples, some undefined, some missing, some tied."""
    rng = np.random.default_rng(seed)
    shape = (9, width) if output.kind == "multilabel" else (9,)
    low, high = (-1, width + 1) if output.kind == "multiclass" else (0, 2)  # of many classes some are none of them
    truth = rng.integers(low, high, shape)
    records = []
    for epoch in range(epochs):
        scores = (rng.integers(0, 6, (9, width)) / 5).astype(np.float32)
        scores[rng.random(9) < 0.2, 0] = np.nan
        whole = samples_of(truth, scores, output=output, split="val", max_samples=100)
        kept = np.sort(rng.permutation(9)[: rng.integers(5, 10)])
        label = whole.label if whole.label is None or whole.label.ndim == 1 else whole.label[kept]
        cut = Samples(
            split="val", sample=whole.sample[kept], y_true=whole.y_true[kept], y_score=whole.y_score[kept], label=label
        )
        records.append((3 * epoch, cut))
    return records


def by_hand(records: list[tuple[int, Samples]], output: Output) -> Known:
    """(epoch, sample, label) to true class, confidence and prediction, one at a time; label 0 unless multi-label."""
    found: Known = {}
    for epoch, samples in records:
        for row, sample in enumerate(samples.sample.tolist()):
            if output.kind == "multiclass":
                told = one_of_many(samples, row, output)
                if told is not None:
                    found[epoch, sample, 0] = told
                continue
            truths, scores = np.atleast_1d(samples.y_true[row]), samples.y_score[row]
            for label, (truth, score) in enumerate(zip(truths.tolist(), scores, strict=True)):
                if truth != output.ignore_label and not np.isnan(score):
                    own = score if truth else np.float32(1) - score
                    found[epoch, sample, label] = (truth, float(own), int(score > np.float32(0.3)))
    return found


def one_of_many(samples: Samples, row: int, output: Output) -> tuple[int, float, int] | None:
    truth, width = int(samples.y_true[row]), samples.y_score.shape[1]
    labels = np.broadcast_to(np.arange(width) if samples.label is None else samples.label, samples.y_score.shape)[row]
    if not 0 <= truth < len(output.classes) or truth == output.ignore_label or np.isnan(samples.y_score[row]).any():
        return None
    pairs = list(zip(labels.tolist(), samples.y_score[row].tolist(), strict=True))
    best = max(score for _, score in pairs)
    return truth, dict(pairs)[truth], min(label for label, score in pairs if score == best)


def as_known(tracks: Tracks) -> Known:
    labels = np.zeros(len(tracks.sample), int) if tracks.label is None else tracks.label
    return {
        (int(tracks.epochs[at]), int(tracks.sample[column]), int(labels[column])): (
            int(tracks.y_true[column]), float(tracks.confidence[at, column]), int(tracks.predicted[at, column]),
        )
        for at, column in np.argwhere(tracks.known)
    }  # fmt: skip


@pytest.mark.parametrize("ignore_label", [None, 1])
@pytest.mark.parametrize(("kind", "width"), [*KINDS.items(), ("multiclass", 16), ("multiclass", 30)])
@given(seed=st.integers(0, 10_000))
def test_every_prediction_stands_at_its_epoch_and_sample(
    kind: str, width: int, ignore_label: int | None, seed: int
) -> None:
    """Confidence and prediction are those of a loop over samples, whatever epochs lack, and nothing else is known."""
    output = output_of(kind, width, ignore_label=ignore_label)
    records = recorded(output, width, seed=seed)
    tracks = tracks_of(records, output)
    assert as_known(tracks) == by_hand(records, output)
    assert (tracks.known == ~np.isnan(tracks.confidence)).all()
    assert (tracks.correct == (tracks.known & (tracks.predicted == tracks.y_true))).all()


@given(seed=st.integers(0, 10_000), order=st.permutations(range(4)))
def test_epochs_may_come_in_any_order_and_twice(seed: int, order: list[int]) -> None:
    """A table that takes epochs as files hold them, some again, is the one that takes them in order."""
    output = output_of("binary", 1)
    records = recorded(output, 1, seed=seed)
    table = TrackTable(output)
    table.put(*records[order[0]])
    for place in order:
        table.put(*records[place])
    assert as_known(table.tracks()) == as_known(tracks_of(records, output))
    assert table.tracks().epochs.tolist() == [0, 3, 6, 9]


def test_the_first_epochs_are_what_was_known_then() -> None:
    """Cut after two epochs, tracks are those of the first two records."""
    output = output_of("multilabel", 3)
    records = recorded(output, 3, seed=5)
    assert as_known(tracks_of(records, output).until(2)) == as_known(tracks_of(records[:2], output))


def test_no_epochs_are_no_samples() -> None:
    """Without a record there are matrices of nothing, not an error."""
    tracks = tracks_of([], output_of("binary", 1))
    assert tracks.confidence.shape == tracks.predicted.shape == (0, 0)


def test_another_true_class_is_refused() -> None:
    """A data set that changed under the run is an error that names the sample and the epoch."""

    def epoch(truth: list[int]) -> Samples:
        scores = np.full((2, 1), 0.5, np.float32)
        return Samples(split="val", sample=np.array([7, 9]), y_true=np.array(truth, np.int32), y_score=scores)

    message = (
        "a sample must have one true class in all epochs: its data set was changed, or shuffled anew. "
        "Received: sample 9, whose class is 1 at epoch 2 and 0 at epoch 5"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tracks_of([(2, epoch([0, 1])), (5, epoch([0, 0]))], output_of("binary", 1))
