"""A model compiled the old way, with Keras's own four counts: the callback alone records it.

python examples/four_counts.py
"""

from __future__ import annotations

import argparse

import keras
from imbalanced import data, network

from recorder import RunRecorder


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    keras.utils.set_random_seed(7)
    x, y, x_val, y_val = data()
    model = network(float(y.mean()))
    model.compile(
        optimizer="adam",
        loss="binary_crossentropy",
        metrics=[
            keras.metrics.TruePositives(name="tp"),
            keras.metrics.FalsePositives(name="fp"),
            keras.metrics.TrueNegatives(name="tn"),
            keras.metrics.FalseNegatives(name="fn"),
        ],
    )
    recorder = RunRecorder(options.runs, name="four-counts")
    model.fit(x, y, validation_data=(x_val, y_val), epochs=options.epochs, callbacks=[recorder], verbose=2)
    print(f"Ask it anything: epochreel metrics {recorder.folder} -m 'tn / (tn + fn)'")


if __name__ == "__main__":
    main()
