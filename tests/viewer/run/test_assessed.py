"""How far values are open: bands of counts, bounds of bins, and the samples' own values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

import viewer
from recorder import RunWriter
from viewer.formulas import FORMULAS, FormulaError
from viewer.formulas.registry import Formula

from .conftest import EPOCHS, Recorded

BOUNDED = [name for name in FORMULAS if FORMULAS[name].bounds is not None]


@pytest.mark.parametrize("name", BOUNDED)
def test_exact_values_lie_within_the_bounds_of_the_bins(recorded: Recorded, name: str) -> None:
    """So does the value itself; for each average and class."""
    averages = [None, "macro", "weighted", *recorded.run.output().classes]
    if recorded.run.output().kind != "binary":
        averages.append("micro")
    elif name == "ece":  # of the negative class a score on an edge of groups lies on its other side
        averages = [None]
    for average in averages:
        found = recorded.run.bounds(name, average=average)
        assert found is not None
        low, high = found
        for values in (recorded.run.exact(name, average=average), recorded.run.values(name, average=average)):
            assert values.shape == (EPOCHS,)
            assert (np.isnan(values) | np.isnan(low) | (low - 1e-9 <= values)).all()
            assert (np.isnan(values) | (values <= high + 1e-9)).all()


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_exact_areas_are_scikit_learns(recorded: Recorded, average: str) -> None:
    """Of the samples, whatever the bins."""
    for name, score in (("ap", metrics.average_precision_score), ("auc", metrics.roc_auc_score)):
        if recorded.run.output().kind == "binary":
            expected = recorded.each(lambda truth, scores, score=score: score(truth[:, 0], scores[:, 0]))
            np.testing.assert_allclose(recorded.run.exact(name), expected)
        else:
            expected = recorded.each(lambda truth, scores, score=score: score(truth, scores, average=average))
            np.testing.assert_allclose(recorded.run.exact(f"{name}@{average}"), expected)


def test_exact_counts_are_the_recorded_ones_at_every_edge(recorded: Recorded) -> None:
    """Where all samples were recorded, counting them again at a recorded threshold changes nothing."""
    edges = recorded.run.thresholds()
    for threshold in [None, *edges[:: len(edges) // 20].tolist()]:
        for question in ("f1", "mcc", "f1@micro", "tp"):
            np.testing.assert_allclose(
                recorded.run.exact(question, threshold=threshold),
                recorded.run.values(question, threshold=threshold),
                rtol=1e-12,
            )


def test_exact_values_need_no_edge(binary: Recorded) -> None:
    """Any threshold is taken as it is, in float32; a recorded edge would be another one."""
    threshold = 0.4321987
    expected = binary.each(lambda truth, scores: metrics.f1_score(truth[:, 0], scores[:, 0] > np.float32(threshold)))
    np.testing.assert_allclose(binary.run.exact(f"f1@{threshold}"), expected)
    np.testing.assert_allclose(binary.run.exact("f1", threshold=threshold), expected)
    assert binary.run.snap(threshold) != threshold
    with pytest.raises(ValueError, match=r"^threshold must be in \[0, 1\]\. Received: 1\.5$"):
        binary.run.exact("f1", threshold=1.5)


def test_exact_values_may_hold_logs(binary: Recorded) -> None:
    """An expression of counts and logs takes the log of the epoch; one of logs alone has no samples."""
    np.testing.assert_allclose(binary.run.exact("f1 + loss"), binary.run.exact("f1") + binary.run.values("loss"))
    with pytest.raises(FormulaError, match=r"^samples are for formulas of counts, scores and samples"):
        binary.run.exact("loss")


def test_samples_of_many_classes_were_not_kept_whole(tmp_path: Path) -> None:
    """Of more than sixteen the true class and the top five are kept: too few for an exact value, and it says so."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path, kind="multiclass") as writer:
        writer.epoch(0, val=(rng.integers(0, 20, 50), rng.dirichlet(np.ones(20), 50).astype(np.float32)))
    run = viewer.open_run(writer.folder)
    with pytest.raises(FormulaError, match=r"^samples need the scores of all classes .* Received: 20 classes$"):
        run.exact("ap")
    assert np.isfinite(run.values("ap")).all()


