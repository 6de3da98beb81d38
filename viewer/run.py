"""`Run`: what a program asks of one recorded run."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import EpochLine, Manifest, Output, Samples, is_run

from .formulas import Formula, Spec, evaluate, parse_spec
from .inputs import Source, counts_of, edge_of, inputs_of, logs_alone
from .reading.find import find_runs
from .reading.status import Status, status
from .reading.table import RunTable

if TYPE_CHECKING:
    import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SAME_EDGE = 5e-4  # a label has three digits
Question = str | Formula | Spec | Callable[..., Any]


class Run:
    """One run, live or of years ago. Make one with `viewer.open_run`.

    Epochs are numbered from 0, as Keras's hooks and CSVLogger number them. Everything is computed from the counts on
    disk when it is asked for; `refresh()` takes in what was recorded meanwhile.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: It is no run.
        RunFormatError: Its manifest is broken, or of a newer major version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._table = RunTable(self.folder)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {len(self.epoch_numbers)} epochs, {self.status})"

    def refresh(self) -> bool:
        """Takes in what was recorded since; True if there was anything."""
        return self._table.refresh()

    @property
    def manifest(self) -> Manifest:
        """What the run is: names, config, outputs, versions."""
        self._table.outputs()
        return self._table.manifest

    @property
    def name(self) -> str:
        """The run's name."""
        return self._table.manifest.name

    @property
    def status(self) -> Status:
        """`running`, `finished` or `interrupted`."""
        return status(self._table, now=time.time())

    @property
    def faults(self) -> list[str]:
        """A sentence for each line or part that could not be read."""
        return list(dict.fromkeys(self._table.faults))

    @property
    def planned_epochs(self) -> int | None:
        """How many epochs the latest attempt is to reach; None if it did not say."""
        return self._table.begins[-1].epochs if self._table.begins else None

    @property
    def epoch_numbers(self) -> Ints:
        """int64 [epochs], increasing."""
        return self._table.epochs

    @property
    def logs(self) -> dict[str, Floats]:
        """Every log by name, float64 [epochs], NaN where an epoch has none."""
        return self._table.log_values()

    @property
    def seconds(self) -> dict[str, Floats]:
        """Durations by name ("epoch", "train", "val"), float64 [epochs], in seconds."""
        columns, order = self._table.seconds, self._table.order
        return {name: columns.column(name)[order] for name in columns.names()}

    def line(self, position: int) -> EpochLine:
        """The line on disk of the epoch at `position` in `epoch_numbers`."""
        return self._table.line(position)

    def output(self, name: str | None = None) -> Output:
        """What was counted of an output; the first one if `name` is None.

        Raises:
            ValueError: There is no such output, or the run has no counts.
        """
        outputs = self._table.outputs()
        if not outputs:
            raise ValueError(f"the run must have counts for this; it has logs only: {', '.join(self.logs)}")
        for output in outputs:
            if name is None or output.name == name:
                return output
        raise ValueError(f"output must be one of {[output.name for output in outputs]}. Received: {name!r}")

    def splits(self, output: str | None = None) -> list[str]:
        """The splits that were counted: "train", "val", then probes by name; none for a run of logs only."""
        outputs = self._table.outputs()
        return self._table.split_names(self.output(output).name) if outputs else []

    def thresholds(self, output: str | None = None) -> npt.NDArray[np.float32]:
        """float32 [thresholds], increasing: the edges at which counts are known."""
        return np.asarray(self.output(output).thresholds, np.float32)

    def snap(self, threshold: float, output: str | None = None) -> float:
        """The recorded edge nearest to `threshold`."""
        edges = self.thresholds(output)
        return float(edges[edge_of(threshold, self.output(output))])

    def histogram(self, split: str, position: int, output: str | None = None) -> Ints:
        """int64 [classes, 2, bins] of the epoch at `position`; zeros where none was recorded."""
        return self.histograms(split, [position], output)[0]

    def histograms(self, split: str, positions: Sequence[int], output: str | None = None) -> Ints:
        """int64 [positions, classes, 2, bins], of several epochs at once; zeros where none was recorded."""
        return self._table.histograms(split, self.output(output), positions)

    def confusion(
        self, split: str, position: int, threshold: float | None = None, output: str | None = None
    ) -> Ints | None:
        """int64 [K, K], rows = true class, of the epoch at `position`; None for a multi-label output.

        Binary at the threshold (the decision's if None), multi-class by argmax.
        """
        stated = self.output(output)
        if stated.kind == "multilabel" or split not in self.splits(stated.name):
            return None
        if stated.kind == "multiclass":
            matrices = self._table.matrices(split, stated, [position])
            return None if matrices is None else matrices[0]
        at, _ = counts_of(self._table, split, threshold, stated)
        tp, fp, tn, fn = (int(count[0, position]) for count in (at.tp, at.fp, at.tn, at.fn))
        return np.array([[tn, fp], [fn, tp]])

    def values(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
    ) -> Floats:
        """A formula over epochs, float64 [epochs]; NaN where it is undefined or nothing was recorded.

        Args:
            formula: built-in name, expression, `f1@0.3`, `recall@macro`, or a function with telling parameter names.
            split: "val", "train" or the name of a probe.
            threshold: above it a score is positive; None for the decision (argmax for multi-class). What the formula
                itself says (`@0.3`) goes before.
            average: "macro", "micro", "weighted" or a class; None for the formula's own.
            output: name of the output; the first one if None.
        """
        return self._values(self._table, formula, split, threshold, average, output)

    def value(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
        *,
        position: int = -1,
    ) -> float:
        """A formula at one epoch, by its position in `epoch_numbers`: for a look at many runs, as nothing else is read.

        The other arguments are those of `values`.
        """
        return float(self._values(self._table.single(position), formula, split, threshold, average, output)[0])

    def newest(self, split: str, output: str | None = None) -> int | None:
        """Position of the newest epoch in which a split was counted; None where it never was."""
        return self._table.newest(split, self.output(output).name)

    @property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch (index `epoch`): attempt, time (UTC), every log, and durations as `seconds_...`."""
        import pandas as pd

        lines = [self.line(position) for position in range(len(self.epoch_numbers))]
        data: dict[str, Any] = {
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
        import pandas as pd

        stated = self.output(output)
        self.check_split(split, output)
        at, _ = counts_of(self._table, split, threshold, stated)
        rows = [at.tp, at.fp, at.tn, at.fn]
        if label is None:
            columns = [row.sum(axis=0) for row in rows]
        else:
            place = class_index(label, stated)
            if stated.kind == "binary":
                columns = [row[0] for row in (rows if place == 1 else [rows[2], rows[3], rows[0], rows[1]])]
            else:
                columns = [row[place] for row in rows]
        frame = pd.DataFrame(dict(zip(("tp", "fp", "tn", "fn"), columns, strict=True)), index=self._index())
        return frame[at.known].astype("int64")

    def metric(
        self,
        formula: Question,
        split: str = "val",
        threshold: float | None = None,
        average: str | None = None,
        output: str | None = None,
    ) -> pd.Series[float]:
        """`values` as a Series with the epochs as its index; its name is the formula's, with `edge_note`."""
        import pandas as pd

        values = self.values(formula, split=split, threshold=threshold, average=average, output=output)
        name = parse_spec(formula).label + self.edge_note(formula, threshold, output)
        return pd.Series(values, index=self._index(), name=name)

    def edge_note(self, formula: Question, threshold: float | None = None, output: str | None = None) -> str:
        """ " (at 0.5)" where the recorded edge that is used is not the threshold that is asked for; else nothing."""
        spec = parse_spec(formula)
        asked = threshold if spec.threshold is None else spec.threshold
        if asked is None or not spec.formula.of_counts or not self._table.outputs():
            return ""
        used = self.snap(asked, output)
        return "" if abs(used - asked) < SAME_EDGE else f" (at {used:.4g})"

    def samples(self, split: str = "val", epoch: int | None = None, output: str | None = None) -> pd.DataFrame:
        """Prediction samples, one row a sample and class: epoch, sample, label, y_true, y_score, weight.

        Args:
            split: "val" or the name of a probe.
            epoch: one epoch's only; all if None.
            output: name of the output; the first one if None.
        """
        import pandas as pd

        positions = None if epoch is None else [self.position(epoch)]
        records = sorted(self.sample_records(split, output, positions), key=lambda record: record[0])
        tables = [_sample_rows(*record) for record in records]
        columns = ["epoch", "sample", "label", "y_true", "y_score", "weight"]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)

    def sample_records(
        self, split: str = "val", output: str | None = None, positions: Iterable[int] | None = None
    ) -> Iterator[tuple[int, Samples]]:
        """(epoch, samples) of the epochs that have any, as arrays, read file by file: epochs may come in any order.

        Args:
            split: "val" or the name of a probe.
            output: name of the output; the first one if None.
            positions: in `epoch_numbers`; all if None.
        """
        name = self.output(output).name
        self.check_split(split, output)
        for epoch, item in self._table.samples(None if positions is None else list(positions)):
            if item.split == split and item.output == name:
                yield epoch, item

    def observed(self, name: str) -> dict[int, npt.NDArray[Any]]:
        """What `observe` saved under a name, by epoch: arrays of any shape."""
        return {epoch: arrays[name] for epoch, arrays in self._table.observed().items() if name in arrays}

    def _index(self) -> pd.Index[int]:
        import pandas as pd

        return pd.Index(self.epoch_numbers, name="epoch")

    def position(self, epoch: int) -> int:
        """Where an epoch stands in `epoch_numbers`; raises ValueError where it is not recorded."""
        places = np.flatnonzero(self.epoch_numbers == epoch)
        if not len(places):
            numbers = self.epoch_numbers
            known = f"{numbers[0]} to {numbers[-1]}" if len(numbers) else "none yet"
            raise ValueError(f"epoch must be a recorded one ({known}). Received: {epoch}")
        return int(places[0])

    def _values(
        self,
        source: Source,
        formula: Question,
        split: str,
        threshold: float | None,
        average: str | None,
        output: str | None,
    ) -> Floats:
        """What a formula gives on all epochs of a source, or on its one."""
        spec = parse_spec(formula)
        if spec.formula.of_counts and self._table.outputs():
            stated = self.output(output)
            if split not in source.split_names(stated.name):
                self.check_split(split, output)
            inputs = inputs_of(source, spec, split=split, threshold=threshold, average=average, output=stated)
        else:
            inputs = logs_alone(source)
        result = np.asarray(evaluate(spec, inputs, average), np.float64)
        return np.array(np.broadcast_to(result, (len(source),)))

    def check_split(self, split: str, output: str | None = None) -> None:
        """Raises ValueError where a split was not counted."""
        splits = self.splits(output)
        if split not in splits and len(self.epoch_numbers):
            raise ValueError(f"split must be one of {splits}. Received: {split!r}")


