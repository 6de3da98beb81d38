"""Pairs of runs against samples taken by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, roc_auc_score

import viewer
from recorder import RunWriter
from viewer.comparison.compared_run import ComparedRun
from viewer.run import Run

from .conftest import Record


def right(folder: Path, epoch: int, threshold: float) -> dict[int, bool]:
    """Whether each sample is decided right, from the table that users read."""
    table = Run(folder).samples(epoch=epoch)
    decided = table["y_score"] > np.float32(threshold)
    return dict(zip(table["sample"], decided == (table["y_true"] > 0), strict=True))


def test_values_of_a_pair_are_those_of_the_runs(binary: Record) -> None:
    """Each at its own epoch and at its own decision threshold, the samples give what the counts on disk give."""
    runs = [binary("a", 1, decision_threshold=0.4), binary("b", 2, decision_threshold=0.55)]
    found = viewer.compare(runs, ["mcc", "f1", "f1@0.3", "accuracy"], at=[1, 3])
    for row in found.paired.itertuples():
        assert row.samples == row.counted == 300
        for value, name in ((row.value_a, row.a), (row.value_b, row.b)):
            compared = found.compared(name)
            spec = next(spec for spec in found.query.formulas if spec.label == row.formula)
            assert value == pytest.approx(compared.value(spec), abs=1e-12)
        assert row.low <= row.difference <= row.high


def test_mcnemar_counts_the_samples_that_one_decides_right_alone(binary: Record) -> None:
    """The four numbers, the p-value and the ids are those of the table of samples, each run at its own epoch."""
    a, b = binary("a", 1), binary("b", 2)
    found = viewer.compare([a, b], ["f1"], at=[0, 2], threshold=0.45)
    first, second = right(a, 0, 0.45), right(b, 2, 0.45)
    row = found.mcnemar.iloc[0]
    only_a = {sample for sample in first if first[sample] and not second[sample]}
    only_b = {sample for sample in first if second[sample] and not first[sample]}
    assert (row["only_a"], row["only_b"]) == (len(only_a), len(only_b))
    assert row["both_right"] == sum(first[sample] and second[sample] for sample in first)
    assert row[["both_right", "only_a", "only_b", "both_wrong"]].sum() == row["samples"] == 300
    assert row["p"] == pytest.approx(binomtest(len(only_a), len(only_a | only_b)).pvalue)
    table = found.disagreements("a", "b")
    assert set(table.index[table["right"] == "a"]) == only_a
    assert set(table.index[table["right"] == "b"]) == only_b
    assert (table["right"] == found.disagreements("b", "a")["right"]).all()


@pytest.mark.parametrize("k", [4, 20])
def test_several_classes_are_decided_as_they_were_counted(classes: Record, k: int) -> None:
    """By argmax, the samples give the values of the recorded matrix; of more than 16 classes the kept scores do."""
    found = viewer.compare([classes("a", 1, k=k), classes("b", 2, k=k)], ["accuracy", "mcc", "f1@macro", "recall@2"])
    values = [[compared.value(spec) for spec in found.query.formulas] for compared in found.compared_runs]
    np.testing.assert_allclose(found.paired["value_a"], values[0], atol=1e-12)
    np.testing.assert_allclose(found.paired["value_b"], values[1], atol=1e-12)
    assert (found.paired["method"] == "paired bootstrap").all()


def test_a_threshold_of_several_classes_needs_all_scores(classes: Record) -> None:
    """One class against the rest is compared sample by sample where all scores were kept, and not where five were."""
    few = viewer.compare([classes("a", 1), classes("b", 2)], ["f1@0.3"]).paired
    assert few["method"].item() == "paired bootstrap"
    assert few["value_a"].item() == pytest.approx(Run(classes("c", 1)).metric("f1@0.3").iloc[-1])
    many = viewer.compare([classes("d", 1, k=20), classes("e", 2, k=20)], ["accuracy", "f1@0.3"])
    assert many.paired["method"].tolist() == ["paired bootstrap", "independent posteriors"]


def test_labels_are_decided_one_by_one(record: Record) -> None:
    """Of a multi-label output the values are those of its counts, and a sample is right where all its labels are."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (150, 3))
    scores = [np.clip(0.4 + 0.2 * truth + rng.normal(0, 0.2, truth.shape), 0, 1) for _ in range(2)]
    runs = [record(name, [score], truth, kind="multilabel") for name, score in zip("ab", scores, strict=True)]
    found = viewer.compare(runs, ["f1@macro", "f1@micro", "recall@1"])
    for name, column in (("a", "value_a"), ("b", "value_b")):
        expected = [found.compared(name).value(spec) for spec in found.query.formulas]
        np.testing.assert_allclose(found.paired[column], expected, atol=1e-12)
    everything = [((score > 0.5) == truth).all(axis=1) for score in np.asarray(scores, np.float32)]
    assert found.mcnemar["both_right"].item() == (everything[0] & everything[1]).sum()


