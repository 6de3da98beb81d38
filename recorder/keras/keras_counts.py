"""Keras's own TruePositives, TrueNegatives, FalseNegatives, FalsePositives, where they are counts of one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..runfile import Output, Tally
from ..runfile.counts_in_logs import count_names, tally_of
from .keras_metrics import Compiled, compiled_metrics


@dataclass(slots=True)
class KerasCounts:
    """Keras's four counts as tallies of one threshold.

    Attributes:
        found: each output with its tallies, one for each split.
        refused: why four counts that are there are not taken, a sentence each.
    """

    found: list[tuple[Output, list[Tally]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find_counts(model: Any, logs: Mapping[str, Any]) -> KerasCounts:
    """tp, fp, tn and fn in the logs, under these names or Keras's own, of each output that has all four.

    Keras counts in float32: such counts are exact up to 2^24.

    Args:
        model: whose metrics tell what was counted.
        logs: of the epoch.
    """
    found = KerasCounts()
    outputs: Sequence[str] = getattr(model, "output_names", None) or []
    for output in ("", *(outputs if len(outputs) > 1 else ())):
        prefix = f"{output}_" if output else ""
        splits = {"train": count_names(logs, prefix), "val": count_names(logs, f"val_{prefix}")}
        names = {split: found for split, found in splits.items() if found}
        if names:
            _take(found, output, names, model, logs)
    return found


def _take(
    counts: KerasCounts, output: str, names: Mapping[str, Sequence[str]], model: Any, logs: Mapping[str, Any]
) -> None:
    """Adds the four counts of an output, or why they are none of one question."""
    logged = {name.removeprefix("val_") for found in names.values() for name in found}
    metrics = [each for each in compiled_metrics(model) if each.log in logged]
    values = [float(logs[name]) for found in names.values() for name in found]
    why = _wrong(metrics) or _wrong_output(model, output) or _wrong_values(values)
    if why:
        counts.refused.append(f"{', '.join(sorted(logged))} are not taken for counts: {why}")
        return
    threshold = float(np.float32(_thresholds(metrics)[0] if metrics else 0.5))
    described = Output(name=output, thresholds=[threshold], decision_threshold=threshold, source="keras_counts")
    tallies = [tally_of(logs, found, split=split, output=output) for split, found in names.items()]
    counts.found.append((described, tallies))


def _wrong(metrics: Sequence[Compiled]) -> str:
    if any(each.weighted for each in metrics):
        return "as weighted_metrics they are sums of weights"
    if len(set(_thresholds(metrics))) > 1:
        return f"their thresholds differ: {sorted(set(_thresholds(metrics)))}"
    if any(str(each.metric.dtype) in ("float16", "bfloat16") for each in metrics):
        return "in 16 bits counts stop at a few thousand"
    return ""


def _wrong_output(model: Any, output: str) -> str:
    several = "the output gives several scores a sample, which Keras counts together"
    names: Sequence[str] = getattr(model, "output_names", None) or []
    tensors = getattr(model, "outputs", None) or []
    if not tensors or len(tensors) != len(names):  # a subclass does not say; its loss may
        loss = getattr(model, "loss", None)
        named = getattr(loss, "name", None) or getattr(loss, "__name__", loss)
        return several if "categorical" in str(named).lower() else ""
    shape = tensors[list(names).index(output) if output else 0].shape
    return several if len(shape) > 1 and shape[-1] != 1 else ""


def _wrong_values(values: Sequence[float]) -> str:
    return "" if all(value == round(value) for value in values) else "they are no whole numbers"


def _thresholds(metrics: Sequence[Compiled]) -> list[float]:
    return [float(value) for each in metrics for value in np.ravel(getattr(each.metric, "thresholds", []))]
