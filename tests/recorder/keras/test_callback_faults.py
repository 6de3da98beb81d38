"""Nothing of the recorder stops a training; what is wrong before it does."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import read_manifest

from .. import disks
from .trainings import TRAIN, VAL, At, X, Y, fit, model_with, records_of, totals


def test_a_disk_fault_never_stops_the_training(tmp_path: Path) -> None:
    """With the run folder made unwritable for two epochs: one warning, every epoch trained and recorded."""
    recorder = RunRecorder(tmp_path, name="fault")

    def breaks(model: keras.Model, epoch: int) -> None:
        pending, away = recorder.folder / "pending", tmp_path / "away"
        if epoch == 0:
            pending.rename(away)
        if epoch == 2:
            away.rename(pending)

    with pytest.warns(RuntimeWarning, match="cannot write") as caught:
        records = fit(recorder, At(breaks), epochs=5)
    assert len([w for w in caught if "cannot write" in str(w.message)]) == 1
    assert [record.epoch for record in records] == [0, 1, 2, 3, 4]
    assert all(totals(record) == {"train": 200, "val": 100} for record in records)


class Puts(keras.callbacks.Callback):
    """Another callback's additions to the logs."""

    def __init__(self, odd: dict[Any, Any]) -> None:
        super().__init__()
        self._odd = odd

    def on_epoch_end(self, epoch: int, logs: dict[Any, Any] | None = None) -> None:
        assert logs is not None
        logs.update(self._odd)


class Unnumbered:
    """What raises an error of its own class when it is taken for a number or an array."""

    class NoNumberError(Exception):
        pass

    def __float__(self) -> float:
        raise self.NoNumberError

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self.NoNumberError


@pytest.mark.campaign
def test_what_other_callbacks_log_costs_no_epoch(tmp_path: Path) -> None:
    """Numbers too large, values and names of any making stand before the recorder: counts and other logs are there."""
    odd = {"a": 10**400, "b": Unnumbered(), "\ud800": 1.0, 7: 2.0, None: "x", "c": np.ones(3)}
    four = {"tp": keras.metrics.TruePositives, "tn": keras.metrics.TrueNegatives}
    four |= {"fp": keras.metrics.FalsePositives, "fn": keras.metrics.FalseNegatives}
    model, recorder = model_with([metric(name=name) for name, metric in four.items()]), RunRecorder(tmp_path)
    with pytest.warns(UserWarning, match=r"Not recorded: the logs 'a' \(int\), 'b' \(Unnumbered\)") as said:
        model.fit(*TRAIN, validation_data=VAL, epochs=2, verbose=0, callbacks=[Puts(odd), recorder])
    assert len(said) == 1
    records = records_of(recorder)
    assert [totals(record) for record in records] == [{"train": 200, "val": 100}] * 2
    logged = {"loss", "val_loss", "learning_rate", "7"} | {f"{val}{name}" for name in four for val in ("", "val_")}
    assert [set(record.logs) for record in records] == [logged] * 2


def test_a_run_folder_that_is_gone_costs_one_warning(tmp_path: Path) -> None:
    """When the whole run is deleted under it, the training goes to its end."""
    recorder = RunRecorder(tmp_path)
    model = model_with([ConfusionTally()])
    gone = At(lambda model, epoch: recorder.folder.exists() and recorder.folder.rename(tmp_path / "gone"))
    with pytest.warns(RuntimeWarning, match="cannot write"):
        history = model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[recorder, gone])
    assert len(history.epoch) == 3
    assert not recorder.folder.exists()


