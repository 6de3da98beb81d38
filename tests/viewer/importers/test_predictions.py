"""Runs of tables of predictions: the counts of the scores, and the samples by their ids."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viewer
from tests.commands import invoke
from viewer.importers import import_predictions


def table(points: list[int], samples: int, seed: int = 0, at: str = "step") -> pd.DataFrame:
    """Predictions of the same samples at every point, whose ids are names."""
    random = np.random.default_rng(seed)
    truth = (np.arange(samples) % 3 == 0).astype(int)
    rows = [
        pd.DataFrame({"id": [f"img/{i:03}" for i in range(samples)], "y_true": truth, at: point,
                      "y_score": np.clip(random.normal(0.3 + 0.4 * truth, 0.25), 0, 1)})
        for point in points
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def read(frame: pd.DataFrame, folder: Path, **asked: Any) -> viewer.Run:
    frame.to_csv(folder / "val.csv", index=False)
    found = import_predictions(folder / "val.csv", folder / "runs", **asked)
    return viewer.open_run(found.folder or "")


def test_formulas_are_those_of_scikit_learn_on_the_scores(tmp_path: Path) -> None:
    """Of every step, at the decision and elsewhere; points are steps, where the file has these."""
    from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

    frame = table([100, 250, 1000], 90)
    run = read(frame.sample(frac=1, random_state=1), tmp_path)  # in any order of rows
    assert (run.unit, run.epoch_numbers.tolist(), run.status, run.faults) == ("step", [100, 250, 1000], "finished", [])
    each = [(rows["y_true"], rows["y_score"].astype(np.float32)) for _, rows in frame.groupby("step")]
    np.testing.assert_allclose(run.metric("mcc"), [matthews_corrcoef(t, s > 0.5) for t, s in each])
    np.testing.assert_allclose(run.metric("f1@0.3"), [f1_score(t, s > np.float32(0.3)) for t, s in each])
    np.testing.assert_allclose(run.metric("roc_auc"), [roc_auc_score(t, s) for t, s in each])


def test_a_sample_is_called_by_its_id_at_every_point(tmp_path: Path) -> None:
    """Also where a point has the rows in another order, or not all of them."""
    frame = table([1, 2], 8, at="epoch")
    shuffled = pd.concat([frame[:8], frame[8:].sample(5, random_state=3)])
    run = read(shuffled, tmp_path)
    assert run.unit == "epoch"
    for epoch, rows in shuffled.groupby("epoch"):
        found = run.samples("val", epoch=epoch).set_index("id")
        assert set(found.index) == set(rows["id"])
        expected = rows.set_index("id").loc[found.index]
        np.testing.assert_array_equal(found["y_true"], expected["y_true"])
        np.testing.assert_allclose(found["y_score"], expected["y_score"], rtol=1e-6)


@pytest.mark.parametrize(
    ("ids", "kept"), [(["7", "8", "-9"], [7, 8, -9]), (["007", "8", "9"], ["007", "8", "9"]), (["NA", "1", "x,y"],) * 2]
)
def test_an_id_is_what_is_written(tmp_path: Path, ids: list[str], kept: list[Any]) -> None:
    """Whole numbers are numbers, unless that would make another text of one; "NA" is a name."""
    frame = pd.DataFrame({"id": ids, "y_true": [0, 1, 1], "y_score": [0.1, 0.2, 0.3]})
    assert read(frame, tmp_path).samples("val", epoch=0)["id"].tolist() == kept


def test_columns_of_classes_make_a_matrix(tmp_path: Path) -> None:
    """`y_true` by name or by number; the classes are those of the columns."""
    random = np.random.default_rng(2)
    scores = random.dirichlet(np.ones(3), 60)
    truth = random.integers(0, 3, 60)
    names = np.array(["cat", "dog", "eel"])
    frame = pd.DataFrame({f"y_score_{name}": scores[:, at] for at, name in enumerate(names)})
    matrices = []
    for labels in (truth, names[truth]):
        run = read(frame.assign(y_true=labels), tmp_path)
        assert (run.output().kind, run.output().classes) == ("multiclass", ["cat", "dog", "eel"])
        matrices.append(run.confusion("val", 0))
    expected = np.zeros((3, 3))
    np.add.at(expected, (truth, scores.astype(np.float32).argmax(axis=1)), 1)
    np.testing.assert_array_equal(matrices[0], expected)
    np.testing.assert_array_equal(matrices[1], expected)


def test_classes_that_are_called_numbers_are_told_by_their_names(tmp_path: Path) -> None:
    """Of 1 and 2 the label 1 is the first class, not the second; what is none of them is no label."""
    frame = pd.DataFrame({"y_true": [1.0, 2.0, 2.0, 5.0], "y_score_1": [0.9, 0.2, 0.6, 0.5]})
    frame["y_score_2"] = 1 - frame["y_score_1"]
    run = read(frame, tmp_path)
    assert run.confusion("val", 0).tolist() == [[1, 0], [1, 1]]


def test_labels_of_their_own_are_multi_label(tmp_path: Path) -> None:
    """`y_true_NAME` beside each `y_score_NAME`; the macro F1 is scikit-learn's."""
    from sklearn.metrics import f1_score

    random = np.random.default_rng(5)
    truth, scores = random.integers(0, 2, (50, 3)), random.random((50, 3)).astype(np.float32)
    columns = {f"y_true_{name}": truth[:, at] for at, name in enumerate("abc")}
    columns |= {f"y_score_{name}": scores[:, at] for at, name in enumerate("abc")}
    run = read(pd.DataFrame(columns), tmp_path)
    assert run.output().kind == "multilabel"
    np.testing.assert_allclose(run.metric("f1@macro"), [f1_score(truth, scores > 0.5, average="macro")])


