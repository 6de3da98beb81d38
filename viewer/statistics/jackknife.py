"""What leaving out one sample at a time says of an average over classes: its bias and its standard deviation.

Draws from a posterior speak well of one class. Of an average over many classes that have few samples each they do not:
what the prior moves in every class adds up, a formula that is curved (F1) is off on average by more than the average's
own spread, and the posterior of a class that had no mistake is too narrow. All three are of the order 1/n in a class
and vanish there beside its own spread, but the spread of an average over m classes is smaller by the root of m. The
jackknife (Quenouille 1956; Tukey 1958; Efron and Stein 1981, https://doi.org/10.1214/aos/1176345462) has none of them
at that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import Formula, Inputs
from ..formulas.evaluate import class_values

Array = npt.NDArray[Any]
TP, FP, TN, FN = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jackknifed:
    """An average over classes at each epoch.

    Args:
        value: float64 [epochs], the average; NaN where it is undefined.
        bias: float64 [epochs], by how much it is too large on average.
        sd: float64 [epochs], its standard deviation from one set of samples to another.
        classes: float64 [epochs], how many classes of equal weight would spread as much; 1 or more.
    """

    value: Array
    bias: Array
    sd: Array
    classes: Array


def jackknife(
    item: Formula, inputs: Inputs, *, weighted: bool, prevalence: float | None = None, times: Array | float = 1.0
) -> Jackknifed:
    """Of the macro or the weighted average of a formula of counts.

    Where the inputs have matrices a sample stands in one cell of these, and leaving it out changes every class; else it
    stands in one of four cells of each class, and the classes are taken as independent.

    Args:
        item: the formula.
        inputs: counts [classes, epochs] and, where argmax decides, the matrices.
        weighted: by support.
        prevalence: share of positives to evaluate for.
        times: float64 [epochs], the formula is that of so many times the counts, which tell no more for it.
    """
    # What is left stands for as many samples as before: else a formula that grows with them, such as tp, would change
    # by the sample that is gone, and not by what it says of the others.
    samples = np.sum(inputs.counts, axis=0)[:, None]
    as_many = times * samples / np.maximum(samples - 1, 1)
    left = _parts(item, _one_less(inputs), weighted, prevalence, as_many)  # [classes, 4, epochs]
    whole = tuple(part[:, None] for part in _parts(item, inputs, weighted, prevalence, times))
    known = whole[1] > 0
    above, below = _sum(whole[0]), _sum(whole[1])
    # A class that one sample less leaves without a value leaves the average, which tells of its spread, not of bias.
    lost = np.where(known, left[1], 0) <= 0
    changes = [np.where(known, less - all_, 0) for less, all_ in zip(left, whole, strict=True)]
    kept = [np.where(lost, 0, change) for change in changes]
    with np.errstate(all="ignore"):
        value = above / below
        spread = _each_left_out(inputs, changes, (above, below)) - value
        biased = _each_left_out(inputs, kept, (above, below)) - value
        held, total = _multiplicities(inputs)
        bias = _sum((total - 1) * _sum(held * _defined(biased), axis=1) / total)
        mean = _sum(held * _defined(spread), axis=1)[:, None] / total[:, None]
        squares = _sum(held * (_defined(spread) - mean) ** 2, axis=1)
        sd = np.sqrt(_sum((total - 1) / total * squares))
        classes = below[0] ** 2 / _sum(whole[1][:, 0] ** 2)
    return Jackknifed(value=value[0], bias=bias, sd=sd, classes=np.fmax(classes, 1))


def _sum(numbers: Array, axis: int = 0) -> Array:
    """In order: that of `sum` depends on how many epochs lie beside one another, and with it the last bit."""
    return np.take(np.cumsum(numbers, axis=axis), -1, axis=axis)


def _parts(
    item: Formula, inputs: Inputs, weighted: bool, prevalence: float | None, times: Array | float
) -> tuple[Array, Array]:
    """Weight times value, and weight, of each class, [classes, ..., epochs]; both 0 where the formula is undefined.

    Values are those of so many `times` the counts.
    """
    asked = inputs if prevalence is None else inputs.at_prevalence(prevalence)
    values = class_values(item, asked.with_counts(*(count * times for count in asked.counts)))
    weight = asked.tp + asked.fn if weighted else np.ones_like(values)
    defined = ~np.isnan(values)
    return np.where(defined, weight * values, 0.0), np.where(defined, weight, 0.0)


def _one_less(inputs: Inputs) -> Inputs:
    """Counts [classes, 4, epochs]: a sample less in each of the four cells in turn."""
    cells = np.stack(inputs.counts)[:, :, None] - np.eye(4, dtype=np.int64)[:, None, :, None]
    return inputs.with_counts(*np.maximum(cells, 0), matrix=None)


def _each_left_out(inputs: Inputs, changes: Sequence[Array], whole: tuple[Array, Array]) -> Array:
    """The average with one sample left out: float64 [independent groups, cells, epochs]."""
    if inputs.matrix is None:
        above, below = (all_ + change for all_, change in zip(whole, changes, strict=True))
    else:
        above, below = ((all_ + _of_matrix(change))[None] for all_, change in zip(whole, changes, strict=True))
    return above / below


def _of_matrix(change: Array) -> Array:
    """What leaving out a sample of cell (true, decided) does to all classes together: [K * K, epochs]."""
    row, column = change[:, FN] - change[:, TN], change[:, FP] - change[:, TN]
    cells = row[:, None] + column[None, :]
    diagonal = np.arange(len(change))
    cells[diagonal, diagonal] = change[:, TP] - change[:, TN]
    return (cells + change[:, TN].sum(axis=0)).reshape(-1, change.shape[-1])


def _multiplicities(inputs: Inputs) -> tuple[Array, Array]:
    """How many samples each cell holds, [groups, cells, epochs], and each group, [groups, epochs]; 1 where none."""
    if inputs.matrix is None:
        times = np.moveaxis(np.stack(inputs.counts), 0, 1)
    else:
        times = inputs.matrix.reshape(len(inputs.matrix), -1).T[None]
    return times, np.maximum(times.sum(axis=1), 1)


def _defined(change: Array) -> Array:
    """Where the average is lost with the sample, nothing is known of its change."""
    return np.where(np.isnan(change), 0.0, change)
