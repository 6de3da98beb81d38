"""One vectorised call over epochs and classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from .inputs import Inputs
from .registry import COUNTS, DECIDED, FORMULAS, SAMPLES, WHOLE, Formula, FormulaError
from .spec import AVERAGES, Spec
from .traces import place

Array = npt.NDArray[Any]


def evaluate(spec: Spec, inputs: Inputs, average: str | int | None = None, *, seen: Inputs | None = None) -> Array:
    """The values of a formula, float64 [..., epochs]; NaN where it is undefined.

    Args:
        spec: the formula; its own average goes before `average`.
        inputs: counts and logs.
        average: "macro" (mean over the classes where it is defined), "weighted" (by support, over these), "micro" (of
            the summed counts), or a class; None is the positive class for binary, the matrix's own formula or else
            macro for multi-class, macro for multi-label.
        seen: what `inputs` are draws of: a class for which the formula is undefined there is left out of averages.

    Raises:
        FormulaError: The formula needs what is not there, or fails.
    """
    item, how = spec.formula, spec.average or average
    if not item.of_counts:
        return _call(item, {need: _log(need, inputs) for need in item.needs})
    if item.of_label_sets:
        return _call(item, {need: _argument(need, inputs, {}) for need in item.needs})
    if how is not None and how not in AVERAGES:
        inputs, how = inputs.of_named(how), None
    if how is None and inputs.argmax and item.matrix_function is not None:
        with np.errstate(all="ignore"):
            if item.classes_function is not None:  # of fewer numbers than the matrix has
                return np.asarray(item.classes_function(*_known_counts(inputs)), np.float64)
            return np.asarray(item.matrix_function(_matrix(inputs, {})), np.float64)
    if how is None and len(inputs.tp) == 1:
        return class_values(item, inputs)[0]
    if how == "micro" or (how is None and item.pooled and not (inputs.argmax and item.on_decision)):
        return class_values(item, inputs.pooled())[0]
    values, support = _by_class(item, inputs, how)
    if seen is not None:
        known = ~np.isnan(_by_class(item, seen, how)[0])
        values = np.where(np.expand_dims(known, tuple(range(1, values.ndim - 1))), values, np.nan)
    return _mean(values, np.ones_like(values) if how != "weighted" else support)


def class_values(item: Formula, inputs: Inputs, *, decided: bool = False) -> Array:
    """The values of a formula for each class against the rest, float64 [classes, ..., epochs].

    Args:
        item: the formula.
        inputs: counts, and what else it needs.
        decided: formulas of a matrix within it take the whole matrix.
    """
    counts = dict(zip(COUNTS, _known_counts(inputs), strict=True))
    arguments = {need: _argument(need, inputs, counts) for need in item.needs}
    if decided and item.on_decision:
        arguments[DECIDED] = _matrix(inputs, counts)
    shape = counts["tp"].shape
    if not set(SAMPLES).isdisjoint(item.needs):
        return _epoch_by_epoch(item, inputs, arguments, shape)
    values = _call(item, arguments, shape)
    return np.where(np.isnan(counts["tp"]), np.nan, values) if "scores" in item.needs else values


def _by_class(item: Formula, inputs: Inputs, how: str | int | None) -> tuple[Array, Array]:
    """Values and supports, each [classes, ..., epochs]."""
    if not inputs.each_scored:
        sides = [inputs.of_class(number) for number in range(len(inputs.classes))]
        values = np.concatenate([class_values(item, side) for side in sides])
        return values, np.concatenate([side.tp + side.fn for side in sides])
    # By default, what an expression makes of a whole matrix (`1 - accuracy`) is what the formula alone makes of it.
    return class_values(item, inputs, decided=how is None and inputs.argmax), inputs.tp + inputs.fn


def _mean(values: Array, weights: Array) -> Array:
    """Over the classes where the values are defined."""
    defined = ~np.isnan(values)
    with np.errstate(all="ignore"):
        mean: Array = np.where(defined, values * weights, 0).sum(axis=0) / np.where(defined, weights, 0).sum(axis=0)
    return mean


def _known_counts(inputs: Inputs) -> tuple[Array, ...]:
    """float64; NaN at epochs that have no counts at all, where 0 would be a claim."""
    tp, fp, tn, fn = (np.asarray(count, np.float64) for count in inputs.counts)
    known = (tp + fp + tn + fn).sum(axis=0) > 0
    return (tp, fp, tn, fn) if known.all() else tuple(np.where(known, count, np.nan) for count in (tp, fp, tn, fn))


def _call(item: Formula, arguments: dict[str, Any], shape: tuple[int, ...] = ()) -> Array:
    with _blamed(item), np.errstate(all="ignore"):
        result = np.asarray(item.function(**arguments), np.float64)
        if result.shape == shape:
            return result
        wanted = np.broadcast_shapes(result.shape, shape)
        if shape and wanted != shape:
            raise ValueError(f"it must give one number for each class and epoch. Received: shape {result.shape}")
        return np.broadcast_to(result, wanted)


def _epoch_by_epoch(item: Formula, inputs: Inputs, arguments: dict[str, Any], shape: tuple[int, ...]) -> Array:
    """A formula of samples: called for each class and epoch that has some, with single numbers for counts and logs."""
    values = np.full(shape, np.nan)
    with _blamed(item), np.errstate(all="ignore"):
        for epoch, sampled in enumerate(inputs.samples or ()):
            for label in range(len(values)) if sampled is not None else ():
                own = {need: _part(need, argument, label, epoch) for need, argument in arguments.items()}
                values[label, epoch] = item.function(**own | _kept(item, sampled, label))
    return values


def _kept(item: Formula, sampled: Any, label: int) -> dict[str, Array]:
    y_true, y_score = (side[:, label] for side in sampled)
    kept = ~np.isnan(y_score)
    pair = {"y_true": y_true[kept].astype(np.int64), "y_score": y_score[kept]}
    return {need: pair[need] for need in SAMPLES if need in item.needs}


def _part(need: str, argument: Any, label: int, epoch: int) -> Any:
    if need in (*COUNTS, "scores"):
        return argument[label, epoch]
    return argument if need in SAMPLES else argument[epoch]


def _argument(need: str, inputs: Inputs, counts: dict[str, Array]) -> Any:
    if need in counts:
        return counts[need]
    if need == "matrix":
        return _matrix(inputs, counts)
    if need == "scores":
        if inputs.scores is None or (inputs.scores.low.shape[-1] < 3 and not inputs.scores.known):
            raise FormulaError("scores needs histograms of three bins or more; the counts are known at one threshold")
        return inputs.scores
    if need in WHOLE:
        found = None if inputs.whole is None else getattr(inputs.whole, need)
        if found is None:
            raise FormulaError(f"{need} needs samples as they were counted, whole: no class, no other prevalence")
        return found
    if need in SAMPLES:
        if inputs.samples is None:
            raise FormulaError(f"{need} needs samples as they were recorded: no posterior, no other prevalence")
        return inputs.samples
    return _log(need, inputs)


def _matrix(inputs: Inputs, counts: dict[str, Array]) -> Array:
    if inputs.matrix is not None:
        known = inputs.matrix.sum(axis=(-2, -1), keepdims=True) > 0
        return np.where(known, inputs.matrix.astype(np.float64), np.nan)
    if inputs.argmax:
        raise FormulaError(
            "the confusion matrix must have been kept for this; of so many classes it was not, only the counts of each "
            f"class. Received: {len(inputs.classes):,} classes"
        )
    matrix = inputs.kind.confusion(*(counts[name] for name in COUNTS))
    if matrix is not None:
        return matrix
    raise FormulaError(
        f"matrix needs one decision a sample: argmax, no threshold. Received: a {inputs.kind.name} output"
    )


def _log(need: str, inputs: Inputs) -> Array:
    if need in inputs.logs:
        return inputs.logs[need]
    raise FORMULAS.unknown(need, tuple(inputs.logs))


@contextmanager
def _blamed(item: Formula) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # somebody else's code; the other formulas go on
        file = getattr(getattr(item.function, "__code__", None), "co_filename", "")
        where = f" ({place(error, file)})" if file and file != __file__ else ""
        raise FormulaError(f"{item.name} failed: {type(error).__name__}: {error}{where}") from error
