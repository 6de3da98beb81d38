"""The classic: one positive in ten, a small network, everything recorded.

python examples/imbalanced.py --epochs 100
epochreel watch runs          (in another terminal, at the same time)
"""

from __future__ import annotations

import argparse

import keras
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from recorder import ConfusionTally, RunRecorder


def data(seed: int = 7) -> tuple:
    """Training and validation parts; the scaler has seen the training part only."""
    x, y = make_classification(
        n_samples=10_000,
        n_features=15,
        n_informative=15,
        n_redundant=0,
        n_classes=2,
        weights=[0.9, 0.1],
        flip_y=0.05,
        class_sep=0.7,
        random_state=seed,
    )
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.2, stratify=y, random_state=seed)
    scaler = StandardScaler().fit(x_train)
    return scaler.transform(x_train), y_train, scaler.transform(x_val), y_val


def network(positives: float) -> keras.Model:
    """Two layers of 64; the output starts at the log odds of the positives."""
    log_odds = keras.initializers.Constant(float(np.log(positives / (1 - positives))))
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.1),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.1),
            layers.Dense(1, activation="sigmoid", bias_initializer=log_odds),
        ]
    )


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--runs", default="runs")
    parser.add_argument("--verbose", default="auto")
    options = parser.parse_args()

    keras.utils.set_random_seed(7)
    x, y, x_val, y_val = data()
    share = float(y.mean())
    model = network(share)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", ConfusionTally()])
    recorder = RunRecorder(options.runs, name="imbalanced", config={"optimizer": "adam", "batch": 32, "dropout": 0.1})
    model.fit(
        x,
        y,
        validation_data=(x_val, y_val),
        epochs=options.epochs,
        batch_size=32,
        class_weight={0: 0.5 / (1 - share), 1: 0.5 / share},
        callbacks=[recorder],
        verbose=int(options.verbose) if options.verbose.isdecimal() else options.verbose,
    )
    print(f"Look at it: epochreel replay {recorder.folder}")


if __name__ == "__main__":
    main()
