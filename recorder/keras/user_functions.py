"""What the user computes at an epoch's end: `derive` from counts, `observe` from the model."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import keras
import numpy as np

from ..epoch import EpochState
from ..guard import Guard
from ..runfile import Output, Tally
from ..runfile.kinds import kind_of

Functions = Mapping[str, Callable[..., Any]]
ARGUMENTS = ("tp", "fp", "tn", "fn", "matrix")


def checked_observe(functions: Functions | None) -> dict[str, Callable[..., Any]]:
    """`observe` as it is used; raises TypeError where it maps no names to functions."""
    return _checked("observe", functions)


def checked_derive(functions: Functions | None) -> dict[str, Callable[..., Any]]:
    """`derive` as it is used; raises TypeError where a function takes what there is none of."""
    found = _checked("derive", functions)
    for name, function in found.items():
        parameters = inspect.signature(function).parameters.values()
        unknown = [p.name for p in parameters if p.default is p.empty and p.name not in ARGUMENTS]
        if unknown:
            raise TypeError(f"derive functions must take some of {', '.join(ARGUMENTS)}. Received: {name!r}: {unknown}")
    return found


def add_derived(logs: MutableMapping[str, Any], functions: Functions, state: EpochState, guard: Guard) -> None:
    """Writes the derived values into `logs`.

    Args:
        logs: of the epoch.
        functions: by name; what begins with `val_` takes the counts of validation, the rest those of training.
        state: of the epoch; the first output of a split is taken.
        guard: warns of a function that fails, whose value is then NaN.
    """
    for name, function in functions.items():
        split = "val" if name.startswith("val_") else "train"
        tally = next((tally for tally in state.tallies if tally.split == split), None)
        if tally is not None:
            output, number = state.outputs[tally.output], len(tally.histogram)
            what = f"derive[{name!r}]" + (f" (of {number} classes: tp, fp, tn, fn are arrays)" if number > 1 else "")
            value = guard.users(what, _derived, function, tally, output)
            logs[name] = float("nan") if value is None else value


def observed(functions: Functions, model: Any, guard: Guard) -> tuple[dict[str, float], dict[str, Any]]:
    """Scalars, and arrays in float64, that the functions make of the model; what fails is left out with a warning."""
    scalars, arrays = {}, {}
    for name, function in functions.items():
        value = guard.users(f"observe[{name!r}]", _observed, function, model)
        if value is not None and value.ndim:
            arrays[name] = value
        elif value is not None:
            scalars[name] = float(value)
    return scalars, arrays


def scalars(logs: Mapping[str, Any]) -> dict[str, float]:
    """Those of the logs that are single numbers."""
    found = {}
    for name, value in logs.items():
        with contextlib.suppress(TypeError, ValueError):
            if not getattr(value, "ndim", 0):
                found[str(name)] = float(value)
    return found


def _checked(what: str, functions: Functions | None) -> dict[str, Callable[..., Any]]:
    if functions is not None and not isinstance(functions, Mapping):
        raise TypeError(f"{what} must map names to functions. Received: {functions!r}")
    for name, function in (functions or {}).items():
        if not callable(function):
            raise TypeError(f"{what} must map names to functions. Received: {name!r}: {function!r}")
    return dict(functions or {})


def _derived(function: Callable[..., Any], tally: Tally, output: Output) -> float:
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


def _observed(function: Callable[..., Any], model: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(function(model)), np.float64)
