"""Callbacks that follow a value need its direction."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

from recorder import ConfusionTally, RunRecorder
from tests.conftest import later

from .test_model_reader import two_heads
from .trainings import TRAIN, VAL, At, X, Y, fit, model_with

DERIVE = {"val_f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)}


def test_the_value_of_a_tally_is_followed_upwards(tmp_path: Path) -> None:
    """EarlyStopping, ModelCheckpoint and ReduceLROnPlateau follow `val_mcc` in mode "auto": higher is better."""
    stop = keras.callbacks.EarlyStopping("val_mcc", patience=9)
    save = keras.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), "val_mcc", save_best_only=True)
    slow = keras.callbacks.ReduceLROnPlateau("val_mcc")
    assert len(fit(RunRecorder(tmp_path / "runs"), stop, save, slow)) == 3
    assert all(each.monitor_op is keras.ops.greater for each in (stop, save, slow))
    assert (tmp_path / "best.keras").exists()


@pytest.mark.parametrize("kind", [keras.callbacks.EarlyStopping, *later(keras.callbacks.ReduceLROnPlateau)])
def test_a_derived_value_needs_a_mode(tmp_path: Path, kind: type) -> None:
    """Keras knows no direction of a derived value: said before the first epoch, not after it; with a mode it works."""
    trained = At(lambda model, epoch: pytest.fail("an epoch was trained"))
    rule = rf'^{kind.__name__} must be told which way is better: mode="max" or mode="min", .*monitor=\'val_f1\'$'
    with pytest.raises(ValueError, match=rule):
        fit(RunRecorder(tmp_path / "a", derive=DERIVE), kind("val_f1"), trained)
    assert not (tmp_path / "a").exists()
    assert len(fit(RunRecorder(tmp_path / "b", derive=DERIVE), kind("val_f1", mode="max"))) == 3


def test_a_value_that_keras_knows_needs_none(tmp_path: Path) -> None:
    """A derived value under the name of a metric or of the loss takes their direction, as Keras has it."""
    derive = {"val_accuracy": lambda tp, tn: tp + tn, "val_loss": lambda fp, fn: fp + fn}
    stop = keras.callbacks.EarlyStopping("val_accuracy"), keras.callbacks.EarlyStopping("val_loss")
    model = model_with(["accuracy", ConfusionTally()])
    model.fit(*TRAIN, validation_data=VAL, verbose=0, callbacks=[RunRecorder(tmp_path, derive=derive), *stop])
    assert [each.monitor_op for each in stop] == [keras.ops.greater, keras.ops.less]


def test_the_value_of_one_of_several_outputs_needs_a_mode(tmp_path: Path) -> None:
    """Keras does not find the metric of `val_left_mcc`, whose own name is `mcc`."""
    model = two_heads({name: [ConfusionTally()] for name in ("left", "right")})
    stop = keras.callbacks.EarlyStopping("val_left_mcc")
    with pytest.raises(ValueError, match=r"must be told which way is better.*monitor='val_left_mcc'$"):
        model.fit(X, {"left": Y, "right": Y}, verbose=0, callbacks=[RunRecorder(tmp_path), stop])
