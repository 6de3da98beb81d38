"""Adding splits and logs to the points of a run after they were recorded."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, Self, cast

import msgspec

from .chief import is_chief
from .countable import Countable, SplitCounts
from .counting import threshold_grid
from .guard import Guard, warn
from .logged import numbers_by_name
from .observed import observed_arrays
from .remarks import remarks
from .runfile import EpochRecord, Output, RunFileAdder, RunFormatError
from .runfile.kinds import known_kind
from .runfile.schema import LONGEST_NAME, Kind
from .sample_ids import GivenIds
from .splits import Splits
from .starting import whole

MOST_SAMPLES = 10_000  # kept of a split where the run does not say


def open_writer(
    run: str | Path,
    *,
    kind: Kind | None = None,
    thresholds: Any = None,
    decision_threshold: float = 0.5,
    ignore_label: int | None = None,
    sample_ids: Mapping[str, Sequence[str | int]] | None = None,
    groups: Mapping[str, Sequence[str | int]] | None = None,
) -> RunAdder:
    """Opens a run to add to points that it has: a test set evaluated on old checkpoints, say.

    ```python
    with open_writer("runs/20261123-103005-baseline-3f9a") as run:
        for step, model in checkpoints:
            run.add(step=step, test=(y_true, model.predict(x)))
    ```

    It may be open while the run is trained, and beside others that add to it. What is added counts as what the run
    has: the same kind, classes and thresholds. Nothing that was recorded is changed.

    Args:
        run: its folder.
        kind: as in `RunWriter`, for a run that has no counts yet; one that has some goes on as it began.
        thresholds: the same.
        decision_threshold: the same.
        ignore_label: the same.
        sample_ids: your own names of the samples, by the name of a split.
        groups: which samples belong together, as in `RunWriter`, by the name of a split.

    Raises:
        FileNotFoundError: It is no run.
        RunFormatError: It is broken, or of a newer major version.
        ValueError: An argument breaks its rule.
    """
    known_kind(kind)
    threshold_grid(thresholds, decision_threshold)
    asked = {
        "kind": kind,
        "thresholds": thresholds,
        "decision_threshold": decision_threshold,
        "ignore_label": ignore_label,
    }
    try:
        adder = RunFileAdder(Path(run))
    except FileNotFoundError:
        raise FileNotFoundError(f"a run must be a folder that holds a run.json. Received: {str(run)!r}") from None
    return RunAdder(adder, asked, GivenIds(sample_ids, groups=groups))


class RunAdder:
    """Adds to points that a run has; made by `open_writer`.

    Args:
        adder: to the files of the run.
        asked: of an output that the run has no counts of.
        ids: of samples.
    """

    def __init__(self, adder: RunFileAdder, asked: Mapping[str, Any], ids: GivenIds) -> None:
        ids.check(adder.folder)
        self._adder, self._asked, self._ids = adder, dict(asked), ids
        self._guard = Guard()
        self._splits: dict[str, Splits] = {}  # by output
        self._unended = weakref.finalize(self, _closed, adder, os.getpid())

    def __repr__(self) -> str:
        return f"RunAdder({self.folder.name[:LONGEST_NAME]!r})"

    @property
    def folder(self) -> Path:
        """The run."""
        return self._adder.folder

    def add(
        self,
        *,
        epoch: int | None = None,
        step: int | None = None,
        output: str = "",
        logs: Mapping[str, float] | None = None,
        observed: Mapping[str, Any] | None = None,
        **splits: tuple[Any, ...] | Countable,
    ) -> None:
        """Adds splits, logs and arrays to a point. When this returns they are on the disk.

        Args:
            epoch: the point, of a run whose points are epochs.
            step: the point, of a run whose points are steps.
            output: of the model, where it has several.
            logs: scalars by name.
            observed: arrays of numbers by name.
            splits: as in `RunWriter.epoch`; scores are probabilities.

        Raises:
            ValueError: The point was never recorded, or has one of these splits, logs or arrays already, or an argument
                breaks its rule: nothing is added.
            OSError: The disk failed: nothing is added, and it may be tried again.
        """
        if not is_chief():
            self._splits_of(output).take_part(splits)
            return
        number = self._point({"epoch": epoch, "step": step})
        self._adder.point(number)
        if not splits and not logs and not observed:
            raise ValueError(
                "what is added must be a split, such as test=(y_true, y_score), logs or observed. Received: none"
            )
        found = self._read(output, splits) if splits else []
        for split in self._splits_of(output).not_reset(splits):
            self._guard.once("not reset", f"{split} holds what it held before, and more: reset() it after each add().")
        samples = [one.samples for one in found if one.samples is not None]
        tallies = [one.tally for one in found]
        ids = tuple(self._ids.of(split, tallies, samples) for split in self._ids.due(samples))
        record = EpochRecord(
            epoch=number,
            logs=numbers_by_name("logs", logs),
            observed=observed_arrays(observed),
            time=time.time(),
            tallies=tuple(tallies),
            samples=tuple(samples),
            sample_ids=ids,
        )
        self._adder.add(record, [found[0].output] if found else [])
        for one in found:
            self._guard.report(remarks(one.output, one.tally, one.met))
        self._ids.recorded(ids)
        self._ids.report(self._guard, ids)

    def close(self) -> None:
        """Merges what was added; where it is never called, it is when this object goes, at the latest at exit."""
        self._unended.detach()
        self._adder.close()

    def __reduce__(self) -> NoReturn:
        self._adder.__reduce__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _point(self, given: Mapping[str, int | None]) -> int:
        """The number of a point in the unit of the run."""
        unit = self._adder.unit
        value = given[unit]
        if value is None:
            has = ", ".join(f"{name}={value}" for name, value in given.items() if value is not None) or "neither"
            rule = f"a point must be given {unit}=, as the points of this run are {unit}s"
            raise ValueError(f"{rule}. Received: {has}")
        return whole(unit, value)

    def _read(self, name: str, given: Mapping[str, Any]) -> list[SplitCounts]:
        """What is recorded of splits, of that output of the model."""
        splits = self._splits_of(name)
        stated = self._adder.outputs(name)
        if stated and name not in stated:
            known = ", ".join(repr(each[:LONGEST_NAME]) for each in stated)
            raise ValueError(f"output must be one of those that the run counts: {known}. Received: {name!r}")
        splits.output = stated.get(name)
        output, found = splits.read(given)
        output = msgspec.structs.replace(cast(Output, output), name=name)
        return [
            replace(
                one,
                output=output,
                tally=replace(one.tally, output=name),
                samples=one.samples and replace(one.samples, output=name),
            )
            for one in found
        ]

    def _splits_of(self, output: str) -> Splits:
        if output not in self._splits:
            manifest = self._adder.manifest
            names = (manifest.output_class_names or {}).get(output, manifest.class_names)
            most = manifest.sampling.get("max_samples")
            most = most if isinstance(most, int) and most >= 0 else MOST_SAMPLES
            self._splits[output] = Splits(self._asked | {"class_names": names}, most)
        return self._splits[output]


def _closed(adder: RunFileAdder, process: int) -> None:
    """Merges what was added, in the process that added it."""
    if os.getpid() == process:
        try:
            adder.close()
        except (OSError, RunFormatError) as error:
            warn(f"epochreel could not merge what was added to {adder.folder}: {error}. All of it is there.")
