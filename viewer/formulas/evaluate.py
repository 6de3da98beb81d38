"""One vectorised call over epochs and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..counts.confusion import both_classes
from .registry import COUNTS, DECIDED, FORMULAS, Formula, FormulaError
from .spec import Spec

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What formulas are evaluated on.

    Args:
        tp: [classes, ..., epochs]; one class for a binary output.
        fp: as tp.
        tn: as tp.
        fn: as tp.
        matrix: [epochs, K, K], rows = true class; None where there is none.
        logs: float64 [epochs] by name.
        kind: "binary", "multiclass" or "multilabel".
        classes: names; negative and positive for binary.
        argmax: the counts are those of the argmax decision.
    """

    tp: Array
    fp: Array
    tn: Array
    fn: Array
    matrix: Array | None
    logs: Mapping[str, Array]
    kind: str
    classes: Sequence[str]
    argmax: bool


def evaluate(spec: Spec, inputs: Inputs, average: str | None = None) -> Array:
    """The values of a formula, float64 [..., epochs]; NaN where it is undefined.

    Args:
        spec: the formula; its own average goes before `average`.
        inputs: counts and logs.
        average: "macro" (mean over the classes where it is defined), "weighted" (by support, over these), "micro" (of
            the summed counts), or a class; None is the positive class for binary, the matrix's own formula or else
            macro for multi-class, macro for multi-label.

    Raises:
        FormulaError: The formula needs what is not there, or fails.
    """
    item, how = spec.formula, spec.average or average
    if not item.of_counts:
        return _call(item, inputs, {})
    if how is None and inputs.argmax and item.matrix_function is not None:
        with np.errstate(all="ignore"):
            return np.asarray(item.matrix_function(_value("matrix", inputs, {})), np.float64)
    counts = _known_counts(inputs)
    if inputs.kind == "binary":
        if how is None:
            return _call(item, inputs, _named(counts))[0]
        counts = both_classes(*counts)
    return _averaged(item, inputs, counts, how)


def _known_counts(inputs: Inputs) -> tuple[Array, ...]:
    """float64; NaN at epochs that have no counts at all, where 0 would be a claim."""
    counts = tuple(np.asarray(count, np.float64) for count in (inputs.tp, inputs.fp, inputs.tn, inputs.fn))
    known = np.add.reduce(counts).sum(axis=0) > 0
    return tuple(np.where(known, count, np.nan) for count in counts)


def _averaged(item: Formula, inputs: Inputs, counts: tuple[Array, ...], how: str | None) -> Array:
    if how == "micro":
        return _call(item, inputs, _named(tuple(count.sum(axis=0, keepdims=True) for count in counts)))[0]
    # By default, what an expression makes of a whole matrix (`1 - accuracy`) is what the formula alone makes of it.
    values = _call(item, inputs, _named(counts), decided=how is None and inputs.argmax)
    if how is None or how == "macro":
        weights = np.ones_like(values)
    elif how == "weighted":
        weights = counts[0] + counts[3]
    else:
        found: Array = values[_class_index(how, inputs.classes)]
        return found
    defined = ~np.isnan(values)
    with np.errstate(all="ignore"):
        mean: Array = np.where(defined, values * weights, 0).sum(axis=0) / np.where(defined, weights, 0).sum(axis=0)
    return mean


def _call(item: Formula, inputs: Inputs, counts: Mapping[str, Array], *, decided: bool = False) -> Array:
    values = {need: _value(need, inputs, counts) for need in item.needs}
    if decided and item.on_decision:
        values[DECIDED] = _value("matrix", inputs, counts)
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(item.function(**values), np.float64)
            return np.broadcast_to(result, np.broadcast_shapes(result.shape, counts["tp"].shape)) if counts else result
    except Exception as error:  # somebody else's code; the other formulas go on
        raise FormulaError(f"{item.name} failed: {type(error).__name__}: {error}") from error


def _value(need: str, inputs: Inputs, counts: Mapping[str, Array]) -> Array:
    if need in counts:
        return counts[need]
    if need == "matrix" and inputs.matrix is not None:
        known = inputs.matrix.sum(axis=(-2, -1), keepdims=True) > 0
        return np.where(known, inputs.matrix.astype(np.float64), np.nan)
    if need == "matrix" and inputs.kind == "binary":
        rows = [np.stack([counts[cell] for cell in row], axis=-1) for row in (("tn", "fp"), ("fn", "tp"))]
        return np.stack(rows, axis=-2)
    if need == "matrix":
        raise FormulaError(
            f"matrix needs one decision a sample: argmax, no threshold. Received: a {inputs.kind} output"
        )
    if need in inputs.logs:
        return inputs.logs[need]
    raise FORMULAS.unknown(need, tuple(inputs.logs))


def _named(counts: tuple[Array, ...]) -> dict[str, Array]:
    return dict(zip(COUNTS, counts, strict=True))


def _class_index(how: str, classes: Sequence[str]) -> int:
    if how in classes:
        return list(classes).index(how)
    if how.isdecimal() and int(how) < len(classes):
        return int(how)
    raise FormulaError(f"average must be macro, micro, weighted or one of {list(classes)}. Received: {how!r}")
