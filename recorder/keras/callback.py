"""`RunRecorder`: which hook reads which state. No arithmetic, no files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import keras

from ..announcing import announce
from ..class_names import ClassNames
from ..derived import checked_derive
from ..ending import end_reason
from ..epoch import EpochState, Point
from ..guard import Guard
from ..logged import scalars
from ..retrying import RetryingWriter
from ..runfile import Durability, Unit
from ..runfile.schema import LONGEST_NAME
from ..sample_groups import check_recorded
from ..sample_ids import GivenIds
from ..starting import Resume, check_whole, checked_root, start_run
from ..tracking import Tracker
from . import user_functions
from .device import is_chief
from .keras_metrics import check_own_tallies
from .model_reader import ModelReader
from .monitors import unknown_direction
from .point_writer import Left, PointSink, PointWriter
from .probing import named_probes
from .step_points import StepPoints, checked_steps
from .training_end import TrainingEnd, callback_list
from .unrecorded import unrecorded
from .validation_hint import ValidationHint

# What a recorder knows of a training, its own and what Keras sets; None before it begins.
OF_A_TRAINING = (
    "_writer", "_training_end", "_reader", "_sink", "_points", "_steps", "_state", "_hint", "_model", "params",
)  # fmt: skip


class RunRecorder(keras.callbacks.Callback):
    """Records the counts, predictions and logs of each epoch in a run folder. Put it first in `callbacks`.

    It takes the counts of every `ConfusionTally` the model was compiled with; without one, those of Keras's own
    TruePositives, TrueNegatives, FalseNegatives and FalsePositives in the logs; without these, the logs alone.
    It makes no forward pass of its own but for a `probe`. Each `fit` is one run (or one more attempt with `resume`);
    `evaluate`, `predict` and `train_on_batch` record nothing.

    Args:
        root: folder of runs; or an address of object storage, `s3://bucket/runs`, to which a thread sends the run
            while it is recorded on this machine.
        name: name of the run; None for two words that are made up, such as `brisk-otter`.
        group: name shared by runs that belong together, such as several seeds or folds.
        config: settings to compare runs by: whatever JSON can hold; NumPy's numbers, enums, paths and dates too.
        class_names: names of the classes; for a binary output the negative, then the positive one. For a model with
            several outputs, a list for each output by its name; outputs without one have numbered classes.
        every: record every n-th epoch, and the last; of a training that is interrupted the last one that was over, with
            its counts and logs.
        every_steps: record points within the epochs too, at every n-th batch of each; the run then counts in training
            steps. A point has the training counts since the last one, and Keras's logs so far in the epoch.
        validation: `(x, y)`, with `every_steps`: predicted at each point within an epoch and recorded as validation; at
            the end of an epoch too, unless `fit` has validation data.
        max_samples: the largest number of validation samples whose predictions are kept; of more, every 2^k-th. 0
            keeps none.
        probe: `(x, y)`, or several by name: predicted at the end of an epoch and recorded as a split; y by output for
            a model with several.
        resume: "never" starts a new run; "allow" continues the newest run of that name if there is one; "must" raises
            an error if there is none. Without a name it is the newest run that was given none.
        durability: what a recorded epoch survives: "process" that the process is killed; "power" a power cut too, for
            which each epoch waits for the disk (what it costs is in `recorder/runfile/FORMAT.md`).
        derive: values for `logs`, seen by the callbacks after this one: `{"val_f1": lambda tp, fp, fn: ...}`, of `tp`,
            `fp`, `tn`, `fn` and `matrix` (rows are true classes) at the decision, of validation where the name begins
            with `val_`, else of training; of several outputs that which the name has next, as `val_animal_f1`, else the
            first. For a binary output the four are floats; of more classes arrays [classes], and of a value for each
            class the mean is taken: the macro average.
        observe: `{"name": f(model)}`, computed at an epoch's end; a scalar joins the recorded logs, an array of
            numbers is saved.
        sample_ids: your own names of the validation samples, in order: strings or whole numbers, all different. They
            are recorded once, of the samples whose predictions are kept, and shown in place of positions. Of probes
            too by name: `{"val": ..., "probe": ...}`.
        groups: which validation samples belong together, so that their errors do too: the image, patient or document
            of each sample, in order, or of each image where pixels are classified; strings or whole numbers. Intervals,
            tests and choices then go by groups. Of probes too by name, as `sample_ids`.
        alerts: warns in this terminal, once for each, of what goes wrong: a loss that is NaN or breaks out, one class
            that is predicted for everything, validation that gets worse while training gets better.
        trackers: what logs chosen values beside the run, one or more of `recorder.mlflow.MlflowTracker`,
            `recorder.wandb.WandbTracker` and `recorder.tensorboard.TensorBoardTracker`.
        verbose: 1 says at the start, in one line on standard error and once in a process, where the run is and how to
            watch it, and where validation takes most of an epoch what would help; unless `fit(verbose=0)`. 0 is silent.

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
        class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        every: int = 1,
        every_steps: int | None = None,
        validation: tuple[Any, Any] | None = None,
        max_samples: int = 10_000,
        probe: tuple[Any, Any] | Mapping[str, tuple[Any, Any]] | None = None,
        resume: Resume = "never",
        durability: Durability = "process",
        derive: Mapping[str, Callable[..., float]] | None = None,
        observe: Mapping[str, Callable[[Any], Any]] | None = None,
        sample_ids: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None = None,
        groups: Sequence[str | int] | Mapping[str, Sequence[str | int]] | None = None,
        alerts: bool = False,
        trackers: Sequence[Tracker] = (),
        verbose: int = 1,
    ) -> None:
        super().__init__()
        self._alerts = alerts
        self._verbose = verbose
        self._every = check_whole("every", every, least=1)
        self._asked_steps = checked_steps(every_steps, validation, every)
        self._max_samples = check_whole("max_samples", max_samples, least=0)
        self._probes = named_probes(probe)
        self._derive = checked_derive(derive)
        self._observe = user_functions.checked_observe(observe)
        self._names = ClassNames(class_names)
        check_recorded(groups, max_samples)
        self._ids = GivenIds(sample_ids, {"val", *self._probes}, groups=groups)
        self._start: dict[str, Any] = {
            "root": checked_root(root),
            "name": name,
            "group": group,
            "config": config,
            "class_names": self._names.only,
            "output_class_names": self._names.by_output,
            "resume": resume,
            "durability": durability,
            "trackers": trackers,
            "sampling": {"max_samples": max_samples, "every": every},
            "unit": "epoch" if self._asked_steps is None else "step",
        }
        self._guard = Guard()
        self._writer: RetryingWriter | None = None
        self._training_end: TrainingEnd | None = None
        self._reader: ModelReader | None = None
        self._state: EpochState | None = None  # of the epoch that runs
        self._left: list[Left] = []  # the last epoch, if `every` passed over it; held by who waits for the end too
        self._sink: PointSink | None = None
        self._points: PointWriter | None = None
        self._steps: StepPoints | None = None  # within epochs, where they are asked for
        self._hint: ValidationHint | None = None  # where it may say something
        self._epoch = self._last_step = 0

    def __repr__(self) -> str:
        state = "not started" if self.folder is None else repr(self.folder.name[:LONGEST_NAME])
        return f"RunRecorder({state})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(end_reason(kind))

    def __getstate__(self) -> dict[str, Any]:
        """A copy has what this one was given, and nothing of its training: it has not started."""
        return vars(self) | dict.fromkeys(OF_A_TRAINING) | {"_left": []}

    @property
    def folder(self) -> Path | None:
        """The run; None before training, while the disk refuses it, and where another process is the chief."""
        return None if self._writer is None else self._writer.folder

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the run; the last word on arguments before the first epoch."""
        self._end("interrupted")
        self._guard = Guard()
        self._check_training()
        self._reader = ModelReader(self.model, self._names, self._guard, self._max_samples)
        self._state, self._left, self._last_step = None, [], 0
        self._sink = self._points = self._steps = self._hint = None
        self._guard.step("making room for samples", self._reader.begin_fit)
        if self._guard.users("asking which process writes", is_chief, self.model) is not False:
            self._ids.begin()
            planned = self._planned()
            self._writer = start_run(**self._start, versions=_versions(), epochs=planned, sample_ids=self._ids)
            self._sink = PointSink(self._guard, self._writer, self._ids)
            self._begin_points(self._sink, self._reader, self._writer.unit)
            self._guard.step("waiting for the end", self._wait_for_the_end, self._sink)
            if self._verbose and self.folder is not None and (self.params or {}).get("verbose") != 0:
                self._guard.step("saying where it records", announce, self.folder)
                self._hint = ValidationHint(self.model)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A new epoch: the next test is its validation, and training steps keep no samples."""
        if self._reader is not None:
            self._state, self._epoch = EpochState(), epoch
            self._guard.step("keeping no samples", self._reader.begin_training, self._state)
            if self._steps is not None:
                self._steps.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """With `every_steps`, a point within the epoch. (At a batch's end there would be no asynchronous dispatch.)"""
        if self._steps is not None and self._state is not None and self._steps.wakes(batch):
            self._guard.step("recording a step", self._steps.between_batches, self._epoch, self._state)

    def on_test_begin(self, logs: Any = None) -> None:
        """Training is over, and its counts are about to be reset; validation begins."""
        if self._reader is not None and self._state is not None and self._state.train_ended is None:
            self._guard.step("reading training", self._reader.end_training, self._state)
            self._guard.step("keeping samples", self._reader.begin_validation)

    def on_test_end(self, logs: Any = None) -> None:
        """Validation is over: its counts and samples are read, unless it was somebody else's."""
        if self._reader is not None and self._state is not None:
            self._guard.step("reading validation", self._reader.end_validation, self._state)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Everything is there: the epoch goes to disk."""
        state, self._state = self._state, None
        if self._reader is None or state is None:
            return
        logs = {} if logs is None else logs
        self._guard.step("reading training", self._reader.end_training, state)
        self._reader.mend(logs)
        self._guard.step("reading counts", self._reader.read_keras_counts, state, scalars(logs))
        self._guard.step("derive", user_functions.add_derived, logs, self._derive, state, self._guard)
        point = self._guard.users("counting steps", self._end_of, epoch, state) or Point(epoch)
        state.end()
        self._guard.step("counting resets", self._reader.end_epoch)
        self._left[:] = [(point, state, dict(logs))]
        self._guard.step("saying what is recorded", self._say_what_is_not_recorded)
        if self._hint is not None:
            self._guard.step("saying what would help", self._hint.look, state)
        if (epoch + 1) % self._every == 0:
            self._guard.step("recording", self._append)

    def on_train_end(self, logs: Any = None) -> None:
        """Records the last epoch if `every` passed over it, and ends the run."""
        self._guard.step("recording", self._append)
        self._end("finished")

    def _append(self) -> None:
        if self._points is not None and self._left:
            self._points.write(*self._points.record(self._left.pop()))

    def _end_of(self, epoch: int, state: EpochState) -> Point:
        """Where the training is at the end of an epoch."""
        if self._steps is not None:
            return self._steps.end_of(epoch, state)
        step = state.steps
        if step is None or step < self._last_step:  # the user has set it back: it says nothing any more
            return Point(epoch)
        self._last_step = step
        return Point(epoch, step=step)

    def _begin_points(self, sink: PointSink, reader: ModelReader, recorded: Unit | None) -> None:
        """Raises ValueError where the run to go on with counts in another unit."""
        unit = self._start["unit"]
        if recorded not in (None, unit):
            self._end("interrupted")
            rule = f"a run that goes on must count in {recorded}s as it began"
            raise ValueError(f"{rule}. Received: {'no ' if unit == 'epoch' else ''}every_steps= for {self.folder}")
        asked: dict[str, Any] = {"probes": self._probes, "observe": self._observe, "max_samples": self._max_samples}
        self._points = PointWriter(sink, self.model, reader, self._guard, alerts=self._alerts, **asked)
        if self._asked_steps is not None:
            of: dict[str, Any] = {"model": self.model, "reader": reader, "writer": self._points, "guard": self._guard}
            self._steps = StepPoints(*self._asked_steps, batches=(self.params or {}).get("steps"), **of)

    def _planned(self) -> int | None:
        """How many epochs, or steps where these are the unit; None where nobody knows."""
        epochs, batches = ((self.params or {}).get(name) for name in ("epochs", "steps"))
        if self._asked_steps is None:
            return epochs
        trained = self._guard.users("counting steps", self._reader.steps) if self._reader is not None else None
        most = epochs * batches if epochs and batches else None
        return None if most is None or (trained or 0) >= most else most  # it counts on from an earlier training

    def _say_what_is_not_recorded(self) -> None:
        if self._writer is not None and self._left:
            _, state, logs = self._left[0]
            self._guard.notice("unrecorded", lambda: unrecorded(self.model, state, logs))

    def _check_training(self) -> None:
        """Raises ValueError where arguments do not fit the model or the callbacks beside this one."""
        beside = getattr(callback_list(self), "callbacks", ())
        unknown = self._guard.users("asking for directions", unknown_direction, beside, self._derive, self.model)
        if unknown:
            raise ValueError(unknown)
        check_own_tallies(self.model)
        self._names.check(getattr(self.model, "output_names", None))

    def _wait_for_the_end(self, sink: PointSink) -> None:
        self._training_end = TrainingEnd(partial(sink.close, self._left, "interrupted"), self)

    def _end(self, reason: str) -> None:
        ending, self._training_end = self._training_end, None
        if ending is not None:
            self._guard.step("waiting for the end", ending.cancel)
        if self._sink is not None:
            self._sink.close(self._left, reason)


def _versions() -> dict[str, str]:
    backend = keras.config.backend()
    version = str(getattr(sys.modules.get(backend), "__version__", ""))
    return {"keras": keras.__version__, "backend": backend, backend: version}
