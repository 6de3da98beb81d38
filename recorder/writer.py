"""Recording a run: how one is started or resumed, and what a failing disk does to it."""

from __future__ import annotations

import platform
import time
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import msgspec

from . import counting
from .runfile import (
    EpochRecord,
    Manifest,
    Output,
    RunFileWriter,
    RunFormatError,
    begin_line,
    is_run,
    read_manifest,
)
from .runfile.codec import iso_time
from .runfile.layout import new_run_id

Resume = Literal["never", "allow", "must"]
MAX_WAITING = 1_000  # epochs kept in memory while the disk fails


class RecordWriter(Protocol):
    """Where epoch records go."""

    @property
    def folder(self) -> Path:
        """The run."""
        ...

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted, before the first record that has counts."""
        ...

    def append(self, record: EpochRecord) -> None:
        """Takes one epoch."""
        ...

    def close(self, reason: str = "finished") -> None:
        """Ends the attempt."""
        ...


class RetryingWriter:
    """A writer that never raises for a failing disk: it warns once, keeps the epochs, and tries again later.

    Args:
        writer: the one that may raise OSError.
    """

    def __init__(self, writer: RunFileWriter) -> None:
        self._writer = writer
        self._outputs: Sequence[Output] = ()
        self._waiting: deque[EpochRecord] = deque()
        self._warned = False

    @property
    def folder(self) -> Path:
        """The run."""
        return self._writer.folder

    @property
    def attempt(self) -> int:
        """Which start of the run this is, from 0."""
        return self._writer.attempt

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted; raises ValueError where the run states something else."""
        self._outputs = outputs
        try:
            self._writer.describe(outputs)
        except OSError as error:
            self._warn(error)

    def append(self, record: EpochRecord) -> None:
        """Takes one epoch, and writes what earlier faults left waiting first."""
        if len(self._waiting) >= MAX_WAITING:
            lost = self._waiting.popleft()
            message = f"epochreel keeps {MAX_WAITING} epochs while the disk fails; epoch {lost.epoch} is lost"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
        self._waiting.append(record)
        self._flush()

    def close(self, reason: str = "finished") -> None:
        """Writes what waits, then ends the attempt."""
        self._flush()
        if self._waiting:
            epochs = [record.epoch for record in self._waiting]
            message = f"epochreel could not record {len(epochs)} epochs, from {epochs[0]} to {epochs[-1]}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
        try:
            self._writer.close(reason)
        except OSError as error:
            self._warn(error)

    def _flush(self) -> None:
        try:
            if self._outputs:
                self._writer.describe(self._outputs)
            while self._waiting:
                self._writer.append(self._waiting[0])
                self._waiting.popleft()
        except OSError as error:
            self._warn(error)

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            message = f"epochreel cannot write {self.folder}: {error}. Training goes on; it is tried again every epoch."
            warnings.warn(message, RuntimeWarning, stacklevel=4)


