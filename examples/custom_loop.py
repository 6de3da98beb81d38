"""A loop of one's own with `GradientTape`, recorded through `RunWriter`.

python examples/custom_loop.py
"""

from __future__ import annotations

import argparse
import time

import keras
import numpy as np
import tensorflow as tf
from imbalanced import data, network

from recorder import RunWriter


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    keras.utils.set_random_seed(7)
    x, y, x_val, y_val = (array.astype("float32") for array in data())
    model, optimizer = network(float(y.mean())), keras.optimizers.Adam()
    model.build((None, x.shape[1]))
    loss_of = keras.losses.BinaryCrossentropy()
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=0).batch(256)

    @tf.function
    def step(inputs, labels):
        with tf.GradientTape() as tape:
            scores = model(inputs, training=True)
            loss = loss_of(labels[:, None], scores)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    with RunWriter(options.runs, name="custom-loop", epochs=options.epochs) as run:
        for epoch in range(options.epochs):
            began = time.perf_counter()
            loss = np.mean([step(inputs, labels) for inputs, labels in batches])
            scores = model(x_val, training=False).numpy()
            run.epoch(
                epoch,
                logs={"loss": loss},
                seconds={"epoch": time.perf_counter() - began},
                val=(y_val, scores),
            )
    print(f"Look at it: epochreel export {run.folder} --to custom_loop.png")


if __name__ == "__main__":
    main()
