"""What functions of the user make of counts: one number for each point."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .runfile import Output, Tally, kind_of

Functions = Mapping[str, Callable[..., Any]]
ARGUMENTS = ("tp", "fp", "tn", "fn", "matrix")


def checked_derive(functions: Functions | None, what: str = "derive") -> dict[str, Callable[..., Any]]:
    """Functions of counts as they are used; raises TypeError where a function takes what there is none of."""
    found = checked_functions(what, functions)
    for name, function in found.items():
        parameters = inspect.signature(function).parameters.values()
        unknown = [p.name for p in parameters if p.default is p.empty and p.name not in ARGUMENTS]
        if unknown:
            raise TypeError(f"{what} functions must take some of {', '.join(ARGUMENTS)}. Received: {name!r}: {unknown}")
    return found


def checked_functions(what: str, functions: Functions | None) -> dict[str, Callable[..., Any]]:
    """Functions by name; raises TypeError where they are none."""
    if functions is not None and not isinstance(functions, Mapping):
        raise TypeError(f"{what} must map names to functions. Received: {functions!r}")
    for name, function in (functions or {}).items():
        if not isinstance(name, str) or not callable(function):
            raise TypeError(f"{what} must map names to functions. Received: {name!r}: {function!r}")
    return dict(functions or {})


def split_of(name: str, splits: Iterable[str]) -> str:
    """The split that a name begins with, the longest of several: `val_f1`, `val/f1`, `val:f1`; else "train"."""
    found = [split for split in splits if name.startswith(split) and not name[len(split) : len(split) + 1].isalnum()]
    return max(found, key=len, default="train")


def derived_value(function: Callable[..., Any], tally: Tally, output: Output) -> float:
    """What a function makes of the counts: one number, or one a class, whose mean is taken where it is defined."""
    kind = kind_of(output)
    decided = kind.decided(tally, output)
    number = len(decided[0])
    known: dict[str, Any] = {
        name: np.asarray(count, np.float64) if number > 1 else np.float64(count[0])
        for name, count in zip(ARGUMENTS, decided, strict=False)
    }
    wanted = [name for name in inspect.signature(function).parameters if name in ARGUMENTS]
    if "matrix" in wanted:
        known["matrix"] = tally.matrix if kind.argmax else kind.confusion(*decided)
        if known["matrix"] is None:
            raise ValueError(f"matrix must be of one decision a sample. Received: {output.kind} counts without one")
    value = np.asarray(function(**{name: known[name] for name in wanted}), np.float64)
    if value.shape not in ((), (1,), (number,)):
        raise ValueError(f"a value must be one number, or one a class. Received: shape {value.shape}")
    defined = value[~np.isnan(value)]
    return float(defined.mean()) if defined.size else float("nan")
