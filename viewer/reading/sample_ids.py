"""What the user calls the samples of a run, where that was recorded."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import RunFormatError, SampleIds, read_ids

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SampleGroups:
    """Which samples of a split belong together.

    Args:
        ids: of the split, with groups.
    """

    ids: SampleIds

    @cached_property
    def names(self) -> Array:
        """int64 or objects [groups], all different: what the user calls them."""
        return self._coded[0]

    @property
    def apart(self) -> bool:
        """Whether each sample is a group of its own."""
        return bool((np.asarray(self.ids.group_size) == 1).all())

    def of(self, sample: Array) -> Array:
        """int64 [samples], the group of each, from 0; a sample whose group is not known is one of its own."""
        known = self.ids.sample
        place = np.minimum(np.searchsorted(known, sample), max(len(known) - 1, 0))
        if not len(known):
            return np.arange(len(sample))
        own = len(self.names) + np.arange(len(sample))
        return np.where(known[place] == sample, self._coded[1][place], own)

    def named(self, sample: Array) -> Array:
        """Objects [samples], the name of the group of each; None where it is not known."""
        names = np.empty(len(self.names) + 1, object)
        names[:-1] = self.names
        return names[np.minimum(self.of(sample), len(self.names))]

    @cached_property
    def _coded(self) -> tuple[Array, Array]:
        names, code = np.unique(np.asarray(self.ids.group), return_inverse=True)
        return names, code


class IdsOfSamples:
    """The ids of a run by split, read when they are asked for; what is not there, or broken, at the next change again.

    Args:
        folder: the run.
        faults: takes a sentence for each file that cannot be read.
    """

    def __init__(self, folder: Path, faults: MutableMapping[str, str]) -> None:
        self._folder, self._faults = folder, faults
        self._found: dict[str, SampleIds] = {}
        self._groups: dict[str, SampleGroups] = {}
        self._looked: dict[str, int] = {}

    def of(self, split: str, version: int) -> SampleIds | None:
        """The ids of a split; None where there are none. As `groups`."""
        found = self._read(split, version)
        return found if found is not None and found.named else None

    def groups(self, split: str, version: int) -> SampleGroups | None:
        """The groups of the samples of a split; None where there are none.

        Args:
            split: of the samples.
            version: of the run; while it stays, nobody looks again.
        """
        found = self._read(split, version)
        if found is None or found.group is None:
            return None
        return self._groups.setdefault(split, SampleGroups(found))

    def _read(self, split: str, version: int) -> SampleIds | None:
        if split not in self._found and self._looked.get(split) != version:
            self._looked[split] = version
            self._look(split)
        return self._found.get(split)

    def _look(self, split: str) -> None:
        key = f"sample_ids of {split}"
        self._faults.pop(key, None)
        try:
            found = read_ids(self._folder, split)
        except (OSError, RunFormatError) as error:
            self._faults[key] = f"sample ids of {split!r}: {error}"
            return
        if found is not None:
            self._found[split] = found


def called(sample: Array, ids: SampleIds | None) -> Array:
    """What samples are called: their ids, where there are any, else their positions.

    Args:
        sample: int64 [samples], positions.
        ids: of their split.

    Returns:
        int64 or objects [samples].
    """
    if ids is None or not len(ids.sample):
        return sample
    place = np.minimum(np.searchsorted(ids.sample, sample), len(ids.sample) - 1)
    known = ids.sample[place] == sample
    return ids.id[place] if known.all() else np.where(known, ids.id[place].astype(object), sample.astype(object))
