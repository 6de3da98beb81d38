"""What the user calls the samples of a run, where that was recorded."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import RunFormatError, SampleIds, read_ids

Array = npt.NDArray[Any]


class IdsOfSamples:
    """The ids of a run by split, read when they are asked for; what is not there, or broken, at the next change again.

    Args:
        folder: the run.
        faults: takes a sentence for each file that cannot be read.
    """

    def __init__(self, folder: Path, faults: MutableMapping[str, str]) -> None:
        self._folder, self._faults = folder, faults
        self._found: dict[str, SampleIds] = {}
        self._looked: dict[str, int] = {}

    def of(self, split: str, version: int) -> SampleIds | None:
        """The ids of a split; None where there are none.

        Args:
            split: of the samples.
            version: of the run; while it stays, nobody looks again.
        """
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
