"""Training dynamics as a table of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .events import NEVER

if TYPE_CHECKING:
    import pandas as pd

    from .dynamics import RunDynamics

Array = npt.NDArray[Any]


def sample_table(found: RunDynamics) -> pd.DataFrame:
    """As `RunDynamics.samples` describes it."""
    import pandas as pd

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
    return frame.fillna({"suspect": False}).astype({"suspect": bool})


def _suspects(found: RunDynamics, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    suspects = found.suspects
    columns = {
        "suspect": pd.array(suspects.suspect, "boolean"),
        "suggested": _named(suspects.suggested, names),
        "margin": suspects.margin,
    }
    return pd.DataFrame(columns, index=_index(suspects.sample, suspects.label, found.output.classes))


def _index(sample: Array, label: Array | None, classes: list[str]) -> pd.Index[Any]:
    import pandas as pd

    if label is None:
        return pd.Index(sample, name="sample")
    return pd.MultiIndex.from_arrays([sample, np.asarray(classes, object)[label]], names=["sample", "label"])


def _named(numbers: Array, names: list[str]) -> Any:
    """Class numbers by name, NA for -1, as strings."""
    import pandas as pd

    named = np.array([*names, pd.NA], object)  # which -1 finds last
    return pd.array(named[numbers], "string")
