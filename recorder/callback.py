"""`RunRecorder`: which hook reads which state. No arithmetic, no files."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from . import counting
from .found import KerasCounts, Tallies, find_counts, find_tallies
from .runfile import EpochRecord, Output, Samples, Tally, four_counts
from .sampling import predict
from .writer import Resume, RetryingWriter, start_run

FAULTS = (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RuntimeError)
Derived = Callable[..., float]


class RunRecorder(keras.callbacks.Callback):
    """Appends an epoch's counts, predictions and logs to a run folder. Put it first in `callbacks`.

    It takes the counts of every `ConfusionTally` the model was compiled with; without one, those of Keras's own
    TruePositives, TrueNegatives, FalseNegatives and FalsePositives in the logs; without these, the logs alone.
    It makes no forward pass of its own but for a `probe`. Each `fit` is one run (or one more attempt with `resume`).

    Args:
        root: folder of runs.
        name: of the run.
        group: the runs of several seeds or folds, say.
        config: whatever JSON can hold, to compare runs by.
        class_names: of the classes; for a binary output the negative, then the positive one.
        every: record every n-th epoch (and the last planned one).
        max_samples: keep the predictions of at most so many validation samples: every 2^k-th. 0 keeps none.
        probe: `(x, y)`, or several by name: predicted at the end of an epoch and recorded as a split.
        resume: "never" starts a run; "allow" goes on with the newest one of that name; "must" insists on it.
        derive: values for `logs`, seen by the callbacks after this one: `{"val_f1": lambda tp, fp, fn: ...}`; counts
            are those at the decision, of validation where the name begins with `val_`.
        observe: `{"name": f(model)}`, computed at an epoch's end; a scalar joins the recorded logs, an array is saved.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `config` is not JSON-able, or a function is not callable.
    """

    _began: float | None
    _train_ended: float | None
    _test_ended: float | None
    _tested: bool
    _closed = True

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        name: str | None = None,
        group: str = "",
        config: Mapping[str, Any] | None = None,
        class_names: Sequence[str] | None = None,
        every: int = 1,
        max_samples: int = 10_000,
        probe: tuple[Any, Any] | Mapping[str, tuple[Any, Any]] | None = None,
        resume: Resume = "never",
        derive: Mapping[str, Derived] | None = None,
        observe: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        super().__init__()
        _check_whole("every", every, least=1)
        _check_whole("max_samples", max_samples, least=0)
        self._every, self._max_samples = every, max_samples
        self._class_names = class_names
        self._probes = _named_probes(probe)
        self._derive = _checked_functions("derive", derive)
        self._observe = _checked_functions("observe", observe)
        self._start: dict[str, Any] = {
            "root": root,
            "name": name,
            "group": group,
            "config": config,
            "class_names": class_names,
            "resume": resume,
            "sampling": {"max_samples": max_samples, "every": every},
        }
        self._writer: RetryingWriter | None = None
        self._warned: set[str] = set()
        self._forget_epoch()

    @property
    def folder(self) -> Path | None:
        """The run; None before training."""
        return None if self._writer is None else self._writer.folder

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the run; the last word on arguments before the first epoch."""
        if self._writer is not None and not self._closed:
            self._writer.close("interrupted")
        versions = {"keras": keras.__version__, "backend": keras.config.backend()}
        self._writer = start_run(**self._start, versions=versions, epochs=(self.params or {}).get("epochs"))
        self._closed = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A new epoch: the next test is its validation."""
        self._forget_epoch()
        self._began = time.perf_counter()

    def on_test_begin(self, logs: Any = None) -> None:
        """Training is over, and its counts are about to be reset; validation begins."""
        if self._began is None or self._tested:
            return
        self._train_ended = time.perf_counter()
        self._guard(self._begin_validation)

    def on_test_end(self, logs: Any = None) -> None:
        """Validation is over: its counts and samples are read, unless it was somebody else's."""
        if self._began is None or self._tested:
            return
        self._tested = True
        self._test_ended = time.perf_counter()
        self._guard(self._end_validation)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Everything is there: the epoch goes to disk."""
        if self._writer is None or self._began is None:
            return
        logs = {} if logs is None else logs
        if not self._tested:
            self._guard(self._read_tallies, "train")
        self._guard(self._take_keras_counts, logs)
        self._add_derived(logs)
        if self._is_recorded(epoch):
            self._guard(self._append, epoch, logs)
        self._began = None

    def on_train_end(self, logs: Any = None) -> None:
        """Ends the run."""
        if self._writer is not None:
            self._closed = True
            self._guard(self._writer.close)

    def _begin_validation(self) -> None:
        self._read_tallies("train")
        opened = False
        for tally, _ in self._found():
            if self._max_samples:
                opened |= tally.open_tap(self._max_samples)
            if tally.tap is not None:
                tally.tap.on.assign(1)
        if opened:
            self.model.make_test_function(force=True)

    def _end_validation(self) -> None:
        self._read_tallies("val")
        for tally, name in self._found():
            if tally.tap is not None:
                tally.tap.on.assign(0)
                samples = tally.samples("val", name)
                if samples is not None:
                    self._samples.append(samples)

    def _read_tallies(self, split: str) -> None:
        for tally, name in self._found():
            self._outputs[name] = tally.output(name, self._names_for(name))
            self._tallies.append(tally.read(split, name))

    def _found(self) -> Tallies:
        return find_tallies(self.model)

    def _names_for(self, output: str) -> Sequence[str] | None:
        return self._class_names if len(self._found()) == 1 or not output else None

    def _take_keras_counts(self, logs: Mapping[str, Any]) -> None:
        if self._outputs:
            return
        counts: KerasCounts | None = find_counts(self.model, logs, self._class_names)
        if counts is not None:
            self._outputs[""] = counts.output
            self._tallies += counts.tallies

    def _is_recorded(self, epoch: int) -> bool:
        planned = (self.params or {}).get("epochs")
        return (epoch + 1) % self._every == 0 or epoch + 1 == planned or bool(self.model.stop_training)

    def _append(self, epoch: int, logs: Mapping[str, Any]) -> None:
        assert self._writer is not None
        for split, (x, y) in self._probes.items():
            self._guard(self._probe, split, x, y)
        scalars: dict[str, Any] = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        scalars.setdefault("learning_rate", self._learning_rate())
        observed = self._observed(scalars)
        if self._outputs:
            self._writer.describe(list(self._outputs.values()))
        self._writer.append(
            EpochRecord(
                epoch=epoch,
                logs={name: value for name, value in scalars.items() if value is not None},
                seconds=self._seconds(),
                time=time.time(),
                tallies=tuple(self._tallies),
                samples=tuple(self._samples),
                observed=observed,
            )
        )

    def _probe(self, split: str, x: Any, y: Any) -> None:
        scores = predict(self.model, x)
        if isinstance(scores, Mapping | list | tuple):
            raise ValueError(f"a probe needs a model with one output. Received: {len(scores)} outputs")
        tallies = self._found()
        if tallies and tallies[0][0].from_logits:
            scores = _probabilities(scores, tallies[0][0].kind)
        if "" not in self._outputs:
            self._outputs[""] = counting.output_for(scores, class_names=self._class_names)
        output = self._outputs[""]
        self._tallies.append(counting.tally_arrays(y, scores, output=output, split=split))
        if self._max_samples:
            self._samples.append(
                counting.samples_of(y, scores, output=output, split=split, max_samples=self._max_samples)
            )

    def _add_derived(self, logs: Any) -> None:
        for name, function in self._derive.items():
            split = "val" if name.startswith("val_") else "train"
            for tally in self._tallies:
                if tally.split == split:
                    value = self._users(f"derive[{name!r}]", function, **self._counts_for(function, tally))
                    logs[name] = float("nan") if value is None else float(value)
                    break

    def _counts_for(self, function: Derived, tally: Tally) -> dict[str, Any]:
        output = self._outputs[tally.output]
        edge = int(np.searchsorted(np.asarray(output.thresholds), output.decision_threshold))
        at_edge = [count[:, edge].sum().astype(float) for count in four_counts(tally.histogram)]
        if tally.matrix is not None:
            right, total = np.trace(tally.matrix), tally.matrix.sum()
            wrong, classes = total - right, len(tally.matrix)
            at_edge = [right, wrong, (classes - 1) * total - wrong, wrong]
        known: dict[str, Any] = dict(zip(("tp", "fp", "tn", "fn"), map(np.float64, at_edge), strict=True))
        known["matrix"] = tally.matrix if tally.matrix is not None else np.array(
            [[known["tn"], known["fp"]], [known["fn"], known["tp"]]]
        )  # fmt: skip
        wanted = inspect.signature(function).parameters
        return {name: value for name, value in known.items() if name in wanted}

    def _observed(self, scalars: dict[str, Any]) -> dict[str, Any]:
        arrays = {}
        for name, function in self._observe.items():
            value = self._users(f"observe[{name!r}]", function, self.model)
            if value is None:
                continue
            value = np.asarray(keras.ops.convert_to_numpy(value), np.float64)
            if value.ndim:
                arrays[name] = value
            else:
                scalars[name] = float(value)
        return arrays

    def _learning_rate(self) -> float | None:
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return None
        return float(keras.ops.convert_to_numpy(optimizer.learning_rate))

    def _seconds(self) -> dict[str, float]:
        assert self._began is not None
        now = time.perf_counter()
        seconds = {"epoch": now - self._began, "train": (self._train_ended or now) - self._began}
        if self._train_ended is not None and self._test_ended is not None:
            seconds["val"] = self._test_ended - self._train_ended
        return seconds

    def _users(self, what: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """The value of a user's function; None, and one warning, where it fails."""
        try:
            with np.errstate(all="ignore"):
                return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - somebody else's code, and a training is worth more
            self._warn(what, error)
            return None

    def _guard(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a step of ours; a fault of it is one warning, never the end of a training."""
        try:
            function(*arguments)
        except FAULTS as error:
            self._warn(getattr(function, "__name__", str(function)).lstrip("_"), error)

    def _warn(self, what: str, error: BaseException) -> None:
        if what not in self._warned:
            self._warned.add(what)
            message = f"epochreel: {what} failed and is left out: {type(error).__name__}: {error}. Training goes on."
            warnings.warn(message, RuntimeWarning, stacklevel=3)

    def _forget_epoch(self) -> None:
        self._began = self._train_ended = self._test_ended = None
        self._tested = False
        self._tallies: list[Tally] = []
        self._samples: list[Samples] = []
        self._outputs: dict[str, Output] = {}


def _probabilities(scores: Any, kind: str | None) -> Any:
    activation = keras.ops.softmax if kind == "multiclass" else keras.ops.sigmoid
    return keras.ops.convert_to_numpy(activation(scores))


def _check_whole(name: str, value: Any, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer of {least} or more. Received: {value!r}")


def _named_probes(probe: Any) -> dict[str, tuple[Any, Any]]:
    probes = {} if probe is None else dict(probe) if isinstance(probe, Mapping) else {"probe": probe}
    for name, pair in probes.items():
        if not isinstance(name, str) or name in ("train", "val") or not isinstance(pair, tuple) or len(pair) != 2:
            raise ValueError(
                f'probe must be (x, y), or a dict of these by names other than "train" and "val". Received: {name!r}'
            )
    return probes


def _checked_functions(what: str, functions: Mapping[str, Any] | None) -> dict[str, Any]:
    for name, function in (functions or {}).items():
        if not callable(function):
            raise TypeError(f"{what} must map names to functions. Received: {name!r}: {function!r}")
    return dict(functions or {})
