"""The predictions that are kept on the device: rows of a buffer, filled without waiting for it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..counting import samples_within
from ..kept_samples import Rows
from ..runfile.kinds import TOP
from .layout import Layout


class SampleRows(torch.nn.Module):
    """Keeps every 2^k-th sample: by position, or where samples have ids those whose id is a multiple of 2^k.

    Args:
        layout: of the output.
        most: samples to keep at most.
        positions: in the data set, where samples have ids; None where they are counted as they come.

    Attributes:
        stride: 2^k, as small as the room allows.
        seen: samples that came without ids since the last `reset`.
    """

    rows: Tensor

    def __init__(self, layout: Layout, most: int, positions: int | None) -> None:
        super().__init__()
        kind, scores = layout.kind, layout.classes
        self.room = samples_within(kind, scores, most) if most else 0
        self._reduced, self._labels = not kind.keeps_whole(scores), kind.labels(scores)
        self._scores = TOP + 1 if self._reduced else scores
        self.stride, self.seen = 1, 0
        while positions is not None and self.room and -(-positions // self.stride) > self.room:
            self.stride *= 2
        # Scores, their classes where they are reduced, truth, weight, and whether there is a sample.
        columns = self._scores * (1 + self._reduced) + self._labels + 2
        self.register_buffer("rows", torch.zeros((self.room + 1 if self.room else 0, columns)), persistent=False)

    def reset(self) -> None:
        """Forgets what was kept."""
        self.rows.zero_()
        self.seen = 0

    def add(self, truth: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        """Keeps what falls on the stride of samples in the order they come."""
        first, number = -self.seen % self.stride, len(scores)
        while self.room and -(-(self.seen + number) // self.stride) > self.room:
            self.rows[: (self.room + 1) // 2] = self.rows[: self.room : 2].clone()
            self.stride *= 2
            first = -self.seen % self.stride
        start, self.seen = (self.seen + first) // self.stride, self.seen + number
        if self.room and first < number:
            each = slice(first, None, self.stride)
            packed = self._packed(truth[each], scores[each], None if weight is None else weight[each])
            self.rows[start : start + len(packed)] = packed

    def add_by_id(self, ids: Tensor, kept: Tensor, truth: Tensor, scores: Tensor, weight: Tensor | None) -> None:
        """Keeps what falls on the stride by its id, int64 [n]; `kept`, bool [n], is false where it is left out."""
        if self.room:
            slot = torch.where(kept & (ids % self.stride == 0), ids // self.stride, self.room)
            self.rows.index_copy_(0, slot, self._packed(truth, scores, weight))

    def read(self, *, by_id: bool, weighted: bool, labels_apart: bool) -> Rows | None:
        """What was kept, on the host; None where there is nothing."""
        if not self.room:
            return None
        rows = self.rows[: self.room].cpu().numpy()
        there = np.flatnonzero(rows[:, -1]) if by_id else np.arange(-(-self.seen // self.stride))
        widths = [self._scores, self._scores * self._reduced, self._labels, 1]
        scores, label, truth, weight = np.split(rows[there, :-1], np.cumsum(widths)[:-1], axis=1)
        truth = truth.astype(np.int32)
        return Rows(
            key=there * self.stride,
            sample=there * self.stride,
            truth=truth if labels_apart else truth[:, 0],
            scores=scores,
            label=label.astype(np.int32) if self._reduced else None,
            weight=weight[:, 0] if weighted else None,
        )

    def _packed(self, truth: Tensor, scores: Tensor, weight: Tensor | None) -> Tensor:
        """float32 [n, columns]."""
        columns = [scores]
        if self._reduced:
            own = truth.clamp(0, scores.shape[1] - 1).long()
            label = torch.cat([own, scores.topk(TOP, dim=1).indices], dim=1)
            columns = [scores.gather(1, label), label.float()]
        there = torch.ones_like(scores[:, :1])
        return torch.cat([*columns, truth.float(), there if weight is None else weight[:, None].float(), there], dim=1)
