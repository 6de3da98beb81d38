"""XGBoost: ten handwritten digits, every fifth round.

python examples/digits_xgboost.py
"""

from __future__ import annotations

import argparse

import xgboost
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from recorder.xgboost import RunCallback


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    x, x_val, y, y_val = train_test_split(*load_digits(return_X_y=True), test_size=0.4, random_state=0)
    train, val = xgboost.DMatrix(x, label=y), xgboost.DMatrix(x_val, label=y_val)
    run = RunCallback(options.runs, name="digits-xgboost", val=val, every=5)
    xgboost.train(
        {"objective": "multi:softprob", "num_class": 10, "max_depth": 3, "seed": 7},
        train,
        num_boost_round=options.rounds,
        evals=[(val, "val")],  # the same object as above: none of its trees is evaluated twice
        callbacks=[run],
        verbose_eval=False,
    )
    print(f"Look at it: epochreel export {run.folder} --to digits-xgboost.png")


if __name__ == "__main__":
    main()
