"""`CallbackRun`: a run as the callbacks of frameworks keep one. It never stops the training that it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from .announcing import announce
from .countable import Countable, SplitCounts
from .counts import Counts
from .derived import Functions, derived_value
from .guard import Guard
from .runfile import KINDS, Durability
from .runfile.schema import LONGEST_NAME, Kind
from .starting import Resume, checked_root, installed_versions
from .tracking import Tracker
from .writer import RunWriter

BESIDE = ("epoch", "seconds")  # what says nothing of a model
NO_PROBABILITIES = (  # of boosting, whose objective may be the user's own
    "no predictions are recorded, metrics alone: those of the objective {} are no probabilities. Where they are log "
    "odds of classes, RunCallback(from_logits=True) says so."
)
NOTHING = "there are no predictions and no metrics to record: the training was given no validation set."
OF_COUNTS = ("kind", "thresholds", "decision_threshold", "ignore_label", "class_names", "max_samples")

LOG_LOSSES = (
    "binary_logloss",
    "multi_logloss",
    "logloss",
    "mlogloss",
    "cross_entropy",
    "LogLoss",
    "Logloss",
    "MultiClass",
)


class RunArguments(TypedDict, total=False):
    """What a callback takes beside arguments of its own: `RunWriter` says what each of them means.

    `verbose=0` keeps silent about where the run is.
    """

    name: str | None
    group: str
    config: Mapping[str, Any] | None
    class_names: Sequence[str] | None
    kind: Kind | None
    thresholds: Sequence[float] | None
    decision_threshold: float
    ignore_label: int | None
    max_samples: int
    resume: Resume
    durability: Durability
    sample_ids: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None
    groups: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None
    group_thresholds: Sequence[float] | None
    alerts: bool
    trackers: Sequence[Tracker]
    chief: bool | None
    verbose: int


class CallbackRun:
    """Keeps the run of one training after another; none of its faults reaches the training.

    Args:
        root: folder of runs.
        arguments: what the user gave beside it.
        packages: whose versions the run states.

    Attributes:
        guard: runs steps of the callback so that a fault is one warning.
        point_at: the step of the last point of this training; -1 before the first.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name.
    """

    def __init__(self, root: str | Path, arguments: RunArguments, *, packages: Sequence[str]) -> None:
        given: dict[str, Any] = dict(arguments)
        unknown = sorted(set(given) - set(RunArguments.__annotations__))
        if unknown:
            known = ", ".join(RunArguments.__annotations__)
            raise TypeError(f"arguments must be among {known}. Received: {', '.join(unknown)}")
        self._root, self._packages = checked_root(root), tuple(packages)
        self._verbose = given.pop("verbose", 1)
        self._given = given
        self.counts()
        self._writer: RunWriter | None = None
        self.guard = Guard()
        self.point_at = -1

    def __repr__(self) -> str:
        return "not started" if self.folder is None else repr(self.folder.name[:LONGEST_NAME])

    def __getstate__(self) -> dict[str, Any]:
        """A copy has what this one was given, and no run: it has not started."""
        return vars(self) | {"_writer": None, "guard": Guard(), "point_at": -1}

    @property
    def folder(self) -> Path | None:
        """The run, of a training that is over too; None before the first, and where another process writes."""
        return None if self._writer is None else self._writer.folder

    @property
    def kind(self) -> Kind | None:
        """What the user said that is counted."""
        kind: Kind | None = self._given.get("kind")
        return kind

    def counts(self, **more: Any) -> Counts:
        """Counts for a split of this run; `more` stands in for what the user left open."""
        return Counts(**(more | self.of_counts()))

    def of_counts(self) -> dict[str, Any]:
        """What the user said of the output, by the names of `Counts`."""
        return {name: self._given[name] for name in OF_COUNTS if self._given.get(name) is not None}

    def begin(self, *, planned: int | None = None, sure: bool = False, **more: Any) -> None:
        """A training begins: the run that is still open was interrupted, and a new one starts.

        Args:
            planned: steps that are planned.
            sure: whether scores are known to be probabilities, however close to one another: those of a few trees are.
            more: arguments of `RunWriter` that stand in for what the user left open.

        Raises:
            ValueError, TypeError, OSError: as `RunWriter` does, of what the user gave.
        """
        self.end("interrupted")
        self.guard, self.point_at = Guard(), -1
        self._writer = RunWriter(
            self._root, unit="step", epochs=planned, versions=installed_versions(self._packages), **(more | self._given)
        )
        if sure:
            self._writer.hush("squashed")
        if self._verbose and self._writer.folder is not None:
            self.guard.step("saying where it records", announce, self._writer.folder)

    def point(self, step: int, **what: Any) -> None:
        """Records a point at a step, and sets the counts that it took to zero.

        Args:
            step: training steps done; a step that has a point already gets no other.
            what: as in `RunWriter.epoch`.
        """
        if self._writer is not None and step > self.point_at:
            if not any(isinstance(value, Countable) or value for name, value in what.items() if name not in BESIDE):
                self.guard.once("nothing", NOTHING)
            self.point_at = step
            self.guard.step("recording", self._record, self._writer, step, what)
        for counts in what.values():
            if isinstance(counts, Countable):
                counts.reset()

    def derived(self, functions: Functions, counted: SplitCounts) -> dict[str, float]:
        """What functions of the user make of counts, by name; NaN where one fails."""
        found = {}
        for name, function in functions.items():
            what = (f"derive[{name!r}]", derived_value, function, counted.tally, counted.output)
            value = self.guard.users(*what)
            found[name] = float("nan") if value is None else value
        return found

    def end(self, reason: str = "finished") -> None:
        """The training is over; a second call does nothing."""
        self.closing()(reason)

    def closing(self) -> Callable[[str], Any]:
        """What ends this run, and no later one, for a reason; it holds nothing but the writer."""
        return partial(_close, self.guard, self._writer)

    @staticmethod
    def _record(writer: RunWriter, step: int, what: dict[str, Any]) -> None:
        writer.epoch(step=step, **what)


def with_loss(logs: dict[str, float]) -> dict[str, float]:
    """Logs of boosting, in which the log loss, whatever its library calls it, is "loss" and "val_loss" too."""
    for split in ("", "val_"):
        names = [name for name in LOG_LOSSES if split + name in logs]
        if names:
            logs.setdefault(f"{split}loss", logs[split + names[0]])
    return logs


def probabilities(margins: Any, kind: Kind | None = None) -> npt.NDArray[np.float64]:
    """Softmax of log odds of several classes, sigmoid of one, or where each class has a label of its own.

    Args:
        margins: [samples] or [samples, classes].
        kind: what the user said that is counted.
    """
    margins = np.asarray(margins, np.float64)
    if margins.ndim == 1 or margins.shape[-1] == 1 or (kind is not None and KINDS[kind].labels_apart):
        return np.asarray(np.exp(-np.logaddexp(0, -margins)))  # exact in both tails
    powers = np.exp(margins - margins.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _close(guard: Guard, writer: RunWriter | None, reason: str) -> None:
    if writer is not None:
        guard.step("ending the run", writer.close, reason)
