"""Credible bands: how far the counts leave a formula open.

Had other samples of the same population been drawn, the counts would have been others. The cells of a confusion matrix
are multinomial; their posterior is a Dirichlet distribution, and draws of it go through the very function that gave the
value (Goutte and Gaussier 2005, https://doi.org/10.1007/978-3-540-31865-1_25; Tötsch and Hoffmann 2021,
https://doi.org/10.7717/peerj-cs.398). A band speaks of the sampling of these validation samples from their like, and of
nothing else: not of seeds, not of duplicates, not of another population.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..counts.confusion import counts_from_matrix
from ..counts.whole_samples import ExactMatches, TopK, WholeSamples
from ..formulas import FORMULAS, Formula, FormulaError, Inputs, Spec, evaluate
from ..formulas.registry import COUNTED, COUNTS
from ..formulas.spec import AVERAGES
from .class_draws import class_draws
from .gammas import gammas
from .jackknife import Jackknifed, jackknife
from .percentiles import holding, interval

Array = npt.NDArray[Any]
PRIOR = 2.0  # samples: 1/2 for each of four counts, which is Jeffreys's prior
DRAWS, FEWER_DRAWS, FEW_CELLS = 512, 256, 16
OF_CELLS = frozenset({*COUNTS, "matrix"})
SHARES = ({"top_k"}, {"exact_matches"})  # of samples as a whole
MOST_CELLS = 10_000  # of a matrix: a hundred classes
LARGEST = 2**19  # numbers drawn at a time


def credible_band(
    spec: Spec,
    inputs: Inputs,
    average: str | int | None = None,
    *,
    level: float = 0.95,
    prevalence: float | None = None,
    share: Array | None = None,
) -> tuple[Array, Array] | None:
    """The equal-tailed credible interval of a formula at each epoch: its ends, float64 [epochs].

    Equal counts have equal bands. NaN where the formula itself is, or is undefined for more than one draw in twenty.
    None where there is no band: for formulas of logs alone, of scores or of samples, for matrices of more than a
    hundred classes, and for a function that cannot take a further axis of draws. Where draws of a few samples leave
    the value out, the interval reaches to it (`percentiles.holding`).

    The prior weighs two samples, spread evenly over the cells that are drawn together: the four counts of a binary
    output or of one class (1/2 each, Jeffreys's prior), or all K x K cells of a matrix. With 1/2 in each of these,
    the prior of ten classes would weigh fifty samples, forty-five of them mistakes. Where a multi-label output or a
    threshold of one's own leaves only four counts of each class, the classes are drawn as if they were independent.
    Macro and weighted averages over classes are then placed by the jackknife (`viewer.statistics.jackknife` says why):
    of 20 labels with 10 positives each, bands of 95% held the truth in 89 of 100 cases without it, in 95 with it.

    Args:
        spec: the formula; its own average goes before `average`.
        inputs: counts, with the matrix where argmax decides and no single class is asked for.
        average: as in `evaluate`.
        level: of the interval, in (0, 1).
        prevalence: share of positives to evaluate for; known, not drawn.
        share: float64 [epochs], in (0, 1]: the counts tell as much as this share of so many independent samples
            (`viewer.statistics.clusters`); NaN for no band. None for independent samples.

    Raises:
        FormulaError: The formula fails on the counts themselves.
        ValueError: `level` or `prevalence` breaks its rule.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1). Received: {level}")
    needs = set(spec.formula.needs)
    whole = (needs & COUNTED) in SHARES
    if not whole and (not needs & OF_CELLS or needs & (COUNTED - OF_CELLS)):
        return None
    how = spec.average or average
    if how is not None and how not in AVERAGES:
        inputs, how = inputs.of_named(how), None
    alone = how is None and (spec.formula.matrix_function is not None or spec.formula.on_decision)
    if _cells(inputs) > MOST_CELLS or (inputs.argmax and inputs.matrix is None and alone):
        return None
    asked = replace(spec, average=how)
    seen = inputs if prevalence is None else inputs.at_prevalence(prevalence)
    value = evaluate(asked, seen)
    undefined = np.isnan(value)
    if share is not None:
        undefined, share = undefined | np.isnan(share), np.where(np.isnan(share), 1.0, share)
    try:
        ends = [
            _ends(asked, inputs.of_epochs(some), level, prevalence, None if share is None else share[some])
            for some in _portions(inputs, whole=_takes_matrix(asked))
        ]
    except FormulaError:
        return None
    low, high = np.where(undefined, np.nan, np.concatenate([np.zeros((2, 0)), *ends], axis=-1))
    return holding(low, high, value)


