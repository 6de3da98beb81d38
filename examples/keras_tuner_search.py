"""A search by KerasTuner, each trial a run with its hyperparameters.

python examples/keras_tuner_search.py
"""

from __future__ import annotations

import argparse
import tempfile

import keras
import keras_tuner
from imbalanced import data

from recorder import ConfusionTally
from recorder.keras_tuner import TrialRecorder


def network(hp: keras_tuner.HyperParameters) -> keras.Model:
    """A small network, of a width and a learning rate that are searched for."""
    units = hp.Choice("units", [8, 32])
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    model = keras.Sequential(
        [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=[ConfusionTally()])
    return model


def main() -> None:
    """Searches for what gives the best validation MCC."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    x, y, x_val, y_val = data()
    objective = keras_tuner.Objective("val_mcc", "max")
    with tempfile.TemporaryDirectory() as folder:
        where = {"directory": folder, "project_name": "width-and-rate"}
        tuner = keras_tuner.RandomSearch(network, objective, max_trials=options.trials, seed=1, **where)
        recorder = TrialRecorder(options.runs, verbose=0)
        given = {"validation_data": (x_val, y_val), "epochs": options.epochs, "batch_size": 256, "verbose": 0}
        tuner.search(x, y, callbacks=[recorder], **given)
        print(f"The best: {tuner.get_best_hyperparameters()[0].values}")
    print(
        f"Look at them: epochreel list {options.runs} --sort 'best(val:mcc)' -m 'best(val:mcc)' "
        "-m config.rate -m config.units"
    )


if __name__ == "__main__":
    main()
