"""From what is recorded to what formulas take: which counts a question needs, and where they are had for least."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recorder.runfile import ONE_VS_REST, Output, kind_of

from ..counts.confusion import counts_from_matrix
from ..counts.scores import Scores
from ..formulas import Inputs
from ..formulas.registry import COUNTED, WHOLE
from ..reading.decision_counts import CountsOverEpochs
from ..reading.single_epoch import SingleEpoch
from ..reading.some_epochs import SomeEpochs
from ..reading.table import RunTable
from ..reading.tally_scanner import classes_of
from .complete import CompleteQuery

Ints = npt.NDArray[np.int64]
Source = RunTable | SomeEpochs | SingleEpoch  # all epochs of a run, some, or one
MATRICES = 2**27  # bytes of those that are in memory at a time, but for one that takes more by itself


def inputs_of(source: Source, query: CompleteQuery, *, matrix: bool = False) -> Inputs:
    """The counts and logs that a formula asks for, of all epochs of a source.

    Args:
        source: of the counts and logs.
        query: the formula, and where it is taken.
        matrix: with the matrix where argmax decides, whatever the formula is.
    """
    formula = query.spec.formula
    if query.of_whole and (query.needs & COUNTED) <= WHOLE:  # no array is read that nobody asks for
        return _no_counts(source, query)
    of_matrix = formula.matrix_function is not None or formula.on_decision
    wanted = matrix or "matrix" in query.needs or (of_matrix and query.spec.average is None)
    at, matrices = counts_of(source, query.split, query.threshold, query.output, matrix=wanted)
    return Inputs(
        tp=at.tp,
        fp=at.fp,
        tn=at.tn,
        fn=at.fn,
        matrix=matrices,
        logs=source.log_values() if query.needs - COUNTED else {},
        kind=kind_of(query.output),
        classes=tuple(query.output.classes),
        argmax=matrices is not None
        or (query.threshold is None and kind_of(query.output).argmax and not query.output.matrix),
    )


def _no_counts(source: Source, query: CompleteQuery) -> Inputs:
    nothing = np.zeros((classes_of(query.output), len(source)), np.int64)
    return Inputs(
        tp=nothing, fp=nothing, tn=nothing, fn=nothing, matrix=None,
        logs=source.log_values() if query.needs - COUNTED else {}, kind=kind_of(query.output),
        classes=tuple(query.output.classes), argmax=False,
    )  # fmt: skip


def logs_alone(source: Source) -> Inputs:
    """What a formula of logs asks for; of a run of logs only, a formula of counts finds none."""
    nothing = np.zeros((1, len(source)), np.int64)
    return Inputs(
        tp=nothing, fp=nothing, tn=nothing, fn=nothing, matrix=None, logs=source.log_values(), kind=ONE_VS_REST,
        classes=("negative", "positive"), argmax=False,
    )  # fmt: skip


def with_scores(inputs: Inputs, table: RunTable, query: CompleteQuery, positions: Ints) -> Inputs:
    """The inputs of some epochs with their histograms."""
    return replace(inputs, scores=_scores(table, table.version, query.split, query.output.name, positions.tobytes()))


@lru_cache(maxsize=1)
def _scores(table: RunTable, _version: int, split: str, name: str, positions: bytes) -> Scores:
    """Scores [classes, epochs, 2, bins]; several formulas in a row share them."""
    (output,) = (output for output in table.outputs() if output.name == name)
    histograms = table.histograms(split, output, np.frombuffer(positions, np.int64).tolist())
    return Scores.of_histogram(np.moveaxis(histograms, 0, 1), output.thresholds)


def counts_of(
    source: Source, split: str, threshold: float | None, output: Output, *, matrix: bool = False
) -> tuple[CountsOverEpochs, Ints | None]:
    """Counts at a threshold, and the matrices [epochs, K, K] where these are wanted and argmax decides.

    At the decision the counts are those of the lines, where these state all classes: no array is read.
    """
    argmax = threshold is None and kind_of(output).argmax
    if _at_decision(threshold, output) and not (matrix and argmax):
        stated = source.counts_at_decision(split, output)
        if stated is not None:
            return stated, None
    if argmax and isinstance(source, RunTable) and len(source) and not (matrix or source.matrices_fit(output)):
        several = (SomeEpochs(source, some) for some in matrix_portions(output, np.arange(len(source))))
        return CountsOverEpochs.joined([counts_of(some, split, None, output)[0] for some in several]), None
    if argmax and not output.matrix:
        of_classes = source.argmax_counts(split, output)
        return of_classes or CountsOverEpochs.none(classes_of(output), len(source)), None
    found = source.matrices(split, output) if argmax else None
    if found is None:
        edge = edge_of(output.decision_threshold if threshold is None else threshold, output)
        return source.counts_at(split, output, edge), None
    tp, fp, tn, fn = counts_from_matrix(found)
    return CountsOverEpochs(tp, fp, tn, fn, np.asarray(found.any(axis=(1, 2)))), found


def matrix_portions(output: Output, positions: Ints) -> Iterator[Ints]:
    """Positions, so many at a time that their matrices fit into `MATRICES`."""
    most = max(MATRICES // (8 * len(output.classes) ** 2), 1)
    yield from np.split(positions, range(most, len(positions), most))


def edge_of(threshold: float, output: Output) -> int:
    """Index of the recorded threshold that is nearest.

    Raises:
        ValueError: `threshold` is not in [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be in [0, 1]. Received: {threshold}")
    edges = output.thresholds
    at = bisect_left(edges, threshold)
    return min(range(max(at - 1, 0), min(at + 1, len(edges))), key=lambda edge: abs(edges[edge] - threshold))


def _at_decision(threshold: float | None, output: Output) -> bool:
    """Whether the lines state these counts: of argmax for multi-class, else at the decision's edge."""
    if threshold is None or kind_of(output).argmax:
        return threshold is None
    return edge_of(threshold, output) == edge_of(output.decision_threshold, output)
