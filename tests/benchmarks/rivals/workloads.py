"""What is trained: small networks of which a step takes a millisecond, so that whatever is added to it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits, make_classification
from sklearn.model_selection import train_test_split

Array = npt.NDArray[Any]
layers = keras.layers


@dataclass(frozen=True)
class Workload:
    """A network and its data.

    Args:
        x: float32 [samples, ...] of training.
        y: float32 [samples] of a binary output, [samples, classes], one-hot, of several classes.
        x_val: of validation.
        y_val: of validation.
        loss: of Keras, by its name.
        network: makes the network.
    """

    x: Array
    y: Array
    x_val: Array
    y_val: Array
    loss: str
    network: Callable[[], keras.Model]


def mlp() -> Workload:
    """One positive in ten, fifteen features: 8,000 rows of training, as many of validation."""
    x, y = make_classification(
        16_000, 15, n_informative=15, n_redundant=0, weights=[0.9, 0.1], flip_y=0.05, class_sep=0.7, random_state=7
    )
    parts = train_test_split(x.astype(np.float32), y.astype(np.float32), test_size=0.5, stratify=y, random_state=7)
    x, x_val, y, y_val = parts

    def network() -> keras.Model:
        hidden = [layers.Dense(64, activation="relu"), layers.Dropout(0.1), layers.Dense(64, activation="relu")]
        return keras.Sequential([*hidden, layers.Dropout(0.1), layers.Dense(1, activation="sigmoid")])

    return Workload(x, y, x_val, y_val, "binary_crossentropy", network)


def cnn() -> Workload:
    """Handwritten digits, 8 x 8 pixels, ten classes: scikit-learn ships 1,797 of them; 500 are for validation."""
    images, digits = load_digits(return_X_y=True)
    x = (images / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    parts = train_test_split(x, np.eye(10, dtype=np.float32)[digits], test_size=500, stratify=digits, random_state=7)
    x, x_val, y, y_val = parts

    def network() -> keras.Model:
        convolutions = [layers.Conv2D(16, 3, activation="relu"), layers.Conv2D(32, 3, activation="relu")]
        head = [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
        return keras.Sequential([*convolutions, layers.MaxPooling2D(), *head])

    return Workload(x, y, x_val, y_val, "categorical_crossentropy", network)


WORKLOADS: dict[str, Callable[[], Workload]] = {"mlp": mlp, "cnn": cnn}