@pytest.mark.filterwarnings("ignore:epochreel. 1 scores of val are NaN")
def test_what_has_no_score_or_an_ignored_label_is_left_out(record: Record) -> None:
    """A sample without a score in either run is compared in none; the ids keep their meaning."""
    truth = np.array([0, 1, 1, 0, 1, 0, 7, 1])
    first = np.array([0.1, 0.9, np.nan, 0.2, 0.8, 0.3, 0.5, 0.2])
    second = np.array([0.1, 0.2, 0.8, np.nan, 0.9, 0.4, 0.5, 0.9])
    runs = [record(name, [score], truth, ignore_label=7) for name, score in (("a", first), ("b", second))]
    pair = viewer.compare(runs, ["accuracy"]).pairs[0]
    assert pair.sample.tolist() == [0, 1, 4, 5, 7]
    assert pair.right_a.tolist() == [True, True, True, True, False]
    assert pair.right_b.tolist() == [True, False, True, True, True]


def test_a_part_of_the_samples_says_of_how_many(binary: Record) -> None:
    """Where every second sample was kept in both, those are compared, and a note says so."""
    found = viewer.compare([binary("a", 1, max_samples=150), binary("b", 2, max_samples=150)], ["f1"])
    assert found.paired[["samples", "counted"]].iloc[0].tolist() == [150, 300]
    assert "Compared on the 150 recorded of 300 samples, values too: a with b." in found.notes


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data": 5}, "ids or labels of their recorded samples differ"),
        ({"samples": 200}, "ids or labels of their recorded samples differ"),
        ({"max_samples": 150}, "ids or labels of their recorded samples differ"),
        ({"max_samples": 0}, "no val samples of b were recorded at that epoch"),
        ({"class_names": ["no", "yes"]}, "they do not decide between the same classes"),
    ],
)
def test_other_samples_are_said_and_compared_as_independent(binary: Record, options: Any, reason: str) -> None:
    """No pairing is claimed where ids or labels differ: the reason is given, two posteriors stand in."""
    found = viewer.compare([binary("a", 1), binary("b", 2, **options)], ["f1"])
    row = found.paired.iloc[0]
    assert found.mcnemar["reason"].item() == reason
    assert row["method"] == "independent posteriors"
    assert row["low"] < row["difference"] < row["high"]
    assert np.isnan([row["p"], row["p_holm"], found.mcnemar["p"].item()]).all()
    assert found.tests == 0
    assert f"Not compared sample by sample: a with b; {reason}." in found.notes
    with pytest.raises(ValueError, match=r"^samples must be the same to be compared one by one\. Received: "):
        found.disagreements("a", "b")


def test_all_pairs_of_few_and_the_best_of_many(binary: Record) -> None:
    """Up to five runs all pairs; of more the best one with the four next; a baseline with each other one."""
    runs = [binary(f"run{seed}", seed, samples=60) for seed in range(7)]
    few = viewer.compare(runs[:4], ["f1"], draws=50)
    assert len(few.mcnemar) == 6
    many = viewer.compare(runs, ["f1"], draws=50)
    order = many.summary.xs("chosen", level="at")["F1"].sort_values(ascending=False).index.tolist()
    assert many.mcnemar["b"].tolist() == order[:1] * 4
    assert many.mcnemar["a"].tolist() == order[1:5]
    named = viewer.compare(runs, ["f1"], baseline="run3", draws=50)
    assert named.mcnemar["a"].tolist() == ["run3"] * 6
    assert any("only the best is compared in pairs" in note for note in many.notes)
    assert not any("only the best is compared in pairs" in note for note in named.notes + few.notes)


