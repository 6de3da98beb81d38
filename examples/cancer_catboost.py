"""CatBoost, with its log loss and early stopping: malignant or benign, from 30 measurements of cells.

python examples/cancer_catboost.py
"""

from __future__ import annotations

import argparse

from catboost import CatBoostClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from recorder.catboost import RunCallback


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    data = load_breast_cancer()
    x, x_val, y, y_val = train_test_split(data.data, data.target, test_size=0.4, random_state=0, stratify=data.target)
    with RunCallback(options.runs, name="cancer-catboost", class_names=list(data.target_names), every=5) as run:
        model = CatBoostClassifier(
            iterations=options.rounds, eval_metric=run.metric, random_seed=7, verbose=0, allow_writing_files=False
        )
        model.fit(x, y, eval_set=(x_val, y_val), callbacks=[run], early_stopping_rounds=50)
    print(f"Look at it: epochreel export {run.folder} --to cancer-catboost.png")


if __name__ == "__main__":
    main()