def open_run(path: str | Path) -> Run:
    """The run at `path`; of a folder that holds exactly one, that one.

    Raises:
        FileNotFoundError: There is no run, or more than one.
        RunFormatError: The run is broken, or of a newer major version.
    """
    folder = Path(path)
    if is_run(folder):
        return Run(folder)
    found = find_runs(folder)
    if len(found) == 1:
        return Run(found[0])
    some = f"; it holds {len(found)}, the newest of which is {found[-1]}" if found else ""
    raise FileNotFoundError(f"a run is a folder with a run.json{some}. Received: {folder}")


def open_runs(folder: str | Path) -> list[Run]:
    """Every readable run at or below `folder`, oldest first; a warning for each that is not.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    path = Path(folder)
    if not path.is_dir():
        raise FileNotFoundError(f"a folder of runs must exist. Received: {path}")
    runs = [run for run in map(_readable, find_runs(path)) if run is not None]
    return sorted(runs, key=lambda run: run.manifest.created)  # folders of one second sort by name


def _readable(folder: Path) -> Run | None:
    try:
        return Run(folder)
    except (OSError, ValueError) as error:
        warnings.warn(f"{folder.name} is left out: {error}", RuntimeWarning, stacklevel=3)
        return None


def class_index(label: int | str, output: Output) -> int:
    """The number of a class that is given by number or name; raises ValueError where there is none."""
    if isinstance(label, str) and label in output.classes:
        return output.classes.index(label)
    if isinstance(label, Integral) and 0 <= int(label) < len(output.classes):
        return int(label)
    raise ValueError(f"label must be one of {output.classes}, or its number. Received: {label!r}")


def _sample_rows(epoch: int, samples: Any) -> pd.DataFrame:
    import pandas as pd

    n, width = samples.y_score.shape
    label = None if samples.label is None else np.broadcast_to(samples.label, (n, width)).ravel()
    truth = samples.y_true.ravel() if samples.y_true.ndim == 2 else np.repeat(samples.y_true, width)
    return pd.DataFrame(
        {
            "epoch": np.full(n * width, epoch),
            "sample": np.repeat(samples.sample, width),
            "label": pd.array([pd.NA] * (n * width), dtype="Int32") if label is None else pd.array(label, "Int32"),
            "y_true": truth,
            "y_score": samples.y_score.ravel(),
            "weight": np.nan if samples.weight is None else np.repeat(samples.weight, width),
        }
    )
