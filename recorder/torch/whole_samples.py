"""Samples taken whole, in PyTorch, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

import torch
from torch import Tensor

from ..runfile import TINY
from ..whole_samples import LabelSets, parted, weighed

AT_ONCE = 2**21  # pairs of scores that are compared in one go


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


def count_label_sets(
    counters: Tensor, sets: LabelSets, offsets: Tensor, bins: Tensor, scores: Tensor, sides: Tensor
) -> None:
    """Adds samples to the counters of `LabelSets`, int64 [size].

    Where nothing waits for it, on a CPU, NumPy counts: measured, its sort of the scores of a sample takes a thirtieth
    of the time that PyTorch's takes, or comparing them with one another.

    Args:
        counters: of these.
        sets: what is counted.
        offsets: `LabelSets.offsets`, int64.
        bins: whole numbers [n, labels], as `on_device` takes them.
        scores: float32 [n, labels].
        sides: [n, labels], as `on_device` takes them.
    """
    if counters.device.type == "cpu" and not torch.compiler.is_compiling():
        at, score, side = (each.detach().numpy() for each in (bins, scores, sides))
        sets.add(counters.numpy(), at, score, side == 1, side < 2, below=1)
        return
    ranks = _ranks(scores, sides == 1, sides < 2) if sets.ranked else None
    index, added = sets.on_device(torch, Tensor.long, bins, sides, scores.isnan(), ranks)
    counters.scatter_add_(0, (index + offsets).reshape(-1), added.reshape(-1))


def not_denormal(scores: Tensor) -> Tensor:
    """Scores, denormal ones as 0."""
    return torch.where(scores.abs() < float(TINY), 0.0, scores)


def _ranks(scores: Tensor, positive: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """int64 [n, labels] each: how many labels, and how many true ones, have as high a score as each."""
    scores, weights = not_denormal(scores), weighed(known.float(), positive.float())
    step = max(AT_ONCE // scores.shape[1] ** 2, 1)
    parts = zip(scores.split(step), weights.split(step), strict=True)
    return parted(torch.cat([_summed(part, weight) for part, weight in parts]))


def _summed(scores: Tensor, weights: Tensor) -> Tensor:
    # Compared in place, as numbers: a fifth of the time of booleans that are summed.
    pairs = scores[:, None, :].repeat(1, scores.shape[1], 1).ge_(scores[:, :, None])
    return pairs.mul_(weights[:, None, :]).sum(dim=2).long()
