"""Which epoch of a run is its best one, and by what: the one rule that pictures, reports and programs go by.

Not the best value of each formula: an untrained model that never says yes has a precision of 1. One epoch is the best,
as an early stopping would have kept it, and every number is shown of that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from recorder.runfile import Unit

from ..formulas import FORMULAS, FormulaError, Spec, parse_spec
from ..formulas.best import best_position, direction
from ..formulas.spec import FormulaLike
from ..points import named
from .recorded import usual_split

Array = npt.NDArray[Any]
Values = Callable[[Spec, str], Array]
VALIDATION = "val_"  # what logs of validation begin with
_EXTREME = re.compile(r"\s*(min|max)\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BestEpoch:
    """The best epoch of a run.

    Args:
        epoch: its number.
        position: in the run's `epoch_numbers`.
        value: of what it is the best by.
        by: what that is, in words: `validation loss`, `MCC`.
        unit: of the number.
    """

    epoch: int
    position: int
    value: float
    by: str
    unit: Unit = "epoch"

    def __str__(self) -> str:
        return f"{named(self.unit, self.epoch)}, by {self.by}"


def best_epoch(
    by: FormulaLike | None, *, epochs: Array, logs: Mapping[str, Array], splits: Sequence[str], values: Values,
    unit: Unit = "epoch",
) -> BestEpoch | None:  # fmt: skip
    """The best epoch; None where nothing says which: no epoch yet, or nothing but NaN.

    The validation loss says it where there is one, else MCC, of validation where that was counted. Of a run of logs
    only it is another log of validation, then the loss, then any log whose name tells which end is good.

    Args:
        by: what says it instead: a formula (`f1@0.3`, `train:mcc`), a log (`val_auc`), or `min(...)` or `max(...)` of
            either.
        epochs: int64 [epochs], their numbers.
        logs: float64 [epochs] by name.
        splits: that were counted.
        values: a formula of a split over epochs, float64 [epochs].
        unit: of the numbers.

    Raises:
        FormulaError: `by` is unknown, needs what the run has not, or has no good end.
    """
    for question in _usual(logs, splits) if by is None else [by]:
        series, better, words = _series(question, logs, splits, values)
        position = best_position(series, better)
        if position is not None:
            return BestEpoch(int(epochs[position]), position, float(series[position]), words, unit)
    return None


def _usual(logs: Mapping[str, Array], splits: Sequence[str]) -> Iterator[str]:
    """What is asked one after the other until something says which epoch is the best."""
    told = [name for name in logs if direction(name) is not None]
    first = "val_loss"
    yield from [first] if first in logs else []
    yield from ["mcc"] if splits else []
    yield from (name for name in told if name.startswith(VALIDATION) and name != first)
    yield from sorted((name for name in told if not name.startswith(VALIDATION)), key=lambda name: name != "loss")


def _series(
    question: FormulaLike, logs: Mapping[str, Array], splits: Sequence[str], values: Values
) -> tuple[Array, bool, str]:
    """What is asked over epochs, whether higher is better, and what it is in words."""
    extreme = _EXTREME.fullmatch(question) if isinstance(question, str) else None
    asked = question if extreme is None else extreme[2].strip()
    log = _log(asked, logs, splits)
    spec = None if log else parse_spec(asked)
    better = direction(log) if spec is None else direction(spec)
    if extreme is not None:
        better = extreme[1] == "max"
    if better is None:
        text = log or (spec.label if spec is not None else "")
        near = FORMULAS.nearest(text)
        raise FormulaError(
            f"best needs a formula of which one end is good; say max({text}) or min({text}){near}. Received: {text!r}"
        )
    if spec is None:
        return logs[log], better, in_words(log)
    split = spec.split or usual_split(splits)
    told = "training " if split == "train" and spec.split is None else ""
    return values(spec, split), better, f"{told}{spec.label}"


def _log(asked: FormulaLike, logs: Mapping[str, Array], splits: Sequence[str]) -> str:
    """The log of that name; where counts are known a formula goes before it. Nothing where it is none."""
    name = asked.strip("`") if isinstance(asked, str) else ""
    return name if name in logs and not (name in FORMULAS and splits) else ""


def in_words(log: str) -> str:
    """`val_loss` as `validation loss`."""
    return f"validation {log.removeprefix(VALIDATION)}" if log.startswith(VALIDATION) else log
