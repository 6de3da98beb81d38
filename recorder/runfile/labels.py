"""Labels of any shape and dtype as canonical ones: int32, what is no label -1, what the user ignores as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .records import Array

NO_LABEL = -1  # NaN, None, a masked position, an index outside the classes, a one-hot row without a one
ROUNDING = 0.01  # by which the scores of a softmax may miss 1 in half precision


def numbers_of(y_true: Any, classes: Sequence[str] | None) -> Array:
    """Labels as numbers of any dtype, NaN where there is none; strings are looked up in the names of the classes.

    Args:
        y_true: numbers, booleans or strings, None or masked where there is no label.
        classes: names given by the user; None where they gave none.

    Raises:
        ValueError: A string that names no class, or what is neither a number nor a string.
    """
    given = y_true if isinstance(y_true, np.ma.MaskedArray) else np.asarray(y_true)
    values = np.asarray(np.ma.getdata(given))
    if values.dtype.kind in "USO":
        values = _looked_up(values, classes)
    elif values.dtype.kind not in "biuf":
        raise ValueError(f"labels must be numbers, or strings among class_names. Received: dtype {values.dtype}")
    if isinstance(given, np.ma.MaskedArray) and given.mask is not np.ma.nomask:
        values = np.where(np.ma.getmaskarray(given), np.nan, values.astype(np.float64))
    return values


def zero_or_one(values: Array, ignore_label: int | None) -> Array:
    """int32, shape of `values`: above 0.5 is 1."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = values.astype(np.float32)  # as the device compares them
    found = np.where(np.isfinite(values), values > 0.5, NO_LABEL).astype(np.int32)
    return found if ignore_label is None else np.where(values == ignore_label, np.int32(ignore_label), found)


def class_numbers(values: Array, classes: int, ignore_label: int | None) -> Array:
    """int32, shape of `values`: whole numbers below `classes`."""
    with np.errstate(invalid="ignore"):
        known = (values >= 0) & (values < classes) & (values == np.floor(values))
    found = np.where(known, values, NO_LABEL).astype(np.int32)
    return found if ignore_label is None else np.where(values == ignore_label, np.int32(ignore_label), found)


def hot_numbers(values: Array, ignore_label: int | None) -> Array:
    """int32 [samples], of one-hot or soft rows [samples, classes]: the class of the largest, where there is one."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = values.astype(np.float32)
        known = values.sum(axis=1) > 0
    found = np.where(known, np.nan_to_num(values).argmax(axis=1), NO_LABEL).astype(np.int32)
    return found if ignore_label is None else np.where(found == ignore_label, np.int32(ignore_label), found)


def sums_to_one(scores: Array) -> Array:
    """bool [samples]: whether the scores of a sample are those of a softmax; true where one is NaN."""
    return ~(np.abs(scores.sum(axis=1, dtype=np.float64) - 1) > ROUNDING)


def _looked_up(values: Array, classes: Sequence[str] | None) -> Array:
    """float64: the numbers of the classes that strings name; numbers among objects as they are."""
    if values.dtype.kind == "O":
        found = np.array([_number(value, classes) for value in values.ravel()], np.float64)
        return found.reshape(values.shape)
    names, places = np.unique(values, return_inverse=True)
    return np.array([_number(str(name), classes) for name in names], np.float64)[places].reshape(values.shape)


def _number(value: Any, classes: Sequence[str] | None) -> float:
    if value is None or type(value).__name__ == "NAType":  # pandas, which nothing here loads
        return np.nan
    if isinstance(value, str):
        if classes is None or value not in classes:
            known = "class_names, and none were given" if classes is None else f"class_names, {list(classes)}"
            raise ValueError(f"labels that are strings must be among {known}. Received: {value!r}")
        return classes.index(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"labels must be numbers, or strings among class_names. Received: {value!r}") from None
