"""Counts of each group: against counts of the samples of each group alone, and bounded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

import viewer
from recorder import Counts, RunWriter
from recorder.group_counts import sums_for
from recorder.outputs import output_for
from recorder.runfile import MOST_GROUPS, MOST_OF_GROUPS, Tally, read_records

N = 600
GROUP = np.random.default_rng(7).integers(0, 9, N)
GRID = np.linspace(0, 1, 21)


def recorded(root: Path, arrays: Any, **options: Any) -> tuple[Path, Tally]:
    """A run of one point, and its tally of validation."""
    options = {"groups": GROUP, "group_thresholds": [0.31], "thresholds": GRID} | options
    with RunWriter(root, **options) as run:
        run.epoch(0, val=arrays)
    assert run.folder is not None
    (record,) = read_records(run.folder)
    return run.folder, record.tallies[0]


def groups_of(tally: Tally, numbers: int) -> np.ndarray:
    assert tally.group_counts is not None
    return tally.group_counts.reshape(len(tally.group_counts), -1, numbers)


def test_of_a_binary_output_they_are_the_four_counts_of_each_group_at_each_threshold(tmp_path: Path) -> None:
    """0.31 is the recorded 0.3, and that of the decision is among them; NaN and what is ignored count in no group."""
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, N), rng.random(N).astype(np.float32)
    truth[::9], score[4::11] = 7, np.nan
    folder, tally = recorded(tmp_path, (truth, score), ignore_label=7)
    assert viewer.open_run(folder).outputs[0].group_thresholds == pytest.approx([0.3, 0.5])
    found, there = groups_of(tally, 8), (truth != 7) & ~np.isnan(score)
    for group in range(9):
        own = there & (group == GROUP)
        for at, threshold in enumerate((0.3, 0.5)):
            wanted = confusion_matrix(truth[own], score[own] > np.float32(threshold), labels=[0, 1]).ravel()
            assert found[0, group, 4 * at : 4 * at + 4].tolist() == wanted.tolist()


def test_where_argmax_decides_they_are_the_matrix_of_each_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 4, N), rng.dirichlet(np.ones(4), N)
    folder, tally = recorded(tmp_path, (truth, score))
    assert viewer.open_run(folder).outputs[0].group_thresholds == []
    for group, matrix in enumerate(np.moveaxis(groups_of(tally, 4), 1, 0)):
        own = group == GROUP
        assert (matrix == confusion_matrix(truth[own], score[own].argmax(axis=1), labels=range(4))).all()


def test_of_labels_they_are_those_of_each_label(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, (N, 3)), rng.random((N, 3))
    _, tally = recorded(tmp_path, (truth, score), kind="multilabel", group_thresholds=[])
    found = groups_of(tally, 4)
    for label, group in np.ndindex(3, 9):
        own = group == GROUP
        wanted = confusion_matrix(truth[own, label], score[own, label] > 0.5, labels=[0, 1]).ravel()
        assert found[label, group].tolist() == wanted.tolist()


@pytest.mark.parametrize("options", [{"max_samples": 0}, {"max_samples": 40}])
def test_a_band_of_them_is_that_of_all_samples_however_few_are_kept(tmp_path: Path, options: dict[str, int]) -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, N)
    score = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(0, 1, 9)[GROUP] + rng.normal(0, 1, N))))
    runs = [
        viewer.open_run(recorded(tmp_path, (truth, score), group_thresholds=at, **own)[0])
        for at, own in (([], options), (None, {}))
    ]
    for formula in ("f1", "accuracy", "recall@macro"):
        band, whole = (run.metric(formula, band=0.95).iloc[0].tolist() for run in runs)
        assert band == pytest.approx(whole)
        assert runs[0].band_of(formula) == "9 groups"


def test_training_may_have_groups_that_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    arrays = rng.integers(0, 2, N), rng.random(N)
    with RunWriter(tmp_path, groups={"train": GROUP}, group_thresholds=[]) as writer:
        writer.epoch(0, train=arrays, val=arrays)
    run = viewer.open_run(writer.folder)
    assert run.band_of("f1", "train") == "9 groups"
    assert run.share("f1", "train") is not None
    assert run.share("f1", "val") is None


def test_a_resume_goes_on_at_the_same_thresholds_and_at_others_is_refused(tmp_path: Path) -> None:
    arrays = np.arange(N) % 2, np.linspace(0, 1, N)
    options: dict[str, Any] = {"name": "x", "groups": GROUP, "thresholds": GRID}
    folder, _ = recorded(tmp_path, arrays, name="x")
    with RunWriter(tmp_path, group_thresholds=[0.3], resume="must", **options) as run:
        run.epoch(1, val=arrays)
    assert [record.tallies[0].group_counts is not None for record in read_records(folder)] == [True, True]
    with (
        RunWriter(tmp_path, group_thresholds=[0.7], resume="must", **options) as run,
        pytest.raises(ValueError, match="the outputs of a run must stay as they are"),
    ):
        run.epoch(2, val=arrays)


def test_of_many_groups_some_stand_together_and_a_band_is_as_wide(tmp_path: Path) -> None:
    """5,000 groups of 4, in 1,024 sums; the same groups stand together at every point."""
    rng, group = np.random.default_rng(1), np.repeat(np.arange(5_000), 4)
    truth = rng.integers(0, 2, 20_000)
    score = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(0, 2, 5_000)[group] + rng.normal(0, 1, 20_000))))
    folder, tally = recorded(tmp_path, (truth, score), groups=group, group_thresholds=[])
    assert groups_of(tally, 4).shape == (1, MOST_GROUPS, 4)
    assert groups_of(tally, 4)[0].sum(axis=0).tolist() == confusion_matrix(truth, score > 0.5).ravel().tolist()
    whole = viewer.open_run(recorded(tmp_path, (truth, score), groups=group, max_samples=20_000)[0])
    wide = [run.metric("f1", band=0.95).iloc[0] for run in (viewer.open_run(folder), whole)]
    ratio = (wide[0]["high"] - wide[0]["low"]) / (wide[1]["high"] - wide[1]["low"])
    assert ratio == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("classes", [2, 3, 10, 21, 60, 200])
def test_their_numbers_are_bounded_and_too_few_sums_are_none(classes: int) -> None:
    output = output_for(np.zeros((1, classes)), y_true=np.zeros(1, int), source="arrays", kind="multiclass",
                        thresholds=None, decision_threshold=0.5, ignore_label=None, class_names=None)  # fmt: skip
    output.group_thresholds = []
    sums = sums_for(10**6, output)
    assert sums <= MOST_GROUPS
    assert sums * classes**2 <= MOST_OF_GROUPS
    assert sums == 0 or sums >= 20
    assert (sums > 0) == (classes <= 60)
    assert sums_for(3, output) == 3


@pytest.mark.parametrize("given", [[1.5], [-0.1], [float("nan")], [0.1] * 17])
def test_what_are_no_thresholds_is_refused(tmp_path: Path, given: list[float]) -> None:
    with pytest.raises(ValueError, match=r"group_thresholds must be at most 16 thresholds in \[0, 1\]"):
        RunWriter(tmp_path / "runs", group_thresholds=given)


def test_counts_that_fit_no_group_are_a_fault_and_no_number(tmp_path: Path) -> None:
    """A part that another program has damaged: its tally is left out, and that is said."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder, _ = recorded(tmp_path, (np.arange(N) % 2, np.linspace(0, 1, N)))
    (path,) = (folder / "tallies").glob("*.parquet")
    table = pq.read_table(path, partitioning=None)
    at = table.column_names.index("group_counts")
    pq.write_table(table.set_column(at, "group_counts", pa.array([[1, 2, 3]], pa.list_(pa.int64()))), path)
    run = viewer.open_run(folder)
    assert np.isnan(run.band("f1")[0]).all() or run.faults  # type: ignore[index]
    assert any("counts of groups must be 8 for each group and class. Received: 3" in fault for fault in run.faults)


