"""Training dynamics of a run as tables: of samples, and of epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Unit

from ..points import points
from .dynamics import Dynamics
from .events import NEVER
from .sample_lists import listed, margins
from .suspects import Suspects

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RunDynamics:
    """`viewer.dynamics`: the numbers, and as tables.

    Args:
        numbers: arrays.
        suspects: by the newest epoch that has samples.
        output: what the predictions are of.
        ids: the user's own of the samples in `numbers.tracks`; None where none were recorded.
        unit: of the run: "epoch" or "step".
    """

    numbers: Dynamics
    suspects: Suspects
    output: Output
    ids: Array | None = None
    unit: Unit = "epoch"

    def __repr__(self) -> str:
        tracks = self.numbers.tracks
        suspect = int(self.suspects.suspect.sum())
        over = points(self.unit, len(tracks.epochs))
        return f"RunDynamics({len(tracks.sample)} samples, {over}, {suspect} suspect labels)"

    def _repr_html_(self) -> str:
        return str(self.samples.to_html(max_rows=20))

    @property
    def samples(self) -> pd.DataFrame:
        """One row a sample, index `sample`, its position in the data set; of a multi-label output `sample`, `label`.

        Columns: id (the user's own, where ids were recorded), class (true; 0 or 1 for a label), predicted (in the
        newest epoch), confidence, variability, correctness, forgotten, first_learnt, learnt (NA: never, or not now),
        flips, suspect, suggested (class; NA: none), margin.
        """
        return _sample_table(self)

    def listed(self, which: str) -> pd.DataFrame:
        """The rows of `samples` that are in a list, the most telling first.

        Args:
            which: "hardest", "forgotten", "flipped" or "suspects".
        """
        labels = len(self.output.classes) if self.numbers.tracks.label is not None else 1
        margin, _ = margins(self.numbers.tracks, self.suspects, labels)
        return self.samples.iloc[listed(which, self.numbers, margin)]

    @property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch, index `epoch` or `step`: correct (share), churn, newly_learnt, newly_forgotten."""
        from ..needs.pandas import pd

        numbers, tracks = self.numbers, self.numbers.tracks
        with np.errstate(invalid="ignore"):
            correct = tracks.correct.sum(axis=1) / tracks.known.sum(axis=1)
        columns = {
            "correct": correct,
            "churn": numbers.churn,
            "newly_learnt": numbers.newly_learnt,
            "newly_forgotten": numbers.newly_forgotten,
        }
        return pd.DataFrame(columns, index=pd.Index(tracks.epochs, name=self.unit))


def _sample_table(found: RunDynamics) -> pd.DataFrame:
    from ..needs.pandas import pd

    numbers, tracks = found.numbers, found.numbers.tracks
    names = ["0", "1"] if tracks.label is not None else found.output.classes
    columns = {
        "class": _named(tracks.y_true, names),
        "predicted": _named(tracks.predicted[-1], names),
        "confidence": numbers.confidence,
        "variability": numbers.variability,
        "correctness": numbers.correctness,
        "forgotten": numbers.forgotten,
        "first_learnt": pd.array(numbers.first_learnt, "Int64"),
        "learnt": pd.array(numbers.learnt, "Int64"),
        "flips": numbers.flips,
    }
    frame = pd.DataFrame(columns, index=_index(tracks.sample, tracks.label, found.output.classes))
    for name in ("first_learnt", "learnt"):
        frame[name] = frame[name].mask(frame[name] == NEVER)
    frame = frame.join(_suspects(found, names))
    if found.ids is not None:
        frame.insert(0, "id", found.ids)
    return frame.fillna({"suspect": False}).astype({"suspect": bool})


def _suspects(found: RunDynamics, names: list[str]) -> pd.DataFrame:
    from ..needs.pandas import pd

    suspects = found.suspects
    columns = {
        "suspect": pd.array(suspects.suspect, "boolean"),
        "suggested": _named(suspects.suggested, names),
        "margin": suspects.margin,
    }
    return pd.DataFrame(columns, index=_index(suspects.sample, suspects.label, found.output.classes))


def _index(sample: Array, label: Array | None, classes: list[str]) -> pd.Index[Any]:
    from ..needs.pandas import pd

    if label is None:
        return pd.Index(sample, name="sample")
    return pd.MultiIndex.from_arrays([sample, np.asarray(classes, object)[label]], names=["sample", "label"])


def _named(numbers: Array, names: list[str]) -> Any:
    """Class numbers by name, NA for -1, as strings."""
    from ..needs.pandas import pd

    named = np.array([*names, pd.NA], object)  # which -1 finds last
    return pd.array(named[numbers], "string")
