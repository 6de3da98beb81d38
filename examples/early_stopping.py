"""Stop on the validation MCC, or on any formula of the counts: `derive` puts it into the logs.

python examples/early_stopping.py
"""

from __future__ import annotations

import argparse

import keras
import numpy as np
from imbalanced import data, network

from recorder import ConfusionTally, RunRecorder


def youden(tp: float, fp: float, tn: float, fn: float) -> float:
    """Recall plus specificity minus one."""
    return float(np.divide(tp, tp + fn) + np.divide(tn, tn + fp) - 1)


def main() -> None:
    """Trains until the validation MCC has not risen for five epochs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    keras.utils.set_random_seed(7)
    x, y, x_val, y_val = data()
    model = network(float(y.mean()))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[ConfusionTally()])
    recorder = RunRecorder(options.runs, name="early-stopping", derive={"val_youden": youden})
    stop = keras.callbacks.EarlyStopping(monitor="val_mcc", mode="max", patience=5, restore_best_weights=True)
    history = model.fit(
        x, y, validation_data=(x_val, y_val), epochs=options.epochs, callbacks=[recorder, stop], verbose=2
    )
    print(f"Stopped after {len(history.epoch)} epochs; val_youden was {history.history['val_youden'][-1]:.3f}")
    print(f"Look at it: epochreel export {recorder.folder} --to early_stopping.png -m mcc -m informedness")


if __name__ == "__main__":
    main()
