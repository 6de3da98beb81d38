"""`Run`: what a program asks of one run, against brute force on the arrays that were recorded."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import viewer
from recorder import RunWriter
from viewer.run import Run

EPOCHS, SAMPLES, CLASSES = 4, 60, ["cat", "dog", "owl"]
THRESHOLDS = [0.0, 0.07, 0.3, 0.5, 0.9, 1.0]


@dataclass
class Recorded:
    """A run, and the arrays it was made of: truth [samples] or [samples, labels], scores [samples, classes]."""

    run: Run
    truth: list[np.ndarray]
    scores: list[np.ndarray]

    def epochs(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        return zip(range(EPOCHS), self.truth, self.scores, strict=True)


def record(root: Path, kind: Any) -> Recorded:
    """Random predictions, some on an edge of the grid, some missing."""
    rng = np.random.default_rng(7)
    width = 1 if kind == "binary" else 3
    shape = (SAMPLES, 3) if kind == "multilabel" else (SAMPLES,)
    truth = [rng.integers(0, 3 if kind == "multiclass" else 2, shape) for _ in range(EPOCHS)]
    scores = [rng.random((SAMPLES, width)).astype(np.float32) for _ in range(EPOCHS)]
    for epoch in range(EPOCHS):
        scores[epoch][:5] = np.float32([0, 0.07, 0.3, 0.5, 1])[:, None]
        scores[epoch][5, 0] = np.nan
    names = ["no", "yes"] if kind == "binary" else CLASSES
    quiet = warnings.catch_warnings(action="ignore")  # scores that are NaN are reported: here they are meant
    with quiet, RunWriter(root, name=kind, kind=kind, class_names=names, epochs=EPOCHS) as writer:
        for epoch in range(EPOCHS):
            logs = {"loss": 1 / (1 + epoch), "val_loss": float("nan") if epoch == 1 else 2.0}
            observed = {"norms": np.full((2, 3), epoch)} if epoch else {}
            arrays = truth[epoch], scores[epoch]
            writer.epoch(
                epoch,
                logs=logs,
                seconds={"epoch": 1.5},
                observed=observed,
                val=arrays,
                train=(arrays[0][:9], arrays[1][:9]),
            )
    return Recorded(viewer.open_run(writer.folder), truth, scores)


@pytest.fixture(scope="module", params=["binary", "multiclass", "multilabel"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), request.param)


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "binary")


@pytest.fixture(scope="module")
def multiclass(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "multiclass")


def cells(positive: np.ndarray, called: np.ndarray) -> list[int]:
    """tp, fp, tn, fn of booleans."""
    return [
        int((positive & called).sum()), int((~positive & called).sum()),
        int((~positive & ~called).sum()), int((positive & ~called).sum()),
    ]  # fmt: skip


def brute(kind: str, truth: np.ndarray, scores: np.ndarray, label: int, threshold: float | None) -> list[int]:
    """Counts of one class, by comparing each sample; argmax decides where there is no threshold."""
    column = 0 if kind == "binary" else label
    score, positive = scores[:, column], truth[:, label] == 1 if kind == "multilabel" else truth == label
    defined = ~np.isnan(scores).any(axis=1) if kind == "multiclass" else ~np.isnan(score)
    if threshold is None and kind == "multiclass":
        called = np.nan_to_num(scores, nan=-1).argmax(axis=1) == label
    else:
        called = score > np.float32(0.5 if threshold is None else threshold)
    if kind == "binary" and label == 0:
        called = ~called
    return cells(positive[defined], called[defined])


@pytest.mark.parametrize("threshold", [None, *THRESHOLDS])
def test_counts_are_those_of_each_sample(recorded: Recorded, threshold: float | None) -> None:
    """tp, fp, tn, fn of every epoch and class, by number and by name; all classes together where none is named."""
    run, output = recorded.run, recorded.run.output()
    several = [brute_all(recorded, output.kind, label, threshold) for label in range(len(output.classes))]
    for label, (name, expected) in enumerate(zip(output.classes, several, strict=True)):
        pd.testing.assert_frame_equal(run.counts("val", threshold, label=label), expected)
        pd.testing.assert_frame_equal(run.counts("val", threshold, label=name), expected)
        pd.testing.assert_frame_equal(run.counts("val", threshold, label=np.int64(label)), expected)
    whole = several[1] if output.kind == "binary" else sum(several[1:], several[0])
    pd.testing.assert_frame_equal(run.counts("val", threshold), whole)


def brute_all(recorded: Recorded, kind: str, label: int, threshold: float | None) -> pd.DataFrame:
    rows = [brute(kind, truth, scores, label, threshold) for _, truth, scores in recorded.epochs()]
    return pd.DataFrame(rows, columns=["tp", "fp", "tn", "fn"], index=pd.Index(range(EPOCHS), name="epoch"))


def test_samples_are_what_was_recorded(recorded: Recorded) -> None:
    """One row a sample and class, of one epoch or of all, in the order of the data."""
    run, kind = recorded.run, recorded.run.output().kind
    for epoch, truth, scores in recorded.epochs():
        frame = run.samples("val", epoch=epoch)
        width = scores.shape[1]
        assert frame["epoch"].unique().tolist() == [epoch]
        np.testing.assert_array_equal(frame["sample"], np.repeat(np.arange(SAMPLES), width))
        np.testing.assert_array_equal(frame["y_score"].to_numpy(np.float32), scores.ravel())
        expected = truth.ravel() if kind == "multilabel" else np.repeat(truth, width)
        np.testing.assert_array_equal(frame["y_true"], expected)
        assert frame["label"].isna().all() if kind == "binary" else frame["label"].tolist() == [0, 1, 2] * SAMPLES
    every = pd.concat([run.samples("val", epoch=epoch) for epoch in range(EPOCHS)], ignore_index=True)
    pd.testing.assert_frame_equal(run.samples(), every)
    assert run.samples("train").empty


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_metrics_at_a_threshold_are_scikit_learns(binary: Recorded, threshold: float) -> None:
    """As an option or behind an @, a Series over epochs."""
    scores = {
        "f1": metrics.f1_score, "precision": metrics.precision_score, "recall": metrics.recall_score,
        "threat_score": metrics.jaccard_score,
    }  # fmt: skip
    for name, score in scores.items():
        expected = []
        for _, truth, values in binary.epochs():
            defined = ~np.isnan(values[:, 0])
            called = values[defined, 0] > np.float32(threshold)
            options = {} if name == "threat_score" else {"zero_division": np.nan}
            expected.append(score(truth[defined], called, **options))
        found = binary.run.metric(name, threshold=threshold)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert found.index.name == "epoch"
        pd.testing.assert_series_equal(binary.run.metric(f"{name}@{threshold:.2f}"), found, check_names=False)


def test_a_threshold_that_was_not_recorded_is_named(binary: Recorded, tmp_path: Path) -> None:
    """The nearest edge is taken, and the name says which where three digits show it; Keras's four counts have one."""
    counts = np.array([0, 1, 1]), np.array([0.2, 0.8, 0.4])
    with RunWriter(tmp_path, thresholds=[0.5]) as writer:
        writer.epoch(0, logs={"loss": 1.0}, val=counts)
    run = viewer.open_run(writer.folder)
    names = [run.metric(text).name for text in ("f1@0.3", "f1@0.5003", "recall@0.5", "f1", "loss")]
    assert names == ["F1@0.3 (at 0.5)", "F1@0.5003", "recall@0.5", "F1", "loss"]
    assert run.metric("recall", threshold=0.3).name == "recall (at 0.5)"
    assert run.metric("recall@0.3").tolist() == [0.5]
    assert binary.run.metric("f1@0.3").name == "F1@0.3"
    edge = binary.run.snap(0.333)
    assert binary.run.metric("f1@0.333").name == f"F1@0.333 (at {edge:.4g})"


