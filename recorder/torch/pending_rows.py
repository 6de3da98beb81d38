"""Batches that are not counted yet: copied side by side on the device, so that many small ones are counted as one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

NUMBERS, MOST, FEWEST = 2**16, 2**13, 64  # scores of all rows together; rows


class Rows(NamedTuple):
    """Rows of a batch, or of several: labels [n] or [n, classes], scores [n, width], mask and weight [n] or None."""

    y_true: Tensor
    y_score: Tensor
    mask: Tensor | None
    weight: Tensor | None


class PendingRows:
    """Room for so many rows that a pass over them costs more than to start it, and that they take some 256 KiB.

    Args:
        width: scores of a row.
    """

    def __init__(self, width: int) -> None:
        self.room = min(max(NUMBERS // width, FEWEST), MOST)
        self._rows: Rows | None = None
        self._number = 0

    def takes(self, rows: Rows) -> bool:
        """Takes rows in, where they fit behind those that are there; they may be changed afterwards."""
        number = len(rows.y_score)
        if number > self.room - self._number:
            return False
        if self._rows is None or not _alike(self._rows, rows):
            if self._number:
                return False
            self._rows = self._made_for(rows)
        for kept, given in zip(self._rows, rows, strict=True):
            if kept is not None:
                kept.narrow(0, self._number, number).copy_(given)
        self._number += number
        return True

    def take_out(self) -> Rows | None:
        """What is there, which is then gone; good until the next rows are taken in. None where there is nothing."""
        number, self._number = self._number, 0
        if not number or self._rows is None:
            return None
        return Rows(*(None if kept is None else kept[:number] for kept in self._rows))

    def forget(self) -> None:
        """Gives up rows and room."""
        self._rows, self._number = None, 0

    def _made_for(self, rows: Rows) -> Rows:
        with torch.inference_mode(False):
            return Rows(*(None if each is None else self._like(each) for each in rows))

    def _like(self, given: Tensor) -> Tensor:
        return torch.empty((self.room, *given.shape[1:]), dtype=given.dtype, device=given.device)


def _alike(kept: Rows, rows: Rows) -> bool:
    """Whether there is the same in both, of the same type and on the same device."""
    for one, other in zip(kept, rows, strict=True):
        if one is None or other is None:
            if one is not other:
                return False
        elif one.dtype != other.dtype or one.shape[1:] != other.shape[1:] or one.device != other.device:
            return False
    return True
