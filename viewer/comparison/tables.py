"""The tables of a comparison, as DataFrames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..statistics.groups import Band
from .config import differences
from .entrant import STANDINGS, Entrant
from .pairs import Finding, Pair
from .terms import Terms

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


def summary_table(entrants: Sequence[Entrant], terms: Terms) -> pd.DataFrame:
    """One row a run and standing."""
    import pandas as pd

    rows = [
        {
            "group": entrant.run.manifest.group,
            "state": entrant.run.status,
            "epochs": len(entrant.epochs),
            "epoch": entrant.epoch(standing),
            "threshold": entrant.threshold(),
            **{spec.label: entrant.value(spec, standing) for spec in terms.formulas},
        }
        for entrant in entrants
        for standing in STANDINGS
    ]
    index = pd.MultiIndex.from_product([[entrant.name for entrant in entrants], STANDINGS], names=["run", "at"])
    return pd.DataFrame(rows, index=index).astype({"epoch": "Int64", "threshold": "float64"})


def config_table(entrants: Sequence[Entrant]) -> pd.DataFrame:
    """One row a key that differs, one column a run."""
    import pandas as pd

    found = differences([entrant.run.manifest.config for entrant in entrants])
    columns = [entrant.name for entrant in entrants]
    index = pd.Index(list(found), name="key", dtype=object)
    return pd.DataFrame(list(found.values()), index=index, columns=columns, dtype=object)


def curve_table(entrants: Sequence[Entrant], terms: Terms) -> pd.DataFrame:
    """One row a run, formula and epoch."""
    import pandas as pd

    rows = [(entrant, spec) for entrant in entrants for spec in terms.formulas]
    repeats = [len(entrant.epochs) for entrant, _ in rows]

    def repeated(words: list[str]) -> Array:
        return np.repeat(np.array(words, object), repeats)

    return pd.DataFrame(
        {
            "run": repeated([entrant.name for entrant, _ in rows]),
            "group": repeated([entrant.run.manifest.group for entrant, _ in rows]),
            "formula": repeated([spec.label for _, spec in rows]),
            "epoch": np.concatenate([entrant.epochs for entrant, _ in rows]),
            "x": np.concatenate([entrant.x for entrant, _ in rows]),
            "value": np.concatenate([entrant.values(spec) for entrant, spec in rows]),
        }
    )


def band_table(bands: Mapping[tuple[str, str], Band]) -> pd.DataFrame:
    """One row a group, formula and x."""
    import pandas as pd

    columns = ["group", "formula", "x", "mean", "sd", "n"]
    tables = [
        pd.DataFrame(dict(zip(columns, (*key, band.x, band.mean, band.sd, band.n), strict=True)))
        for key, band in bands.items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def group_table(groups: Mapping[str, Sequence[Entrant]], terms: Terms) -> pd.DataFrame:
    """One row a group and formula."""
    import pandas as pd

    values = [
        (group, spec.label, entrant.value(spec))
        for group, entrants in groups.items()
        for spec in terms.formulas
        for entrant in entrants
    ]
    table = pd.DataFrame(values, columns=["group", "formula", "value"])
    found = table.groupby(["group", "formula"], sort=False)["value"].agg(["count", "mean", "std"])
    return found.set_axis(["n", "mean", "sd"], axis=1)


def paired_table(rows: Sequence[Finding]) -> pd.DataFrame:
    """One row a pair and formula."""
    import pandas as pd

    columns = ["a", "b", "formula", "value_a", "value_b", "difference", "low", "high", "p", "p_holm", "method",
               "samples", "counted"]  # fmt: skip
    cells = [
        (one.pair.a, one.pair.b, one.row.formula, found.a, found.b, found.difference, found.low, found.high, found.p,
         one.p_holm, one.row.method, one.pair.samples, one.pair.counted)
        for one in rows
        for found in [one.row.estimate]
    ]  # fmt: skip
    return pd.DataFrame(cells, columns=columns)


def mcnemar_table(pairs: Sequence[Pair], p_holm: Sequence[float]) -> pd.DataFrame:
    """One row a pair."""
    import pandas as pd

    columns = ["a", "b", "samples", "both_right", "only_a", "only_b", "both_wrong", "p", "mid_p", "p_holm", "reason"]
    rows = [
        (pair.a, pair.b, pair.samples, *pair.quarters, pair.test.p, pair.test.mid_p, corrected, pair.reason)
        for pair, corrected in zip(pairs, p_holm, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def disagreement_table(pair: Pair) -> pd.DataFrame:
    """One row a sample that one run gets right and the other wrong."""
    import pandas as pd

    differ = pair.right_a != pair.right_b
    truth = pair.y_true[differ]
    return pd.DataFrame(
        {"y_true": truth if truth.ndim == 1 else list(truth), "right": np.where(pair.right_a, pair.a, pair.b)[differ]},
        index=pd.Index(pair.sample[differ], name="sample"),
    )


def by_first_column(table: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every name in a column, the first of which is the index."""
    whole = table if table.index.names == [None] else table.reset_index()
    return whole.set_index(whole.columns[0])
