"""What a training has and its record has not: one sentence after the first epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..epoch import EpochState
from ..logged import scalars
from ..runfile.counts_in_logs import count_names
from .keras_metrics import compiled_tallies, find_tallies

FORGOTTEN = "counts, for there is no ConfusionTally: compile with metrics=[ConfusionTally()]"
OF_CLASSIFIERS = "counts, which are of classifiers: of a regression the logs are all there is"
MOST = 9  # logs that are named
REGRESSION = {  # losses, as Keras calls them
    "mse", "mean_squared_error", "mae", "mean_absolute_error", "mape", "mean_absolute_percentage_error", "msle",
    "mean_squared_logarithmic_error", "huber", "huber_loss", "log_cosh", "logcosh", "cosine_similarity",
}  # fmt: skip


def unrecorded(model: Any, state: EpochState, logs: Mapping[str, Any]) -> str:
    """What is recorded and what is not, and the way out; "" where nothing is missing.

    Args:
        model: that trains.
        state: of the epoch.
        logs: of the epoch.
    """
    recorded = scalars(logs)
    missing = [*_hidden(model), *_left_out(logs)]
    forgotten = not state.outputs and not compiled_tallies(model) and not count_names(recorded)
    if not missing and forgotten:
        missing = [OF_CLASSIFIERS if _is_regression(model) else FORGOTTEN]
    if not missing:
        return ""
    counted = " and ".join(sorted({tally.split for tally in state.tallies}))
    what = f"the counts of {counted} and " if counted else "no counts, but "
    return f"of this training {what}{len(recorded)} logs are recorded. Not recorded: {'; '.join(missing)}."


def _hidden(model: Any) -> list[str]:
    found = {id(each.tally) for each in find_tallies(model)}
    hidden = [tally.name for tally in compiled_tallies(model) if id(tally) not in found]
    if not hidden:
        return []
    return [
        f"the ConfusionTally {', '.join(map(repr, hidden))}, which has seen no batch or is not among model.metrics: a "
        "model with a train_step or a `metrics` property of its own must call compute_metrics and add super().metrics"
    ]


def _is_regression(model: Any) -> bool:
    """Whether every loss is one of a regression."""
    given = getattr(model, "loss", None)
    several = given.values() if isinstance(given, Mapping) else given if isinstance(given, list | tuple) else [given]
    names = [getattr(loss, "name", None) or getattr(loss, "__name__", loss) for loss in several]
    return bool(names) and all(isinstance(name, str) and name.lower() in REGRESSION for name in names)


def _left_out(logs: Mapping[str, Any]) -> list[str]:
    left = [f"{name!r:.60} ({_kind(value)})" for name, value in logs.items() if not scalars({name: value})]
    more = f", … {len(left):,} in all" if len(left) > MOST else ""
    return [f"the logs {', '.join(left[:MOST])}{more}, which are no single numbers"] if left else []


def _kind(value: Any) -> str:
    return f"shape {tuple(value.shape)}" if hasattr(value, "shape") else type(value).__name__
