"""Bins by a table, as `recorder.bin_table` makes it, in operations of PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor

from ..bin_table import BinTable


class TensorBinTable(torch.nn.Module):
    """A table of bins on the device of its module.

    Args:
        table: whose bins these are.
    """

    edges: Tensor
    below: Tensor

    def __init__(self, table: BinTable) -> None:
        super().__init__()
        self._shift, self._half, self._within = table.shift, table.half, table.within
        self.register_buffer("edges", torch.from_numpy(table.edges), persistent=False)
        self.register_buffer("below", torch.from_numpy(table.below), persistent=False)

    def bins(self, scores: Tensor) -> Tensor:
        """int32, of the shape of the scores: how many edges are below each; NaN is behind them all."""
        flat = scores.reshape(-1)
        found = self.below.index_select(0, self._bucket(flat))
        first = found.clone() if self._within > 1 else found
        for at in range(self._within):
            found += flat > self.edges.index_select(0, first + at if at else first)
        found += flat.isnan()  # which is above no edge, and was found among those above the last real one
        return found.reshape(scores.shape)

    def _bucket(self, scores: Tensor) -> Tensor:
        """int32, as `recorder.bin_table` has it."""
        folded = torch.minimum(scores, 1 - scores).clamp_(min=0)
        bits = (folded.view(torch.int32) >> self._shift).bitwise_and_(self._half - 1)
        return bits.add_(scores > 0.5, alpha=self._half)
