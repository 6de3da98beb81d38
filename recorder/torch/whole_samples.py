"""Samples taken whole, in PyTorch, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

import torch
from torch import Tensor

from ..runfile import TINY
from ..whole_samples import AT_ONCE, OF_TRUE, LabelSets


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


def label_sets(
    sets: LabelSets, place: Tensor, scores: Tensor, sides: Tensor, undefined: Tensor
) -> tuple[Tensor, Tensor]:
    """Counters of `LabelSets`, behind its offsets, and what is to be added to each, int64 [n, several] both.

    The arguments are those of `on_device`.
    """
    ranks = _ranks(scores, sides == 1, sides < 2) if sets.ranked else None
    return sets.on_device(torch, Tensor.long, place, sides, undefined, ranks)


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
