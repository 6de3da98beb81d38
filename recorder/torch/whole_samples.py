"""Samples taken whole, in PyTorch, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

import torch
from torch import Tensor

from ..whole_samples import AT_ONCE, OF_TRUE, TINY, LabelSets


def places_of(labels: Tensor, scores: Tensor, place_of_rank: Tensor) -> Tensor:
    """int64 [n]: the place of `place_of_rank` of each sample; of one without a class or with a NaN any.

    Args:
        labels: int64 [n], classes, or numbers beyond.
        scores: float32 [n, classes].
        place_of_rank: as there is one.
    """
    classes = scores.shape[1]
    scores = not_denormal(scores)
    own = labels.clamp_max(classes - 1)[:, None]
    score = scores.gather(1, own)
    first = (scores == score) & (torch.arange(classes, device=scores.device) < own)
    return place_of_rank[((scores > score) | first).sum(dim=1)]


def label_sets(sets: LabelSets, place: Tensor, scores: Tensor, sides: Tensor, undefined: Tensor) -> tuple[Tensor, ...]:
    """Counters of `LabelSets` and what is to be added to each, int64 [n, several] both.

    Args:
        sets: of the output.
        place: int64 [n, labels], the bins of the scores as they are recorded.
        scores: float32 [n, labels].
        sides: int64 [n, labels]: 0 of a label that is not true, 1 of one that is, 2 of one that does not count.
        undefined: bool [n, labels], where the score is NaN.
    """
    positive, known = sides == 1, sides < 2
    one = known.any(dim=1) & ~(undefined & known).any(dim=1)
    start = torch.where(sides == 0, place, 0).amax(dim=1)
    end = torch.where(positive, place, sets.thresholds).amin(dim=1)
    right = one & (start < end)
    index, values = [start, end, torch.zeros_like(start)], [right, right, one]
    if not sets.ranked:
        return torch.stack(index, dim=1), torch.stack(values, dim=1).long()
    rank, among_true = _ranks(scores, positive, known)
    true = positive.sum(dim=1)
    wrong = ((rank - among_true) * positive).sum(dim=1)
    index += [true * (sets.labels + 1) + known.sum(dim=1) - true, (rank * positive).amax(dim=1)]
    values += [wrong, one]
    ranks = torch.where(positive, (true[:, None] - 1) * sets.labels + rank - 1, 0)
    added = torch.cat([torch.stack([value.long() for value in values], dim=1), among_true * positive], dim=1)
    return torch.cat([torch.stack(index, dim=1), ranks], dim=1), added * one[:, None]


def not_denormal(scores: Tensor) -> Tensor:
    """Scores, denormal ones as 0."""
    return torch.where(scores.abs() < float(TINY), 0.0, scores)


def _ranks(scores: Tensor, positive: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """int64 [n, labels] each: how many labels, and how many true ones, have as high a score as each."""
    scores, weights = not_denormal(scores), known + OF_TRUE * positive.float()
    step = max(AT_ONCE // scores.shape[1] ** 2, 1)
    parts = zip(scores.split(step), weights.split(step), strict=True)
    sums = torch.cat([_summed(part, weight) for part, weight in parts])
    among_true = sums // OF_TRUE
    return sums - OF_TRUE * among_true, among_true


def _summed(scores: Tensor, weights: Tensor) -> Tensor:
    # Compared in place, as numbers: a fifth of the time of booleans that are summed.
    pairs = scores[:, None, :].repeat(1, scores.shape[1], 1).ge_(scores[:, :, None])
    return pairs.mul_(weights[:, None, :]).sum(dim=2).long()
