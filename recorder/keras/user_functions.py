"""What the user computes at an epoch's end: `derive` from counts, `observe` from the model."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import keras
import numpy as np

from ..guard import Guard
from ..runfile import Output, Tally, four_counts
from .reading import Reading

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


def add_derived(logs: MutableMapping[str, Any], functions: Functions, reading: Reading, guard: Guard) -> None:
    """Writes the derived values into `logs`.

    Args:
        logs: of the epoch.
        functions: by name; what begins with `val_` takes the counts of validation, the rest those of training.
        reading: of the epoch; the first output of a split is taken.
        guard: warns of a function that fails, whose value is then NaN.
    """
    for name, function in functions.items():
        split = "val" if name.startswith("val_") else "train"
        tally = next((tally for tally in reading.tallies if tally.split == split), None)
        if tally is not None:
            value = guard.users(f"derive[{name!r}]", _derived, function, _counts(tally, reading.outputs[tally.output]))
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
                found[name] = float(value)
    return found


def _checked(what: str, functions: Functions | None) -> dict[str, Callable[..., Any]]:
    if functions is not None and not isinstance(functions, Mapping):
        raise TypeError(f"{what} must map names to functions. Received: {functions!r}")
    for name, function in (functions or {}).items():
        if not callable(function):
            raise TypeError(f"{what} must map names to functions. Received: {name!r}: {function!r}")
    return dict(functions or {})


def _counts(tally: Tally, output: Output) -> dict[str, Any]:
    """Counts at the decision, over all classes together; `matrix` is 2 x 2 unless multi-class, rows = true."""
    if tally.matrix is None:
        edge = int(np.searchsorted(output.thresholds, output.decision_threshold))
        tp, fp, tn, fn = (float(count[:, edge].sum()) for count in four_counts(tally.histogram))
        matrix = np.array([[tn, fp], [fn, tp]])
    else:
        matrix = tally.matrix
        total, tp = float(matrix.sum()), float(np.trace(matrix))
        fp = fn = total - tp
        tn = (len(matrix) - 1) * total - fp
    return {**{name: np.float64(n) for name, n in zip(ARGUMENTS, (tp, fp, tn, fn), strict=False)}, "matrix": matrix}


def _derived(function: Callable[..., Any], counts: Mapping[str, Any]) -> float:
    return float(function(**{name: counts[name] for name in inspect.signature(function).parameters if name in counts}))


def _observed(function: Callable[..., Any], model: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(function(model)), np.float64)
