"""What counting adds to a training step and a validation step of Keras, on each backend in a process of its own.

    python tests/benchmarks/bench_tally_step.py                      # TensorFlow, JAX, PyTorch
    python tests/benchmarks/bench_tally_step.py tensorflow 32        # one of them, one size of batch

Steps are the backend's own (a graph of TensorFlow, a compiled function of JAX, PyTorch as it is) on one batch that does
not change, on one thread. Variants take turns, so that whatever else the machine does falls on all of them; printed are
minima over rounds, microseconds above the bare model, training and validation step together, by the clock and by the
processor; and what needs no clock: nodes of the graph, equations of the jaxpr or operations that PyTorch runs, above
the bare model.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from kept import QUICK, keep

ROOT = Path(__file__).parents[2]
BACKENDS = ("tensorflow", "jax", "torch")
SIZES = {32: 10, 256: 10, 4096: 4}  # samples of a batch: steps of a round, so few that some rounds are not disturbed
ROUNDS, WARM_UP = (2, 1) if QUICK else (200, 10)
Step = Callable[[int], tuple[float, float]]  # runs so many times; seconds of one, by the clock and by the processor


def main(backends: list[str], sizes: list[str]) -> None:
    """Measures each backend in a process of its own."""
    for backend in backends or BACKENDS:
        if importlib.util.find_spec(backend) is None:
            print(f"{backend}: not measured, as it is not installed")
            continue
        environment = {"JAX_PLATFORMS": "cpu"} | os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment["PYTHONPATH"] = str(ROOT)
        subprocess.run([sys.executable, __file__, "--here", *sizes], env=environment, check=True)


def measure(sizes: list[int]) -> None:
    """Prints a table of this process's backend."""
    import keras

    one_thread()
    for size in sizes:
        rows = {name: Variant(name, size) for name in VARIANTS}
        times: dict[str, list[list[float]]] = {name: [] for name in rows}
        for _ in range(ROUNDS + WARM_UP):
            for name, row in rows.items():
                times[name].append([each for step in row.steps for each in row.seconds(step, SIZES.get(size, 50))])
        print(f"\n{keras.config.backend()}, batches of {size}, minima of {ROUNDS} rounds, microseconds above bare")
        print(f"{'':36}{'training':>10}{'validation':>12}{'both':>8}{'processor':>11}{'operations':>13}")
        least = {name: 1e6 * np.min(each[WARM_UP:], axis=0) for name, each in times.items()}
        for name, row in rows.items():
            bare = "bare" if row.weighted is False else "bare, weighted"
            clock, processor = (least[name] - least[bare] * (name != bare)).reshape(2, 2).T
            both = np.array(times[name][WARM_UP:])[:, ::2].sum(axis=1)
            keep(f"{keras.config.backend()}, batches of {size}, {name}", both)
            size_of = row.operations - rows[bare].operations * (name != bare)
            print(
                f"{name:36}{clock[0]:10.1f}{clock[1]:12.1f}{clock.sum():8.1f}{processor.sum():11.1f}"
                f"{f'{size_of[0]} + {size_of[1]}':>13}",
                flush=True,
            )


def one_thread() -> None:
    """Work that moves from thread to thread takes as long as the scheduler has it, and tells nothing."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
    if importlib.util.find_spec("tensorflow"):
        import tensorflow as tf

        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.threading.set_intra_op_parallelism_threads(1)


def four_counts() -> list[Any]:
    """Keras's own."""
    from keras import metrics as m

    return [m.TruePositives(), m.TrueNegatives(), m.FalsePositives(), m.FalseNegatives()]


def tally() -> list[Any]:
    """Ours."""
    from recorder import ConfusionTally

    return [ConfusionTally()]


def least() -> list[Any]:
    """The floor of whatever counts scores: where each score lies, one addition to counters, a value that stands."""
    import keras

    from recorder.keras.counter_ops import COUNTER, scatter_add

    class Least(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="least")
            self.counters = self.add_variable((2_002,), "zeros", COUNTER, name="counters")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            ops = keras.ops
            scores = y_pred.detach() if keras.config.backend() == "torch" else y_pred
            scatter_add(self.counters, ops.cast(scores * 1_000.0 + y_true * 1_001.0, "int32"))

        def result(self) -> Any:
            return keras.ops.zeros(())

    return [Least()]