@pytest.mark.campaign
def test_a_disk_that_is_full_at_the_start_costs_one_warning(tmp_path: Path) -> None:
    """A training that starts on a full disk goes on, and all its epochs are recorded once there is room."""

    class Full(keras.callbacks.Callback):
        def on_train_begin(self, logs: dict | None = None) -> None:
            disks.fill()

    recorder = RunRecorder(tmp_path / "runs")
    room = At(lambda model, epoch: disks.clear() if epoch == 1 else None)
    model = model_with([ConfusionTally()])
    try:
        with pytest.warns(RuntimeWarning, match="cannot write") as caught:
            model.fit(*TRAIN, validation_data=VAL, epochs=4, verbose=0, callbacks=[Full(), recorder, room])
    finally:
        disks.clear()
    assert len([w for w in caught if "epochreel" in str(w.message)]) == 1
    assert [totals(record) for record in records_of(recorder)] == [{"train": 200, "val": 100}] * 4
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_warnings_that_are_errors_stop_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `-W error` what the recorder has to say is said once and stops nothing: of a disk, a function, names."""
    recorder = RunRecorder(
        tmp_path,
        name="fault",
        class_names=["a", "b", "c"],
        derive={"bad": lambda tp: [][1]},
        probe=(VAL[0], VAL[1][:3]),
    )

    def breaks(model: keras.Model, epoch: int) -> None:
        if epoch == 0:
            (recorder.folder / "pending").rename(tmp_path / "away")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        model = model_with([ConfusionTally()], kind=None)
        history = model.fit(X, Y, validation_data=VAL, epochs=2, verbose=0, callbacks=[recorder, At(breaks)])
    assert len(history.epoch) == 2
    assert [len(record.tallies) for record in records_of(recorder)] == [2]
    said = capsys.readouterr().err + "".join(str(w.message) for w in caught)
    for words in (
        "cannot write",
        "derive['bad'] failed",
        "class_names must be 2",
        "outside [0, 1]",
        "could not record",
    ):
        assert said.count(words) == 1, words


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="an error of TensorFlow")
def test_a_fault_of_the_device_is_one_warning(tmp_path: Path) -> None:
    """A backend that fails when counts are read loses the counts with one warning, and neither logs nor training."""
    import tensorflow as tf

    class Failing(ConfusionTally):
        def read(self, split: str, output: str = ""):
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")

    with pytest.warns(RuntimeWarning, match=r"reading training failed and is left out: ResourceExhausted") as caught:
        records = fit(RunRecorder(tmp_path), metrics=[Failing()])
    assert len([w for w in caught if "reading training" in str(w.message)]) == 1
    assert [("loss" in record.logs, record.tallies) for record in records] == [(True, ())] * 3


def test_logs_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    """A callback before the recorder that logs text, an array or None costs no epoch: the numbers are recorded."""

    class Talks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            logs |= {"text": "hello", "array": np.zeros(3), "none": None, "number": np.float32(2)}

    recorder = RunRecorder(tmp_path)
    model = model_with([ConfusionTally()])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[Talks(), recorder])
    for record in records_of(recorder):
        assert record.logs["number"] == 2.0
        assert not {"text", "array", "none"} & set(record.logs)


@pytest.mark.campaign
def test_class_names_that_do_not_fit_are_left_out(tmp_path: Path) -> None:
    """Three names for a binary output: one warning, plain names, all counts."""
    recorder = RunRecorder(tmp_path, class_names=["a", "b", "c"])
    with pytest.warns(RuntimeWarning, match=r"names must be 2, one a class\. Received: \['a', 'b', 'c'\]") as said:
        records = fit(recorder)
    (warning,) = (one for one in said if "names must be 2" in str(one.message))
    assert warning.filename.startswith(str(Path(__file__).parent)), "the line of the fit"
    assert read_manifest(recorder.folder).outputs[0].classes == ["negative", "positive"]
    assert totals(records[0]) == {"train": 200, "val": 100}


@pytest.mark.campaign
def test_a_resume_with_other_thresholds_records_the_logs(tmp_path: Path) -> None:
    """Counts that the run does not state are left out with a warning; what was recorded stays, logs go on."""
    fit(RunRecorder(tmp_path, name="a"), epochs=2)
    recorder = RunRecorder(tmp_path, name="a", resume="must")
    with pytest.warns(RuntimeWarning, match=r"counting failed and is left out: ValueError: the outputs of a run must"):
        records = fit(recorder, metrics=[ConfusionTally([0.1, 0.9])], initial_epoch=2, epochs=4)
    assert [len(record.tallies) for record in records] == [2, 2, 0, 0]
    assert all("val_loss" in record.logs for record in records)


def test_wrong_arguments_raise_before_the_first_epoch(tmp_path: Path) -> None:
    """Each wrong argument raises with its rule, and no epoch is trained."""
    with pytest.raises(ValueError, match=r"^every must be an integer of 1 or more\. Received: 0$"):
        RunRecorder(tmp_path, every=0)
    with pytest.raises(ValueError, match=r"^max_samples must be an integer of 0 or more\. Received: -1$"):
        RunRecorder(tmp_path, max_samples=-1)
    with pytest.raises(ValueError, match=r"^probe must be \(x, y\)"):
        RunRecorder(tmp_path, probe=[1, 2, 3])
    model, trained = model_with([]), At(lambda model, epoch: pytest.fail("an epoch was trained"))
    for error, rule, recorder in (
        (TypeError, r"^config must be a mapping that JSON can hold\.", RunRecorder(tmp_path, config={"x": object()})),
        (ValueError, r"^resume must be", RunRecorder(tmp_path, resume="yes")),
        (ValueError, r"^name must be a string", RunRecorder(tmp_path, name="")),
        (FileNotFoundError, r'^resume="must" needs a run named', RunRecorder(tmp_path, name="x", resume="must")),
    ):
        with pytest.raises(error, match=rule):
            model.fit(*TRAIN, verbose=0, callbacks=[recorder, trained])
