"""Which ids were met: a bit for each, so that a sample that comes twice is counted once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .runfile.records import Array

LARGEST_ID = 2**31 - 1  # the bits up to it take 256 MiB
STRETCH = 2**20  # bytes of bits that are compared at a time
RULE = "ids must be whole numbers from 0 to 2^31 - 1, one a sample, such as its position in the data set"
_ONES = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


class SeenIds:
    """A set of ids, a bit for each number up to the largest: 1.25 MB for 10 million samples.

    Attributes:
        bits: uint8 [largest id / 8 or more]; the bit `id % 8` of the byte `id // 8` says whether `id` was met.
    """

    def __init__(self) -> None:
        self.bits = np.zeros(0, np.uint8)

    def add(self, ids: Array) -> npt.NDArray[np.bool_]:
        """Takes ids in; which of them are met for the first time, bool [ids]."""
        new = np.zeros(len(ids), bool)
        new[np.unique(ids, return_index=True)[1]] = True
        new &= ~self.has(ids)
        self._grow(int(ids.max(initial=-1)) // 8 + 1)
        np.bitwise_or.at(self.bits, ids >> 3, _bit(ids))
        return new

    def has(self, ids: Array) -> npt.NDArray[np.bool_]:
        """Which ids were met, bool [ids]."""
        there = (ids >> 3) < len(self.bits)
        found = np.zeros(len(ids), bool)
        found[there] = (self.bits[ids[there] >> 3] & _bit(ids[there])) != 0
        return found

    def remove(self, ids: Array) -> None:
        """Forgets ids that were met."""
        np.bitwise_and.at(self.bits, ids >> 3, ~_bit(ids))

    def merge(self, other: SeenIds) -> int:
        """Takes in what another one has met; how many both had."""
        self._grow(len(other.bits))
        both = 0
        for start in range(0, len(other.bits), STRETCH):
            part = slice(start, min(start + STRETCH, len(other.bits)))
            both += ones(self.bits[part] & other.bits[part])
            self.bits[part] |= other.bits[part]
        return both

    def _grow(self, size: int) -> None:
        if size > len(self.bits):
            larger = np.zeros(max(size, min(2 * len(self.bits), (LARGEST_ID + 1) // 8)), np.uint8)
            larger[: len(self.bits)] = self.bits
            self.bits = larger


def ones(bits: Array) -> int:
    """How many bits are set in uint8 [...]."""
    return int(_ONES[bits].sum(dtype=np.int64))


def id_of_each(ids: object, shape: tuple[int, ...], samples: int) -> npt.NDArray[np.int64]:
    """int64 [samples]: ids given for each sample, or for each first axis of several positions, which are numbered on.

    Args:
        ids: whole numbers [n] of scores [n, ...].
        shape: of the scores.
        samples: positions that are counted.

    Raises:
        ValueError: They break the rule.
    """
    given = np.asarray(ids)
    if given.dtype.kind not in "iu" or given.ndim == 0 or (given.size and not 0 <= given.min() <= given.max()):
        raise ValueError(f"{RULE}. Received: {_short(given)}")
    if given.size != samples and (given.ndim != 1 or not len(given) or len(given) != shape[0]):
        raise ValueError(f"{RULE}. Received: {given.shape} for scores {shape}")
    each = samples // given.size if given.size else 1
    numbers = given.reshape(-1).astype(np.int64)
    if each > 1:
        numbers = (numbers[:, None] * each + np.arange(each)).reshape(-1)
    if len(numbers) and numbers.max() > LARGEST_ID:
        raise ValueError(f"{RULE}. Received: {int(given.max())}, with {each} positions each")
    return numbers


def _bit(ids: Array) -> npt.NDArray[np.uint8]:
    return np.left_shift(np.uint8(1), (ids & 7).astype(np.uint8))


def _short(given: Array) -> str:
    return f"dtype {given.dtype}" if given.dtype.kind not in "iu" else f"{given.reshape(-1)[:3].tolist()}"