VARIANTS: dict[str, Callable[[], list[Any]]] = {
    "bare": list,
    "four counts": four_counts,
    "ConfusionTally": tally,
    "ConfusionTally, tap": tally,
    "ConfusionTally, tap, number unknown": tally,
    "the floor": least,
    "bare, weighted": list,
    "four counts, weighted": four_counts,
    "ConfusionTally, weighted": tally,
    "ConfusionTally, tap, weighted": tally,
    "the floor, weighted": least,
}


class Variant:
    """A model with metrics, and its steps.

    Attributes:
        steps: of training and of validation.
        operations: int [2], how many each consists of.
        weighted: whether samples have weights.
    """

    def __init__(self, name: str, size: int) -> None:
        import keras

        from tests.recorder.keras.step_size import operations

        keras.utils.set_random_seed(0)
        layers = keras.layers
        hidden = [layers.Dense(64, "relu"), layers.Dropout(0.1), layers.Dense(64, "relu")]
        self._model = keras.Sequential([*hidden, layers.Dense(1, "sigmoid")])
        self.weighted, metrics = "weighted" in name, VARIANTS[name]()
        self._model.compile(
            "adam", "binary_crossentropy", **{"weighted_metrics" if self.weighted else "metrics": metrics}
        )
        rng = np.random.default_rng(0)
        x = rng.normal(size=(size, 15)).astype(np.float32)
        arrays = [x, (x[:, :1] > 1).astype(np.float32)] + [np.ones(size, np.float32)] * self.weighted
        self._data = tuple(keras.ops.convert_to_tensor(each) for each in arrays)
        self._model.train_on_batch(*arrays)
        self._model.reset_metrics()
        self._tally = metrics[0] if "tap" in name else None
        if self._tally is not None:
            self._tally.open_tap(10_000)
        ready = {"tensorflow": self._graph, "jax": self._compiled, "torch": self._plain}
        counted = []
        self.steps: list[Step] = []
        for step in (self._model.train_step, self._model.test_step):
            if self._tally is not None and step.__name__ == "test_step":
                self._tally.tap.begin(
                    None if "unknown" in name else 2_000
                )  # as arrays of `fit` say, and streams do not
            counted.append(operations(step, self._data).total())
            self.steps.append(ready[keras.config.backend()](step))
            self.steps[-1](1)
        self.operations = np.array(counted)

    def seconds(self, step: Step, steps: int) -> tuple[float, float]:
        """Of a step, by the clock and by the processor."""
        self._model.reset_metrics()
        if self._tally is not None:
            self._tally.tap.recording = step is self.steps[1]
        return step(steps)

    def _graph(self, step: Any) -> Step:
        import tensorflow as tf

        function = tf.function(step)
        return lambda steps: timed(lambda: function(self._data), steps, self._metric)

    def _plain(self, step: Any) -> Step:
        import torch

        def run() -> None:
            with torch.set_grad_enabled(step.__name__ == "train_step"):
                step(self._data)

        return lambda steps: timed(run, steps, self._metric)

    def _compiled(self, step: Any) -> Step:
        import jax

        from tests.recorder.keras.step_size import jax_state

        function = jax.jit(step, donate_argnums=0)
        optimized = step.__name__ == "train_step"
        kinds = [self._model.trainable_variables, self._model.non_trainable_variables]
        kinds += [self._model.optimizer.variables] if optimized else []

        def run(steps: int) -> tuple[float, float]:
            state = jax_state(self._model, optimized)  # which Keras hands from step to step, too

            def once() -> None:
                nonlocal state
                _, state = function(state, self._data)

            took = timed(once, steps, lambda: state[-1][0])
            for variables, values in zip([*kinds, self._model.metrics_variables], state, strict=True):
                for variable, value in zip(variables, values, strict=True):
                    variable._value = value
            return took

        return run

    def _metric(self) -> Any:
        return self._model.metrics_variables[0]


def timed(step: Callable[[], object], steps: int, result: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of one of so many steps, by the clock and by the processor.

    Args:
        step: is called.
        steps: how often.
        result: of a step, one: to read all would be of some variants half of what a step takes.
    """
    np.asarray(result())
    clock, processor = time.perf_counter(), time.process_time()
    for _ in range(steps):
        step()
    np.asarray(result())
    return (time.perf_counter() - clock) / steps, (time.process_time() - processor) / steps


if __name__ == "__main__":
    if "--here" in sys.argv:
        measure([int(each) for each in sys.argv[2:]] or list(SIZES))
    else:
        given = sys.argv[1:]
        main([each for each in given if each in BACKENDS], [each for each in given if each.isdigit()])
