"""Areas and the like: exact where every sample was recorded, else the middle of what the bins leave open."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics

import viewer
from recorder import RunWriter, open_writer
from recorder.runfile import part_reader
from tests.commands import invoke
from viewer.counts.bounded import Bounded
from viewer.counts.scores import Scores
from viewer.formulas import FORMULAS
from viewer.reading.table import RunTable

BOUNDED = [name for name in FORMULAS if FORMULAS[name].bounds is not None]
SKLEARN: dict[str, Callable[..., float]] = {
    "average_precision": metrics.average_precision_score,
    "roc_auc": metrics.roc_auc_score,
    "brier": metrics.brier_score_loss,
}


def rare(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """3,000 scores, 200 of them of positives."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(3000) < 200).astype(int)
    return truth, (1 / (1 + np.exp(3 - 2.5 * truth - rng.normal(size=3000)))).astype(np.float32)


def crowded() -> tuple[np.ndarray, np.ndarray]:
    """All scores in one bin of the default thresholds, told apart within it."""
    rng = np.random.default_rng(1)
    truth = np.arange(400) % 4 == 0
    return truth.astype(int), (0.502 + 1e-3 * (0.2 * truth + 0.3 * rng.random(400))).astype(np.float32)


def record(root: Path, *epochs: tuple[np.ndarray, np.ndarray], **options: Any) -> viewer.Run:
    with RunWriter(root, **options) as writer:
        for epoch, val in enumerate(epochs):
            writer.epoch(epoch, val=val)
    return viewer.open_run(writer.folder)


@pytest.mark.parametrize("name", SKLEARN)
@pytest.mark.parametrize("made", [rare, crowded])
def test_it_is_scikit_learns_where_every_sample_was_recorded(tmp_path: Path, name: str, made: Any) -> None:
    """Of bins average precision was 0.004 too low, and an area of scores in one bin a half."""
    run = record(tmp_path, made(), made())
    expected = SKLEARN[name](*made())
    np.testing.assert_allclose(run.values(name), expected, rtol=1e-6)
    np.testing.assert_allclose(run.values(f"1 - {name}"), 1 - expected, rtol=1e-6)
    found = run.bounded(name)
    assert (found, found.low, found.high) == pytest.approx((expected,) * 3)
    np.testing.assert_allclose(run.bounds(name), np.full((2, 2), expected), rtol=1e-6)


