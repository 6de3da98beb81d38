"""A run has its end line however its training ends, while a process lives that can write it."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import EndLine, read_lines, read_records
from tests.conftest import later

from .trainings import TRAIN, VAL, At, model_with


def ends(folder: Path) -> list[str]:
    """Why the attempts of a run ended."""
    return [line.reason for line in read_lines(folder) if isinstance(line, EndLine)]


def fit(recorder: RunRecorder, *others: keras.callbacks.Callback) -> keras.Model:
    """A short training."""
    model = model_with([ConfusionTally()])
    model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[recorder, *others])
    return model


def fails(model: keras.Model, epoch: int) -> None:
    """Raises in the second epoch."""
    if epoch == 1:
        raise ValueError("no")


def breaking(where: str) -> tuple[dict[str, Any], list[keras.callbacks.Callback]]:
    """Options of a training, and callbacks, of which something raises in the second epoch."""
    steps = itertools.count()

    def batches() -> Iterator[Any]:
        for _ in range(6):
            yield TRAIN[0][:50], TRAIN[1][:50]
        raise ValueError("no")

    class Model(keras.Sequential):
        def train_step(self, data: Any) -> Any:
            if where == "train_step" and next(steps) == 9:
                raise ValueError("no")
            return super().train_step(data)

        def test_step(self, data: Any) -> Any:
            if where == "test_step" and next(steps) == 5:
                raise ValueError("no")
            return super().test_step(data)

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            if next(steps) >= 7:
                raise ValueError("no")
            return TRAIN[0][:50], TRAIN[1][:50]

    layers = [keras.layers.Dense(1, activation="sigmoid")]
    model = Model(layers)
    model.compile("adam", "binary_crossentropy", metrics=[ConfusionTally()], run_eagerly=where.endswith("_step"))
    data = {"generator": {"x": batches(), "steps_per_epoch": 4}, "dataset": {"x": Batches()}}
    options = data.get(where, {"x": TRAIN[0], "y": TRAIN[1], "validation_data": VAL})
    return options | {"model": model}, [At(fails)] if where == "callback" else []


@pytest.mark.parametrize("where", ["callback", *later("dataset", "train_step", "test_step", "generator")])
def test_a_training_that_raised_is_interrupted_at_once(tmp_path: Path, where: str) -> None:
    """Where an error of somebody else ends `fit` and the program goes on, the run says so, and so does the disk."""
    recorder = RunRecorder(tmp_path)
    options, others = breaking(where)
    model = options.pop("model")
    with pytest.raises(Exception, match="no"):
        model.fit(**options, epochs=3, verbose=0, callbacks=[recorder, *others])
    del model
    gc.collect()
    assert ends(recorder.folder) == ["interrupted"]
    assert [record.epoch for record in read_records(recorder.folder)] == ([0, 1] if where == "callback" else [0])
    assert not list((recorder.folder / "pending").iterdir()), "and what was recorded is merged"


def test_a_training_that_ends_as_it_should_ends_once(tmp_path: Path) -> None:
    """Neither the next training of the same recorder nor its end as an object adds another end."""
    recorder = RunRecorder(tmp_path)
    first = fit(recorder) and recorder.folder
    second = fit(recorder) and recorder.folder
    del recorder
    gc.collect()
    assert [ends(folder) for folder in (first, second)] == [["finished"]] * 2


SCRIPT = """
import os, sys
sys.path.insert(0, {root!r})
from tests.recorder.keras.trainings import *
from tests.recorder.keras.test_training_end import fails
def forks(model, epoch):
    if epoch == 0 and os.fork() == 0:
        sys.exit()  # a child that ends runs what was to be run at exit
    if epoch == 1:
        {how}
recorder = RunRecorder({folder!r})
model = model_with([ConfusionTally()])
callbacks = keras.callbacks.CallbackList([recorder, At(forks)], add_history=True, model=model, epochs=3)
model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=callbacks)
"""


@pytest.mark.campaign
@pytest.mark.parametrize(
    "how",
    [
        "raise ValueError",
        pytest.param("sys.exit(3)", marks=pytest.mark.campaign),
        pytest.param("raise KeyboardInterrupt", marks=pytest.mark.campaign),
    ],
)
@pytest.mark.skipif(keras.config.backend() == "jax", reason="JAX's threads do not survive a fork")
def test_a_process_that_ends_ends_its_run(tmp_path: Path, how: str) -> None:
    """At exit, whatever made it, a list of callbacks that the user keeps included; a forked child ends nothing."""
    code = SCRIPT.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path), how=how)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    (folder,) = tmp_path.iterdir()
    assert ends(folder) == ["interrupted"], done.stderr
    assert [record.epoch for record in read_records(folder)] == [0, 1]


CELLS = """
import os
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell({imports!r})
shell.run_cell("model.fit(*TRAIN, validation_data=VAL, epochs=3, verbose=0, callbacks=[recorder, At(stops)])")
shell.run_cell("print('ENDS', ends(recorder.folder))")
shell.run_cell("model.fit(*TRAIN, epochs=1, verbose=0, callbacks=[recorder]); print('ENDS', ends(recorder.folder))")
"""
IMPORTS = """
import sys
sys.path.insert(0, {root!r})
from tests.recorder.keras.trainings import *
from tests.recorder.keras.test_training_end import ends
recorder = RunRecorder({folder!r})
model = model_with([ConfusionTally()])
def stops(model, epoch):
    if epoch == 1:
        raise KeyboardInterrupt
"""


@pytest.mark.campaign
def test_an_interrupted_cell_ends_its_run(tmp_path: Path) -> None:
    """In a notebook, whose kernel lives on and keeps what raised, the run is interrupted when its cell is."""
    imports = IMPORTS.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path))
    code = CELLS.format(imports=imports)
    environment = os.environ | {"IPYTHONDIR": str(tmp_path / ".ipython")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    said = [line for line in done.stdout.splitlines() if line.startswith("ENDS")]
    assert said == ["ENDS ['interrupted']", "ENDS ['finished']"], done.stdout + done.stderr


@pytest.mark.campaign
def test_trainings_in_two_threads_do_not_end_each_other(tmp_path: Path) -> None:
    """One that raises ends its own run alone."""
    inside, over = threading.Event(), threading.Event()

    def waits(model: keras.Model, epoch: int) -> None:
        inside.set()
        assert over.wait(60)

    long, short = RunRecorder(tmp_path / "long"), RunRecorder(tmp_path / "short")
    thread = threading.Thread(target=fit, args=(long, At(waits)))
    thread.start()
    assert inside.wait(60)
    with pytest.raises(ValueError, match="no"):
        fit(short, At(fails))
    assert (ends(short.folder), ends(long.folder)) == (["interrupted"], [])
    over.set()
    thread.join()
    assert ends(long.folder) == ["finished"]
