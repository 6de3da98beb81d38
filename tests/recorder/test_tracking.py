"""Trackers beside a run: what they are handed, and that they stop nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from recorder.runfile import EpochRecord, read_lines
from recorder.runfile.schema import EndLine, EpochLine
from recorder.tracking import Tracker


class Kept(Tracker):
    """Keeps what it is handed; fails where it is told to."""

    def __init__(self, *arguments: Any, fails: str = "", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.points: list[tuple[str, int, dict[str, float]]] = []
        self.ended: list[str] = []
        self.fails = fails

    def _fail(self, where: str) -> None:
        if self.fails == where:
            raise RuntimeError("no network")

    def begin(self, folder: Path | None) -> None:
        self._fail("begin")

    def log(self, record: EpochRecord, values: Mapping[str, float]) -> None:
        self._fail("log")
        self.points.append((record.unit, record.epoch, dict(values)))

    def end(self, folder: Path | None) -> None:
        self._fail("end")
        assert folder is not None
        self.ended += [line.reason for line in read_lines(folder, faults=[]) if isinstance(line, EndLine)]


def f1(tp: Any, fp: Any, fn: Any) -> Any:
    return 2 * tp / (2 * tp + fp + fn)


def recorded(root: Path, *trackers: Tracker, **given: Any) -> RunWriter:
    random = np.random.default_rng(0)
    with RunWriter(root, trackers=trackers, **given) as run:
        for step in (5, 20):
            truth = random.integers(0, 2, 40)
            split = (truth, np.clip(truth * 0.4 + random.random(40) * 0.6, 0, 1))
            run.epoch(step=step, logs={"loss": 1 / step, "odd": float("nan")}, val=split, night=split)
    return run


def test_values_are_those_of_scikit_learn_on_what_was_recorded(tmp_path: Path) -> None:
    """Of the split that the name begins with, at each point, in the unit of the run; undefined ones are left out."""
    from sklearn.metrics import f1_score

    tracker = Kept({"val_f1": f1, "night_never": lambda tp: tp * np.nan, "f1": f1}, logs=True)
    recorded(tmp_path, tracker)
    random = np.random.default_rng(0)
    for step, (unit, number, values) in zip((5, 20), tracker.points, strict=True):
        truth = random.integers(0, 2, 40)
        scores = np.clip(truth * 0.4 + random.random(40) * 0.6, 0, 1)
        assert (unit, number) == ("step", step)
        assert values == {"loss": 1 / step, "val_f1": pytest.approx(f1_score(truth, scores > 0.5))}
    assert tracker.ended == ["finished"]


def test_a_split_ends_at_whatever_is_no_letter(tmp_path: Path) -> None:
    """`val/f1` and `val:f1`, as trackers and formulas have names, are of validation; `value` is of training."""
    tracker = Kept({name: lambda tp: tp for name in ("val/tp", "val:tp", "val-tp", "night/tp", "value", "train/tp")})
    with RunWriter(tmp_path, trackers=[tracker]) as run:
        run.epoch(0, train=([1], [0.9]), val=([1, 1], [0.9, 0.8]), night=([1, 1, 1], [0.9, 0.9, 0.9]))
    assert tracker.points[0][2] == {
        "val/tp": 2, "val:tp": 2, "val-tp": 2, "night/tp": 3, "value": 1, "train/tp": 1,
    }  # fmt: skip


def test_an_output_is_named_behind_the_split() -> None:
    """Of several outputs, the longest that fits; a name that has none is of the first."""
    from recorder.derived import tally_of_name
    from recorder.runfile import Tally

    def tally(split: str, output: str) -> Tally:
        return Tally(split=split, output=output, histogram=np.zeros((1, 2, 2)), nan=np.zeros((1, 2)))

    tallies = [tally(split, output) for split in ("train", "val") for output in ("animal", "tag", "tag_2")]
    expected = {
        "val_f1": ("val", "animal"), "val_tag_f1": ("val", "tag"), "val/tag_2/f1": ("val", "tag_2"),
        "tag_f1": ("train", "tag"), "train/tag/f1": ("train", "tag"), "val_tags": ("val", "animal"),
    }  # fmt: skip
    found = {name: tally_of_name(name, tallies, ["val"]) for name in expected}
    assert {name: one and (one.split, one.output) for name, one in found.items()} == expected
    assert tally_of_name("val_tag_f1", tallies[:3], ["val"]) is None


def test_what_is_no_tracker_or_no_name_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    """One tracker without its list, and a name that is no text, which would have ended the first point."""
    for given in (Kept({"val_f1": f1}), [Kept], "tensorboard"):
        with pytest.raises(TypeError, match=r"trackers must be a list of trackers, .* Received: "):
            RunWriter(tmp_path, trackers=given)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"metrics must map names to functions. Received: 1: "):
        Kept({1: f1})
    assert not any(tmp_path.iterdir())


def test_of_a_split_that_a_point_has_not_nothing_is_logged(tmp_path: Path) -> None:
    """A point of training alone has no `val_f1`, nor a `night_f1` once there was a night: they were of training."""
    tracker, split = Kept({"val_f1": f1, "night_f1": f1, "f1": f1}), ([0, 1, 1], [0.2, 0.7, 0.4])
    with RunWriter(tmp_path, trackers=[tracker]) as run:
        run.epoch(0, train=split, night=split)
        run.epoch(1, train=split)
        run.epoch(2, train=split, val=split)
    assert [set(values) for _, _, values in tracker.points] == [{"night_f1", "f1"}, {"f1"}, {"val_f1", "f1"}]


def test_of_several_classes_the_macro_average(tmp_path: Path) -> None:
    """As `derive` and `run.metric` have it."""
    from sklearn.metrics import f1_score

    random = np.random.default_rng(1)
    truth, scores = random.integers(0, 3, 60), random.dirichlet(np.ones(3), 60)
    tracker = Kept({"val_f1": f1, "val_accuracy": lambda matrix: np.trace(matrix) / matrix.sum()})
    with RunWriter(tmp_path, trackers=[tracker]) as run:
        run.epoch(0, val=(truth, scores))
    called = scores.astype(np.float32).argmax(axis=1)
    expected = {"val_f1": f1_score(truth, called, average="macro"), "val_accuracy": (truth == called).mean()}
    assert tracker.points == [("epoch", 0, {name: pytest.approx(value) for name, value in expected.items()})]


@pytest.mark.parametrize("where", ["log", "end"])
def test_a_tracker_that_fails_is_one_warning(tmp_path: Path, where: str) -> None:
    """Every point is recorded, the other trackers are told, the run ends as it should."""
    failing, other = Kept({"val_f1": f1}, fails=where), Kept({"val_f1": f1})
    with pytest.warns(RuntimeWarning, match="Kept failed and is left out: RuntimeError: no network") as caught:
        run = recorded(tmp_path, failing, other)
    assert len(caught) == 1
    assert run.folder is not None
    lines = read_lines(run.folder, faults=[])
    assert sum(isinstance(line, EpochLine) for line in lines) == len(other.points) == 2
    assert [line.reason for line in lines if isinstance(line, EndLine)] == other.ended == ["finished"]


def test_a_function_that_fails_is_one_warning(tmp_path: Path) -> None:
    """The others of its tracker are logged."""
    tracker = Kept({"val_bad": lambda tp: 1 / 0, "val_f1": f1})
    with pytest.warns(RuntimeWarning, match=r"metrics\['val_bad'\] failed and is left out") as caught:
        recorded(tmp_path, tracker)
    assert len(caught) == 1
    assert [set(values) for _, _, values in tracker.points] == [{"val_f1"}] * 2


def test_a_tracker_that_is_not_ready_raises_before_the_first_point(tmp_path: Path) -> None:
    """And what cannot be computed, when it is made; the run that was begun has an end."""
    with pytest.raises(RuntimeError, match="no network"):
        recorded(tmp_path, Kept(fails="begin"))
    (folder,) = tmp_path.iterdir()
    assert [line.reason for line in read_lines(folder, faults=[]) if isinstance(line, EndLine)] == ["not started"]
    with pytest.raises(TypeError, match=r"metrics functions must take some of tp, fp, tn, fn, matrix. Received: 'a'"):
        Kept({"a": lambda y_true: 0})


def test_a_process_that_does_not_write_logs_nothing(tmp_path: Path) -> None:
    """Of several that train together one logs, that which records."""
    tracker = Kept({"val_f1": f1})
    recorded(tmp_path, tracker, chief=False)
    assert (tracker.points, tracker.ended) == ([], [])


def test_callbacks_of_other_frameworks_take_trackers(tmp_path: Path) -> None:
    """What they hand on to a writer has them."""
    from recorder.callback_run import CallbackRun

    tracker = Kept({"val_tp": lambda tp: tp})
    run = CallbackRun(tmp_path, {"trackers": [tracker], "verbose": 0}, packages=())
    run.begin()
    run.point(3, val=(np.array([0, 1]), np.array([0.1, 0.7])))
    run.end()
    assert tracker.points == [("step", 3, {"val_tp": 1.0})]


def test_keras_hands_each_epoch_over(tmp_path: Path) -> None:
    """`RunRecorder(trackers=...)`: training without a prefix, as `derive`; the values are Keras's own."""
    import keras

    from recorder import ConfusionTally, RunRecorder

    tracker = Kept({"f1": f1, "val_f1": f1})
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[ConfusionTally(), keras.metrics.F1Score(threshold=0.5)])
    x, y = np.linspace(-1, 1, 16)[:, None], np.array([0, 1] * 8)[:, None].astype("float32")
    recorder = RunRecorder(tmp_path, trackers=[tracker], verbose=0)
    history = model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0, callbacks=[recorder]).history
    for epoch, (unit, number, values) in enumerate(tracker.points):
        assert (unit, number) == ("epoch", epoch)
        for name, key in (("f1", "f1_score"), ("val_f1", "val_f1_score")):
            logged = float(np.ravel(history[key][epoch])[0])
            assert values.get(name, 0.0) == pytest.approx(logged, abs=1e-6)
    assert tracker.ended == ["finished"]