def test_metrics_of_several_classes_are_scikit_learns(multiclass: Recorded) -> None:
    """Averages, classes by name, and formulas of the whole matrix, by argmax."""
    run = multiclass.run
    for epoch, truth, scores in multiclass.epochs():
        defined = ~np.isnan(scores).any(axis=1)
        true, called = truth[defined], scores[defined].argmax(axis=1)
        assert run.metric("mcc")[epoch] == pytest.approx(metrics.matthews_corrcoef(true, called))
        assert run.metric("accuracy")[epoch] == pytest.approx(metrics.accuracy_score(true, called))
        assert run.metric("1 - accuracy")[epoch] == pytest.approx(1 - metrics.accuracy_score(true, called))
        assert run.metric("f1@macro")[epoch] == pytest.approx(metrics.f1_score(true, called, average="macro"))
        assert run.metric("recall@dog")[epoch] == pytest.approx(metrics.recall_score(true, called, average=None)[1])
        np.testing.assert_array_equal(run.confusion("val", epoch), metrics.confusion_matrix(true, called))


def test_epochs_hold_logs_and_times(binary: Recorded) -> None:
    """One row an epoch; a NaN that was logged is NaN, durations have their own columns."""
    frame = binary.run.epochs
    assert frame.index.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(frame["loss"], [1, 1 / 2, 1 / 3, 1 / 4])
    np.testing.assert_equal(frame["val_loss"].to_numpy(), [2, np.nan, 2, 2])
    assert frame["seconds_epoch"].tolist() == [1.5] * 4
    assert frame["attempt"].tolist() == [0] * 4
    assert frame["time"].is_monotonic_increasing
    assert frame["time"].dt.tz is not None


