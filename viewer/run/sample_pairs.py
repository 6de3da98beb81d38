"""Two runs on the same samples: those that one gets right and the other wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import kind_of

from ..statistics.sample_lists import ONLY_A, ONLY_B, disagreements
from .sample_history import SamplesSoFar

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePair:
    """Two runs, each as it stood at its epoch, and where the samples are that both have.

    Args:
        a: the first run's samples.
        b: the second's.
        at_a: int64 [samples], places in `a`.
        at_b: int64 [samples], places of the same samples in `b`.
    """

    a: SamplesSoFar
    b: SamplesSoFar
    at_a: Array
    at_b: Array

    def listed(self, which: str) -> tuple[Array, Array]:
        """Places in `a` and in `b` of the samples that A alone (`ONLY_A`) or B alone (`ONLY_B`) gets right."""
        tracks = ((self.a.tracks, self.at_a), (self.b.tracks, self.at_b))
        known = np.logical_and(*(one.known[-1][at] for one, at in tracks))
        right = tuple(one.correct[-1][at] for one, at in tracks)
        confidence = tuple(one.confidence[-1][at] for one, at in tracks)
        order = disagreements(which, (right[0], right[1]), known, (confidence[0], confidence[1]))
        return self.at_a[order], self.at_b[order]

    @property
    def table(self) -> pd.DataFrame:
        """One row a sample on which the two disagree, those that A alone gets right first; index `sample`, `label` too.

        Columns: id (the user's own, where ids were recorded), class, right ("A" or "B": who is), predicted and score of
        each, A's first; the score is the probability of the true class.
        """
        from ..needs.pandas import pd

        return pd.concat([self._rows(which, who) for which, who in ((ONLY_A, "A"), (ONLY_B, "B"))])

    def _rows(self, which: str, who: str) -> pd.DataFrame:
        from ..needs.pandas import pd

        at = dict(zip("ab", self.listed(which), strict=True))
        names = np.asarray(self.a.truths, object)
        tracks = self.a.tracks
        run, split = self.a.run, self.a.split
        ids = {} if run.sample_ids(split) is None else {"id": run.called(tracks.sample[at["a"]], split)}
        columns: dict[str, Any] = ids | {"class": names[tracks.y_true[at["a"]]], "right": who}
        for name, one in (("a", self.a), ("b", self.b)):
            columns[f"predicted_{name}"] = names[one.tracks.predicted[-1][at[name]]]
            columns[f"score_{name}"] = one.tracks.confidence[-1][at[name]]
        index: Any = pd.Index(tracks.sample[at["a"]], name="sample")
        if tracks.label is not None:
            labels = np.asarray(self.a.output.classes, object)[tracks.label[at["a"]]]
            index = pd.MultiIndex.from_arrays([index, labels], names=["sample", "label"])
        return pd.DataFrame(columns, index=index)


def paired(a: SamplesSoFar, b: SamplesSoFar) -> SamplePair:
    """Two runs on the samples that both have: of the same id where both have ids, else at the same position.

    Raises:
        ValueError: They decide between other classes, have no sample in common, or say different things of its truth.
    """
    if (a.output.kind, a.output.classes) != (b.output.kind, b.output.classes):
        raise ValueError("two runs must decide between the same classes to be held against each other sample by sample")
    with_ids = all(one.run.sample_ids(one.split) is not None for one in (a, b))
    found = np.intersect1d(_keys(a, with_ids), _keys(b, with_ids), return_indices=True)
    at_a, at_b = found[1:]
    if not len(at_a):
        raise ValueError("two runs must have samples in common to be held against each other. Received: none")
    other = int((a.tracks.y_true[at_a] != b.tracks.y_true[at_b]).sum())
    if other:
        raise ValueError(
            f"a sample must have the same true class in both runs. Received: another one for {other:,} of "
            f"{len(at_a):,} samples"
        )
    return SamplePair(a=a, b=b, at_a=at_a, at_b=at_b)


def _keys(one: SamplesSoFar, with_ids: bool) -> Array:
    """What tells samples apart, and of a multi-label output their labels."""
    tracks, labels = one.tracks, kind_of(one.output).labels(len(one.output.classes))
    if with_ids:
        names = one.run.called(tracks.sample, one.split)
        label = np.zeros(len(names), int) if tracks.label is None else tracks.label
        return np.array([f"{number}:{name}" for number, name in zip(label.tolist(), names.tolist(), strict=True)])
    return tracks.sample if tracks.label is None else tracks.sample * labels + tracks.label
