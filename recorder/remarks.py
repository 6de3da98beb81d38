"""What looks wrong about counts, in sentences with the way out; nothing of it stops a training."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from .runfile import Output, Tally, kind_of

SUM_TOLERANCE = 0.02
ENOUGH = 100  # scores, of which something is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What was met beside what is counted.

    Args:
        outside: scores that are no probabilities.
        no_label: labels that are none: NaN, an index outside the classes, a one-hot row without a one. Those that the
            user or a mask of Keras leaves out are not among them.
        odd: labels of a binary or multi-label output below 0 or above 1.
        crowded: one-hot rows of a multi-class output with several ones.
        uncertain: the kind was told from labels and scores, and could be another one.
        lost_positions: samples came at positions that this backend has no numbers for.
        repeated: samples that were counted more than once, on different processes.
    """

    outside: int = 0
    no_label: int = 0
    odd: int = 0
    crowded: int = 0
    uncertain: bool = False
    lost_positions: bool = False
    repeated: int = 0

    def plus(self, other: Met) -> Met:
        """What was met here and there."""
        return Met(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


def remarks(output: Output, tally: Tally, met: Met) -> Iterator[tuple[str, str]]:
    """Key and sentence of each thing that looks wrong; of one key, one sentence is enough for a run.

    Args:
        output: what is counted.
        tally: the counts of one split.
        met: what was met beside them.
    """
    where = f" of {output.name}" if output.name else ""
    yield from _of_numbers(tally, met, where)
    yield from _of_labels(output, tally.split, met, where)
    yield from _of_samples(tally.split, met, where)
    if not output.matrix:
        yield (
            f"bound{where}",
            f"of {len(output.classes):,} classes{where} no confusion matrix is kept, and {len(output.thresholds)} "
            "thresholds: the counters of an output take 64 MiB at most. What argmax makes of each class is kept.",
        )
    if not met.outside:
        yield from _of_scores(output, tally, where)


def _of_numbers(tally: Tally, met: Met, where: str) -> Iterator[tuple[str, str]]:
    split = tally.split
    nan = int(tally.nan.sum())
    if nan:
        yield "nan", f"{nan} scores of {split} are NaN; they are counted apart, in none of tp, fp, tn and fn."
    if tally.weights is not None and not (np.isfinite(tally.weights) & (tally.weights >= 0)).all():
        yield (
            f"weights{where}",
            f"sample_weight of {split}{where} must be finite and 0 or more, and its sums are not: formulas of weights "
            "are wrong there, or undefined; the counts are not touched.",
        )
    if met.outside:
        told = f"{met.outside} scores of {split} are outside [0, 1] and count in the end bins"
        yield (
            "outside",
            f"{told}. If they are logits: ConfusionTally(from_logits=True); a RunWriter takes probabilities.",
        )


def _of_labels(output: Output, split: str, met: Met, where: str) -> Iterator[tuple[str, str]]:
    if met.no_label:
        yield (
            f"no label{where}",
            f"{met.no_label} labels of {split}{where} are none (NaN, an index outside the {len(output.classes)} "
            "classes, a one-hot row without a one); they are ignored. If that is meant, ignore_label= says so.",
        )
    if met.odd:
        yield (
            f"odd{where}",
            f"{met.odd} labels of {split}{where} are below 0 or above 1; above 0.5 counts as positive. "
            "Labels must be 0 and 1: -1 for unknown needs ignore_label=-1.",
        )
    if met.crowded:
        yield (
            f"crowded{where}",
            f"{met.crowded} label rows of {split}{where} have several ones and count as the first of them. "
            'If samples may have several labels: kind="multilabel".',
        )
    if met.uncertain:
        yield (
            f"uncertain{where}",
            f"the scores of {split}{where} do not sum to 1, and every sample has exactly one label: taken for "
            'kind="multilabel". If the largest score decides, say kind="multiclass"; to name kind= ends this.',
        )


def _of_samples(split: str, met: Met, where: str) -> Iterator[tuple[str, str]]:
    if met.lost_positions:
        yield (
            f"positions{where}",
            f"{split}{where} has more than 2^31 positions, and this backend cannot number them: no samples are kept.",
        )
    if met.repeated:
        yield (
            f"repeated{where}",
            f"{met.repeated} samples of {split}{where} were counted more than once, on different processes: they were "
            "not among the last that a process was given, where samplers repeat some. Give each process its own.",
        )


def _of_scores(output: Output, tally: Tally, where: str) -> Iterator[tuple[str, str]]:
    bins = tally.histogram.sum(axis=1)
    if kind_of(output).argmax and bins.sum() >= ENOUGH:
        low, high = _mean_sum(bins, np.asarray(output.thresholds))
        if low > 1 + SUM_TOLERANCE or high < 1 - SUM_TOLERANCE:
            yield (
                f"sums{where}",
                f"the scores of {tally.split}{where} sum to {(low + high) / 2:.2g} a sample, not to 1 as those of a "
                'softmax do. If each class has a sigmoid and samples may have several labels: kind="multilabel".',
            )
    elif bins.sum() >= ENOUGH and _squashed_twice(bins.sum(axis=0), output.thresholds):
        way = "leave from_logits out" if output.from_logits else "a sigmoid may stand twice"
        yield (
            f"squashed{where}",
            f"all scores of {tally.split}{where} are in [0.5, 0.7311], as where a sigmoid is taken of probabilities: "
            f"{way}.",
        )


def _mean_sum(bins: np.ndarray, thresholds: np.ndarray) -> tuple[float, float]:
    """Between which bounds the mean sum of a sample's scores is, as far as bins [classes, bins] tell."""
    edges = np.concatenate([[0], thresholds, [1]])
    samples = bins.sum() / len(bins)
    of_all = bins.sum(axis=0)
    return float(of_all @ edges[:-1] / samples), float(of_all @ edges[1:] / samples)


def _squashed_twice(bins: np.ndarray, thresholds: Sequence[float]) -> bool:
    """Whether every score of bins [bins] may be a sigmoid of a probability, some clearly, and the grid can tell."""
    low, clear, high = (bisect_left(thresholds, at) for at in (0.5, 0.6, 0.7311))
    return len(thresholds) > ENOUGH and not bins[:low].any() and not bins[high + 1 :].any() and bool(bins[clear:].any())
