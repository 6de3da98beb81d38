"""What is known of one run of a live table: kept after its files were read, so that ten thousand need not stay open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recorder.runfile import ADDITIONS, LINES, MANIFEST

from ..index.known import KnownRun
from ..reading.flat_config import flat
from ..reading.stamps import stamp_of
from ..run import Run, UnreadableRun
from ..statistics.thinned import thinned
from . import known_column
from .column import CONFIG, FIELDS, OF_UNREADABLE, Column, age

CHEAP = ("run", "name", "group", "status", "epochs", "planned", "created", "problem")  # read of every run
RUN, AGE = "run", "age"  # known without reading; grows by itself
AnyRun = Run | UnreadableRun
Stamp = tuple[Any, ...]
Curve = list[float | None]


@dataclass(slots=True, eq=False)
class Row:
    """A run of the table. Its mappings are replaced and never changed, so that others may read them at any time.

    Args:
        path: of the run.
        key: no other row has it: its path below the folder of runs.

    Attributes:
        stamp: of the files when they were read; None before.
        fields: values of `CHEAP`, and how many epochs the training has behind it (`done`), whether anything was
            counted (`counted`); none before it was read.
        config: flat.
        logs: names of the logs of the newest epoch.
        values: of columns that were asked for, by text; None where the run has none.
        faults: why a column has no value, by text.
        curves: of columns, a few points each.
        outdated: the columns whose curves are of what the files said before.
        checked: when its state was last looked at, in seconds of the table's clock.
    """

    path: Path
    key: str
    stamp: Stamp | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    logs: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    outdated: frozenset[str] = frozenset()
    checked: float = 0.0

    @property
    def read(self) -> bool:
        """Whether its files were read."""
        return self.stamp is not None

    def shows(self, text: str) -> bool:
        """Whether the curve of a column is known, and of what the files say now."""
        return text in self.curves and text not in self.outdated

    def knows(self, text: str) -> bool:
        """Whether the value of a column is known, or that there is none."""
        if text == RUN or text in self.values:
            return True
        return self.read and (text in CHEAP or text == AGE or text.startswith(CONFIG))

    def value(self, text: str, now: float = math.nan) -> Any:
        """The value of a column as far as it is known; None where it is not, and where there is none."""
        if text == RUN:
            return self.path.name
        if text == AGE:
            seconds = age(self.fields.get("created") or "", now)
            return None if math.isnan(seconds) else seconds
        if text in CHEAP:
            return self.fields.get(text)
        if text.startswith(CONFIG):
            return self.config.get(text.removeprefix(CONFIG))
        return self.values.get(text)

    def take(self, run: AnyRun, stamp: Stamp, columns: Iterable[Column]) -> None:
        """Takes in what the files say, and the values of some columns; what was known of others is forgotten."""
        if isinstance(run, Run):
            config, logs = flat(run.config), _logs(run)
            fields = {name: FIELDS[name](run) for name in CHEAP}
            fields |= {"done": run.epochs_done, "unit": run.unit, "counted": bool(run.manifest.outputs)}
        else:
            config, logs = {}, ()
            fields = {name: of(run) for name, of in OF_UNREADABLE.items()}
        values, faults = _asked(run, columns)
        self.fields, self.config, self.logs, self.values, self.faults = fields, config, logs, values, faults
        self.outdated = self.outdated if stamp == self.stamp else frozenset(self.curves)
        self.stamp = stamp
        self._say(run)

    def take_known(self, run: KnownRun, stamp: Stamp, now: float) -> None:
        """Takes in what the index says that the files say."""
        fields = {name: known_column.FIELDS[name]([run])[0] for name in CHEAP}
        self.fields = fields | {"done": run.epochs_done, "unit": run.unit, "counted": run.counted}
        self.config, self.logs, self.stamp, self.checked = flat(run.config), run.logs, stamp, now

    def put(self, text: str, value: Any) -> None:
        """Takes in the value of a column; what is undefined, or is not there, is None."""
        missing = value is known_column.NONE or (isinstance(value, float) and math.isnan(value))
        self.values = {**self.values, text: None if missing else value}

    def ask(self, run: AnyRun, columns: Iterable[Column]) -> None:
        """Takes in the values of some columns."""
        values, faults = _asked(run, columns)
        self.values, self.faults = {**self.values, **values}, {**self.faults, **faults}
        self._say(run)

    def draw(self, run: AnyRun, columns: Iterable[Column]) -> None:
        """Takes in the curves of some columns; an empty one of a column that has none."""
        drawn = {column.text: _curve(run, column) for column in columns}
        self.curves, self.outdated = {**self.curves, **drawn}, self.outdated.difference(drawn)
        self._say(run)

    def forget(self) -> None:
        """Columns mean something else from now on."""
        self.values, self.faults, self.curves = {}, {}, {}

    def _say(self, run: AnyRun) -> None:
        """What is wrong with the run shows when something of it is read."""
        if isinstance(run, Run):
            self.fields = {**self.fields, "problem": FIELDS["problem"](run)}


def stamp_of_run(path: Path) -> Stamp:
    """What changes when the files of a run do."""
    return tuple(stamp_of(path / name) for name in (LINES, MANIFEST, ADDITIONS))


def _asked(run: AnyRun, columns: Iterable[Column]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by the column's text, and why there is none."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for column in columns:
        try:
            values[column.text] = column.value(run)
        except Exception as error:  # noqa: BLE001 - a formula may be the user's own, a file broken: the others go on
            values[column.text], faults[column.text] = None, str(error)
    return values, faults


def _curve(run: AnyRun, column: Column) -> Curve:
    if column.over is None or not isinstance(run, Run) or not len(run.epoch_numbers):
        return []
    try:
        return thinned(np.asarray(column.over(run), np.float64))
    except Exception:  # noqa: BLE001 - as above; `faults` says why
        return []


def _logs(run: Run) -> tuple[str, ...]:
    epochs = len(run.epoch_numbers)
    return tuple(run.line(epochs - 1).logs) if epochs else ()
