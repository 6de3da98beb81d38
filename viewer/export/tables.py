"""The numbers of a run as files: formulas, counts, samples, and the curves of one epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..counts.bounded import MATTERS, OFF
from ..formulas import parse_spec
from ..formulas.query import query_of
from ..kinds import view_of
from ..run import Run, usual_split
from .whole import whole

if TYPE_CHECKING:
    import pandas as pd

    from ..config import Settings

TABLES = (".csv", ".parquet", ".json")
KINDS = ("metrics", "counts", "samples", "curves")


def write_table(
    run: Run, to: Path, settings: Settings, *, what: str, at: str | None = None, positions: Sequence[int] | None = None
) -> None:
    """Writes one kind of numbers, whole or not at all.

    Args:
        run: that they are of.
        to: the file.
        settings: formulas, split, threshold and others.
        what: one of `KINDS`.
        at: the one epoch or step; of curves the newest if None.
        positions: of the epochs, where that is not said; all if None.

    Raises:
        ValueError: There is no such kind.
    """
    if what not in KINDS:
        raise ValueError(f"--what must be one of {', '.join(KINDS)}. Received: {what}")
    table = _table(run, settings, what, at)
    if at is None and what != "curves" and positions is not None:
        table = table[table.index.isin(run.epoch_numbers[list(positions)])]
    write_frame(table, to)


def write_frame(frame: pd.DataFrame, to: Path) -> None:
    """Writes a table with its index, as the ending says, whole or not at all."""
    with whole(to) as temporary:
        if to.suffix.lower() == ".csv":
            frame.to_csv(temporary)
        elif to.suffix.lower() == ".parquet":
            frame.to_parquet(temporary)
        else:
            frame.reset_index().to_json(temporary, orient="records", date_format="iso")


def _table(run: Run, settings: Settings, what: str, at: str | None) -> pd.DataFrame:
    output = settings.output
    split = settings.split or usual_split(run.splits(output)) or "val"
    if what == "counts":
        counts = run.with_both(run.counts(split, settings.threshold, output=output))
        return counts if at is None else counts.loc[[run.epoch_numbers[run.position(at)]]]
    if what == "samples":
        return run.samples(split, epoch=at, output=output).set_index(run.unit)
    if what == "curves":
        return curve_table(run, split, at, output)
    metrics, epochs = metric_table(run, settings), run.epochs
    found = epochs.join(metrics[[name for name in metrics if name not in epochs]])
    return found if at is None else found.iloc[[run.position(at)]]


def metric_columns(runs: Sequence[Run], settings: Settings) -> pd.DataFrame:
    """What `export` writes of a run; of several runs one below the other, with a column that names each."""
    import pandas as pd

    tables = {run.name if len(runs) == 1 else run.folder.name: _table(run, settings, "metrics", None) for run in runs}
    if len(tables) == 1:
        return next(iter(tables.values()))
    return pd.concat(tables, names=["run"]).reset_index(level="run")


def curve_table(run: Run, split: str, epoch: int | str | None, output: str | None = None) -> pd.DataFrame:
    """tp, fp, tn, fn, precision, recall and false positive rate at every threshold and class of one epoch."""
    from recorder.runfile import four_counts, kind_of

    from ..needs.pandas import pd

    position = len(run.epoch_numbers) - 1 if epoch is None else run.position(epoch)
    stated = run.output(output)
    tp, fp, tn, fn = four_counts(run.histogram(split, position, output=output))
    names = kind_of(stated).scored(stated.classes)
    with np.errstate(all="ignore"):
        columns = {
            "class": np.repeat(names, tp.shape[1]), "threshold": np.tile(stated.thresholds, len(tp)), "tp": tp.ravel(),
            "fp": fp.ravel(), "tn": tn.ravel(), "fn": fn.ravel(), "precision": (tp / (tp + fp)).ravel(),
            "recall": (tp / (tp + fn)).ravel(), "fpr": (fp / (fp + tn)).ravel(),
        }  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index([run.epoch_numbers[position]] * len(columns["tp"]), name=run.unit))


def metric_table(run: Run, settings: Settings, *, weights: bool = False) -> pd.DataFrame:
    """Formulas by `split:formula` over points; the defaults of the output where none is named, logs without counts.

    Where binning leaves a value open by as much as is printed, a column `split:formula ±` says by how much.
    """
    from ..needs.pandas import pd

    splits, output = run.splits(settings.output), settings.output
    index = pd.Index(run.epoch_numbers, name=run.unit)
    if not settings.metrics and not splits:
        return pd.DataFrame(run.logs, index=index)
    _check_counted(run, settings.metrics)
    wanted = [settings.split] if settings.split else [name for name in ("val", "train") if name in splits] or splits
    asked = [
        query_of(
            text, split, output=output, threshold=settings.threshold, prevalence=settings.prevalence, weights=weights
        )
        for split in wanted or ["val"]
        for text in settings.metrics or view_of(run.output(output)).formulas
    ]
    columns = {}
    for query in asked:
        logged = query.spec.split is None and not (query.spec.formula.of_counts and splits)
        head = query.spec.name if logged else f"{query.split}:{query.spec.name}{run.edge_note(query)}"
        columns[head] = run.metric(query)
        bounds = None if query.weights else run.bounds(query)
        if bounds is not None and (off := (bounds[1] - bounds[0]) / 2)[~np.isnan(off)].max(initial=0) >= MATTERS:
            columns[f"{head}{OFF}"] = pd.Series(off, index=index)
    return pd.DataFrame(columns, index=index)


def _check_counted(run: Run, questions: list[str]) -> None:
    """Raises ValueError where a formula needs counts and the run has logs only."""
    if run.outputs or not len(run.epoch_numbers):
        return
    for text in questions:
        if parse_spec(text).formula.of_counts and text not in run.logs:
            run.output()  # which says so