def test_observed_arrays_come_by_epoch(binary: Recorded) -> None:
    """Of the epochs that have one, in its shape."""
    found = binary.run.observed("norms")
    assert sorted(found) == [1, 2, 3]
    assert all((array == np.full((2, 3), epoch)).all() for epoch, array in found.items())
    assert binary.run.observed("nothing") == {}


def test_logs_need_no_split(tmp_path: Path) -> None:
    """A formula of logs is answered for a run of training counts, and for one of logs alone."""
    for splits in ({}, {"train": (np.array([0, 1]), np.array([0.2, 0.8]))}):
        with RunWriter(tmp_path) as writer:
            writer.epoch(0, logs={"loss": 2.0, "val_loss": 3.0}, **splits)
        run = viewer.open_run(writer.folder)
        assert run.metric("val_loss - loss").tolist() == [1.0]
        assert run.splits() == list(splits)


def test_epochs_without_validation_are_gaps(tmp_path: Path) -> None:
    """`validation_freq=2`: no row of zeros that would look like no mistakes."""
    arrays = np.array([0, 1, 1]), np.array([0.2, 0.8, 0.3])
    with RunWriter(tmp_path) as writer:
        for epoch in range(4):
            writer.epoch(epoch, train=arrays, **({"val": arrays} if epoch % 2 else {}))
    run = viewer.open_run(writer.folder)
    assert run.counts("val").index.tolist() == [1, 3]
    assert run.counts("train").index.tolist() == [0, 1, 2, 3]
    assert run.metric("fp + fn").isna().tolist() == [True, False, True, False]


def test_a_running_run_is_refreshed(tmp_path: Path) -> None:
    """`refresh` takes in what was recorded since, and says whether there was anything."""
    arrays = np.array([0, 1, 1]), np.array([0.2, 0.8, 0.3])
    with RunWriter(tmp_path, epochs=2) as writer:
        run = viewer.open_run(writer.folder)
        assert (run.status, len(run.epochs), run.splits()) == ("running", 0, [])
        for epoch in range(2):
            writer.epoch(epoch, logs={"loss": 1.0}, val=arrays)
            assert run.refresh()
            assert not run.refresh()
            assert run.counts().index.tolist() == list(range(epoch + 1))
            assert run.metric("recall").tolist() == [0.5] * (epoch + 1)
            assert len(run.samples()) == 3 * (epoch + 1)
    assert run.refresh()
    assert run.status == "finished"


