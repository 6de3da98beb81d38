"""Counts that stand among the logs, under the names of Keras's four count metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .records import Tally

LARGEST = 2**53  # from here on a float is no count
_NAMES = {
    "tn": ("tn", "true_negatives"),
    "fp": ("fp", "false_positives"),
    "fn": ("fn", "false_negatives"),
    "tp": ("tp", "true_positives"),
}


def tallies_in_logs(logs: Mapping[str, Any]) -> tuple[Tally, ...]:
    """The four counts at one threshold, of training and of validation (`val_tp`), where all four are there.

    Keras counts in float32: such counts are exact up to 2^24.

    Args:
        logs: numbers by name: `tp`, `true_positives` or `true_positives_3`, and so on.
    """
    found = []
    for split, prefix in (("train", ""), ("val", "val_")):
        values = [_value(logs, prefix, *names) for names in _NAMES.values()]
        if all(value is not None and 0 <= value < LARGEST for value in values):
            histogram = np.rint(np.array(values, np.float64)).astype(np.int64).reshape(1, 2, 2)
            found.append(Tally(split=split, histogram=histogram, nan=np.zeros((1, 2), np.int64)))
    return tuple(found)


def _value(logs: Mapping[str, Any], prefix: str, short: str, long: str) -> float | None:
    for name, value in logs.items():
        if name.startswith(prefix) and np.ndim(value) == 0:
            bare = name.removeprefix(prefix)
            if bare == short or re.fullmatch(rf"{long}(_\d+)?", bare):
                return float(value)
    return None