def test_formulas_of_scores_are_compared_sample_by_sample(binary: Record, classes: Record) -> None:
    """Areas have the values that the histograms give, with an interval and a test; of reduced scores they have none."""
    found = viewer.compare([binary("a", 1), binary("b", 2)], ["roc_auc", "ap", "f1"], draws=300)
    for name, column in (("a", "value_a"), ("b", "value_b")):
        expected = [found.compared(name).value(spec) for spec in found.query.formulas]
        np.testing.assert_allclose(found.paired[column], expected, atol=1e-12)
    assert found.paired["method"].tolist() == ["paired bootstrap"] * 3
    assert (
        (found.paired["low"] < found.paired["difference"]) & (found.paired["difference"] < found.paired["high"])
    ).all()
    several = viewer.compare([classes("c", 1), classes("d", 2)], ["roc_auc@macro"], draws=50)
    assert several.paired["value_a"].item() == pytest.approx(several.compared_runs[0].value(several.query.formulas[0]))
    many = viewer.compare([classes("e", 1, k=20), classes("f", 2, k=20)], ["roc_auc@macro"], draws=50)
    assert many.paired["method"].item() == "no interval"


def test_a_threshold_between_edges_says_which_one_is_used(binary: Record) -> None:
    """Counts are known at recorded thresholds only, and a note names the one that stands in."""
    found = viewer.compare([binary("a", 1), binary("b", 2)], ["f1@0.33"])
    assert "a, b: F1@0.33 (at 0.35), the nearest threshold of which the counts are known." in found.notes
    assert found.paired["value_a"].item() == pytest.approx(found.compared_runs[0].value(found.query.formulas[0]))


def test_all_tests_are_corrected_together(binary: Record) -> None:
    """Holm's correction takes McNemar's tests and those of all pairs and formulas as one family, and counts them."""
    from statsmodels.stats.multitest import multipletests

    found = viewer.compare([binary(name, seed) for seed, name in enumerate("abc")], ["f1", "mcc"])
    raw = [*found.mcnemar["p"], *found.paired["p"]]
    assert found.tests == len(raw) == 9
    np.testing.assert_allclose(
        [*found.mcnemar["p_holm"], *found.paired["p_holm"]], multipletests(raw, method="holm")[1]
    )


def test_a_value_of_logs_has_no_interval(binary: Record) -> None:
    """A log, or a formula with one in it, is no count of samples: the difference stands alone."""
    logs = [{"val_loss": 0.3}] * 4
    found = viewer.compare([binary("a", 1, logs=logs), binary("b", 2, logs=logs)], ["val_loss", "f1 - val_loss"])
    assert found.paired["method"].tolist() == ["no interval"] * 2
    assert found.paired["difference"].iloc[0] == 0
    assert np.isnan(found.paired[["low", "high", "p"]].to_numpy(float)).all()


