"""What Keras tells of the validation data before a pass, and that recorded samples do not depend on whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from recorder import ConfusionTally, RunRecorder
from recorder.keras.validation_data import samples_of_pass

from .trainings import TRAIN, VAL, model_with, records_of


class Number(keras.callbacks.Callback):
    """Asks, when validation begins, how many samples it has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[int | None] = []

    def on_test_begin(self, logs: Any = None) -> None:
        self.found.append(samples_of_pass(self.model))


class Batches(keras.utils.PyDataset):
    """The validation data in batches of 32."""

    def __len__(self) -> int:
        return -(-len(VAL[0]) // 32)

    def __getitem__(self, index: int) -> Any:
        return tuple(each[32 * index : 32 * index + 32] for each in VAL)


def stream() -> Iterator[Any]:
    for index in range(len(Batches())):
        yield Batches()[index]


ARRAYS = {"validation_data": VAL}
STREAMS = {
    "a data set of TensorFlow": {"validation_data": tf.data.Dataset.from_tensor_slices(VAL).batch(32)},
    "a data set of Keras": {"validation_data": Batches()},
    "some steps": ARRAYS | {"validation_steps": 4, "validation_batch_size": 32},
}


@pytest.mark.campaign
def test_of_arrays_it_is_known_how_many_samples_come() -> None:
    """With batches that divide them and those that do not, larger than all, of a split, in each epoch."""
    model = model_with([])
    for options, number in (
        *((ARRAYS | {"validation_batch_size": size}, len(VAL[0])) for size in (1, 7, 25, 100, 1_000)),
        ({"validation_split": 0.13}, len(TRAIN[0]) - int(len(TRAIN[0]) * 0.87)),
    ):
        asked = Number()
        model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[asked], **options)
        assert asked.found == [number] * 2, options


@pytest.mark.parametrize("options", STREAMS.values(), ids=STREAMS)
def test_of_streams_it_is_not_known(options: dict[str, Any]) -> None:
    """A data set may have any number, and `validation_steps` takes some of them; neither does an `evaluate` tell."""
    asked, model = Number(), model_with([])
    model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[asked], **options)
    assert asked.found == [None, None]
    model.evaluate(*VAL, verbose=0, callbacks=[asked])
    assert asked.found == [None, None, None]


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("a data set of TensorFlow", 50),
        pytest.param("some steps", 100, marks=pytest.mark.campaign),
        *(pytest.param(kind, most, marks=pytest.mark.campaign) for kind in STREAMS for most in (10, 10_000)),
    ],
)
def test_the_same_samples_are_recorded_of_arrays_and_of_streams(tmp_path: Path, kind: str, most: int) -> None:
    """Every 2^k-th one with its label and score, in each epoch."""
    found = []
    for place, given in enumerate((ARRAYS, STREAMS[kind])):
        recorder = RunRecorder(tmp_path / str(place), max_samples=most)
        keras.utils.set_random_seed(3)
        model_with([ConfusionTally()]).fit(*TRAIN, epochs=3, verbose=0, shuffle=False, callbacks=[recorder], **given)
        found.append([record.samples[0] for record in records_of(recorder)])
    assert len(found[0]) == 3
    for own, other in zip(*found, strict=True):
        np.testing.assert_array_equal(own.sample, other.sample)
        np.testing.assert_array_equal(own.y_true, other.y_true)
        np.testing.assert_allclose(own.y_score, other.y_score, atol=1e-6)


@pytest.mark.campaign
def test_another_fit_with_more_validation_data_has_the_samples_of_these(tmp_path: Path) -> None:
    """A step that was traced for few samples, which all had room, is traced anew."""
    model = model_with([ConfusionTally()])
    for place, times in enumerate((1, 5, 1)):
        recorder = RunRecorder(tmp_path / str(place), max_samples=150)
        validation = tuple(np.concatenate([each] * times) for each in VAL)
        model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[recorder], validation_data=validation)
        number = times * len(VAL[0])
        for record in records_of(recorder):
            (samples,) = record.samples
            assert samples.sample.tolist() == list(range(0, number, 1 if times == 1 else 4))
            np.testing.assert_array_equal(samples.y_true, validation[1].ravel()[samples.sample])
