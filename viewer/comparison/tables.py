"""The tables of a comparison, as DataFrames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit

from ..counts.bounded import with_bounds
from ..points import UNITS
from ..statistics.groups import Band
from .compared_run import STANDINGS, ComparedRun
from .comparison_query import ComparisonQuery
from .config import differences
from .pairs import Finding, Pair

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


def summary_table(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> pd.DataFrame:
    """One row a run and standing."""
    from ..needs.pandas import pd

    rows = [(compared, standing) for compared in compared_runs for standing in STANDINGS]
    columns: dict[str, list[Any]] = {
        "group": [compared.group for compared, _ in rows],
        "state": [compared.run.status for compared, _ in rows],
        "epochs": [_epochs(compared) for compared, _ in rows],
        **{unit: [compared.known(standing, unit) for compared, standing in rows] for unit in UNITS},
        "threshold": [compared.threshold() for compared, _ in rows],
    }
    if all(step is None for step in columns["step"]):
        del columns["step"]
    columns |= {spec.label: [compared.value(spec, standing) for compared, standing in rows] for spec in query.formulas}
    index = pd.MultiIndex.from_product([[compared.name for compared in compared_runs], STANDINGS], names=["run", "at"])
    return pd.DataFrame(with_bounds(columns), index=index).astype(
        {name: "Int64" for name in UNITS if name in columns}
        | {"threshold": "float64", "epochs": "Int64" if None in columns["epochs"] else "int64"}
    )


def config_table(compared_runs: Sequence[ComparedRun]) -> pd.DataFrame:
    """One row a key that differs, one column a run."""
    from ..needs.pandas import pd

    found = differences([compared.config for compared in compared_runs])
    columns = [compared.name for compared in compared_runs]
    index = pd.Index(list(found), name="key", dtype=object)
    return pd.DataFrame(list(found.values()), index=index, columns=columns, dtype=object)


def curve_table(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> pd.DataFrame:
    """One row a run, formula and epoch."""
    from ..needs.pandas import pd

    rows = [(compared, spec) for compared in compared_runs for spec in query.formulas]
    repeats = [len(compared.epochs) for compared, _ in rows]

    def repeated(words: list[str]) -> Array:
        return np.repeat(np.array(words, object), repeats)

    numbers: dict[str, Array] = {unit: _numbers(rows, unit) for unit in UNITS}
    if not np.isfinite(numbers["step"]).any():
        del numbers["step"]
    table = pd.DataFrame(
        {
            "run": repeated([compared.name for compared, _ in rows]),
            "group": repeated([compared.group for compared, _ in rows]),
            "formula": repeated([spec.label for _, spec in rows]),
            **numbers,
            "x": np.concatenate([compared.x for compared, _ in rows]),
            "value": np.concatenate([compared.values(spec) for compared, spec in rows]),
        }
    )
    return table.astype({name: "Int64" for name in UNITS if name in table and table[name].isna().any()})


def _epochs(compared: ComparedRun) -> int | None:
    """How many are recorded; of a run of steps, in how many its points lie, None where that is not known."""
    if compared.run.unit == "epoch":
        return len(compared.epochs)
    known = compared.run.in_epochs[np.isfinite(compared.run.in_epochs)]
    return int(known[-1]) + 1 if len(known) else None


def _numbers(rows: Sequence[tuple[ComparedRun, Any]], unit: Unit) -> Array:
    """Epochs or steps of the points of each row: int64, or float64 with NaN where one is not known."""
    found = np.concatenate([compared.run.timeline.of(unit) for compared, _ in rows])
    return found.astype(np.int64) if np.isfinite(found).all() else found


def band_table(bands: Mapping[tuple[str, str], Band]) -> pd.DataFrame:
    """One row a group, formula and x."""
    from ..needs.pandas import pd

    columns = ["group", "formula", "x", "mean", "sd", "n"]
    tables = [
        pd.DataFrame(dict(zip(columns, (*key, band.x, band.mean, band.sd, band.n), strict=True)))
        for key, band in bands.items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def group_table(groups: Mapping[str, Sequence[ComparedRun]], query: ComparisonQuery) -> pd.DataFrame:
    """One row a group and formula."""
    from ..needs.pandas import pd

    values = [
        (group, spec.label, compared.value(spec))
        for group, compared_runs in groups.items()
        for spec in query.formulas
        for compared in compared_runs
    ]
    table = pd.DataFrame(values, columns=["group", "formula", "value"])
    found = table.groupby(["group", "formula"], sort=False)["value"].agg(["count", "mean", "std"])
    return found.set_axis(["n", "mean", "sd"], axis=1)


def paired_table(rows: Sequence[Finding]) -> pd.DataFrame:
    """One row a pair and formula."""
    from ..needs.pandas import pd

    columns = ["a", "b", "formula", "value_a", "value_b", "difference", "low", "high", "p", "p_holm", "method",
               "samples", "counted", "sample_groups"]  # fmt: skip
    cells = [
        (one.pair.a, one.pair.b, one.row.formula, found.a, found.b, found.difference, found.low, found.high, found.p,
         one.p_holm, one.row.method, one.pair.samples, one.pair.counted,
         one.pair.groups)
        for one in rows
        for found in [one.row.estimate]
    ]  # fmt: skip
    by_column = zip(*cells, strict=True) if cells else ([] for _ in columns)
    return pd.DataFrame(with_bounds(dict(zip(columns, map(list, by_column), strict=True))))


def mcnemar_table(pairs: Sequence[Pair], p_holm: Sequence[float]) -> pd.DataFrame:
    """One row a pair."""
    from ..needs.pandas import pd

    columns = ["a", "b", "samples", "both_right", "only_a", "only_b", "both_wrong", "p", "mid_p", "p_holm", "reason"]
    rows = [
        (pair.a, pair.b, pair.samples, *pair.quarters, pair.test.p, pair.test.mid_p, corrected, pair.reason)
        for pair, corrected in zip(pairs, p_holm, strict=True)
    ]
    return pd.DataFrame(rows, columns=columns)


def disagreement_table(pair: Pair) -> pd.DataFrame:
    """One row a sample that one run gets right and the other wrong."""
    from ..needs.pandas import pd

    differ = pair.right_a != pair.right_b
    truth = pair.y_true[differ]
    ids = {} if np.array_equal(pair.called, pair.sample) else {"id": pair.called[differ]}
    right = np.where(pair.right_a, pair.a, pair.b)[differ]
    return pd.DataFrame(
        ids | {"y_true": truth if truth.ndim == 1 else list(truth), "right": right},
        index=pd.Index(pair.sample[differ], name="sample"),
    )


def by_first_column(table: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every name in a column, the first of which is the index."""
    whole = table if table.index.names == [None] else table.reset_index()
    return whole.set_index(whole.columns[0])