def test_ignored_and_undefined_samples_count_nowhere(tmp_path: Path) -> None:
    """A label that is ignored and a score that is NaN are left out of exact values as they are of counts."""
    truth = np.array([0, 1, 1, -1, 1, 0])
    scores = np.array([0.2, 0.8, 0.3, 0.9, np.nan, 0.6], np.float32)
    with RunWriter(tmp_path, ignore_label=-1) as writer:
        writer.epoch(0, val=(truth, scores))
    run = viewer.open_run(writer.folder)
    for question in ("tp", "fp", "tn", "fn"):
        assert run.exact(question).tolist() == run.values(question).tolist()
    np.testing.assert_allclose(run.exact("auc"), metrics.roc_auc_score([0, 1, 1, 0], [0.2, 0.8, 0.3, 0.6]))


@pytest.mark.parametrize("question", ["f1", "f1@0.3", "mcc", "recall@macro", "tn / (tn + fn)"])
def test_bands_lie_around_their_values(recorded: Recorded, question: str) -> None:
    """Of every kind of output, by epoch, and as a table."""
    found = recorded.run.band(question)
    assert found is not None
    values = recorded.run.values(question)
    assert (found[0] < values).all()
    assert (values < found[1]).all()
    table = recorded.run.metric(question, band=0.95)
    assert table.columns.tolist() == ["value", "low", "high"]
    np.testing.assert_array_equal(table.to_numpy().T, [values, *found])
    wider = recorded.run.band(question, level=0.99)
    assert wider is not None
    assert (wider[0] < found[0]).all()


def test_a_band_follows_threshold_class_and_prevalence(binary: Recorded, multiclass: Recorded) -> None:
    """Each question has its own."""
    bands = [
        binary.run.band("precision"),
        binary.run.band("precision", threshold=0.3),
        binary.run.band("precision", average="no"),
        binary.run.band("precision", prevalence=0.01),
        binary.run.band("precision", "train"),
        multiclass.run.band("precision", average="cat"),
        multiclass.run.band("precision", average="2"),
    ]
    lows = [None if found is None else found[0][0] for found in bands]
    assert None not in lows
    assert len(set(lows)) == len(bands)
    precision = binary.run.values("precision", prevalence=0.01)
    assert bands[3] is not None
    assert (bands[3][0] < precision).all()
    assert (precision < bands[3][1]).all()


def test_new_epochs_leave_the_bands_of_old_ones_as_they_are(tmp_path: Path) -> None:
    """The same counts have the same band, computed once."""
    rng = np.random.default_rng(1)
    with RunWriter(tmp_path) as writer:
        run, bands = viewer.open_run(writer.folder), []
        for epoch in range(4):
            truth = rng.integers(0, 2, 50)
            writer.epoch(epoch, val=(truth, rng.random(50).astype(np.float32)))
            run.refresh()
            bands.append(np.array(run.band("f1")))
        fresh = np.array(viewer.open_run(writer.folder).band("f1"))
    for length, found in enumerate(bands, start=1):
        np.testing.assert_array_equal(found, fresh[:, :length])


def test_where_there_is_no_band_there_is_none(binary: Recorded, tmp_path: Path) -> None:
    """Logs, scores, and a run of logs only; a table says NaN."""
    assert binary.run.band("loss") is None
    assert binary.run.band("auc") is None
    assert binary.run.bounds("f1") is None
    assert binary.run.bounds("auc - f1") is None
    assert np.isnan(binary.run.metric("auc", band=0.9)[["low", "high"]]).all(axis=None)
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, logs={"loss": 1.0})
    assert viewer.open_run(writer.folder).band("loss") is None


def test_sample_weights_change_no_band(tmp_path: Path) -> None:
    """Formulas and their bands are of counts, with sample weights beside them or without."""
    truth, scores = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.8, 0.3, 0.6, 0.9], np.float32)
    bands = []
    for weight in ((), (np.array([1.0, 5.0, 0.2, 1.0, 3.0]),)):
        with RunWriter(tmp_path) as writer:
            writer.epoch(0, val=(truth, scores, *weight))
        bands.append(viewer.open_run(writer.folder).band("f1"))
    np.testing.assert_array_equal(*bands)


def test_every_formula_with_a_value_in_bins_knows_its_bounds() -> None:
    """Only the place of a best value has none: it may jump from one end to the other."""
    of_scores: list[Formula] = [FORMULAS[name] for name in FORMULAS if "scores" in FORMULAS[name].needs]
    assert [item.name for item in of_scores if item.bounds is None] == ["best_f1_threshold"]
