"""Counts that stand among the logs, under the names of Keras's four count metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    found = ((split, count_names(logs, prefix)) for split, prefix in (("train", ""), ("val", "val_")))
    return tuple(tally_of(logs, names, split=split) for split, names in found if names)


def count_names(logs: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Where tn, fp, fn and tp stand in the logs; empty where one of them is missing or is no count.

    Args:
        logs: numbers by name.
        prefix: of the names: `val_`, or the name of an output.
    """
    found = [_name(logs, prefix, *names) for names in _NAMES.values()]
    return [name for name in found if name] if all(found) else []


def tally_of(logs: Mapping[str, Any], names: Sequence[str], *, split: str, output: str = "") -> Tally:
    """The tally of the four counts that stand under these names, in the order of `count_names`."""
    counts = np.rint(np.array([float(logs[name]) for name in names])).astype(np.int64)
    return Tally(split=split, output=output, histogram=counts.reshape(1, 2, 2), nan=np.zeros((1, 2), np.int64))


def _name(logs: Mapping[str, Any], prefix: str, short: str, long: str) -> str | None:
    for name, value in logs.items():
        if name.startswith(prefix) and np.ndim(value) == 0:
            bare = name.removeprefix(prefix)
            if bare == short or re.fullmatch(rf"{long}(_\d+)?", bare):
                return name if 0 <= float(value) < LARGEST else None
    return None