@pytest.mark.parametrize(
    ("ask", "rule"),
    [
        (lambda run: run.counts("vall"), "split must be one of ['train', 'val']. Received: 'vall'"),
        (lambda run: run.metric("f1", "test"), "split must be one of ['train', 'val']. Received: 'test'"),
        (lambda run: run.samples("vall"), "split must be one of ['train', 'val']. Received: 'vall'"),
        (lambda run: run.counts(threshold=1.7), "threshold must be in [0, 1]. Received: 1.7"),
        (lambda run: run.counts(threshold=float("nan")), "threshold must be in [0, 1]. Received: nan"),
        (lambda run: run.metric("f1@1.7"), "threshold must be in [0, 1]. Received: 'f1@1.7'"),
        (lambda run: run.counts(label="maybe"), "label must be one of ['no', 'yes'], or its number. Received: 'maybe'"),
        (lambda run: run.counts(label=2), "label must be one of ['no', 'yes'], or its number. Received: 2"),
        (lambda run: run.counts(label=-1), "label must be one of ['no', 'yes'], or its number. Received: -1"),
        (lambda run: run.samples(epoch=9), "epoch must be a recorded one (0 to 3; nearest: 3). Received: 9"),
        (lambda run: run.output("head"), "output must be one of ['']. Received: 'head'"),
        (
            lambda run: run.metric("f1@maybe"),
            "average must be macro, micro, weighted or one of ['no', 'yes']. Received: 'maybe'",
        ),
    ],
)
def test_bad_input_is_refused(binary: Recorded, ask: Any, rule: str) -> None:
    """The rule, then what came."""
    with pytest.raises(ValueError, match="Received") as error:
        ask(binary.run)
    assert str(error.value) == rule


def test_counts_of_a_run_of_logs_are_refused(tmp_path: Path) -> None:
    """The rule, then what there is."""
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, logs={"loss": 1.0, "acc": 0.5})
    with pytest.raises(ValueError, match="must have counts") as error:
        viewer.open_run(writer.folder).counts()
    assert str(error.value) == (
        "the run must have counts for this; it has logs only: loss, acc. "
        "Counts are of classifiers: of a regression or a ranking the logs are all there is."
    )


@pytest.fixture
def tree(tmp_path: Path) -> list[Path]:
    """work/runs holds two runs, work/other one."""
    folders = []
    for root, name in (("runs", "b"), ("runs", "a"), ("other", "c")):
        with RunWriter(tmp_path / "work" / root, name=name) as writer:
            writer.epoch(0, logs={"loss": 1.0})
        folders.append(writer.folder)
    return folders


def test_a_run_opens_from_any_level_that_holds_one(tree: list[Path]) -> None:
    """The run itself, a folder in it, a folder that holds it alone, as a string or a path."""
    for level in (tree[2], str(tree[2]), tree[2] / "samples", tree[2].parent):
        assert viewer.open_run(level).name == "c"


def test_a_folder_of_several_runs_is_no_run(tree: list[Path]) -> None:
    """It says how many there are, and which, the newest first."""
    folder = tree[0].parent
    with pytest.raises(FileNotFoundError) as error:
        viewer.open_run(folder)
    names = ", ".join(sorted((run.name for run in tree[:2]), reverse=True))
    assert str(error.value) == (f"a run is one folder; this one holds 2, the newest first: {names}. Received: {folder}")


