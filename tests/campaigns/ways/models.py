"""What trains: models that do not learn (the rate is 0), so that what they counted is what they predict afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from recorder import ConfusionTally

from .data import INPUTS, LABELS

layers = keras.layers
HEADS: dict[str, tuple[int, str, str]] = {
    "binary": (1, "sigmoid", "binary_crossentropy"),
    "softmax": (3, "softmax", "sparse_categorical_crossentropy"),
}


def body() -> Any:
    """The first layer."""
    return layers.Dense(8, "tanh", kernel_initializer="random_normal")


def head(output: str) -> Any:
    """The last layer; of an output by name it has that name."""
    width, activation, _ = HEADS[output]
    return layers.Dense(width, activation, kernel_initializer=keras.initializers.RandomNormal(stddev=1.0), name=output)


def sequential(output: str) -> keras.Model:
    """Unbuilt until its first batch."""
    return keras.Sequential([body(), head(output)])


def functional(output: str) -> keras.Model:
    """Of one input and output, or of two each, by name."""
    if output in HEADS:
        given = keras.Input((4,), name="given")
        return keras.Model(given, head(output)(body()(given)))
    sides = {name: keras.Input((2,), name=name) for name in ("left", "right")}
    features = body()(layers.concatenate(list(sides.values())))
    return keras.Model(sides, {name: head(name)(features) for name in HEADS})


class Subclass(keras.Model):
    """Whose outputs nobody knows before they are called."""

    def __init__(self, output: str) -> None:
        super().__init__()
        self.body, self.one = body(), output in HEADS
        self.heads = [head(name) for name in ([output] if self.one else HEADS)]

    def call(self, x: Any, training: bool = False) -> Any:
        if self.one:
            return self.heads[0](self.body(x))
        features = self.body(keras.ops.concatenate([x["left"], x["right"]], axis=1))
        return {each.name: each(features) for each in self.heads}


class TensorFlowStep(Subclass):
    """With a `train_step` of its own, as Keras's guide for TensorFlow has it."""

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return self.compute_metrics(x, y, y_pred, weight)


class TensorFlowLoop(Subclass):
    """As the guide has it where each metric is updated by hand, in training and in testing."""

    def train_step(self, data: Any) -> Any:
        return self.told(*data)

    def test_step(self, data: Any) -> Any:
        return self.told(*data)

    def told(self, x: Any, y: Any) -> Any:
        y_pred = self(x, training=False)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


class TorchStep(Subclass):
    """As Keras's guide for PyTorch has it."""

    def train_step(self, data: Any) -> Any:
        import torch

        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        loss.backward()
        weights = list(self.trainable_weights)
        with torch.no_grad():
            self.optimizer.apply([each.value.grad for each in weights], weights)
        return self.compute_metrics(x, y, y_pred, weight)


class JaxStep(Subclass):
    """As Keras's guide for JAX has it: state in, state out."""

    def loss_of(self, trainable: Any, fixed: Any, x: Any, y: Any) -> Any:
        y_pred, fixed = self.stateless_call(trainable, fixed, x, training=True)
        return self.compute_loss(x, y, y_pred), (y_pred, fixed)

    def train_step(self, state: Any, data: Any) -> Any:
        import jax

        trainable, fixed, of_optimizer, of_metrics = state
        x, y = data[:2]
        step = jax.value_and_grad(self.loss_of, has_aux=True)
        (loss, (y_pred, fixed)), gradients = step(trainable, fixed, x, y)
        trainable, of_optimizer = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        changed, logs = [], {}
        for metric in self.metrics:
            own = of_metrics[len(changed) : len(changed) + len(metric.variables)]
            given = (loss,) if metric.name == "loss" else (y, y_pred)
            own = metric.stateless_update_state(own, *given)
            logs[metric.name] = metric.stateless_result(own)
            changed += own
        return logs, (trainable, fixed, of_optimizer, changed)


STEPS = {"tensorflow": TensorFlowStep, "jax": JaxStep, "torch": TorchStep}


def own_step(output: str) -> keras.Model:
    """A `train_step` of its own."""
    return STEPS[keras.config.backend()](output)


def own_loop(output: str) -> keras.Model:
    """A `train_step` and a `test_step` that update each metric by hand."""
    return TensorFlowLoop(output)


def reloaded(output: str) -> keras.Model:
    """Saved while compiled with a tally that has counted, and loaded again, compiled as it was."""
    model = compiled(functional, output)
    x, y = (keras.tree.map_structure(lambda a: a[:3], each[output]) for each in (INPUTS, LABELS))
    model.evaluate(x, y, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "model.keras"))
        return keras.saving.load_model(Path(folder, "model.keras"))


Built = Callable[[str], keras.Model]
MODELS: dict[str, Built] = {
    make.__name__: make for make in (sequential, functional, Subclass, own_step, own_loop, reloaded)
}


def compiled(make: Built, output: str, **options: Any) -> keras.Model:
    """A model with a tally for each output; one that is loaded comes compiled."""
    keras.utils.set_random_seed(3)
    model = make(output)
    if make is not reloaded or options:
        one = output in HEADS
        loss = HEADS[output][2] if one else {name: words[2] for name, words in HEADS.items()}
        metrics: Any = [ConfusionTally()] if one else {name: [ConfusionTally()] for name in HEADS}
        model.compile(keras.optimizers.SGD(0.0), loss, metrics=metrics, **options)
    return model