def drawn(inputs: Inputs, *, whole: bool = True) -> Inputs:
    """Draws of the posterior in place of the counts: [classes, draws, epochs], and a matrix [draws, epochs, K, K].

    They add up to as many samples as were counted.

    Args:
        inputs: counts, with the matrix where argmax decides.
        whole: with the matrix; else the counts of the classes alone, which are the same and cost far less of many.
    """
    if inputs.whole is not None:
        return _drawn_whole(inputs, inputs.whole)
    if inputs.matrix is None:
        tp, fp, tn, fn = _dirichlet(np.stack(inputs.counts), _draws(inputs))
        return inputs.with_counts(tp, fp, tn, fn)
    epochs, k, _ = inputs.matrix.shape
    if not whole and k * k > FEW_CELLS:
        return inputs.with_counts(*class_draws(inputs.matrix, PRIOR / k**2, FEWER_DRAWS), matrix=None)
    cells = _dirichlet(inputs.matrix.reshape(epochs, k * k).T[:, None], _draws(inputs))
    matrix = np.moveaxis(cells.reshape(k, k, -1, epochs), (0, 1), (2, 3))
    return inputs.with_counts(*counts_from_matrix(matrix), matrix=matrix)


def posterior_values(
    spec: Spec, inputs: Inputs, *, prevalence: float | None = None, share: Array | None = None
) -> Array:
    """A formula of draws from the posterior, float64 [draws, epochs]: how far the counts leave it open.

    Args:
        spec: the formula; no single class is asked for.
        inputs: counts [classes, epochs], with the matrix where argmax decides.
        prevalence: share of positives to evaluate for; known, not drawn.
        share: as of `credible_band`, without NaN.

    Raises:
        FormulaError: The formula cannot be evaluated.
    """
    if inputs.whole is not None and (spec.average == "micro" or (spec.average is None and spec.formula.pooled)):
        inputs = inputs.pooled()  # one share of all, not one a class
    told = inputs if share is None else _times(inputs, share)
    seen, draws = inputs, drawn(told, whole=_takes_matrix(spec))
    if share is not None:
        draws = _times(draws, 1 / share)  # as many samples as were counted
    if prevalence is not None:
        seen, draws = inputs.at_prevalence(prevalence), draws.at_prevalence(prevalence)
    values = evaluate(spec, draws, seen=seen)
    averaged = _averaged(spec, inputs)
    if averaged is None:
        return values
    item, weighted = averaged
    times = 1.0 if share is None else 1 / share
    return _placed(values, jackknife(item, told, weighted=weighted, prevalence=prevalence, times=times), item)


def _times(inputs: Inputs, factor: Array) -> Inputs:
    """Counts [..., epochs] and matrices [..., epochs, K, K], each epoch by its factor."""
    matrix = None if inputs.matrix is None else inputs.matrix * factor[:, None, None]
    return inputs.with_counts(*(count * factor for count in inputs.counts), matrix=matrix)


def _drawn_whole(inputs: Inputs, whole: WholeSamples) -> Inputs:
    top_k, matches = whole.top_k, whole.exact_matches
    if top_k is not None:
        ranks = np.diff(np.nan_to_num(top_k.counts), axis=-1, prepend=0)  # of the first k, of the others up to the next
        cells = _dirichlet(np.moveaxis(ranks, -1, 0), _draws(inputs))
        top_k = TopK(np.moveaxis(np.cumsum(cells, axis=0), 0, -1), top_k.ks)
        inputs = inputs.with_counts(top_k.samples, *(np.zeros_like(top_k.samples) for _ in range(3)))
    if matches is not None:
        right, wrong = _dirichlet(
            np.nan_to_num(np.stack([matches.right, matches.samples - matches.right]))[:, None], _draws(inputs)
        )[:, 0]
        matches = ExactMatches(right, right + wrong)
    return replace(inputs, whole=WholeSamples(top_k, matches))