@pytest.mark.parametrize("name", BOUNDED)
def test_every_formula_is_what_it_is_of_the_samples(tmp_path: Path, name: str) -> None:
    """As `exact` has it, epoch by epoch, of several classes and their averages too."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 90)
    scores = [rng.dirichlet(np.ones(3), 90).astype(np.float32) for _ in range(3)]
    several = record(tmp_path / "several", *((labels, each) for each in scores), kind="multiclass")
    for question in (name, f"{name}@1", f"{name}@micro", f"{name}@weighted"):
        np.testing.assert_allclose(several.values(question), several.exact(question), rtol=1e-6, err_msg=question)
    binary = record(tmp_path / "binary", *(((labels > 0) * 1, each[:, 0]) for each in scores))
    for question in (name, f"{name}@macro", f"{name}@0"):
        np.testing.assert_allclose(binary.values(question), binary.exact(question), rtol=1e-6, err_msg=question)


def test_of_a_part_of_the_samples_it_is_the_middle_and_says_how_far_it_may_be_off(tmp_path: Path) -> None:
    """Every command and table has the same number, and the bound beside it."""
    run = record(tmp_path, crowded(), crowded(), max_samples=100)
    found, exact = run.bounded("roc_auc"), metrics.roc_auc_score(*crowded())
    assert found.low <= exact <= found.high
    assert found == pytest.approx((found.low + found.high) / 2)
    assert found.off > 0.4
    assert run.values("roc_auc").tolist() == [found] * 2
    output = invoke(["metrics", str(run.folder), "-m", "roc_auc"]).output
    assert found.text() in output
    assert "±" in found.text()
    csv = invoke(["metrics", str(run.folder), "-m", "roc_auc", "--format", "csv"]).output
    assert csv.splitlines()[0] == "epoch,val:roc_auc,val:roc_auc ±"
    listed = invoke(["list", str(tmp_path), "-m", "roc_auc"]).output
    assert found.text(".4g") in listed


@pytest.mark.parametrize(("most", "read"), [(100, "tallies"), (400, "samples")])
def test_samples_are_not_read_to_learn_that_they_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, read: str
) -> None:
    """A line says how many there are, its counts how many there would have to be; of all no histogram is read."""
    run, kinds = record(tmp_path, crowded(), max_samples=most), list[str]()
    real = part_reader.read_part
    monkeypatch.setattr(
        part_reader, "read_part", lambda path, kind, *a, **b: kinds.append(kind) or real(path, kind, *a, **b)
    )
    assert (run.bounded("roc_auc").off > 0) == (most < 400)
    assert set(kinds) == {read}


@pytest.mark.filterwarnings("ignore:epochreel")
@pytest.mark.parametrize("most", [10, 10_000])
@pytest.mark.parametrize("labels", ["binary", "ignored", "several classes", "labels with NaN", "added", "weighted"])
def test_what_a_line_says_of_samples_changes_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: str, most: int
) -> None:
    """Of every kind of label the values are those of a reader that looks at the samples themselves."""
    rng, options = np.random.default_rng(0), dict[str, Any]()
    two, one_score, three_scores = rng.integers(0, 2, 300), rng.random(300), rng.dirichlet([1, 1, 1], 300)
    val: Any = (two, one_score)
    if labels == "ignored":
        val = np.where(np.arange(300) % 3, two, np.nan), one_score
    elif labels == "several classes":
        val = rng.integers(-1, 3, 300), three_scores
    elif labels == "labels with NaN":
        val, options = (
            (np.where(rng.random((300, 3)) < 0.3, np.nan, two[:, None]), three_scores),
            {"kind": "multilabel"},
        )
    elif labels == "weighted":
        val = two, one_score, rng.random(300)
    with RunWriter(tmp_path, max_samples=most, **options) as run:
        for epoch in range(3):
            run.epoch(epoch, logs={"loss": 1.0}, **({} if labels == "added" and epoch == 2 else {"val": val}))
    if labels == "added":
        with open_writer(run.folder) as adder:
            adder.add(epoch=2, val=val)
    asked = [(name, viewer.open_run(run.folder).values(name)) for name in ("roc_auc", "brier", "average_precision")]
    monkeypatch.setattr(RunTable, "promised_samples", lambda *_: 0)  # as if a line did not say it
    for name, values in asked:
        np.testing.assert_array_equal(values, viewer.open_run(run.folder).values(name), err_msg=name)


def test_a_newest_epoch_without_samples_says_nothing_of_the_others(tmp_path: Path) -> None:
    """A run that goes on without them: what was recorded as a whole before stays exact."""
    with RunWriter(tmp_path, name="a") as run:
        run.epoch(0, val=crowded())
    with RunWriter(tmp_path, name="a", resume="must", max_samples=0) as again:
        again.epoch(1, val=crowded())
    found, exact = viewer.open_run(run.folder), metrics.roc_auc_score(*crowded())
    assert found.values("roc_auc").tolist() == pytest.approx([exact, found.value("roc_auc")])
    assert found.value("roc_auc") != pytest.approx(exact)


def test_an_epoch_is_read_once_however_it_is_asked_for(tmp_path: Path) -> None:
    """One after the other, backwards, all at once: the same numbers."""
    run = record(tmp_path, *(rare(seed) for seed in range(35)))
    alone = [run.value("average_precision", position=position) for position in range(35)]
    again = [run.value("average_precision", position=position) for position in reversed(range(35))]
    assert alone == again[::-1]
    np.testing.assert_allclose(alone, run.values("average_precision"), rtol=1e-12)
    np.testing.assert_allclose(alone[7], metrics.average_precision_score(*rare(7)))


scored = st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32, allow_subnormal=False)), min_size=2, max_size=25)
GRIDS = [np.float32([0.25, 0.5, 0.75]), np.float32(np.arange(1, 20) / 20), np.float32([0.5, 0.9])]


@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(rows=scored, grid=st.sampled_from(GRIDS), name=st.sampled_from(BOUNDED))
def test_the_true_value_lies_within_the_bound(rows: list[tuple[bool, float]], grid: np.ndarray, name: str) -> None:
    """Whatever the scores and the thresholds, groups of a calibration error that cross them as well."""
    truth, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float32)
    exact = float(FORMULAS[name].function(Scores.of_samples(truth, score)))
    bins = np.searchsorted(grid, score, side="left")
    counts = [np.bincount(bins[truth == side], minlength=len(grid) + 1) for side in (False, True)]
    binned = Scores.of_histogram(np.stack(counts), grid)
    bounds = FORMULAS[name].bounds
    assert bounds is not None
    low, high = (float(end) for end in bounds(binned))
    if not np.isnan([exact, low, high]).any():
        assert low - 1e-6 <= exact <= high + 1e-6
        assert low - 1e-9 <= float(FORMULAS[name].function(binned)) <= high + 1e-9


@settings(max_examples=60, derandomize=True)
@given(rows=scored, seed=st.integers(0, 2**31))
def test_rows_with_bins_of_their_own_are_those_of_the_samples(rows: list[tuple[bool, float]], seed: int) -> None:
    """Tied, missing and zero scores; every formula, and all classes pooled."""
    rng = np.random.default_rng(seed)
    truth = np.array([[row[0] for row in rows], rng.permutation([row[0] for row in rows])])
    score = np.array([[row[1] for row in rows]] * 2, np.float32)
    score[1] = np.where(rng.random(len(rows)) < 0.2, np.nan, np.round(score[1], 1))
    whole = Scores.of_rows(truth, score)
    turned = Scores.of_rows(np.asfortranarray(truth), np.asfortranarray(score))  # as they lie in samples
    np.testing.assert_array_equal(turned.histogram, whole.histogram)
    for name in BOUNDED:
        each = [FORMULAS[name].function(Scores.of_samples(truth[row], score[row])) for row in range(2)]
        np.testing.assert_allclose(FORMULAS[name].function(whole), each, rtol=1e-9, atol=1e-12, err_msg=name)
        known = ~np.isnan(score)
        pooled = FORMULAS[name].function(Scores.of_samples(truth[known], score[known]))
        np.testing.assert_allclose(FORMULAS[name].function(whole.pooled())[0], pooled, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("value", "off", "text"),
    [(0.92, 0.026, "0.92 ±0.03"), (0.5, 0.5, "0.5 ±0.5"), (0.58651, 0.0021, "0.587 ±0.003"), (0.5, 0.00001, "0.5000")],
)
def test_a_number_is_shown_with_its_bound_where_that_matters(value: float, off: float, text: str) -> None:
    """No more digits than are known, and the interval shown holds all that is possible."""
    assert Bounded(value, value - off, value + off).text() == text


def test_a_value_with_bounds_goes_to_another_process_and_back() -> None:
    """As comparisons are drawn in one."""
    value = Bounded(0.92, 0.894, 0.946)
    there = pickle.loads(pickle.dumps(value))
    assert (there, there.low, there.high, there.text()) == (0.92, 0.894, 0.946, value.text())
