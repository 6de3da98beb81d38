"""A formula that nobody thought of during training, asked of a run afterwards.

python examples/custom_formula.py
"""

from __future__ import annotations

import argparse

import numpy as np

import viewer
from recorder import RunWriter


@viewer.formula
def saved(tp, fp, fn, per_catch: float = 100.0, per_alarm: float = 5.0, per_miss: float = 40.0):
    """What the classifier saved us, in money: every catch pays, every alarm and every miss costs."""
    return per_catch * tp - per_alarm * (tp + fp) - per_miss * fn


def main() -> None:
    """Records a run of made-up scores, then asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    with RunWriter(options.runs, name="custom-formula", epochs=options.epochs) as writer:
        for epoch in range(options.epochs):
            truth = rng.random(2_000) < 0.1
            score = 1 / (1 + np.exp(2 - (1 + epoch / 5) * 2 * truth - rng.normal(size=2_000)))
            writer.epoch(epoch, val=(truth, score))
    run = viewer.open_run(writer.folder)
    print(run.metric(saved, threshold=0.3))
    print(run.metric("saved(per_miss=200)", threshold=0.3))
    print(f"From a terminal: epochreel metrics {writer.folder} --threshold 0.3 -m '100 * tp - 5 * (tp + fp) - 40 * fn'")


if __name__ == "__main__":
    main()