def test_splits_and_weights_are_kept_apart(tmp_path: Path) -> None:
    """Each split has counts of its own; of "train" no sample is kept; weights answer `weights=True`."""
    frame = table([5], 30).assign(sample_weight=2.5)
    frame["split"] = np.where(np.arange(30) < 10, "train", np.where(np.arange(30) < 20, "val", "night"))
    run = read(frame, tmp_path)
    assert sorted(run.splits()) == ["night", "train", "val"]
    assert [int(run.counts(split).iloc[0].sum()) for split in ("train", "val", "night")] == [10, 10, 10]
    assert len(run.samples("night", epoch=5)) == 10
    assert run.metric("tp + fp + tn + fn", weights=True).tolist() == [25]
    assert len(run.samples("train", epoch=5)) == 0


def test_names_of_two_classes_and_ignored_labels(tmp_path: Path) -> None:
    """The positive class is the second one; an empty label and the one that is ignored count nowhere."""
    frame = pd.DataFrame({"y_true": ["yes", "no", "", "yes", "-1"], "y_score": [0.9, 0.8, 0.7, 0.1, 0.6]})
    run = read(frame, tmp_path, class_names=["no", "yes"], ignore_label=-1)
    assert run.counts("val").iloc[0].tolist() == [1, 1, 0, 1]
    assert run.output().classes == ["no", "yes"]


@settings(max_examples=15)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))
def test_the_same_samples_are_kept_of_every_point(samples: int, most: int, points: int) -> None:
    """At most so many, by position among all, and each has its id; counts are of all of them."""
    import tempfile

    frame = table(list(range(points)), samples)
    frame = frame[(frame["step"] == 0) | (frame.index % 2 == 0)]  # later points have fewer of them
    with tempfile.TemporaryDirectory() as folder:
        run = read(frame, Path(folder), max_samples=most)
        first = run.samples("val", epoch=0)["id"].tolist()
        assert 0 < len(first) <= most
        for step, rows in frame.groupby("step"):
            assert run.counts("val").loc[step].sum() == len(rows)
            if set(first) & set(rows["id"]):
                assert run.samples("val", epoch=step)["id"].tolist() == [one for one in first if one in set(rows["id"])]


def test_a_sample_that_stands_twice_counts_once_and_is_said(tmp_path: Path) -> None:
    """The first row counts; a torn last row is no prediction."""
    file = tmp_path / "val.csv"
    file.write_text("id;y_true;y_score;epoch\na;1;0.9;0\na;1;0.1;0\nb;0;0.2;0\nb;0;0.9;1\nc;1;0.")
    found = import_predictions(file, tmp_path / "runs", name="mine")
    run = viewer.open_run(found.folder or "")
    assert run.name == "mine"
    assert run.counts("val").to_numpy().tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    assert found.left_out == (
        "1 rows whose id stands twice in a point: the first one counts",
        "the last row, which has no end of line",
    )


