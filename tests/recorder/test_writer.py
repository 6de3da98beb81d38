"""`RunWriter`: a run recorded without Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from recorder import RunWriter
from recorder.runfile import EndLine, four_counts, read_lines, read_manifest, read_records

RNG = np.random.default_rng(0)
TRUTH, SCORE = RNG.integers(0, 2, 80), RNG.random(80).astype(np.float32)


def test_counts_equal_scikit_learn_at_every_threshold(tmp_path: Path) -> None:
    """What is read back of a custom loop equals scikit-learn's counts, for each split and threshold."""
    grid = np.linspace(0, 1, 21, dtype=np.float32)
    with RunWriter(tmp_path, name="svm", thresholds=grid) as run:
        run.epoch(0, logs={"loss": 0.5}, train=(TRUTH[:50], SCORE[:50]), val=(TRUTH[50:], SCORE[50:]))
    (record,) = read_records(run.folder)
    for tally, (truth, score) in zip(record.tallies, ((TRUTH[:50], SCORE[:50]), (TRUTH[50:], SCORE[50:])), strict=True):
        for at, threshold in enumerate(grid):
            tn, fp, fn, tp = confusion_matrix(truth, score > threshold, labels=[0, 1]).ravel()
            assert [count[0, at] for count in four_counts(tally.histogram)] == [tp, fp, tn, fn]
    assert [samples.split for samples in record.samples] == ["val"]
    np.testing.assert_array_equal(record.samples[0].y_score[:, 0], SCORE[50:])


def test_the_end_says_how_the_loop_ended(tmp_path: Path) -> None:
    """A loop that ends is `finished`; one that raises names the exception, and keeps its epochs."""
    with RunWriter(tmp_path) as run:
        run.epoch(0, val=(TRUTH, SCORE))
    assert [line.reason for line in read_lines(run.folder) if isinstance(line, EndLine)] == ["finished"]
    folders = []

    def fails() -> None:
        with RunWriter(tmp_path) as run:
            folders.append(run.folder)
            run.epoch(0, val=(TRUTH, SCORE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert [line.reason for line in read_lines(folders[0]) if isinstance(line, EndLine)] == [
        "stopped by ZeroDivisionError"
    ]
    assert len(read_records(folders[0])) == 1


def test_weights_of_one_split(tmp_path: Path) -> None:
    """Weights given with validation alone weigh validation alone, also when they come in a later epoch."""
    weight = np.linspace(0, 1, 80)
    with RunWriter(tmp_path) as run:
        run.epoch(0, train=(TRUTH, SCORE), val=(TRUTH, SCORE))
        run.epoch(1, train=(TRUTH, SCORE), val=(TRUTH, SCORE, weight))
    assert read_manifest(run.folder).outputs[0].weighted
    first, second = read_records(run.folder)
    assert [tally.weights is None for tally in (*first.tallies, *second.tallies)] == [True, True, True, False]
    assert second.tallies[1].weights.sum() == pytest.approx(weight.sum())
    np.testing.assert_array_equal(second.samples[0].weight, weight.astype(np.float32))


@pytest.mark.filterwarnings("error")
def test_scores_that_are_no_probabilities_are_reported_once(tmp_path: Path) -> None:
    """Scores outside [0, 1] and NaN warn once each, in the first epoch, and every one of them is counted."""
    score = np.r_[[-3, 2, np.nan], SCORE[3:]]
    with RunWriter(tmp_path) as run:
        with pytest.warns(RuntimeWarning) as caught:
            run.epoch(0, val=(TRUTH, score))
        run.epoch(1, val=(TRUTH, score))
    nan, outside = (str(warning.message) for warning in caught)
    assert nan.startswith("epochreel: 1 scores of val are NaN")
    assert outside.startswith("epochreel: 2 scores of val are outside [0, 1]")
    for record in read_records(run.folder):
        assert record.tallies[0].histogram.sum() + record.tallies[0].nan.sum() == 80


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    """An epoch, logs and durations that NumPy made are recorded as plain ones; a duration that is none is left out."""
    with RunWriter(tmp_path) as run:
        run.epoch(np.int64(7), logs={"loss": np.float32(0.5)}, seconds={"epoch": np.float64(2), "train": np.nan})
    (record,) = read_records(run.folder)
    assert (record.epoch, dict(record.logs), dict(record.seconds)) == (7, {"loss": 0.5}, {"epoch": 2.0})


def test_wrong_arrays_name_the_rule_and_record_nothing(tmp_path: Path) -> None:
    """Arrays that do not fit raise with the rule and what came; the run goes on with the next epoch."""
    with RunWriter(tmp_path) as run:
        with pytest.raises(ValueError, match=r"^y_true and y_score must hold the same samples\. Received: shapes"):
            run.epoch(0, val=(TRUTH, SCORE[:-1]))
        with pytest.raises(ValueError, match=r"^val must be \(y_true, y_score\) or \(y_true, y_score, sample_weight\)"):
            run.epoch(0, val=TRUTH)
        with pytest.raises(ValueError, match=r"^sample_weight must be one a sample\. Received: \(7,\)"):
            run.epoch(0, val=(TRUTH, SCORE, np.ones(7)))
        run.epoch(0, val=(TRUTH, SCORE))
    assert len(read_records(run.folder)) == 1
    with pytest.raises(ValueError, match=r"^max_samples must be an integer of 0 or more\. Received: 1\.5$"):
        RunWriter(tmp_path, max_samples=1.5)