def _takes_matrix(spec: Spec) -> bool:
    """Whether a formula takes more of a matrix than what it says of each class."""
    item = spec.formula
    of_all = item.on_decision or (item.matrix_function is not None and item.classes_function is None)
    return "matrix" in item.needs or (spec.average is None and of_all)


def _averaged(spec: Spec, inputs: Inputs) -> tuple[Formula, bool] | None:
    """The formula that is averaged over classes, and whether by support; None where none is, or two sides of one."""
    item = spec.formula
    if not inputs.each_scored or spec.average == "micro" or inputs.whole is not None:
        return None
    if spec.average is None and item.pooled:
        return None
    if spec.average is None and inputs.argmax:
        if item.macro_of:
            return FORMULAS[item.macro_of], False
        if item.matrix_function is not None or item.on_decision:
            return None
    return None if "matrix" in item.needs else (item, spec.average == "weighted")


def _placed(values: Array, found: Jackknifed, item: Formula) -> Array:
    """Draws of an average, moved and stretched to where the jackknife has its mean and spread.

    Of one class alone they stay as they are: there the prior's pull is what makes up for the skewness of so few
    samples. Of m classes skewness is an m-th of that (as in the expansion of Cornish and Fisher), and so an m-th of
    the pull is left.
    """
    mean, sd = values.mean(axis=0), values.std(axis=0)
    share = 1 - 1 / found.classes
    stretch = np.fmax(np.divide(found.sd, sd, out=np.ones_like(sd), where=sd > 0), 1.0)
    middle = mean + share * (found.value - found.bias - mean)
    low, high = -np.inf if item.low is None else item.low, np.inf if item.high is None else item.high
    return np.clip(middle + (values - mean) * (1 + share * (stretch - 1)), low, high)


def _ends(spec: Spec, inputs: Inputs, level: float, prevalence: float | None, share: Array | None) -> Array:
    values = posterior_values(spec, inputs, prevalence=prevalence, share=share)
    return np.stack(interval(values.T, level))


def _dirichlet(counts: Array, draws: int) -> Array:
    """Draws [cells, groups, draws, epochs] that add up over the cells to what the counts [cells, groups, epochs] do."""
    cells, groups, _ = counts.shape
    if cells * groups > FEW_CELLS:
        return _of_cells(counts, draws)
    whole = np.ascontiguousarray(counts, np.float64)
    return _remembered(whole.tobytes(), whole.shape, draws)


@lru_cache(maxsize=16)
def _remembered(counts: bytes, shape: tuple[int, ...], draws: int) -> Array:
    """Several formulas of the same counts share the draws."""
    return _of_cells(np.frombuffer(counts).reshape(shape), draws)


def _of_cells(counts: Array, draws: int) -> Array:
    cells, groups, epochs = counts.shape
    prior = PRIOR / (cells * groups)
    found = gammas(counts.reshape(cells * groups, epochs), prior, draws).reshape(cells, groups, epochs, draws)
    total = counts.sum(axis=0)[..., None]
    found *= np.divide(total, found.sum(axis=0), out=np.zeros(found.shape[1:], np.float32), where=total > 0)
    return np.swapaxes(found, -1, -2)


def _portions(inputs: Inputs, *, whole: bool) -> Iterator[Array]:
    """int64, some epochs at a time."""
    cells = _cells(inputs)
    if inputs.matrix is not None and not whole and cells > FEW_CELLS:  # only those with a count are drawn
        cells = max(int((inputs.matrix > 0).sum(axis=(1, 2)).max(initial=1)), 4 * len(inputs.tp))
    epochs, most = inputs.tp.shape[-1], max(LARGEST // (cells * _draws(inputs)), 1)
    for start in range(0, epochs, most):
        yield np.arange(start, min(start + most, epochs))


def _draws(inputs: Inputs) -> int:
    return DRAWS if _cells(inputs) <= FEW_CELLS else FEWER_DRAWS


def _cells(inputs: Inputs) -> int:
    """How many are drawn together."""
    if inputs.whole is not None:
        top_k = inputs.whole.top_k
        return 2 if top_k is None else len(top_k.counts) * len(top_k.ks)
    return 4 * len(inputs.tp) if inputs.matrix is None else inputs.matrix.shape[-1] ** 2
