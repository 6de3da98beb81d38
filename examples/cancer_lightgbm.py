"""LightGBM, stopped early: malignant or benign, from 30 measurements of cells.

python examples/cancer_lightgbm.py
"""

from __future__ import annotations

import argparse

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from recorder.lightgbm import RunCallback


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    data = load_breast_cancer()
    x, x_val, y, y_val = train_test_split(data.data, data.target, test_size=0.4, random_state=0, stratify=data.target)
    train = lightgbm.Dataset(x, label=y)
    val = lightgbm.Dataset(x_val, label=y_val, reference=train)
    run = RunCallback(options.runs, name="cancer-lightgbm", class_names=list(data.target_names))
    lightgbm.train(
        {"objective": "binary", "metric": "binary_logloss", "learning_rate": 0.1, "verbose": -1, "seed": 7},
        train,
        num_boost_round=options.rounds,
        valid_sets=[val],
        callbacks=[run, lightgbm.early_stopping(20, verbose=False)],
    )
    print(f"Look at it: epochreel export {run.folder} --to cancer-lightgbm.png")


if __name__ == "__main__":
    main()
