"""What a compiled model has for us: its tallies, or Keras's own four counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runfile import Output, Tally, tallies_in_logs
from .tally import ConfusionTally

Tallies = list[tuple[ConfusionTally, str]]


@dataclass(frozen=True, slots=True)
class KerasCounts:
    """Keras's four counts as tallies of one threshold."""

    output: Output
    tallies: list[Tally]


def find_tallies(model: Any) -> Tallies:
    """The model's built tallies, each with the name of its output ("" where there is one only)."""
    found = [(metric, name) for metric, name in _metrics(model) if isinstance(metric, ConfusionTally) and metric.built]
    if len(found) == 1:
        return found
    names = [name or metric.name for metric, name in found]
    distinct = (
        names
        if len(set(names)) == len(names)
        else [f"{name}/{m.name}" for name, (m, _) in zip(names, found, strict=True)]
    )
    return [(metric, name) for name, (metric, _) in zip(distinct, found, strict=True)]


def find_counts(model: Any, logs: Mapping[str, Any]) -> KerasCounts | None:
    """tp, fp, tn and fn in the logs, under these names or Keras's own; None where they are not all there.

    Keras counts in float32: such counts are exact up to 2^24.
    """
    tallies = tallies_in_logs(logs)
    if not tallies:
        return None
    threshold = float(np.float32(_threshold(model)))
    output = Output(thresholds=[threshold], decision_threshold=threshold, source="keras_counts")
    return KerasCounts(output, list(tallies))


def _metrics(model: Any) -> Iterator[tuple[Any, str]]:
    """Every single metric of the model with the name of its output."""
    for metric in model.metrics:
        flat = getattr(metric, "_flat_metrics", None) if getattr(metric, "built", False) else None
        if flat is None:
            yield metric, ""
            continue
        for group in (*flat, *metric._flat_weighted_metrics):
            for single in getattr(group, "metrics", ()):
                yield single, getattr(group, "output_name", None) or ""


def _threshold(model: Any) -> float:
    for metric, _ in _metrics(model):
        if type(metric).__name__ == "TruePositives":
            return float(np.ravel(metric.thresholds)[0])
    return 0.5
