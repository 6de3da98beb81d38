"""scikit-learn: a network that is trained by `partial_fit` reads handwritten digits, every fifth call.

python examples/digits_sklearn.py
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from recorder.sklearn import recorded


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    images, digits = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split(images / 16, digits, test_size=0.4, random_state=0)
    model, shuffled = MLPClassifier((32,), learning_rate_init=0.01, random_state=7), np.random.default_rng(7)
    with recorded(model, options.runs, val=(x_val, y_val), every=5, name="digits-sklearn") as run:
        for _ in range(options.epochs):
            for batch in np.array_split(shuffled.permutation(len(y)), 10):
                model.partial_fit(x[batch], y[batch], classes=np.arange(10))
    print(f"Look at it: epochreel export {run.folder} --to digits-sklearn.png")


if __name__ == "__main__":
    main()
