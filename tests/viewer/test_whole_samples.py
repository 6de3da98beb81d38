"""Top-k accuracy, Hamming loss, subset accuracy and label ranking of a run: scikit-learn's, with bands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

import viewer
from recorder import RunWriter, open_writer
from viewer.formulas import FormulaError

GOLDEN = Path(__file__).parents[1] / "golden"
EPOCHS = 12  # more than are read one by one
CLASSES = 12


def many(epoch: int) -> tuple[Any, Any]:
    """Twelve classes, scores that are all different."""
    rng = np.random.default_rng(epoch)
    return rng.integers(0, CLASSES, 150), rng.dirichlet(np.ones(CLASSES) / 2, 150).astype(np.float32)


def labels(epoch: int) -> tuple[Any, Any]:
    """Five labels, multiples of 1/16: some scores are equal, and some are thresholds."""
    rng = np.random.default_rng(epoch)
    true = rng.integers(0, 2, (60, 5))
    return true, np.clip(np.round((true + rng.normal(0, 0.6, true.shape)) * 16) / 16, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def several(tmp_path_factory: Any) -> viewer.Run:
    """A run of twelve classes, and one beside it for a class that never comes."""
    with RunWriter(tmp_path_factory.mktemp("runs"), kind="multiclass") as run:
        for epoch in range(EPOCHS):
            run.epoch(epoch, logs={"loss": 1.0}, val=many(epoch), train=many(epoch + 100))
    return viewer.open_run(run.folder)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: Any) -> viewer.Run:
    """A run of five labels."""
    with RunWriter(tmp_path_factory.mktemp("runs"), kind="multilabel", class_names=list("abcde")) as run:
        for epoch in range(EPOCHS):
            run.epoch(epoch, logs={"loss": 1.0}, val=labels(epoch), train=labels(epoch + 100))
    return viewer.open_run(run.folder)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 10, 12, 40])
def test_top_k_accuracy(several: viewer.Run, k: int) -> None:
    """Over epochs and at one it is scikit-learn's, by both names, in an expression and of the training split."""
    kept = range(CLASSES)
    wanted = [
        1.0 if k >= CLASSES else metrics.top_k_accuracy_score(*many(epoch), k=k, labels=kept) for epoch in range(EPOCHS)
    ]
    for question in (f"top_k_accuracy(k={k})", f"top_k_accuracy_score(k={k})"):
        np.testing.assert_allclose(several.values(question), wanted, rtol=1e-12)
    np.testing.assert_allclose(several.values(f"1 - top_k_accuracy(k={k})"), 1 - np.array(wanted), atol=1e-12)
    assert several.value(f"top_k_accuracy(k={k})") == wanted[-1]
    if k in (2, 3, 5, 10):
        np.testing.assert_array_equal(several.values(f"top{k}_accuracy"), several.values(f"top_k_accuracy(k={k})"))
    train = metrics.top_k_accuracy_score(*many(100), k=min(k, 11), labels=kept)
    assert several.values(f"top_k_accuracy(k={min(k, 10)})", split="train")[0] <= 1
    if k < 11:
        assert several.values(f"train:top_k_accuracy(k={k})")[0] == pytest.approx(train, rel=1e-12)


def test_top_1_is_accuracy(several: viewer.Run) -> None:
    """Exactly."""
    np.testing.assert_array_equal(several.values("top_k_accuracy(k=1)"), several.values("accuracy"))


def test_averages_of_top_k(several: viewer.Run) -> None:
    """Of one class it is that of its samples; macro is the mean over classes, micro and weighted are of all samples."""
    true, score = many(3)
    own = [
        metrics.top_k_accuracy_score(true[true == each], score[true == each], k=3, labels=range(CLASSES))
        for each in range(CLASSES)
    ]
    by_class = [several.values(f"top3_accuracy@{each}")[3] for each in range(CLASSES)]
    np.testing.assert_allclose(by_class, own, rtol=1e-12)
    assert several.values("top3_accuracy@macro")[3] == pytest.approx(np.mean(own), rel=1e-12)
    for average in ("micro", "weighted"):
        np.testing.assert_allclose(several.values(f"top3_accuracy@{average}"), several.values("top3_accuracy"))


@pytest.mark.parametrize("threshold", [None, 0.25, 0.5, 0.75])
def test_subset_accuracy_and_hamming_loss(sets: viewer.Run, threshold: float | None) -> None:
    """At any threshold they are scikit-learn's of the labels that are called there."""
    subset, hamming = [], []
    for epoch in range(EPOCHS):
        true, score = labels(epoch)
        called = score > np.float32(0.5 if threshold is None else threshold)
        subset.append(metrics.accuracy_score(true, called))
        hamming.append(metrics.hamming_loss(true, called))
    np.testing.assert_allclose(sets.values("subset_accuracy", threshold=threshold), subset, rtol=1e-12)
    np.testing.assert_allclose(sets.values("hamming_loss", threshold=threshold), hamming, rtol=1e-12)
    assert sets.value("subset_accuracy", threshold=threshold) == pytest.approx(subset[-1], rel=1e-12)


def test_label_ranking(sets: viewer.Run) -> None:
    """Ties are scikit-learn's, by its own names too."""
    for question, wanted in {
        "lrap": metrics.label_ranking_average_precision_score,
        "label_ranking_average_precision_score": metrics.label_ranking_average_precision_score,
        "label_ranking_loss": metrics.label_ranking_loss,
        "coverage_error": metrics.coverage_error,
    }.items():
        expected = [wanted(*labels(epoch)) for epoch in range(EPOCHS)]
        np.testing.assert_allclose(sets.values(question), expected, rtol=1e-12)
        assert sets.value(question) == pytest.approx(expected[-1], rel=1e-12)