def of_counts(counts: Counts) -> np.ndarray:
    found = counts.counted("val").tally.group_counts
    assert found is not None
    return found


@pytest.mark.parametrize("classes", [1, 4])
def test_batch_by_batch_in_any_order_and_merged_they_are_those_of_all_arrays(tmp_path: Path, classes: int) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, max(classes, 2), N)
    score = rng.random(N) if classes == 1 else rng.dirichlet(np.ones(classes), N)
    whole = recorded(tmp_path, (truth, score))[1].group_counts
    assert whole is not None
    kind = "binary" if classes == 1 else "multiclass"
    parts = [Counts(kind, thresholds=GRID, groups=GROUP, group_thresholds=[0.31]) for _ in range(2)]
    order = rng.permutation(N)
    for number, ids in enumerate(np.array_split(order, 7)):
        parts[number % 2].update(truth[ids], score[ids], ids=ids)
    parts[0].update(truth[order[-3:]], score[order[-3:]], ids=order[-3:])  # the last batch was filled up
    parts[0].merge(parts[1])
    assert (of_counts(parts[0]).reshape(whole.shape) == whole).all()


def test_counts_and_their_groups_are_recorded_and_read(tmp_path: Path) -> None:
    """Of images one group for each; without ids they come in order."""
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, (40, 5, 3, 1)), rng.random((40, 5, 3, 1))
    images = [at // 2 for at in range(40)]
    counts = Counts("binary", thresholds=GRID, groups=images, max_samples=0)
    for at in range(0, 40, 8):
        counts.update(truth[at : at + 8], score[at : at + 8])
    with RunWriter(tmp_path) as run:
        run.epoch(0, train=(truth, score), val=counts)
    found = viewer.open_run(run.folder)
    assert found.band_of("f1") == "20 groups"
    assert found.band_of("f1", "train") == "samples taken as independent"
    tally = of_counts(counts)
    assert tally.sum() == 600
    for patient in range(20):
        own = truth[2 * patient : 2 * patient + 2] > 0, score[2 * patient : 2 * patient + 2] > 0.5
        assert (
            tally[0, patient].tolist() == confusion_matrix(*map(np.ravel, own), labels=[False, True]).ravel().tolist()
        )


def test_counts_of_groups_that_cannot_be_known_are_refused(tmp_path: Path) -> None:
    truth, score = np.arange(6) % 2, np.linspace(0, 1, 6)
    few = Counts("binary", groups=[1, 2, 3])
    with pytest.raises(ValueError, match=r"groups must be .* Received: 3, and a sample at 5$"):
        few.update(truth, score)
    assert few.seen == 0
    nameless = [Counts("binary", groups=GROUP) for _ in range(2)]
    for one in nameless:
        one.update(truth, score)
    with pytest.raises(ValueError, match="counts of groups that are merged must have ids"):
        nameless[0].merge(nameless[1])
    late = Counts("binary", groups=GROUP)
    late.update(truth, score)
    with RunWriter(tmp_path) as run:
        run.epoch(0, val=(truth, score))
        with pytest.raises(ValueError, match=r"must be those of the run from its first point on, None\. Received"):
            run.epoch(1, val=late)


def test_who_counts_without_groups_is_told_of_once(tmp_path: Path) -> None:
    """A tally beside `group_thresholds` has none: one warning, and bands go by the groups of the samples kept."""
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, N), rng.random(N)
    counts = Counts("binary")
    counts.update(truth, score)
    with RunWriter(tmp_path, groups=GROUP, group_thresholds=[0.3]) as run:
        with pytest.warns(RuntimeWarning, match=r"^epochreel: the counts of val have no groups"):
            run.epoch(0, val=counts)
        counts.reset()
        counts.update(truth, score)
        run.epoch(1, val=counts)
    assert viewer.open_run(run.folder or "").band_of("f1") == "9 groups"
