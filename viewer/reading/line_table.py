"""What the lines of a run say, as columns over epochs: extended as they arrive, never rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recorder.runfile import (
    BeginLine,
    EndLine,
    EpochLine,
    Manifest,
    Output,
    RunFormatError,
    Unit,
    decode_line,
    from_iso,
)

from .columns import ScalarColumns
from .decision_counts import CountsOverEpochs
from .manifest_file import ManifestFile
from .run_lines import RunLines
from .tally_scanner import classes_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
T = TypeVar("T")


class LineTable:
    """What the manifest and the lines of one run say so far; the lines are decoded when they are asked for.

    Args:
        folder: the run.

    Raises:
        FileNotFoundError: There is no manifest.
        RunFormatError: It is broken, or of a newer major version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._faults: list[str] = []
        self._files: dict[str, str] = {}  # what is wrong with a file, by its name
        self._manifest = ManifestFile(folder, self._files)
        self._lines = RunLines(folder, self._faults)
        self._known: dict[Hashable, Any] = {}  # of all epochs, as they were at that version
        self._known_at = -1

    @property
    def manifest(self) -> Manifest:
        """What the run is."""
        return self._manifest.says

    @property
    def config(self) -> dict[str, Any]:
        """The user's settings, as the latest start was given them."""
        given = self.begins[-1].config if self.begins else None
        return self.manifest.config if given is None else given  # which is left out where it is the same

    @property
    def group(self) -> str:
        """What the run belongs to, as the latest start says; "" where it is in no group."""
        given = self.begins[-1].group if self.begins else None
        return self.manifest.group if given is None else given

    @property
    def begins(self) -> list[BeginLine]:
        """Where attempts begin."""
        return self._lines.index.begins

    @property
    def ends(self) -> list[EndLine]:
        """Where attempts end."""
        return self._lines.index.ends

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch, epochs increasing."""
        return self._lines.index.order

    @property
    def epochs(self) -> Ints:
        """int64 [epochs]: epoch numbers, increasing."""
        return self._once("epochs", lambda: _fixed(self.in_order(self._lines.index.epochs)))

    @property
    def unit(self) -> Unit:
        """What the run's points are counted in: where it is "step", `epochs` are numbers of steps."""
        return self.manifest.unit

    @property
    def steps(self) -> Floats:
        """float64 [epochs]: training steps done at each point; NaN where they are not known."""
        return self._point_numbers("step", 0)

    @property
    def in_epochs(self) -> Floats:
        """float64 [epochs]: the epoch, as an index from 0, that each point lies in; NaN where it is not known."""
        return self._point_numbers("epoch", 1)

    @property
    def attempts(self) -> Ints:
        """int64 [epochs]: the attempt that recorded each point."""
        return self._once("attempts", lambda: _fixed(self.in_order(self._lines.index.attempts)))

    @property
    def attempts_of_parts(self) -> list[list[int]]:
        """Under which attempts the parts of each point stand: its own, then those that were added to it."""
        found: dict[int, list[int]] = {slot: [] for slot in self.order.tolist()}
        for (attempt, _), slot in self._lines.index.keys(list(found)).items():
            found[slot].append(attempt)
        return list(found.values())

    @property
    def logs(self) -> ScalarColumns:
        """Every log, over slots."""
        return self._lines.columns.logs

    @property
    def seconds(self) -> ScalarColumns:
        """Durations in seconds, over slots."""
        return self._lines.columns.seconds

    def line(self, position: int) -> EpochLine:
        """The line of the epoch at `position` in `epochs`."""
        return self._lines.columns.line(int(self.order[position]))

    def last_time(self) -> float:
        """Seconds since 1970 of the last line; NaN where there is none."""
        try:
            line = decode_line(self._lines.index.last) if self._lines.index.last else None
        except RunFormatError:
            line = None
        return np.nan if line is None else from_iso(line.time)

    def epochs_between_lines(self) -> int:
        """How many epochs of training there are to a line, as the lines show or the manifest says (`every=20`).

        Of a run that counts in steps 1: what its lines say is of all steps since the last one.
        """
        if self.unit == "step":
            return 1
        stated, epochs = self.manifest.sampling.get("every", 1), self.epochs
        seen = int(np.median(np.diff(epochs[-20:]))) if len(epochs) > 1 else 1
        return max(stated if isinstance(stated, int) else 1, seen)

    def log_values(self) -> dict[str, Floats]:
        """Every log by name, float64 [epochs], NaN where an epoch has none."""
        return {name: self.in_order(self.logs.column(name)) for name in self.logs.names()}

    def not_finite(self, name: str) -> npt.NDArray[np.bool_]:
        """bool [epochs]: where a log was recorded as NaN or infinite."""
        return self.logs.not_finite(name)[self.order]

    @property
    def version(self) -> int:
        """A number that grows with every change of an epoch."""
        return self._lines.index.version

    def changed(self, seen: int) -> tuple[list[int], int]:
        """The slots that changed after the first `seen` changes and count, each once, and how many changes there are.

        An epoch that a later attempt hides is not among them: it is no longer in `order`.
        """
        index = self._lines.index
        return index.since(seen), len(index.changes)

    def __len__(self) -> int:
        return len(self._lines.index)

    def split_names(self, output: str) -> list[str]:
        """The splits that were counted of `output`: training, validation, then probes by name."""
        names = self._once(("splits", output), lambda: self._lines.columns.counts.splits(output))
        return sorted(names, key=lambda name: ({"train": 0, "val": 1}.get(name, 2), name))

    def counts_at_decision(self, split: str, output: Output) -> CountsOverEpochs | None:
        """The counts at the decision, from the lines alone; None of more classes than these state."""
        counts, classes = self._lines.columns.counts, classes_of(output)
        key = ("counts", split, output.name, classes)
        return self._once(key, lambda: counts.at(split, output.name, classes, self.in_order))

    def in_order(self, values: Array) -> Array:
        """A copy of numbers over slots, the last axis, over epochs instead."""
        many = len(self)
        return values[..., :many].copy() if self._lines.index.straight else values[..., self.order]

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` makes of all epochs, once for each version of them; nobody writes into it."""
        if self._known_at != self.version:
            self._known_at, self._known = self.version, {}
        if key not in self._known:
            self._known[key] = compute()
        found: T = self._known[key]
        return found

    def _point_numbers(self, unit: Unit, row: int) -> Floats:
        if unit == self.unit:
            return self.epochs.astype(np.float64)
        beside: Floats = self._lines.columns.beside[row, self.order]
        return beside


def _fixed(values: Array) -> Array:
    values.flags.writeable = False
    return values
