"""`RunWriter`: a run recorded without Keras."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from recorder import RunWriter
from recorder.runfile import EndLine, RunBusyError, four_counts, read_lines, read_manifest, read_records

from ..apart import apart

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
        with pytest.raises(ValueError, match=r"^logs must be single numbers by name\. Received: 'loss': 'low'$"):
            run.epoch(0, logs={"loss": "low"}, val=(TRUTH, SCORE))
        with pytest.raises(ValueError, match=r"^scores must hold a sample or more\. Rec") as empty:
            run.epoch(0, val=([], []))
        assert empty.value.__notes__ == ["This is about the split 'val'; nothing of the epoch was written."]
        run.epoch(0, val=(TRUTH, SCORE))
    assert len(read_records(run.folder)) == 1
    with pytest.raises(ValueError, match=r"^max_samples must be an integer of 0 or more\. Received: 1\.5$"):
        RunWriter(tmp_path, max_samples=1.5)


THREE = RNG.integers(0, 3, 60), RNG.dirichlet(np.ones(3), 60)
REFUSED = {
    "four classes in a run of three": (
        {},
        (THREE[0], np.full((60, 4), 0.25)),
        r"^scores must be of the 3 classes .*4\)",
    ),
    "one class": (
        {"kind": "multiclass"},
        (TRUTH, SCORE[:, None]),
        r'^kind="multiclass" takes 2 scores a sample or more',
    ),
    "two scores as one": (
        {"kind": "binary"},
        (TRUTH, np.c_[1 - SCORE, SCORE]),
        r'^kind="binary" takes one score a sample',
    ),
    "no samples": ({}, ([], []), r"^scores must hold a sample or more\. Received: shape \(0,\)"),
    "rows of several lengths": (
        {},
        ([0, 1], [[0.1], [0.2, 0.8]]),
        r"^scores must be numbers .* Received: \[\[0\.1\], ",
    ),
    "words": ({}, ([0, 1], ["a", "b"]), r"^scores must be numbers \[samples\] or \[samples, classes\]\."),
    "a string that names no class": (
        {"class_names": ["no", "yes"]},
        (["no", "maybe"], [0.1, 0.9]),
        r"^labels that are strings must be among class_names, \['no', 'yes'\]\. Received: 'maybe'",
    ),
    "strings without names": (
        {},
        (["no", "yes"], [0.1, 0.9]),
        r"^labels that are strings must be among class_names, and none",
    ),
    "one-hot of another width": (
        {},
        (np.eye(4)[THREE[0]], THREE[1]),
        r"^labels of a multi-class output must be class numb",
    ),
    "class numbers as labels": (
        {"kind": "multilabel"},
        THREE,
        r'^labels of kind="multilabel" must be 0 or 1 for each of 3',
    ),
    "negative weights": ({}, (TRUTH, SCORE, np.full(80, -1.0)), r"^sample_weight must be finite and 0 or more\."),
    "a weight that is none": (
        {},
        (TRUTH, SCORE, np.full(80, np.nan)),
        r"^sample_weight must be finite and 0 or more\.",
    ),
    "one weight": ({}, (TRUTH, SCORE, 0.5), r"^sample_weight must be one a sample\. Received: \(\) for scores \(80,\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_counted_is_refused_before_anything_is_written(tmp_path: Path, case: str) -> None:
    """The error gives the rule and what came; the run has no output, no epoch and no part, and goes on."""
    options, arrays, message = REFUSED[case]
    with RunWriter(tmp_path, **options) as run:
        if case.startswith("four"):
            run.epoch(0, val=THREE)
        before = sorted(path.read_bytes() for path in run.folder.rglob("*") if path.is_file())
        with pytest.raises(ValueError, match=message):
            run.epoch(1, train=arrays, val=arrays)
        assert sorted(path.read_bytes() for path in run.folder.rglob("*") if path.is_file()) == before
        good = THREE if case.startswith("four") or options.get("kind") == "multiclass" else None
        if good is not None:
            run.epoch(1, val=good)
            assert read_records(run.folder)[-1].tallies[0].matrix.sum() == 60


def test_a_kind_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    """`kind` is checked before a run is started."""
    with pytest.raises(
        ValueError, match=r'^kind must be "binary", "multiclass", "multilabel" or None\. Received: \'x\'$'
    ):
        RunWriter(tmp_path, kind="x")
    assert not list(tmp_path.iterdir())


def test_strings_lists_and_missing_labels_count(tmp_path: Path) -> None:
    """Lists, strings among the names and None: what names a class counts, what is no label is ignored, and said."""
    words = ["no", "yes", None, "yes"]
    with (
        RunWriter(tmp_path, class_names=["no", "yes"]) as run,
        pytest.warns(RuntimeWarning, match="1 labels of val are none"),
    ):
        run.epoch(0, val=(words, [0.1, 0.7, 0.9, 0.2]))
    (record,) = read_records(run.folder)
    (tally,), (samples,) = record.tallies, record.samples
    assert (tally.histogram[0].sum(axis=1).tolist(), tally.ignored) == ([1, 2], 1)
    assert samples.y_true.tolist() == [0, 1, -1, 1]


def test_two_columns_of_a_softmax_are_one_score(tmp_path: Path) -> None:
    """Two softmax scores are recorded as a binary output; sums that are no 1 beside multi-hot rows as multi-label."""
    with RunWriter(tmp_path, name="two") as two, RunWriter(tmp_path, name="many") as many:
        two.epoch(0, val=(TRUTH, np.c_[1 - SCORE, SCORE]))
        two.epoch(1, val=(np.eye(2)[TRUTH], np.c_[1 - SCORE, SCORE]))
        many.epoch(0, val=(np.c_[TRUTH, 1 - TRUTH, TRUTH], np.c_[SCORE, SCORE, SCORE]))
    outputs = [read_manifest(run.folder).outputs[0].kind for run in (two, many)]
    assert outputs == ["binary", "multilabel"]
    first, second = read_records(two.folder)
    np.testing.assert_array_equal(first.tallies[0].histogram, second.tallies[0].histogram)
    np.testing.assert_array_equal(first.samples[0].y_score[:, 0], SCORE)


@pytest.mark.parametrize(("name", "said"), [("sample_weight", "behind the scores"), ("pos_label", "class 1")])
def test_what_others_take_by_name_is_no_split(tmp_path: Path, name: str, said: str) -> None:
    """The error says where it stands here."""
    with RunWriter(tmp_path) as writer, pytest.raises(ValueError, match=said):
        writer.epoch(0, val=([0, 1], [0.2, 0.8]), **{name: np.ones(2)})


LEFT_OPEN = """
import sys
from recorder import RunWriter
writer = RunWriter(sys.argv[1], name="left")
writer.epoch(0, logs={"loss": 1.0})
"""


def test_a_run_that_nobody_ends_is_interrupted(tmp_path: Path) -> None:
    """Without `with` or `close`, its end line says so when the process ends; after `close` there is one end."""
    for ending, reason in (("", "interrupted"), ("writer.close()", "finished")):
        subprocess.run([sys.executable, "-c", LEFT_OPEN + ending, str(tmp_path / reason)], check=True)
        (folder,) = (tmp_path / reason).glob("*left*")
        assert [line.reason for line in read_lines(folder) if isinstance(line, EndLine)] == [reason]


def ends(folder: Path) -> list[str]:
    """Why the attempts of a run ended."""
    return [line.reason for line in read_lines(folder) if isinstance(line, EndLine)]


def test_a_cell_that_is_run_twice_leaves_an_ended_run(tmp_path: Path) -> None:
    """A writer that nobody has any longer ends its run at once, merged; with `resume="allow"` the cell goes on."""
    for epochs in (range(3), range(3)):
        run = RunWriter(tmp_path / "new", name="cell")
        for epoch in epochs:
            run.epoch(epoch, val=(TRUTH, SCORE))
    first, second = sorted((tmp_path / "new").iterdir(), key=lambda folder: len(ends(folder)), reverse=True)
    assert (ends(first), ends(second)) == (["interrupted"], [])
    assert not list((first / "pending").iterdir())
    assert len(read_records(first)) == len(read_records(second)) == 3
    run.close()
    for epochs in (range(3), range(3, 5)):
        run = RunWriter(tmp_path / "on", name="cell", resume="allow")
        for epoch in epochs:
            run.epoch(epoch, val=(TRUTH, SCORE))
    del run
    (folder,) = (tmp_path / "on").iterdir()
    assert [record.epoch for record in read_records(folder)] == [0, 1, 2, 3, 4]
    assert ends(folder) == ["interrupted"], "the first attempt gave way to the second"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_writer_is_not_copied(tmp_path: Path, copied: Callable[[RunWriter], object]) -> None:
    """Nor sent to a process that is spawned: two would write one attempt. It says which run that is of."""
    run = RunWriter(tmp_path, name="one")
    with pytest.raises(TypeError, match=rf"^a writer of a run must not be copied.* that of {run.folder.name}$"):
        copied(run)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_neither_writes_nor_ends(tmp_path: Path) -> None:
    """The workers of a data loader, say: in them the writer refuses, and their end is not the run's."""
    apart(forked_and_ended, tmp_path)


