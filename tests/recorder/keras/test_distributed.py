"""Several devices, several processes: counts are summed, samples come from the probe, and one process writes."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from recorder.runfile import EpochLine, read_lines, read_records

MIRRORED = """
import sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras, numpy as np
from recorder import ConfusionTally, RunRecorder
x = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
y = (x[:, 0] > 0.5).astype(np.float32)
m = keras.metrics
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2
with strategy.scope():
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    own = {"tp": m.TruePositives, "tn": m.TrueNegatives, "fn": m.FalseNegatives, "fp": m.FalsePositives}
    metrics = [ConfusionTally(), *(kind(name=name) for name, kind in own.items())]
    model.compile("adam", "binary_crossentropy", metrics=metrics)
recorder = RunRecorder(sys.argv[1], probe=(x[200:], y[200:]))
model.fit(x[:200], y[:200], validation_data=(x[200:], y[200:]), epochs=2, verbose=0, callbacks=[recorder])
"""

PROCESS = """
import sys
import jax
jax.distributed.initialize(f"localhost:{sys.argv[3]}", num_processes=2, process_id=int(sys.argv[2]))
import keras, numpy as np
from recorder import ConfusionTally, RunRecorder
x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
y = (x[:, 0] > 0.5).astype(np.float32)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[ConfusionTally()])
recorder = RunRecorder(sys.argv[1], derive={"val_tp": lambda tp: tp})
history = model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0, callbacks=[recorder])
assert (recorder.folder is None) == (sys.argv[2] == "1")
assert len(history.history["val_tp"]) == 2, "what other callbacks follow is there in every process"
"""

SHARDED = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
import sys
import keras
sys.path.insert(0, sys.argv[2])
devices = keras.distribution.list_devices()
assert len(devices) == 2
keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False))
from recorder import RunRecorder
from tests.recorder.keras.test_traced_once import TRAIN, VAL, compiled, traced
halves = {"validation_data": [part[:96] for part in VAL], "epochs": 3}
bare, model = traced(compiled(), **halves), compiled()
found = [traced(model, RunRecorder(sys.argv[1]), **halves) for _ in range(2)]
assert found == [bare, 0], (bare, found)
"""


def start(code: str, *arguments: str, backend: str) -> subprocess.Popen[str]:
    """A process of its own under a backend."""
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, text=True, stderr=subprocess.PIPE
    )


def finished(process: subprocess.Popen[str]) -> str:
    """Waits, and fails with its errors where it failed; what it said on standard error."""
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return errors


@pytest.mark.campaign
def test_mirrored_replicas_are_summed(tmp_path: Path) -> None:
    """Under two replicas counts equal Keras's own, no sample is lost or doubled, and samples come from the probe."""
    finished(start(MIRRORED, str(tmp_path), backend="tensorflow"))
    (folder,) = tmp_path.iterdir()
    for record in read_records(folder):
        assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {
            "train": 200, "val": 100, "probe": 100,
        }  # fmt: skip
        assert [samples.split for samples in record.samples] == ["probe"]
        _, val, probe = record.tallies
        assert np.abs(val.histogram - probe.histogram).sum() <= 4, "but for scores at an edge"
    for line in read_lines(folder):
        for row, prefix in zip(line.counts if isinstance(line, EpochLine) else (), ("", "val_"), strict=False):
            assert all(getattr(row, name) == line.logs[prefix + name] for name in ("tp", "tn", "fn", "fp"))


@pytest.mark.campaign
def test_over_two_devices_of_jax_nothing_is_compiled_twice(tmp_path: Path) -> None:
    """Neither in a fit nor in the next one; Keras lays the variables out by what the steps were made for."""
    finished(start(SHARDED, str(tmp_path), str(Path(__file__).parents[3]), backend="jax"))
    for folder in tmp_path.iterdir():
        for record in read_records(folder):
            assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {"train": 200, "val": 96}


@pytest.mark.campaign
def test_the_chief_alone_writes(tmp_path: Path) -> None:
    """Of two JAX processes that train together one makes a run; both see the derived values."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    processes = [start(PROCESS, str(tmp_path), str(rank), str(port), backend="jax") for rank in (0, 1)]
    for process in processes:
        assert "each of 2 processes counts its own batches" in finished(process)
    (folder,) = tmp_path.iterdir()
    assert [record.epoch for record in read_records(folder)] == [0, 1]


def processes_of(way: str, backend: str, root: Path, arguments: list[list[str]]) -> None:
    """Runs the table of trainings in so many processes at a time."""
    environment = os.environ | {
        "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.recorder.keras.distributed_cases", way, str(root)]
    with contextlib.ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in arguments]
        processes = [
            subprocess.Popen(
                [*command, *each], env=environment, cwd=Path(__file__).parents[3], text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=error,
            )
            for each, error in zip(arguments, errors, strict=True)
        ]  # fmt: skip
        hold = [any(line == "counts hold\n" for line in process.stdout or ()) for process in processes]
        for process in processes:  # none goes while another one may wait for it; all do where one has failed
            process.communicate() if all(hold) else process.kill()
        for error in errors:
            error.seek(0)
        assert all(hold), "\n".join(error.read() for error in errors)


def free_ports(number: int) -> list[str]:
    """Ports that nobody has."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [str(each.getsockname()[1]) for each in sockets]


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["jax", "mirrored", "workers", "torch"])
def test_the_same_training_on_several(way: str, tmp_path: Path) -> None:
    """Two devices of JAX, two replicas or workers of TensorFlow, two processes of PyTorch: NumPy's counts, one run."""
    backend = {"jax": "jax", "torch": "torch"}.get(way, "tensorflow")
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    arguments: list[list[str]] = [[]]
    if way == "torch":
        arguments = [["0", "2"], ["1", "2"]]
    elif way == "workers":
        ports = free_ports(2)
        arguments = [["0", *ports], ["1", *ports]]
    processes_of(way, backend, tmp_path, arguments)
