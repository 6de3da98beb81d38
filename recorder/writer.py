"""`RunWriter`: recording a run without Keras."""

from __future__ import annotations

import operator
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from . import counting
from .guard import Guard
from .runfile import Durability, EpochRecord, Output
from .runfile.schema import Kind
from .starting import Resume, check_whole, start_run


class RunWriter:
    """Records a run without Keras: a custom loop, another framework, arrays of yesterday.

    ```python
    with RunWriter("runs", name="svm") as run:
        for epoch in range(10):
            ...
            run.epoch(epoch, logs={"loss": loss}, val=(y_true, y_score))
    ```

    Args:
        root: folder of runs.
        name: of the run.
        group: as in `start_run`.
        config: as in `start_run`.
        class_names: as in `start_run`.
        kind: "binary", "multiclass" or "multilabel"; None infers it from the width of `y_score`: 1 is binary, more
            are multi-class.
        thresholds: float32, increasing; None for the default grid.
        decision_threshold: above it a score is called positive; it joins the grid.
        ignore_label: the label whose samples are left out.
        max_samples: of each split at most so many predictions are kept, every 2^k-th.
        resume: as in `start_run`.
        epochs: how many are planned.
        durability: as in `start_run`.
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
        durability: Durability = "process",
    ) -> None:
        self._counting: dict[str, Any] = {
            "kind": kind,
            "thresholds": thresholds,
            "decision_threshold": decision_threshold,
            "ignore_label": ignore_label,
            "class_names": class_names,
        }
        self._max_samples = check_whole("max_samples", max_samples, least=0)
        self._guard = Guard()
        self._output: Output | None = None
        self._writer = start_run(
            root,
            name=name,
            group=group,
            config=config,
            class_names=class_names,
            resume=resume,
            sampling={"max_samples": max_samples},
            epochs=epochs,
            durability=durability,
        )

    @property
    def folder(self) -> Path | None:
        """The run; None while the disk has refused to start it."""
        return self._writer.folder

    def epoch(
        self,
        epoch: int,
        *,
        logs: Mapping[str, float] | None = None,
        seconds: Mapping[str, float] | None = None,
        observed: Mapping[str, Any] | None = None,
        **splits: tuple[Any, ...],
    ) -> None:
        """Records one epoch.

        Args:
            epoch: index, greater than the last one.
            logs: scalars by name.
            seconds: durations by name: "epoch", "train", "val".
            observed: arrays of numbers by name.
            splits: `train=(y_true, y_score)`, `val=(y_true, y_score, sample_weight)`, or any name of a split:
                labels [samples], probabilities [samples], [samples, 1] or [samples, classes], weights [samples].
                Predictions are kept of every split but "train".
        """
        epoch = operator.index(epoch)
        given = {split: _arrays(split, arrays) for split, arrays in splits.items()}
        tallies, samples = [], []
        for split, (y_true, y_score, weight) in given.items():
            output = self._described(y_score, weighted=any(arrays[2] is not None for arrays in given.values()))
            counted: dict[str, Any] = {"output": output, "split": split, "sample_weight": weight}
            tallies.append(counting.tally_arrays(y_true, y_score, **counted))
            self._guard.report_scores(split, nan=int(tallies[-1].nan.sum()), outside=counting.outside(y_score))
            if split != "train" and self._max_samples:
                samples.append(counting.samples_of(y_true, y_score, max_samples=self._max_samples, **counted))
        self._writer.append(
            EpochRecord(
                epoch=epoch,
                logs=dict(logs or {}),
                seconds=dict(seconds or {}),
                time=time.time(),
                tallies=tuple(tallies),
                samples=tuple(samples),
                observed=dict(observed or {}),
            )
        )

    def close(self, reason: str = "finished") -> None:
        """Ends the run."""
        self._writer.close(reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close("finished" if kind is None else f"stopped by {kind.__name__}")

    def _described(self, y_score: Any, *, weighted: bool) -> Output:
        """The run's output, described by the first scores and again when the first weights come."""
        if self._output is None or (weighted and not self._output.weighted):
            self._output = counting.output_for(y_score, weighted=weighted, source="arrays", **self._counting)
            self._writer.describe([self._output])
        return self._output


def _arrays(split: str, arrays: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if not isinstance(arrays, tuple) or len(arrays) not in (2, 3):
        raise ValueError(f"{split} must be (y_true, y_score) or (y_true, y_score, sample_weight). Received: {arrays!r}")
    y_true, y_score, weight = (*arrays, None)[:3]
    return y_true, y_score, weight
