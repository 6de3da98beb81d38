"""Flax NNX: a small network reads handwritten digits; predictions are counted inside `jit`.

python examples/digits_flax.py
"""

from __future__ import annotations

import argparse

import jax
import numpy as np
import optax
from flax import nnx
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from recorder import RunWriter
from recorder.jax import ConfusionTally


class Network(nnx.Module):
    """Two layers."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.hidden, self.last = nnx.Linear(64, 32, rngs=rngs), nnx.Linear(32, 10, rngs=rngs)

    def __call__(self, x):
        """Logits."""
        return self.last(nnx.relu(self.hidden(x)))


def loss_and_logits(model, x, y):
    """The mean loss of a batch, and what it was computed from."""
    logits = model(x)
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), logits


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    images, digits = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split((images / 16).astype(np.float32), digits, test_size=0.4, random_state=0)
    model, tally = Network(nnx.Rngs(7)), ConfusionTally("multiclass", num_classes=10, from_logits=True)
    optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)

    @nnx.jit
    def train(model, optimizer, state, x, y):
        (loss, logits), gradients = nnx.value_and_grad(loss_and_logits, has_aux=True)(model, x, y)
        optimizer.update(model, gradients)
        return loss, tally.update(state, y, logits)

    @nnx.jit
    def evaluate(model, state, x, y):
        return tally.update(state, y, model(x))

    shuffled, step = np.random.default_rng(7), 0
    with RunWriter(options.runs, name="digits-flax", unit="epoch", versions={"jax": jax.__version__}) as run:
        for epoch in range(options.epochs):
            state, losses = tally.init(), []
            for batch in np.split(shuffled.permutation(len(y))[:1024], 16):
                loss, state = train(model, optimizer, state, x[batch], y[batch])
                losses.append(loss)
                step += 1
            val = evaluate(model, tally.init(), x_val, y_val)
            run.epoch(
                epoch,
                step=step,
                logs={"loss": float(np.mean(losses))},
                train=tally.to_counts(state),
                val=tally.to_counts(val),
            )
    print(f"Look at it: epochreel export {run.folder} --to digits-flax.png")


if __name__ == "__main__":
    main()
