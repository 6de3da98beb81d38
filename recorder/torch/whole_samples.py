"""Samples taken whole, in PyTorch, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

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
    own = labels.clamp_max(classes - 1)[:, None]
    if waits_for_nothing(scores):
        score = scores.gather(1, own)
        ahead, as_high = (_as_numbers(scores, score, compare) for compare in (torch.gt, torch.ge))
        zero = score.abs() < float(TINY)  # beside which denormal scores are as high
        if not (zero.numpy().any() or (as_high - ahead > 1).numpy().any()):
            return place_of_rank[ahead.long()]
    scores = not_denormal(scores)
    score = scores.gather(1, own)
    first = (scores == score) & (torch.arange(classes, device=scores.device) < own)
    return place_of_rank[((scores > score) | first).sum(dim=1)]


def predicted(scores: Tensor) -> Tensor:
    """int64 [n]: the class with the highest score, of equals the first one; NumPy is ten times as quick to find it."""
    if waits_for_nothing(scores):
        return torch.from_numpy(scores.detach().numpy().argmax(axis=1))
    return scores.argmax(dim=1)


def waits_for_nothing(tensor: Tensor) -> bool:
    """Whether values may be looked at: on a CPU, and step by step."""
    return tensor.device.type == "cpu" and not torch.compiler.is_compiling()


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
    if waits_for_nothing(counters):
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
    # As numbers, compared in place: see `_as_numbers`.
    pairs = scores[:, None, :].repeat(1, scores.shape[1], 1).ge_(scores[:, :, None])
    return pairs.mul_(weights[:, None, :]).sum(dim=2).long()


def _as_numbers(scores: Tensor, score: Tensor, compare: Any) -> Tensor:
    """float32 [n]: for how many scores of a sample a comparison holds, summed in a fifth of the time of booleans."""
    return compare(scores, score, out=torch.empty_like(scores)).sum(dim=1)
