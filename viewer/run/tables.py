"""`Run`: what a program asks of one recorded run, as tables too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
import numpy.typing as npt

from recorder.runfile import kind_of
from recorder.runfile.alerts import Alert

from ..formulas.class_names import class_index
from ..formulas.query import Question, Where, query_of
from ..formulas.spec import FormulaLike
from . import pace
from .alerts import symptoms
from .best import BestEpoch, best_epoch
from .drawn import Drawn
from .inputs import counts_of

Floats = npt.NDArray[np.float64]

if TYPE_CHECKING:
    import pandas as pd


class Run(Drawn):
    """One run, live or of years ago. Make one with `viewer.open_run`.

    Epochs are numbered from 0, as Keras's hooks and CSVLogger number them. Everything is computed from the counts on
    disk when it is asked for; `refresh()` takes in what was recorded meanwhile.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: It is no run.
        RunFormatError: Its manifest is broken, or of a newer major version.
    """

    @property
    def epochs(self) -> pd.DataFrame:
        """One row a point (index `epoch`, or `step`): attempt, time (UTC), every log, and durations as `seconds_...`.

        Where the epoch, or the step, of each point is known beside the unit of the run, that is a column too.
        """
        from ..needs.pandas import pd

        lines = [self.line(position) for position in range(len(self.epoch_numbers))]
        data: dict[str, Any] = {
            **{name: column for name, column in self._beside().items() if name not in self.logs},
            "attempt": [line.attempt for line in lines],
            "time": pd.to_datetime([line.time for line in lines], utc=True, format="ISO8601", errors="coerce"),
        }
        data |= self.logs
        data |= {f"seconds_{name}": column for name, column in self.seconds.items()}
        return pd.DataFrame(data, index=self._index())

    def counts(
        self,
        split: str = "val",
        threshold: float | None = None,
        *,
        label: int | str | None = None,
        output: str | None = None,
    ) -> pd.DataFrame:
        """tp, fp, tn, fn (int64) of the epochs in which the split was counted, by epoch.

        Args:
            split: "val", "train" or the name of a probe.
            threshold: snapped to the nearest recorded edge; None for the decision: 0.5 unless the user said
                otherwise, argmax for multi-class.
            label: a class by number or name; None for the positive class of a binary output, and for the sum over
                the classes of others.
            output: name of the output; the first one if None.
        """
        from ..needs.pandas import pd

        stated = self.output(output)
        self.check_split(split, output)
        at, _ = counts_of(self._table, split, threshold, stated)
        rows = [at.tp, at.fp, at.tn, at.fn]
        if label is None:
            columns = [row.sum(axis=0) for row in rows]
        else:
            place = class_index(label, stated.classes)
            columns = [row[place] for row in kind_of(stated).each_class(*rows)]
        frame = pd.DataFrame(dict(zip(("tp", "fp", "tn", "fn"), columns, strict=True)), index=self._index())
        return frame[at.known].astype("int64")

    @overload
    def metric(
        self, question: Question, split: str = ..., *, band: None = ..., **where: Unpack[Where]
    ) -> pd.Series[float]: ...
    @overload
    def metric(self, question: Question, split: str = ..., *, band: float, **where: Unpack[Where]) -> pd.DataFrame: ...
    def metric(
        self, question: Question, split: str = "val", *, band: float | None = None, **where: Unpack[Where]
    ) -> pd.Series[float] | pd.DataFrame:
        """`values` as a Series with the epochs as its index; its name is the formula's, with `edge_note`.

        With `band`, the level of a credible interval, a DataFrame: value, low, high; NaN where there is no band.
        """
        from ..needs.pandas import pd

        query = query_of(question, split, **where)
        values = self.values(query)
        if band is None:
            return pd.Series(values, index=self._index(), name=query.spec.label + self.edge_note(query))
        low, high = self.band(replace(query, level=band)) or (np.nan, np.nan)
        return pd.DataFrame({"value": values, "low": low, "high": high}, index=self._index())

    @property
    def alerts(self) -> list[Alert]:
        """What goes wrong: a loss that is NaN or breaks out, one class predicted for everything, overfitting."""
        return symptoms(self).alerts()

    def best(self, by: FormulaLike | None = None, split: str | None = None, **where: Unpack[Where]) -> BestEpoch | None:
        """The best epoch: by the validation loss where there is one, else by MCC; None while nothing tells.

        `viewer.run.best.best_epoch` says the rule in full.

            run.best().epoch
            run.best("f1@0.3")  # or "val_auc", "train:mcc", "max(tp - 5 * fp)"

        Args:
            by: a formula or log that says it instead.
            split: of formulas that name none; None for validation where it was counted.
            where: `threshold`, `average`, `output`, `prevalence`, `weights`, as `Where` has them.

        Raises:
            FormulaError: `by` is unknown, needs what the run has not, or has no good end.
        """
        return best_epoch(
            by,
            unit=self.unit,
            epochs=self.epoch_numbers,
            logs=self.logs,
            splits=[split] if split else self.splits(where.get("output")),
            values=lambda spec, of: self.values(spec, of, **where),
        )

    def samples(self, split: str = "val", epoch: int | str | None = None, *, output: str | None = None) -> pd.DataFrame:
        """Prediction samples, one row a sample and class: epoch (or step), sample, label, y_true, y_score, weight.

        Where the user's own ids were recorded (`sample_ids`), a column `id` stands behind `sample`; where groups were
        (`groups`), a column `group` last.

        Args:
            split: "val" or the name of a probe.
            epoch: one epoch's only, by its number in the run's unit, or as `step:1200`; all if None.
            output: name of the output; the first one if None.
        """
        from ..needs.pandas import pd

        positions = None if epoch is None else [self.position(epoch)]
        records = sorted(self.sample_records(split, output=output, positions=positions), key=lambda record: record[0])
        tables = [_sample_rows(self.unit, *record) for record in records]
        columns: list[str] = [self.unit, "sample", "label", "y_true", "y_score", "weight"]
        found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
        if self.sample_ids(split) is not None:
            found.insert(2, "id", self.called(found["sample"].to_numpy(np.int64), split))
        groups = self.sample_groups(split)
        if groups is not None:
            found["group"] = groups.named(found["sample"].to_numpy(np.int64))
        return found

    @property
    def step_rate(self) -> Floats:
        """Training steps a second of training, float64 [points]; NaN where it is not known."""
        return pace.step_rate(self)

    @property
    def example_rate(self) -> Floats:
        """Training samples a second of training, float64 [points]; NaN where it is not known."""
        return pace.example_rate(self)

    @property
    def validation_share(self) -> Floats:
        """The share of the time that validation took, in [0, 1], float64 [points]; NaN where it is not known."""
        return pace.validation_share(self)

    def with_both(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table over points with the epoch or step of each, where that is known beside the run's unit, in front."""
        for name, column in self._beside().items():
            if name not in table:
                table.insert(0, name, column)
        return table

    def _index(self) -> pd.Index[int]:
        """The points, by the run's unit."""
        from ..needs.pandas import pd

        return pd.Index(self.epoch_numbers, name=self.unit)

    def _beside(self) -> dict[str, pd.Series[int]]:
        """The epochs of a run of steps, the steps of one of epochs: Int64 [points] by name, where any is known."""
        from ..needs.pandas import pd

        name, column = ("epoch", self.in_epochs) if self.unit == "step" else ("step", self.steps)
        if not np.isfinite(column).any():
            return {}
        whole = np.where(column < 2.0**63, column, np.nan)  # a broken line may have the largest number there is
        return {name: pd.Series(whole, self._index()).astype("Int64")}


def _sample_rows(unit: str, epoch: int, samples: Any) -> pd.DataFrame:
    from ..needs.pandas import pd

    n, width = samples.y_score.shape
    label = None if samples.label is None else np.broadcast_to(samples.label, (n, width)).ravel()
    truth = samples.y_true.ravel() if samples.y_true.ndim == 2 else np.repeat(samples.y_true, width)
    return pd.DataFrame(
        {
            unit: np.full(n * width, epoch),
            "sample": np.repeat(samples.sample, width),
            "label": pd.array([pd.NA] * (n * width), dtype="Int32") if label is None else pd.array(label, "Int32"),
            "y_true": truth,
            "y_score": samples.y_score.ravel(),
            "weight": np.nan if samples.weight is None else np.repeat(samples.weight, width),
        }
    )
