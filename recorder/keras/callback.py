"""`RunRecorder`: which hook reads which state. No arithmetic, no files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from ..guard import Guard
from ..retrying import RetryingWriter
from ..runfile import EpochRecord
from ..starting import Resume, check_whole, checked_root, start_run
from . import user_functions
from .device import backend_faults, is_chief, is_replicated
from .keras_metrics import find_tallies
from .probing import named_probes, probe_into
from .reading import Reading


class RunRecorder(keras.callbacks.Callback):
    """Appends an epoch's counts, predictions and logs to a run folder. Put it first in `callbacks`.

    It takes the counts of every `ConfusionTally` the model was compiled with; without one, those of Keras's own
    TruePositives, TrueNegatives, FalseNegatives and FalsePositives in the logs; without these, the logs alone.
    It makes no forward pass of its own but for a `probe`. Each `fit` is one run (or one more attempt with `resume`).

    Args:
        root: folder of runs on this machine.
        name: of the run.
        group: the runs of several seeds or folds, say.
        config: whatever JSON can hold, to compare runs by; NumPy's numbers, enums, paths and dates too.
        class_names: of the classes; for a binary output the negative, then the positive one. Outputs of a model that
            has several tallies keep plain names.
        every: record every n-th epoch, and the last.
        max_samples: keep the predictions of at most so many validation samples: every 2^k-th. 0 keeps none.
        probe: `(x, y)`, or several by name: predicted at the end of an epoch and recorded as a split; y by output for
            a model with several.
        resume: "never" starts a run; "allow" goes on with the newest one of that name; "must" insists on it.
        derive: values for `logs`, seen by the callbacks after this one: `{"val_f1": lambda tp, fp, fn: ...}`, of `tp`,
            `fp`, `tn`, `fn` (floats, over all classes together) and `matrix` (rows are true classes) at the decision,
            of validation where the name begins with `val_`, else of training; of several outputs, the first's.
        observe: `{"name": f(model)}`, computed at an epoch's end; a scalar joins the recorded logs, an array of
            numbers is saved.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `config` is not JSON-able, or a function is not callable or takes what there is none of.
    """

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
        derive: Mapping[str, Callable[..., float]] | None = None,
        observe: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        super().__init__()
        self._every = check_whole("every", every, least=1)
        self._max_samples = check_whole("max_samples", max_samples, least=0)
        self._probes = named_probes(probe)
        self._derive = user_functions.checked_derive(derive)
        self._observe = user_functions.checked_observe(observe)
        self._class_names = class_names
        self._start: dict[str, Any] = {
            "root": checked_root(root),
            "name": name,
            "group": group,
            "config": config,
            "class_names": class_names,
            "resume": resume,
            "sampling": {"max_samples": max_samples, "every": every},
        }
        self._guard = Guard(backend_faults())
        self._writer: RetryingWriter | None = None
        self._open = False
        self._reading: Reading | None = None  # of the epoch that runs
        self._left: tuple[int, Reading, dict[str, Any]] | None = None  # the last epoch, if `every` passed over it

    @property
    def folder(self) -> Path | None:
        """The run; None before training, while the disk refuses it, and where another process is the chief."""
        return None if self._writer is None else self._writer.folder

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the run; the last word on arguments before the first epoch."""
        self._end("interrupted")
        self._guard = Guard(backend_faults())
        self._retraced, self._reading, self._left = False, None, None
        if is_chief(self.model):
            self._writer = start_run(**self._start, versions=_versions(), epochs=(self.params or {}).get("epochs"))
            self._open = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A new epoch: the next test is its validation, and training steps keep no samples."""
        self._reading = Reading(self._class_names, self._guard)
        self._guard.step("keeping no samples", self._close_taps)

    def on_test_begin(self, logs: Any = None) -> None:
        """Training is over, and its counts are about to be reset; validation begins."""
        if self._reading is not None and self._reading.train_ended is None:
            self._reading.train_ended = time.perf_counter()
            self._guard.step("reading training", self._reading.read_tallies, self.model, "train")
            self._guard.step("keeping samples", self._open_taps)

    def on_test_end(self, logs: Any = None) -> None:
        """Validation is over: its counts and samples are read, unless it was somebody else's."""
        if self._reading is not None and self._reading.val_ended is None:
            self._reading.val_ended = time.perf_counter()
            self._guard.step("reading validation", self._reading.read_tallies, self.model, "val")
            self._guard.step("reading samples", self._reading.read_samples, self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Everything is there: the epoch goes to disk."""
        reading, self._reading = self._reading, None
        if reading is None:
            return
        logs = {} if logs is None else logs
        if reading.train_ended is None:
            self._guard.step("reading training", reading.read_tallies, self.model, "train")
        self._guard.step("reading counts", reading.read_keras_counts, self.model, logs)
        self._guard.step("derive", self._add_derived, reading, logs)
        reading.ended = time.perf_counter()
        self._left = (epoch, reading, dict(logs))
        if (epoch + 1) % self._every == 0:
            self._guard.step("recording", self._append)

    def on_train_end(self, logs: Any = None) -> None:
        """Records the last epoch if `every` passed over it, and ends the run."""
        self._guard.step("recording", self._append)
        self._end("finished")

    def _close_taps(self) -> None:
        for tally, _ in find_tallies(self.model):
            if tally.tap is not None:
                tally.tap.recording = False

    def _open_taps(self) -> None:
        # A mirrored buffer would come back as the sum of its replicas, without an error.
        if not self._max_samples or is_replicated(self.model):
            return
        for tally, _ in find_tallies(self.model):
            tally.open_tap(self._max_samples).begin()
        if not self._retraced:  # what was traced before knows of no tap
            self._retraced = True
            self.model.make_test_function(force=True)

    def _add_derived(self, reading: Reading, logs: Any) -> None:
        user_functions.add_derived(logs, self._derive, reading, self._guard)

    def _append(self) -> None:
        if self._writer is None or self._left is None:
            return
        (epoch, reading, logs), self._left = self._left, None
        for split, (x, y) in self._probes.items():
            self._guard.step(f"probe {split!r}", self._probe, reading, split, x, y)
        rate = self._guard.users("learning_rate", lambda: self.model.optimizer.learning_rate)
        scalars, arrays = user_functions.observed(self._observe, self.model, self._guard)
        if not self._guard.step("counting", self._writer.describe, list(reading.outputs.values())):
            reading.forget_counts()
        self._writer.append(
            EpochRecord(
                epoch=epoch,
                logs=user_functions.scalars({"learning_rate": rate} | logs) | scalars,
                seconds=reading.seconds(),
                time=time.time(),
                tallies=tuple(reading.tallies),
                samples=tuple(reading.samples),
                observed=arrays,
            )
        )

    def _probe(self, reading: Reading, split: str, x: Any, y: Any) -> None:
        probe_into(reading, self.model, split=split, x=x, y=y, max_samples=self._max_samples)

    def _end(self, reason: str) -> None:
        if self._writer is not None and self._open:
            self._open = False
            self._guard.step("ending the run", self._writer.close, reason)


def _versions() -> dict[str, str]:
    backend = keras.config.backend()
    version = str(getattr(sys.modules.get(backend), "__version__", ""))
    return {"keras": keras.__version__, "backend": backend, backend: version}