def forked_and_ended(root: str) -> None:
    """Records, forks, and goes on."""
    run = RunWriter(root, name="forked")
    run.epoch(0, val=(TRUTH, SCORE))
    queue = multiprocessing.get_context("fork").SimpleQueue()

    def child() -> None:
        try:
            run.epoch(1, val=(TRUTH, SCORE))
        except RunBusyError as error:
            queue.put(str(error))
        run._unended()  # what happens to an object that goes

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert f"which process {os.getpid()} on" in queue.get()
    run.epoch(1, val=(TRUTH, SCORE))
    assert ends(run.folder) == []
    run.close()
    assert ends(run.folder) == ["finished"]
    assert [record.epoch for record in read_records(run.folder)] == [0, 1]


@pytest.mark.filterwarnings("ignore:epochreel")
@pytest.mark.parametrize("names", [None, ["No", "yes"]])
def test_a_resume_under_other_class_names_counts_on(tmp_path: Path, names: list[str] | None) -> None:
    """Without names, or with new ones, all epochs have their counts; the classes keep the names they began with."""
    with RunWriter(tmp_path, name="a", class_names=["no", "yes"]) as run:
        run.epoch(0, val=(TRUTH, SCORE))
    with RunWriter(tmp_path, name="a", class_names=names, resume="must") as again:
        again.epoch(1, val=(TRUTH, SCORE))
    assert [len(record.tallies) for record in read_records(run.folder)] == [1, 1]
    assert read_manifest(run.folder).outputs[0].classes == ["no", "yes"]


@pytest.mark.filterwarnings("ignore:epochreel")
def test_a_resume_does_not_swap_classes(tmp_path: Path) -> None:
    """Where a name would be that of another class than before, counts would mean two things: it is refused."""
    with RunWriter(tmp_path, name="a", class_names=["no", "yes"]) as run:
        run.epoch(0, val=(TRUTH, SCORE))
    with (
        RunWriter(tmp_path, name="a", class_names=["yes", "no"], resume="must") as again,
        pytest.raises(ValueError, match=r"^the outputs of a run must stay as they are"),
    ):
        again.epoch(1, val=(TRUTH, SCORE))


def test_a_closed_run_takes_no_more_points(tmp_path: Path) -> None:
    """An end line comes last; what was recorded before it stays as it was."""
    with RunWriter(tmp_path) as run:
        run.epoch(0, logs={"loss": 1.0})
    lines = (run.folder / "epochs.jsonl").read_text()
    with pytest.raises(
        ValueError, match=r"^a run that was closed takes no more points; RunWriter\(resume=\.\.\.\) goes on"
    ):
        run.epoch(1, logs={"loss": 0.5})
    assert (run.folder / "epochs.jsonl").read_text() == lines
