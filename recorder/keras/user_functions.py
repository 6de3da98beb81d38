"""What the user computes at an epoch's end: `derive` from counts, `observe` from the model."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import keras
import numpy as np

from ..derived import Functions, checked_functions, derived_value, tally_of_name
from ..epoch import EpochState
from ..guard import Guard


def checked_observe(functions: Functions | None) -> dict[str, Callable[..., Any]]:
    """`observe` as it is used; raises TypeError where it maps no names to functions."""
    return checked_functions("observe", functions)


def add_derived(logs: MutableMapping[str, Any], functions: Functions, state: EpochState, guard: Guard) -> None:
    """Writes the derived values into `logs`.

    Args:
        logs: of the epoch.
        functions: by name, which says of what counts, as `tally_of_name` has it.
        state: of the epoch.
        guard: warns of a function that fails, whose value is then NaN.
    """
    for name, function in functions.items():
        tally = tally_of_name(name, state.tallies, ["val"])
        if tally is not None:
            output, number = state.outputs[tally.output], len(tally.histogram)
            what = f"derive[{name!r}]" + (f" (of {number} classes: tp, fp, tn, fn are arrays)" if number > 1 else "")
            value = guard.users(what, derived_value, function, tally, output)
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


def _observed(function: Callable[..., Any], model: Any) -> Any:
    return np.array(keras.ops.convert_to_numpy(function(model)), np.float64)  # a copy: it may be changed later
