"""The numbers of a run as files: formulas, counts, samples, and the curves of one epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .metrics import metric_table

if TYPE_CHECKING:
    import pandas as pd

    from ..config import Settings
    from ..run import Run

TABLES = (".csv", ".parquet", ".json")
KINDS = ("metrics", "counts", "samples", "curves")


def write_table(run: Run, to: Path, settings: Settings, *, what: str, epoch: int | None) -> None:
    """Writes one kind of numbers, whole or not at all.

    Raises:
        ValueError: There is no such kind.
    """
    if what not in KINDS:
        raise ValueError(f"--what must be one of {', '.join(KINDS)}. Received: {what}")
    write_frame(_table(run, settings, what, epoch), to)


def write_frame(frame: pd.DataFrame, to: Path) -> None:
    """Writes a table with its index, as the ending says, whole or not at all."""
    from ..export.look import whole

    with whole(to) as temporary:
        if to.suffix.lower() == ".csv":
            frame.to_csv(temporary)
        elif to.suffix.lower() == ".parquet":
            frame.to_parquet(temporary)
        else:
            frame.reset_index().to_json(temporary, orient="records", date_format="iso")


def _table(run: Run, settings: Settings, what: str, epoch: int | None) -> pd.DataFrame:
    from ..run import usual_split

    output = settings.output
    split = settings.split or usual_split(run.splits(output)) or "val"
    if what == "counts":
        return run.counts(split, settings.threshold, output=output)
    if what == "samples":
        return run.samples(split, epoch=epoch, output=output).set_index("epoch")
    if what == "curves":
        return curve_table(run, split, epoch, output)
    metrics = metric_table(run, settings)
    epochs = run.epochs
    return epochs.join(metrics[[name for name in metrics if name not in epochs]])


def curve_table(run: Run, split: str, epoch: int | None, output: str | None = None) -> pd.DataFrame:
    """tp, fp, tn, fn, precision, recall and false positive rate at every threshold and class of one epoch."""
    import numpy as np

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
    return pd.DataFrame(columns, index=pd.Index([run.epoch_numbers[position]] * len(columns["tp"]), name="epoch"))
