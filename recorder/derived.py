"""What functions of the user make of counts: one number for each point."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
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


def tally_of_name(name: str, tallies: Sequence[Tally], splits: Iterable[str]) -> Tally | None:
    """The counts that a name is of; None where there are none.

    Args:
        name: begins with a split, else it is of training: `val_f1`, `val/f1`, `val:f1`; then with an output, else it is
            of the first one: `val_animal_f1`.
        tallies: of a point.
        splits: that there are.
    """
    split = max((one for one in splits if _begins(name, one)), key=len, default="train")
    rest = name[len(split) + 1 :] if _begins(name, split) else name
    found = [tally for tally in tallies if tally.split == split]
    named = [tally for tally in found if tally.output and _begins(rest, tally.output)]
    return max(named, key=lambda tally: len(tally.output)) if named else found[0] if found else None


def _begins(name: str, word: str) -> bool:
    return name.startswith(word) and not name[len(word) : len(word) + 1].isalnum()


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
