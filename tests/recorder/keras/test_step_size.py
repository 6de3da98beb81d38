"""What a step costs, without a clock: the tally adds no more operations to it than stated."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

HERE = Path(__file__).parent
TAP_ROWS = 100
# Operations that are added at most, in a training step and in a validation step: nodes of TensorFlow's graph, equations
# of JAX's jaxpr (the branch in which the tap grows with them; a search in a loop of eleven turns would be fewer of them
# than the table that takes a tenth of its time), operations that PyTorch runs.
MOST = {
    "tensorflow": {
        "plain": (29, 29), "tap": (29, 88), "tap, each": (29, 42), "tap, every": (29, 49), "weighted": (34, 34)
    },
    "jax": {
        "plain": (120, 120), "tap": (120, 231), "tap, each": (120, 142), "tap, every": (120, 167),
        "weighted": (129, 129),
    },
    "torch": {"plain": (62, 62), "tap": (62, 97), "tap, each": (62, 85), "tap, every": (62, 90), "weighted": (68, 68)},
}  # fmt: skip


def added(form: str) -> list[dict[str, int]]:
    """Operations by name that metrics add to a training step and to a validation step of a binary model."""
    from recorder import ConfusionTally

    from .step_size import operations

    weighted = form == "weighted"
    x, y, weight = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32), np.ones(8, np.float32)
    arrays = (x, y, weight) if weighted else (x, y)

    def steps(metrics: list[Any]) -> list[Counter[str]]:
        model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
        model.compile("sgd", "binary_crossentropy", **{"weighted_metrics" if weighted else "metrics": metrics})
        model.train_on_batch(*arrays)
        data = tuple(keras.ops.convert_to_tensor(each) for each in arrays)
        if "tap" in form:
            for tally in metrics:
                tally.open_tap(TAP_ROWS)
        train = operations(model.train_step, data)
        if "tap" in form:
            for tally in metrics:
                tally.tap.begin({"tap": None, "tap, each": TAP_ROWS, "tap, every": 2 * TAP_ROWS}[form])
        return [train, operations(model.test_step, data)]

    pairs = zip(steps([ConfusionTally()]), steps([]), strict=True)
    return [dict(with_it - without) for with_it, without in pairs]


LONG = [pytest.param(name, marks=pytest.mark.campaign) for name in ("jax", "torch")]


@pytest.mark.campaign
@pytest.mark.parametrize("backend", ["tensorflow", *LONG])
def test_a_step_gets_no_longer(backend: str) -> None:
    """What is more than stated is named; where it is less, the statement is to follow."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    environment = {"JAX_PLATFORMS": "cpu"} | os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.recorder.keras.test_step_size"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE.parents[2])
    assert done.returncode == 0, done.stderr
    for form, found in json.loads(done.stdout).items():
        for step, names, most in zip(("training", "validation"), found, MOST[backend][form], strict=True):
            total = sum(names.values())
            assert total <= most, f"{form}, {step} step on {backend}: {total} operations, stated {most}: {names}"


if __name__ == "__main__":
    print(json.dumps({form: added(form) for form in MOST[keras.config.backend()]}))