def test_samples_of_a_run_are_read_once(binary: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all pairs of three runs the samples of each are read one time."""
    read: list[str] = []
    records = Run.sample_records

    def noted(self: Run, *words: Any, **named: Any) -> Any:
        read.append(self.name)
        return records(self, *words, **named)

    monkeypatch.setattr(Run, "sample_records", noted)
    _ = viewer.compare([binary(name, seed) for seed, name in enumerate("abc")], ["f1"], draws=50).paired
    assert sorted(read) == ["a", "b", "c"]


def test_independent_intervals_are_wider_than_paired_ones(binary: Record) -> None:
    """Runs that err on the same samples are told apart better sample by sample than as two counts."""
    from viewer.comparison.independent import independent

    found = viewer.compare([binary("a", 1), binary("b", 1, decision_threshold=0.45)], ["accuracy"])
    first, second = found.compared_runs
    low, high = independent(first, second, found.query.formulas[0])
    row = found.paired.iloc[0]
    assert isinstance(first, ComparedRun)
    assert high - low > row["high"] - row["low"]


@pytest.mark.parametrize("ids", [[f"row {n}" for n in range(80)], list(range(500, 580))], ids=["strings", "numbers"])
def test_runs_that_name_their_samples_are_compared_by_name(tmp_path: Path, ids: list[Any]) -> None:
    """Validated in another order, on 60 samples each, they share 40: the pair is that of these 40, by name."""
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(0, 2, 80), rng.random((2, 80)).astype(np.float32)
    of_b = rng.permutation(np.arange(20, 80))
    runs = []
    for number, rows in enumerate((np.arange(60), of_b)):
        with RunWriter(tmp_path, name="ab"[number], sample_ids=[ids[row] for row in rows]) as writer:
            writer.epoch(0, val=(truth[rows], scores[number][rows]))
        runs.append(writer.folder)
    found = viewer.compare(runs, ["accuracy"])
    right = (scores > 0.5) == truth
    common, row = np.arange(20, 60), found.mcnemar.iloc[0]
    assert (row["samples"], row["only_a"], row["only_b"]) == (
        40, (right[0] & ~right[1])[common].sum(), (right[1] & ~right[0])[common].sum(),
    )  # fmt: skip
    assert found.paired.loc[0, "value_b"] == pytest.approx(right[1][common].mean())
    assert found.paired.loc[0, "counted"] == 60
    table = found.disagreements("a", "b")
    assert table["id"].tolist() == [ids[n] for n in common if right[0][n] != right[1][n]]
    assert table.index.tolist() == [n for n in common if right[0][n] != right[1][n]]


def test_runs_that_share_no_name_are_not_compared_one_by_one(tmp_path: Path) -> None:
    """Though positions and labels are the same; where one run alone has names, positions count."""
    truth, runs = np.arange(40) % 2, []
    for number, ids in enumerate(([f"a{n}" for n in range(40)], [f"b{n}" for n in range(40)], range(40), None)):
        with RunWriter(tmp_path, name=f"run {number}", sample_ids=ids) as writer:
            writer.epoch(0, val=(truth, np.linspace(0.1, 0.9, 40)))
        runs.append(writer.folder)
    table = viewer.compare(runs, ["accuracy"]).mcnemar.set_index(["a", "b"])
    for one in range(3):
        for other in range(one + 1, 3):
            assert table.loc[(f"run {one}", f"run {other}"), "reason"] == "no recorded sample has the same id in both"
        assert table.loc[(f"run {one}", "run 3"), "samples"] == 40


@pytest.mark.parametrize("kind", ["multilabel", "multiclass"])
def test_scores_that_tie_are_compared_as_they_are_ranked(tmp_path: Path, kind: Any) -> None:
    """Of several classes with rounded scores: areas and precisions are scikit-learn's, and so is their difference."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, (80, 3)) if kind == "multilabel" else rng.integers(0, 3, 80)
    rows = truth if kind == "multilabel" else np.eye(3, dtype=int)[truth]
    folders, wanted = [], []
    for name in ("a", "b"):
        score = np.round(rng.dirichlet(np.ones(3), 80), 1).astype(np.float32)
        with RunWriter(tmp_path, name=name, kind=kind) as run:
            run.epoch(0, val=(truth, score))
        folders.append(run.folder)
        wanted.append([roc_auc_score(rows, score, average="macro"), average_precision_score(rows, score)])
    paired = viewer.compare(folders, ["roc_auc", "average_precision"], draws=200).paired
    np.testing.assert_allclose(paired.value_a, wanted[0])
    np.testing.assert_allclose(paired.difference, np.subtract(wanted[1], wanted[0]), atol=1e-12)


def test_a_run_without_what_its_epoch_is_chosen_by_is_named(tmp_path: Path) -> None:
    """It has samples, and no such log: not these are what lacks."""
    folders = []
    for name, logs in (("a", {"val_loss": 1.0}), ("b", {"other": 1.0})):
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, logs=logs, val=(np.array([0, 1, 1]), np.float32([0.2, 0.7, 0.4])))
        folders.append(run.folder)
    compared = viewer.compare(folders, ["mcc"], at="best:val_loss", draws=50)
    assert compared.mcnemar["reason"].item() == "nothing of b says which epoch to choose"
