"""A thousand classes and ten million validation samples: what that takes on the device, on the host and on the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Effort
from .conftest import Figures

pytestmark = pytest.mark.campaign

CLASSES, FEW = 1_000, 20_000
ON_DEVICE, ON_HOST, FLAT, ON_DISK = 2**27, 400e6, 50e6, 3e6  # bytes
SECONDS_A_MILLION = 150.0  # of one processor beside what Keras takes
TRAIN = """
import json, sys, time
import keras, numpy as np, tensorflow as tf
from pathlib import Path
from recorder import ConfusionTally, RunRecorder
from tests.memory import peak

root, samples, recorded, classes, batch = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "True", int(sys.argv[4]), 500
tf.config.threading.set_intra_op_parallelism_threads(1)
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Embedding(4096, classes), keras.layers.Softmax()])
tally = ConfusionTally()
model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=[tally] if recorded else [])
made = lambda number: (number % 4096, number * 7919 % classes)
val = tf.data.Dataset.range(samples).map(made).batch(batch)
recorder = RunRecorder(root, verbose=0)
begun = time.process_time()
model.fit(val.take(2), validation_data=val, epochs=1, verbose=0, callbacks=[recorder] if recorded else [])
seconds = time.process_time() - begun
told = {"seconds": seconds, "peak": peak()}
if recorded:
    told["device"] = sum(int(np.prod(each.shape)) * np.dtype(each.dtype).itemsize for each in tally.variables)
    told["counted"] = int(tally.read("val").histogram[0].sum())
    told["disk"] = sum(path.stat().st_size for path in recorder.folder.rglob("*") if path.is_file())
print(json.dumps(told))
"""
LOOK = """
import json, sys, time
from pathlib import Path
import viewer
from tests.memory import peak
begun = time.process_time()
run = viewer.open_run(Path(sys.argv[1]))
run.save(sys.argv[2])
run.metric("f1@macro")
told = {"seconds": time.process_time() - begun, "peak": peak()}
print(json.dumps(told))
"""
WRITE = """
import sys
import numpy as np
from recorder import RunWriter
from tests.memory import peak
rng, classes = np.random.default_rng(0), int(sys.argv[2])
with RunWriter(sys.argv[1], max_samples=500) as writer:
    for epoch in range(int(sys.argv[3])):
        truth = rng.integers(0, classes, 5_000)
        scores = rng.random((5_000, classes), np.float32) ** 8
        scores /= scores.sum(axis=1, keepdims=True)
        writer.epoch(epoch, logs={"loss": 1.0, "val_loss": 1.0}, train=(truth, scores), val=(truth, scores))
print(peak())
"""


def told(script: str, *words: object) -> Any:
    """What a process of its own says at its end, as JSON."""
    command = [sys.executable, "-c", script, *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def megabytes(number: float) -> str:
    return f"{number / 1e6:.0f} MB"


@pytest.mark.timeout(5400)
def test_a_validation_of_ten_million(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """Memory does not grow with the number of samples, and time grows with it and no faster."""
    samples = effort(100_000, 10_000_000)
    few = told(TRAIN, tmp_path / "few", FEW, True, CLASSES)
    bare = told(TRAIN, tmp_path / "bare", samples, False, CLASSES)
    many = told(TRAIN, tmp_path / "many", samples, True, CLASSES)
    assert many["counted"] == samples
    more, grown, seconds = many["peak"] - bare["peak"], many["peak"] - few["peak"], many["seconds"] - bare["seconds"]
    figures(
        samples=f"{samples:,}",
        on_device=megabytes(many["device"]),
        more_on_host=megabytes(more),
        grown_since_20_000=megabytes(grown),
        epoch_on_disk=megabytes(many["disk"]),
        seconds_without=f"{bare['seconds']:.0f}",
        seconds_more=f"{seconds:.0f}",
    )
    assert many["device"] == few["device"] <= ON_DEVICE
    assert more <= ON_HOST
    assert grown <= FLAT
    assert many["disk"] <= ON_DISK
    assert seconds <= SECONDS_A_MILLION * samples / 1e6 + 20


@pytest.mark.timeout(1800)
def test_a_viewer_of_a_thousand_classes(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """More epochs take no more memory to write, and a viewer draws the dashboard of all of them in bounded memory."""
    epochs = effort(10, 200)
    peaks = [told(WRITE, tmp_path / name, CLASSES, number) for name, number in (("short", 10), ("long", epochs))]
    looked = told(LOOK, tmp_path / "long", tmp_path / "dashboard.png")
    size = sum(path.stat().st_size for path in (tmp_path / "long").rglob("*") if path.is_file())
    figures(
        epochs=epochs,
        writer=megabytes(peaks[1]),
        viewer=megabytes(looked["peak"]),
        viewer_seconds=f"{looked['seconds']:.0f}",
        bytes_an_epoch=megabytes(size / epochs),
    )
    assert peaks[1] - peaks[0] <= 600e6
    assert looked["peak"] <= 1.5e9