COLUMNS = "a file of predictions must have the columns y_true and y_score, or y_score_NAME for each class"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", COLUMNS),
        ("id,label\n1,2\n", "where each has a label of its own. Received: ['id', 'label']"),
        ("y_true,y_score_a\n1,0.5\n", COLUMNS),
        ("y_true_a,y_true_b,y_score_b,y_score_a\n1,1,0.5,0.5\n", COLUMNS),
        ("y_true,y_score,y_score\n1,1,1\n", "must differ. Received twice: ['y_score']"),
        ("y_true,y_score\n", "must have a row or more below its header"),
        ("y_true,y_score\n1,high\n", "a file of predictions must be a table. Received: "),
        ("y_true,y_score\n1,0.5,7\n", "a file of predictions must be a table. Received: "),
        ("y_true,y_score,step\n1,0.5,\n", "step must be a whole number in every row. Received: an empty cell"),
        ("y_true,y_score,step\n1,0.5,-4\n", "step must be 0 or more, and below 2,147,483,648. Received: -4"),
        ("y_true,y_score\n\x1b[2Jcat,0.5\n", r"Received: '\\x1b[2Jcat'"),
        ("y_true,y_score,id\n1,0.5,\n", "an id must have 1 to 1,000 characters. Received: ''"),
        (b"y_true,y_score,\xff\n1,2,3\n", COLUMNS),
        (b"PAR1\x15\x04", "must be CSV, as to_csv of pandas writes it. Received: Parquet"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_and_leaves_nothing(tmp_path: Path, text: str | bytes, said: str) -> None:
    """The rule, and what came; no run."""
    (tmp_path / "val.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ValueError, match=r".*") as caught:
        import_predictions(tmp_path / "val.csv", tmp_path / "runs")
    assert str(caught.value).startswith("val.csv: ")
    assert said in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """It would be waited for, for ever."""
    os.mkfifo(tmp_path / "val.csv")
    with pytest.raises(ValueError, match="a pipe"):
        import_predictions(tmp_path / "val.csv", tmp_path / "runs")


def test_the_command_makes_the_same_run(tmp_path: Path) -> None:
    """`epochreel import predictions`, with names of the classes."""
    table([10, 20], 12).replace({"y_true": {0: "no", 1: "yes"}}).to_csv(tmp_path / "val.csv", index=False)
    command = [
        "import",
        "predictions",
        str(tmp_path / "val.csv"),
        "--to",
        str(tmp_path / "runs"),
        "--classes",
        "no,yes",
    ]
    result = invoke(command)
    assert result.exit_code == 0, result.output
    run = viewer.open_run(result.stdout.strip())
    assert (run.output().classes, run.epoch_numbers.tolist()) == (["no", "yes"], [10, 20])


def test_scores_that_are_no_probabilities_are_said_once(tmp_path: Path) -> None:
    """Logits are imported as they stand, and a sentence says what that means; NaN, no such score, is said apart."""
    file = tmp_path / "val.csv"
    file.write_text("y_true,y_score,step\n1,2.5,0\n0,-1,0\n0,0,5\n1,1,5\n")
    found = import_predictions(file, tmp_path / "runs")
    said = "2 scores are outside [0, 1] and count in the end bins; y_score must be a probability"
    assert (found.left_out, found.remarks) == ((), (said,))
    file.write_text("y_true,y_score,step\n1,1,0\n0,0,0\n0,,0\n")
    said = "1 scores are NaN or empty, and counted apart, in none of tp, fp, tn and fn"
    assert import_predictions(file, tmp_path / "runs").remarks == (said,)


@pytest.mark.parametrize("column", ["group", "patient"])
@pytest.mark.parametrize("ids", [True, False])
def test_groups_are_those_of_the_column(tmp_path: Path, column: str, ids: bool) -> None:
    """By its name or by `group=`; of the samples that are kept, with the size of the whole group; bands go by them."""
    frame = table([1, 2], 60).assign(**{column: np.tile(np.arange(60) // 3, 2)})
    frame = frame if ids else frame.drop(columns="id")
    run = read(frame, tmp_path, max_samples=20, group=None if column == "group" else column)
    found = run.samples("val", epoch=2)
    if ids:
        wanted = frame[frame["step"] == 2].set_index("id").loc[found["id"], column]
    else:
        wanted = frame[frame["step"] == 2].reset_index()[column][found["sample"]]
    assert found["group"].tolist() == wanted.tolist()
    assert len(found) == 15, "every fourth"
    assert run.band_of("f1") == f"{len(set(wanted))} groups"


def test_a_sample_of_two_groups_is_refused(tmp_path: Path) -> None:
    """In one point or in several; so is a column that is not there, and a group without a name."""
    frame = table([1, 2], 4).assign(group=["a", "a", "b", "b", "a", "a", "a", "b"])
    with pytest.raises(
        ValueError,
        match=r"^val\.csv: a sample must be of one group, in every point the same\. Received: one of \['b', 'a'\]$",
    ):
        read(frame, tmp_path)
    with pytest.raises(ValueError, match=r"^val\.csv: the column of groups must be one of .* Received: 'image' of "):
        read(frame, tmp_path, group="image")
    with pytest.raises(ValueError, match=r"^val\.csv: a group must have 1 to .* characters\. Received: ''"):
        read(frame.assign(group=""), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y_true,y_score,step\n1,0.2,0\n2,0.9,0\n2,0.8,5\n", "2 labels are below 0 or above 1"),
        ("y_true_a,y_true_b,y_score_a,y_score_b\n1,0,0.2,0.3\n2,-1,0.5,0.5\n", "2 labels are below 0 or above 1"),
        ("y_true,y_score_a,y_score_b\n1,0.2,0.8\n2,0.1,0.9\n,0.1,0.9\n", "2 labels are none"),
        ("y_true,y_score_1,y_score_2\n1,0.2,0.8\n3,0.1,0.9\n", "1 labels are none"),
    ],
)
def test_labels_that_are_none_of_the_classes_are_said_once(tmp_path: Path, text: str, said: str) -> None:
    """Labels 1 and 2 of a binary table are all positive, and those outside the classes ignored: not without a word."""
    (tmp_path / "val.csv").write_text(text)
    (remark,) = import_predictions(tmp_path / "val.csv", tmp_path / "runs").remarks
    assert remark.startswith(said)


def test_truth_values_are_labels(tmp_path: Path) -> None:
    """True and False, as pandas writes `y == 1`, of one label and of several; beside names of classes they are none."""
    several = "y_true_a,y_true_b,y_score_a,y_score_b\nTRUE,FALSE,1,0\n"
    for text in ("y_true,y_score\nTrue,0.9\nFalse,0.2\ntrue,0.3\n", several):
        (tmp_path / "val.csv").write_text(text)
        found = import_predictions(tmp_path / "val.csv", tmp_path / "runs")
        assert (found.left_out, found.remarks, found.epochs) == ((), (), 1)
        counts = viewer.open_run(found.folder or "").counts("val").iloc[0]
        assert (counts["tp"], counts["fp"], counts["tn"]) == (1, 0, 1)
    (tmp_path / "val.csv").write_text("y_true,y_score\ntrue,0.9\n")
    with pytest.raises(ValueError, match=r"^val\.csv: y_true must be one of \['no', 'yes'\].* Received: 'true'"):
        import_predictions(tmp_path / "val.csv", tmp_path / "runs", class_names=["no", "yes"])


def test_points_may_be_written_as_floats(tmp_path: Path) -> None:
    """As pandas writes a column that had an empty cell once; what is no whole number is refused."""
    (tmp_path / "val.csv").write_text("y_true,y_score,step\n1,0.9,10.0\n0,0.2,2e1\n")
    folder = import_predictions(tmp_path / "val.csv", tmp_path / "runs").folder
    assert viewer.open_run(folder or "").epoch_numbers.tolist() == [10, 20]
    (tmp_path / "val.csv").write_text("y_true,y_score,step\n1,0.9,10.5\n")
    with pytest.raises(ValueError, match=r"^val\.csv: step must be a whole number in every row\. Received: 10\.5$"):
        import_predictions(tmp_path / "val.csv", tmp_path / "runs")


def test_a_file_without_the_columns_is_named(tmp_path: Path) -> None:
    """One that is empty, one that is packed: what came is said, and no folder is left."""
    packed = gzip.compress(b"y_true,y_score\n1,1\n")
    for name, data, said in (
        ("empty.csv", b"", r"^empty\.csv: a file of predictions .* Received: \[\]$"),
        ("val.csv.gz", packed, r"unpacked first \(gunzip\)\. Received: gzip$"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=said):
            import_predictions(tmp_path / name, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_fault_at_a_later_point_leaves_no_half_of_a_run(tmp_path: Path) -> None:
    """A weight below 0 is met when its point is counted; so is an interrupt."""
    (tmp_path / "val.csv").write_text("y_true,y_score,sample_weight,step\n0,0.1,1,1\n1,0.9,-2,2\n")
    with pytest.raises(
        ValueError, match=r"^val\.csv: sample_weight must be finite and 0 or more\. Received: \[-2\.0\]$"
    ):
        import_predictions(tmp_path / "val.csv", tmp_path / "runs")
    table([10, 20], 12).to_csv(tmp_path / "val.csv", index=False)

    def interrupt(name: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_predictions(tmp_path / "val.csv", tmp_path / "runs", progress=interrupt)
    assert not any((tmp_path / "runs").iterdir())
