"""What counting a batch costs in PyTorch: this tally beside torchmetrics' own, in turns, on one thread.

On an accelerator the clock runs until it is done with all batches of a round; beside it stands how long the loop itself
was held up, which is what a training notices whose device has other work to do.

Minima of microseconds a batch, over rounds in which each has its turn; in units of torchmetrics' four counts
(`BinaryStatScores` and its kin) with the checks of arguments off, the fastest way it has; and operations a batch. A
round goes through enough batches that a tally counts what it has put aside; they differ, so that no branch is foreseen.

    python tests/benchmarks/bench_torch_step.py              # all outputs
    python tests/benchmarks/bench_torch_step.py binary       # one kind
    DEVICE=cuda python tests/benchmarks/bench_torch_step.py  # on a GPU
"""

from __future__ import annotations

import importlib.util
import os
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
from torch.utils._python_dispatch import TorchDispatchMode

from recorder.torch import ConfusionTally

ROUNDS, WARM_UP = (2, 1) if QUICK else (30, 2)
DEVICE = os.environ.get("DEVICE", "cpu")
ROWS = 2**13  # of a round, at least: by then a tally has counted everything
OUTPUTS = (
    ("binary", 1, 32), ("binary", 1, 256), ("binary", 1, 4096), ("multiclass", 10, 64), ("multilabel", 20, 64),
    ("multilabel", 100, 4096), ("multiclass", 100, 256), ("multiclass", 1000, 64),
)  # fmt: skip


def variants(kind: str, width: int) -> dict[str, Callable[[Any, Any], Any]]:
    """What is measured: functions of labels and scores."""
    name = {"binary": "Binary", "multiclass": "Multiclass", "multilabel": "Multilabel"}[kind]
    number = {} if kind == "binary" else {"num_classes" if kind == "multiclass" else "num_labels": width}
    four = {"average": None} if kind != "binary" else {}
    stat, roc, curve = (getattr(tm, f"{name}{metric}") for metric in ("StatScores", "ROC", "PrecisionRecallCurve"))
    metrics = {
        "four counts": stat(validate_args=False, **number, **four),
        "four counts, arguments checked": stat(**number, **four),
        "confusion matrix": getattr(tm, f"{name}ConfusionMatrix")(validate_args=False, **number),
        "PR curve, 200 thresholds": curve(thresholds=200, validate_args=False, **number),
        "ROC, as many thresholds as here": roc(thresholds=1_123, validate_args=False, **number),
    }
    found: dict[str, Callable[[Any, Any], Any]] = {}
    for title, metric in metrics.items():
        metric.to(DEVICE)
        found[title] = lambda truth, scores, metric=metric: metric.update(scores, truth)
    for title, most in (("ConfusionTally", 0), ("ConfusionTally, keeps samples", 10_000)):
        found[title] = ConfusionTally(kind, num_classes=width, max_samples=most).to(DEVICE).update
    # The last, as what it keeps grows from round to round, and takes the caches with it.
    keeps_all = curve(thresholds=None, validate_args=False, **number).to(DEVICE)
    found["PR curve without thresholds (keeps all)"] = lambda truth, scores: keeps_all.update(scores, truth)
    return found


def wait() -> None:
    """Until an accelerator has done what it was given."""
    if DEVICE != "cpu":
        torch.accelerator.synchronize()


def seconds(function: Callable[[Any, Any], Any], batches: list[tuple[Any, Any]]) -> tuple[float, float]:
    """A batch: until it is counted, and until the loop goes on."""
    wait()
    began = time.perf_counter()
    for truth, scores in batches:
        function(truth, scores)
    held = time.perf_counter()
    wait()
    return (time.perf_counter() - began) / len(batches), (held - began) / len(batches)


class Operations(TorchDispatchMode):
    """Counts the operations that are run."""

    number = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.number += 1
        return func(*args, **(kwargs or {}))


def operations(function: Callable[[Any, Any], Any], batches: list[tuple[Any, Any]]) -> float:
    """A batch."""
    with Operations() as seen:
        seconds(function, batches)
    return seen.number / len(batches)


def data(kind: str, width: int, batch: int) -> list[tuple[Any, Any]]:
    """Batches of labels and scores."""
    found = []
    for _ in range(max(ROWS // batch, 8)):
        scores = torch.rand((batch,) if kind == "binary" else (batch, width), device=DEVICE)
        shape = scores.shape if kind == "multilabel" else (batch,)
        truth = torch.randint(0, width if kind == "multiclass" else 2, shape, device=DEVICE)
        found.append((truth, scores.softmax(-1) if kind == "multiclass" else scores))
    return found


def main(kinds: list[str]) -> None:
    """Measures and prints a table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for kind, width, batch in OUTPUTS:
        if kinds and kind not in kinds:
            continue
        known, batches = variants(kind, width), data(kind, width, batch)
        if width * batch > 5_000 or batch > 1_000:  # a second and gigabytes a batch
            known = {title: function for title, function in known.items() if "as many" not in title}
        found: dict[str, list[tuple[float, float]]] = {title: [] for title in known}
        few = {title: batches[:4] if "curve" in title or "ROC" in title else batches for title in known}
        for _ in range(ROUNDS + WARM_UP):
            for title, function in known.items():
                found[title].append(seconds(function, few[title]))
        micro = {title: 1e6 * np.min(each[WARM_UP:], axis=0) for title, each in found.items()}
        print(f"{kind}, {width} scores, batches of {batch}")
        for title, (value, held) in micro.items():
            calls = operations(known[title], few[title])
            share = value / micro["four counts"][0]
            loop = "" if DEVICE == "cpu" else f"{held:10.1f} us in the loop"
            keep(f"{kind}, {width} scores, batches of {batch}, {title}", np.array(found[title][WARM_UP:])[:, 0])
            print(f"  {title:40}{value:10.1f} us{share:10.2f} of the four{calls:8.1f} operations{loop}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