def test_hamming_loss_of_other_kinds(several: viewer.Run) -> None:
    """Of one class a sample it is the share of samples that are wrong, also within an expression."""
    for question in ("hamming_loss", "1 - accuracy", "hamming_loss + 0", "1 - (1 - hamming_loss)"):
        np.testing.assert_allclose(several.values(question), 1 - several.values("accuracy"), atol=1e-12)


def test_hamming_loss_pools_labels(tmp_path: Path) -> None:
    """Where a label is left out of some samples each label counts once, not each column."""
    true, score = labels(0)
    true = np.where(np.arange(len(true))[:, None] % 4 * (np.arange(5) == 0) > 0, -1, true)
    with RunWriter(tmp_path, kind="multilabel", ignore_label=-1) as run:
        run.epoch(0, val=(true, score))
    wrong = (score > 0.5) != true
    opened = viewer.open_run(run.folder)
    assert opened.value("hamming_loss") == pytest.approx(wrong[true >= 0].mean(), rel=1e-12)
    assert opened.value("hamming_loss@macro") == pytest.approx(
        np.mean([wrong[true[:, each] >= 0, each].mean() for each in range(5)]), rel=1e-12
    )


@pytest.mark.parametrize("question", ["top5_accuracy", "top5_accuracy@macro", "top5_accuracy@3", "1 - top2_accuracy"])
def test_bands_of_top_k(several: viewer.Run, question: str) -> None:
    """The value lies within its band, which is that of a share of as many samples."""
    low, high = several.band(question) or ((), ())
    value = several.values(question)
    assert ((low < value) & (value < high)).all()
    n = 150 if "@3" not in question else 12
    half = 1.96 * np.sqrt(value * (1 - value) / n)
    if "@" not in question:
        np.testing.assert_allclose(high - low, 2 * half, rtol=0.1)


def test_bands_of_subset_accuracy(sets: viewer.Run) -> None:
    """It is that of accuracy of a binary output with as many right and wrong ones; of rankings there is none."""
    low, high = sets.band("subset_accuracy@0.5") or ((), ())
    value = sets.values("subset_accuracy")
    np.testing.assert_allclose(high - low, 2 * 1.96 * np.sqrt(value * (1 - value) / 62), rtol=0.1)
    assert ((low < value) & (value < high)).all()
    assert sets.band("hamming_loss") is not None
    assert sets.band("lrap") is None


@pytest.mark.parametrize(
    ("question", "where", "rule"),
    [
        ("top5_accuracy", {}, "top_k needs one class of several a sample. Received: a multilabel output"),
        ("subset_accuracy@macro", {}, "takes no average and no class. Received: 'macro'"),
        ("lrap@a", {}, "takes no average and no class. Received: 'a'"),
        ("subset_accuracy", {"prevalence": 0.1}, "not of samples as a whole. Received: 0.1"),
        ("subset_accuracy", {"weights": True}, "weights are for formulas of tp, fp, tn and fn"),
    ],
)
def test_what_multi_label_runs_refuse(sets: viewer.Run, question: str, where: Any, rule: str) -> None:
    """Each with the rule, over epochs and at one."""
    for ask in (sets.values, sets.value):
        if "weights" not in where or ask is sets.values:
            with pytest.raises(FormulaError, match=rule):
                ask(question, **where)


def test_what_other_runs_refuse(several: viewer.Run) -> None:
    """Label sets of one class a sample, and a k that was not counted."""
    with pytest.raises(
        FormulaError, match=r"exact_matches needs several labels a sample. Received: a multiclass output"
    ):
        several.values("subset_accuracy")
    with pytest.raises(FormulaError, match=r"k must be one that was counted, 1, 2, 3, 5, 10, 12. Received: 4"):
        several.values("top_k_accuracy(k=4)")


@pytest.mark.parametrize(
    ("run", "question", "what"),
    [
        ("1.0/three_classes", "top2_accuracy", "top_k"),
        ("1.0/multilabel", "subset_accuracy", "exact_matches"),
        ("1.0/multilabel", "lrap", "ranking"),
    ],
)
def test_older_runs_say_that_they_have_none(run: str, question: str, what: str) -> None:
    """By name of what is missing and of their format; Hamming loss they have."""
    opened = viewer.open_run(GOLDEN / run)
    for ask in (opened.values, opened.value):
        with pytest.raises(FormulaError, match=rf"{what} must have been counted in training, as it is from run format"):
            ask(question)
    assert np.isfinite(opened.values("hamming_loss")).all()


def test_epochs_without_are_gaps(tmp_path: Path) -> None:
    """A split that was added to one epoch alone is NaN at the others, and what is written later is seen."""
    with RunWriter(tmp_path, kind="multilabel") as run:
        for epoch in range(EPOCHS):
            run.epoch(epoch, val=labels(epoch))
        opened = viewer.open_run(run.folder)
        with open_writer(run.folder) as adder:
            adder.add(epoch=3, test=labels(0))
        opened.refresh()
        known = np.isfinite(opened.values("subset_accuracy", split="test"))
        assert np.flatnonzero(known).tolist() == [3]
        before = opened.values("lrap")
        run.epoch(EPOCHS, val=labels(50))
        opened.refresh()
        np.testing.assert_array_equal(opened.values("lrap")[:-1], before)
        assert opened.values("lrap")[-1] == pytest.approx(
            metrics.label_ranking_average_precision_score(*labels(50)), rel=1e-12
        )
