"""Callbacks that follow a value of the logs, and need to know whether higher is better."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .keras_metrics import compiled_tallies, given_metrics


def unknown_direction(callbacks: Iterable[Any], derived: Collection[str], model: Any) -> str:
    """What would end the training after its first epoch, and the way out; "" where nothing would.

    A callback such as EarlyStopping follows a value and leaves open which way is better.

    Keras takes the direction of a monitored value from the metric of that name. A derived value has none, and the
    values of a model with several outputs stand in the logs under longer names than their metrics have.

    Args:
        callbacks: of the training.
        derived: names of values that are derived.
        model: that trains.
    """
    outputs = getattr(model, "output_names", None) or []
    longer = {f"{output}_{tally.name}" for output in outputs if len(outputs) > 1 for tally in compiled_tallies(model)}
    for callback in callbacks:
        monitor = str(getattr(callback, "monitor", ""))
        bare = monitor.removeprefix("val_")
        unknown = bare in longer or (monitor in derived and bare not in _metric_names(model))
        if unknown and getattr(callback, "mode", None) == "auto":
            return (
                f'{type(callback).__name__} must be told which way is better: mode="max" or mode="min", '
                f"as Keras knows no metric of that name. Received: monitor={monitor!r}"
            )
    return ""


def _metric_names(model: Any) -> set[str]:
    return {"loss"} | {
        metric if isinstance(metric, str) else str(getattr(metric, "name", "")) for metric in given_metrics(model)
    }
