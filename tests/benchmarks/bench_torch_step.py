"""What counting a batch costs in PyTorch: this tally beside torchmetrics' own, in turns, on one thread.

Medians of microseconds of processor time a batch, over rounds in which each has its turn; and in units of torchmetrics'
four counts (`BinaryStatScores` and its kin) with the checks of arguments off, the fastest way it has.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("torchmetrics") is None:
    print("not measured: .venv/bin/pip install '.[bench-torch]' brings what it needs")
    sys.exit()

import torch
import torchmetrics.classification as tm
from kept import QUICK, keep

from recorder.torch import ConfusionTally

ROUNDS, WARM_UP, STEPS = (2, 1, 5) if QUICK else (15, 2, 40)


def variants(kind: str, width: int) -> dict[str, Callable[[Any, Any], Any]]:
    """What is measured: functions of labels and scores."""
    name = {"binary": "Binary", "multiclass": "Multiclass", "multilabel": "Multilabel"}[kind]
    number = {} if kind == "binary" else {"num_classes" if kind == "multiclass" else "num_labels": width}
    four = {"average": None} if kind != "binary" else {}
    stat, roc = getattr(tm, f"{name}StatScores"), getattr(tm, f"{name}ROC")
    metrics = {
        "four counts": stat(validate_args=False, **number, **four),
        "four counts, arguments checked": stat(**number, **four),
        "ROC, 200 thresholds": roc(thresholds=200, validate_args=False, **number),
        "ROC, as many thresholds as here": roc(thresholds=1_123, validate_args=False, **number),
        "ROC without thresholds (keeps all)": roc(thresholds=None, validate_args=False, **number),
    }
    found: dict[str, Callable[[Any, Any], Any]] = {}
    for title, metric in metrics.items():
        found[title] = lambda truth, scores, metric=metric: metric.update(scores, truth)
    for title, most in (("ConfusionTally", 0), ("ConfusionTally, keeps samples", 10_000)):
        found[title] = ConfusionTally(kind, num_classes=width, max_samples=most).update
    return found


def seconds(function: Callable[[Any, Any], Any], truth: Any, scores: Any, steps: int) -> float:
    """Of processor time, a step."""
    began = time.process_time()
    for _ in range(steps):
        function(truth, scores)
    return (time.process_time() - began) / steps


def main() -> None:
    """Measures and prints a table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for kind, width, batch in (
        ("binary", 1, 32), ("binary", 1, 256), ("binary", 1, 4096), ("multiclass", 10, 64), ("multilabel", 20, 64),
        ("multiclass", 100, 256), ("multiclass", 1000, 64),
    ):  # fmt: skip
        shape = (batch,) if kind == "binary" else (batch, width)
        scores = torch.rand(shape).softmax(-1) if kind == "multiclass" else torch.rand(shape)
        truth = torch.randint(0, width if kind == "multiclass" else 2, shape if kind == "multilabel" else (batch,))
        known = variants(kind, width)
        if width * batch > 5_000 or batch > 1_000:  # a second and gigabytes a batch
            known = {title: function for title, function in known.items() if "as many" not in title}
        found: dict[str, list[float]] = {title: [] for title in known}
        for _ in range(ROUNDS + WARM_UP):
            for title, function in known.items():
                found[title].append(1e6 * seconds(function, truth, scores, STEPS if "ROC" not in title else 5))
        micro = {title: float(np.median(each[WARM_UP:])) for title, each in found.items()}
        print(f"{kind}, {width} scores, batches of {batch}")
        for title, value in micro.items():
            keep(f"{kind}, {width} scores, batches of {batch}, {title}", 1e-6 * np.array(found[title][WARM_UP:]))
            print(f"  {title:38}{value:10.0f} us{value / micro['four counts']:10.2f} of the four")


if __name__ == "__main__":
    main()