def test_no_run_is_no_run(tmp_path: Path) -> None:
    """The rule, then what came."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(FileNotFoundError) as error:
            viewer.open_run(folder)
        assert str(error.value) == f"a run is a folder with a run.json. Received: {folder}"
    with pytest.raises(FileNotFoundError) as error:
        viewer.open_runs(tmp_path / "missing")
    assert str(error.value) == f"a folder of runs must exist. Received: {tmp_path / 'missing'}"


def test_runs_open_from_any_level_oldest_first(tree: list[Path], tmp_path: Path) -> None:
    """A folder of runs, one above, two above; a run is a list of one."""
    assert [run.name for run in viewer.open_runs(tree[0].parent)] == ["b", "a"]
    for level in (tmp_path / "work", tmp_path):
        assert [run.name for run in viewer.open_runs(level)] == ["b", "a", "c"]
    assert [run.name for run in viewer.open_runs(tree[1])] == ["a"]


def test_a_broken_run_among_others_is_named_and_left_out(tree: list[Path], tmp_path: Path) -> None:
    """The others open."""
    (tree[1] / "run.json").write_text("{}")
    with pytest.warns(RuntimeWarning, match=f"{tree[1].name} is left out: run.json must follow the run format"):
        runs = viewer.open_runs(tmp_path)
    assert [run.name for run in runs] == ["b", "c"]


def test_the_public_names_are_these_and_each_is_there() -> None:
    """`__all__`, `dir`, what type checkers see and what can be had are one list."""
    source = ast.parse(Path(viewer.__file__).read_text())
    (guarded,) = (node.body for node in source.body if isinstance(node, ast.If))
    seen = {name.name: node.module for node in guarded if isinstance(node, ast.ImportFrom) for name in node.names}
    assert sorted(seen) == sorted(viewer.__all__)
    for name, module in seen.items():
        assert getattr(viewer, name) is getattr(import_module(f"viewer.{module}"), name)
    assert viewer.__dir__() == viewer.__all__
    with pytest.raises(AttributeError) as error:
        viewer.no_such_name  # noqa: B018
    assert str(error.value) == "module 'viewer' has no attribute 'no_such_name'"


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh process has loaded after `code`."""
    code += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_viewer_loads_nothing_heavy() -> None:
    """`import viewer` is lazy: what is asked for is loaded then."""
    heavy = {
        "keras",
        "tensorflow",
        "jax",
        "torch",
        "matplotlib",
        "pandas",
        "pyarrow",
        "watchdog",
        "rich",
        "typer",
        "IPython",
    }
    assert not loaded_by("import viewer") & heavy


def test_a_viewer_process_has_neither_keras_nor_tensorflow(binary: Recorded, tmp_path: Path) -> None:
    """Reading, asking and drawing a run: the training's framework stays out, and matplotlib until a picture."""
    asked = f"import viewer; run = viewer.open_run({str(binary.run.folder)!r}); run.metric('f1'); run.samples()"
    assert not loaded_by(asked) & {"keras", "tensorflow", "matplotlib", "sklearn"}
    export = ["export", str(binary.run.folder), "--to", str(tmp_path / "picture.png")]
    drawn = loaded_by(f"import sys; sys.argv[1:] = {export}\nfrom viewer.cli.app import app\nimport viewer.cli\n"
                      "app(standalone_mode=False)")  # fmt: skip
    assert "matplotlib" in drawn
    assert not drawn & {"keras", "tensorflow"}


def test_a_question_that_names_its_split_is_of_that_split(binary: Recorded) -> None:
    """`train:f1`, which is a column of a list, is the same question everywhere; `val:loss` is the log of validation."""
    run = binary.run
    for question in ("f1", "mcc@0.3", "roc_auc"):
        expected = run.values(question, "train")
        assert not np.array_equal(expected, run.values(question, "val"))
        np.testing.assert_array_equal(run.values(f"train:{question}"), expected)
        assert run.value(f"train:{question}") == expected[-1]
    with pytest.raises(ValueError, match=r"^split must be one of \['train', 'val'\]\. Received: 'maybe'$"):
        run.metric("maybe:f1")
    np.testing.assert_array_equal(run.values("val:loss"), run.logs["val_loss"])
    np.testing.assert_array_equal(run.values("train:loss"), run.logs["loss"])


def test_the_config_is_that_of_the_latest_start(tmp_path: Path) -> None:
    """A resume that was given another says so; one that was given none, or the same, leaves it as it was."""
    for config, expected in (({"lr": 1}, {"lr": 1}), (None, {"lr": 1}), ({"lr": 2}, {"lr": 2}), ({"lr": 1}, {"lr": 1})):
        with RunWriter(tmp_path, name="x", config=config, resume="allow") as writer:
            pass
        assert viewer.open_run(writer.folder).config == expected