def start_run(
    root: str | Path,
    *,
    name: str | None = None,
    group: str = "",
    config: Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    resume: Resume = "never",
    sampling: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    initial_epoch: int = 0,
    epochs: int | None = None,
) -> RetryingWriter:
    """A new run in `root`, or the next attempt of the newest one of that name.

    Args:
        root: folder of runs; made where it is missing.
        name: of the run; "run" if None.
        group: what it belongs to: the runs of several seeds or folds, say.
        config: anything JSON can hold, to be compared between runs.
        class_names: of the output's classes; for a binary output the negative, then the positive one.
        resume: "never" starts a new run; "allow" goes on with the newest run of that name, if there is one; "must"
            raises where there is none.
        sampling: how prediction samples are chosen.
        versions: of what took part, by name.
        initial_epoch: of this attempt.
        epochs: how many are planned; None if that is not known.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `config` is not JSON-able.
        FileNotFoundError: `resume="must"`, and there is no run of that name.
        OSError: The folder cannot be made.
    """
    _check_arguments(name, group, config, class_names, resume)
    name = "run" if name is None else name
    root = Path(root)
    begin = begin_line(initial_epoch=initial_epoch, epochs=epochs)
    found = None if resume == "never" else _newest(root, name)
    if found is not None:
        return RetryingWriter(RunFileWriter.resume(found, begin))
    if resume == "must":
        raise FileNotFoundError(f'resume="must" needs a run named {name!r} to go on with. Received: {root}')
    manifest = Manifest(
        run_id="",
        name=name,
        group=group,
        created=iso_time(time.time()),
        config=dict(config or {}),
        class_names=None if class_names is None else list(class_names),
        sampling=dict(sampling or {}),
        versions=_versions() | dict(versions or {}),
        host=begin.host,
        pid=begin.pid,
    )
    while True:
        manifest.run_id = new_run_id(name, time.time())
        try:
            return RetryingWriter(RunFileWriter.create(root, manifest, begin))
        except FileExistsError:
            if not root.is_dir():
                raise


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
    """

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        name: str | None = None,
        group: str = "",
        config: Mapping[str, Any] | None = None,
        class_names: Sequence[str] | None = None,
        kind: Literal["binary", "multiclass", "multilabel"] | None = None,
        thresholds: Any = None,
        decision_threshold: float = 0.5,
        ignore_label: int | None = None,
        max_samples: int = 10_000,
        resume: Resume = "never",
        epochs: int | None = None,
    ) -> None:
        if isinstance(max_samples, bool) or not isinstance(max_samples, int) or max_samples < 0:
            raise ValueError(f"max_samples must be an integer of 0 or more. Received: {max_samples!r}")
        self._counting = {
            "kind": kind,
            "thresholds": thresholds,
            "decision_threshold": decision_threshold,
            "ignore_label": ignore_label,
            "class_names": class_names,
        }
        self._max_samples = max_samples
        self._outputs: dict[str, Output] = {}
        self._writer = start_run(
            root,
            name=name,
            group=group,
            config=config,
            class_names=class_names,
            resume=resume,
            sampling={"max_samples": max_samples},
            epochs=epochs,
        )

    @property
    def folder(self) -> Path:
        """The run."""
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
        tallies, samples = [], []
        for split, arrays in splits.items():
            y_true, y_score, weight = _arrays(split, arrays)
            output = self._output(y_score, weighted=weight is not None)
            tallies.append(counting.tally_arrays(y_true, y_score, output=output, split=split, sample_weight=weight))
            if split != "train" and self._max_samples:
                samples.append(
                    counting.samples_of(
                        y_true,
                        y_score,
                        output=output,
                        split=split,
                        sample_weight=weight,
                        max_samples=self._max_samples,
                    )
                )
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

    def _output(self, y_score: Any, *, weighted: bool) -> Output:
        if "" not in self._outputs:
            self._outputs[""] = counting.output_for(y_score, weighted=weighted, source="arrays", **self._counting)
            self._writer.describe(list(self._outputs.values()))
        return self._outputs[""]


def _arrays(split: str, arrays: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if not isinstance(arrays, tuple) or len(arrays) not in (2, 3):
        raise ValueError(f"{split} must be (y_true, y_score) or (y_true, y_score, sample_weight). Received: {arrays!r}")
    y_true, y_score, weight = (*arrays, None)[:3]
    return y_true, y_score, weight


def _check_arguments(
    name: str | None,
    group: str,
    config: Mapping[str, Any] | None,
    class_names: Sequence[str] | None,
    resume: str,
) -> None:
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise ValueError(f"name must be a string that is not empty. Received: {name!r}")
    if not isinstance(group, str):
        raise ValueError(f"group must be a string. Received: {group!r}")
    if resume not in ("never", "allow", "must"):
        raise ValueError(f'resume must be "never", "allow" or "must". Received: {resume!r}')
    if class_names is not None and (
        isinstance(class_names, str) or not all(isinstance(item, str) for item in class_names)
    ):
        raise ValueError(f"class_names must be a sequence of strings. Received: {class_names!r}")
    if config is not None and not isinstance(config, Mapping):
        raise TypeError(f"config must be a mapping that JSON can hold. Received: {type(config).__name__}")
    try:
        msgspec.json.decode(msgspec.json.encode(dict(config or {})), type=dict[str, Any])
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise TypeError(f"config must be a mapping that JSON can hold. Received: {config!r} ({error})") from error


def _newest(root: Path, name: str) -> Path | None:
    """The newest run of that name in `root`; what is no readable run is passed over."""
    for folder in sorted(root.iterdir(), reverse=True) if root.is_dir() else []:
        if is_run(folder):
            try:
                if read_manifest(folder).name == name:
                    return folder
            except (RunFormatError, OSError):
                continue
    return None


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("epochreel", "numpy", "pyarrow"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
