"""`RunWriter`: recording a run without Keras."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

from .alert_watch import AlertWatch
from .chief import is_chief
from .countable import Countable
from .counting import threshold_grid
from .ending import end_reason
from .group_counts import check_thresholds
from .guard import Guard
from .logged import numbers_by_name
from .observed import observed_arrays
from .point_numbers import point_numbers
from .remarks import remarks
from .retrying import QuietWriter, RetryingWriter
from .runfile import Durability, EpochRecord, Unit
from .runfile.kinds import known_kind
from .runfile.schema import LONGEST_NAME, Kind
from .sample_groups import check_recorded
from .sample_ids import GivenIds
from .splits import Splits
from .starting import Resume, check_whole, start_run
from .tracking import Tracker


class RunWriter:
    """Records a run without Keras: from a custom loop, another framework, or arrays that were saved.

    ```python
    with RunWriter("runs", name="svm") as run:
        for epoch in range(10):
            ...
            run.epoch(epoch, logs={"loss": loss}, val=(y_true, y_score))
    ```

    What counts in training steps says `run.epoch(step=1200, val=...)`; axes and tables then go by steps.

    Args:
        root: folder of runs, or an address of object storage, as in `start_run`.
        name: name of the run; None for two words that are made up, such as `brisk-otter`.
        group: as in `start_run`.
        config: as in `start_run`.
        class_names: as in `start_run`.
        kind: "binary", "multiclass" or "multilabel"; None takes what labels and scores of the first epoch tell: one
            score, or two softmax units, are binary; class numbers beside more are multi-class; rows of labels are
            multi-class where the scores of a sample sum to 1, else multi-label.
        thresholds: float32, increasing; None for the default grid.
        decision_threshold: above it a score is called positive; it joins the grid.
        ignore_label: the label whose samples are left out.
        max_samples: the largest number of predictions kept of each split; of more samples, every 2^k-th.
        resume: as in `start_run`.
        epochs: how many are planned, or how many steps where these are the unit.
        unit: what the points of the run are counted in, "epoch" or "step"; None takes what the first point is given.
        durability: as in `start_run`.
        alerts: warns, once for each, of what goes wrong, as `RunRecorder` does.
        sample_ids: your own names of the samples of `val`, in order: strings or whole numbers, all different. They are
            recorded once, of the samples whose predictions are kept, and shown in place of positions. Of other splits
            by name: `{"val": ..., "night": ...}`.
        groups: which samples of `val` belong together: the image, patient or document of each, in order; strings or
            whole numbers. Of pixels or tokens one for each image or text will do. Intervals, tests and choices then go
            by groups. Of other splits by name, as `sample_ids`.
        group_thresholds: where the counts of each group are kept too, beside the decision, of splits that come as
            arrays and have `groups`, `train` among them; [] for the decision alone. Bands there are of all samples,
            however few predictions are kept. Of more than 1,024 groups (of many classes fewer) some are put together.
        trackers: what logs chosen values beside the run, as in `RunRecorder`.
        chief: whether this process writes, of several that train together; None asks PyTorch, JAX or TensorFlow for its
            rank. One that does not write has no `folder`; it may call `epoch` all the same, and must where tallies are
            summed over all processes. True where each process trains a model of its own.
        versions: of what took part, by name, beside Python's, NumPy's and our own.
    """

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        name: str | None = None,
        group: str = "",
        config: Mapping[str, Any] | None = None,
        class_names: Sequence[str] | None = None,
        kind: Kind | None = None,
        thresholds: Any = None,
        decision_threshold: float = 0.5,
        ignore_label: int | None = None,
        max_samples: int = 10_000,
        resume: Resume = "never",
        epochs: int | None = None,
        unit: Unit | None = None,
        durability: Durability = "process",
        sample_ids: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None = None,
        groups: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None = None,
        group_thresholds: Sequence[float] | None = None,
        alerts: bool = False,
        trackers: Sequence[Tracker] = (),
        chief: bool | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        asked = {
            "kind": kind,
            "thresholds": thresholds,
            "decision_threshold": decision_threshold,
            "ignore_label": ignore_label,
            "class_names": class_names,
        }
        known_kind(kind)
        threshold_grid(thresholds, decision_threshold)
        if unit not in (None, "epoch", "step"):
            raise ValueError(f'unit must be "epoch" or "step", or None. Received: {unit!r}')
        self._unit, self._chief = unit, chief
        self._guard = Guard()
        self._watch = AlertWatch(self._guard) if alerts else None
        check_recorded(groups, max_samples, counted=group_thresholds is not None)
        self._ids = GivenIds(sample_ids, groups=groups, train=group_thresholds is not None)
        self._splits = Splits(
            asked,
            check_whole("max_samples", max_samples, least=0),
            grouping=self._ids.grouping,
            group_thresholds=None if group_thresholds is None else check_thresholds(group_thresholds),
        )
        self._writes = is_chief() if chief is None else chief
        self._writer: RetryingWriter | QuietWriter = (
            start_run(
                root,
                name=name,
                group=group,
                config=config,
                class_names=class_names,
                unit=unit or "epoch",
                resume=resume,
                sampling={"max_samples": max_samples},
                versions=versions,
                epochs=epochs,
                durability=durability,
                sample_ids=self._ids,
                trackers=trackers,
            )
            if self._writes
            else QuietWriter()
        )
        # When nobody has it any longer (a cell that is run again, a function that returned), at the latest at exit.
        self._unended = weakref.finalize(self, _interrupted, self._writer, os.getpid())

    def __repr__(self) -> str:
        state = "not started" if self.folder is None else repr(self.folder.name[:LONGEST_NAME])
        return f"RunWriter({state})"

    @property
    def folder(self) -> Path | None:
        """The run; None while the disk has refused to start it, and where another process writes."""
        return self._writer.folder

    def epoch(
        self,
        epoch: int | None = None,
        *,
        step: int | None = None,
        logs: Mapping[str, float] | None = None,
        seconds: Mapping[str, float] | None = None,
        observed: Mapping[str, Any] | None = None,
        **splits: tuple[Any, ...] | Countable,
    ) -> None:
        """Records one point of the training: the end of an epoch, or a number of steps.

        Args:
            epoch: index from 0, greater than the last one. Where steps are the unit, the epoch that the point lies in.
            step: training steps done, more than at the last point. Where epochs are the unit it stands beside them, so
                that runs can be held against each other by steps. Of both in the first call, `step` is the unit.
            logs: scalars by name.
            seconds: durations by name: "epoch", "train", "val".
            observed: arrays of numbers by name.
            splits: `train=(y_true, y_score)`, `val=(y_true, y_score, sample_weight)`, or any name of a split:
                labels [samples] (numbers, or strings among `class_names`) or rows of them, probabilities [samples],
                [samples, 1] or [samples, classes], weights [samples]. NaN, None and masked labels are ignored.
                Predictions are kept of every split but "train". Of two classes 1 is the positive one (`pos_label`
                elsewhere), or the second of `class_names`. In place of arrays `val=counts`: a `Counts`, or a tally of
                PyTorch, that has seen them batch by batch; `reset` it before the next.
        """
        if not self._is_chief():
            self._splits.take_part(splits)
            return
        unit, point = point_numbers(self._writer.unit or self._unit, epoch, step)
        if not self._unended.alive:
            raise ValueError("a run that was closed takes no more points; RunWriter(resume=...) goes on with it")
        output, found = self._splits.read(splits)
        for split in self._splits.not_reset(splits):
            self._guard.once(
                "not reset", f"{split} holds what it held before, and more: reset() it after each epoch()."
            )
        self._guard.report(self._splits.without_groups(found))
        tallies, samples = [one.tally for one in found], [one.samples for one in found if one.samples is not None]
        ids = tuple(self._ids.of(split, tallies, samples) for split in self._ids.due(samples))
        if output is not None and output != self._splits.output:
            self._writer.describe([output])
            self._splits.output = output
        for one in found:
            self._guard.report(remarks(one.output, one.tally, one.met))
        record = EpochRecord(
            unit=unit,
            **point,
            logs=numbers_by_name("logs", logs),
            seconds=numbers_by_name("seconds", seconds),
            time=time.time(),
            tallies=tuple(tallies),
            samples=tuple(samples),
            observed=observed_arrays(observed),
            sample_ids=ids,
        )
        self._writer.append(record)
        self._unit = unit
        if self._watch is not None:
            self._guard.step("alerts", self._watch.look, record, {} if output is None else {output.name: output})
        self._ids.recorded(ids)
        self._ids.report(self._guard, ids)

    def hush(self, what: str) -> None:
        """Says nothing of `what`, the key of a remark; for callbacks that know better."""
        self._guard.hush(what)

    def close(self, reason: str = "finished") -> None:
        """Ends the run; one that is never closed ends as interrupted when this object goes, at the latest at exit."""
        self._unended.detach()
        self._writer.close(reason)

    def __reduce__(self) -> NoReturn:
        self._writer.__reduce__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(end_reason(kind))

    def _is_chief(self) -> bool:
        """Whether this process writes; that it does not may show only when the processes have found each other."""
        if self._writes and self._chief is None and not is_chief():
            self._guard.once("chief", "another process writes the run; this one has begun one, and leaves it at that.")
            self.close("another process writes")
            self._writes = False
        return self._writes


def _interrupted(writer: RetryingWriter | QuietWriter, process: int) -> None:
    """Ends a run that nobody has ended, in the process that writes it."""
    if os.getpid() == process:
        writer.close("interrupted")
