"""Which samples belong together (the pixels of an image, the visits of a patient), as the user states it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import LONGEST_ID

Array = npt.NDArray[Any]
RULE = "groups must be strings or whole numbers, one for each sample in order, or one for each row of samples"


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of a split.

    Args:
        names: int64 [groups], or strings as objects; all different.
        code: int64 [given], the place in `names` of each sample, or of each row of samples such as an image.
    """

    names: Array
    code: Array

    def repeats(self, samples: int) -> int:
        """How many samples in a row each value is of.

        Raises:
            ValueError: The samples of the split are no multiple of the values.
        """
        if not len(self.code) or samples % len(self.code):
            raise ValueError(f"{RULE}. Received: {len(self.code):,} for {samples:,}")
        return samples // len(self.code)

    def of(self, sample: Array, samples: int) -> tuple[Array, Array]:
        """The group of some samples, and how many samples it has in all, each [some].

        Args:
            sample: int64 [some], positions in the split.
            samples: how many the split has.

        Raises:
            ValueError: As `repeats`.
        """
        repeats = self.repeats(samples)
        code = self.code[sample // repeats]
        return self.names[code], (np.bincount(self.code, minlength=len(self.names)) * repeats)[code]


def check_recorded(groups: Any, max_samples: int, *, counted: bool = False) -> None:
    """Raises ValueError where groups would be recorded nowhere: with no sample, and with no counts."""
    if groups is not None and not max_samples and not counted:
        raise ValueError(
            "groups must have predictions that are kept, or counts (RunWriter(group_thresholds=...)). "
            "Received: max_samples=0"
        )


def grouping_of(given: Any) -> Grouping:
    """The groups that an argument states: an array, or anything else in order, of strings or whole numbers.

    Raises:
        ValueError: They break the rule.
    """
    array = np.asarray(given) if hasattr(given, "__array__") else None
    if isinstance(given, str | bytes | Set | Mapping) or (array is None and not isinstance(given, Iterable)):
        raise ValueError(f"{RULE}. Received: {type(given).__name__}")
    values = _of_list(list(given)) if array is None else _of_list(array.tolist()) if array.dtype == object else array
    if values.ndim != 1:
        raise ValueError(f"{RULE}. Received: an array of shape {values.shape}")
    if values.dtype.kind not in "iuUT" and len(values):
        raise ValueError(f"{RULE}. Received: {values.dtype} such as {values[:1].tolist()[0]!r:.60}")
    if values.dtype.kind == "u" and len(values) and int(values.max()) >= 2**63:
        raise ValueError(f"{RULE}. Received: {values.max()} among whole numbers")
    names, code = np.unique(values, return_inverse=True)
    if values.dtype.kind in "iu":
        return Grouping(names.astype(np.int64), code)
    return Grouping(_texts(names.tolist()), code)


def _of_list(values: list[Any]) -> Array:
    """An array of one type, as NumPy would make texts of numbers among texts."""
    if all(isinstance(value, str) for value in values):
        return np.array(values, str)
    for value in values:
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
            raise ValueError(f"{RULE}. Received: {value!r:.60}")
    return np.array(values, np.int64)


def _texts(names: list[str]) -> Array:
    for name in names:
        if not 0 < len(name) <= LONGEST_ID or name.encode("utf-8", "replace").decode() != name:
            raise ValueError(f"a group must have 1 to {LONGEST_ID:,} characters of UTF-8. Received: {name[:60]!r}")
    return np.array(names, object)
