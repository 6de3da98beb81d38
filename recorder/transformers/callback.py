"""`RunCallback`: what the Trainer's evaluations predict is counted batch by batch, and each is a point of a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from transformers import EvalPrediction, TrainerCallback

from ..callback_run import CallbackRun, RunArguments
from ..counts import Counts
from ..derived import Functions, checked_derive
from ..logged import scalars
from ..runfile.kinds import KINDS, kind_with

PADDING = -100  # the label of what the loss of transformers ignores
ROUNDING = 1e-6  # of the fraction of epochs that are done
SEPARATE, REGRESSION = "multi_label_classification", "regression"  # of `model.config.problem_type`
NOTHING = "no predictions came: Trainer(compute_metrics=run.compute_metrics) hands them on. Logs alone are recorded."
NOT_TRAINING = "compute_metrics counts evaluations within a training that has the callback: Trainer(callbacks=[run])."
Predictions = Callable[[EvalPrediction], tuple[Any, ...]]


class RunCallback(TrainerCallback):
    """Records each evaluation of a `Trainer` at its training step. Give it twice: as callback and as metric.

    ```python
    run = RunCallback("runs", class_names=model.config.id2label.values())
    Trainer(model, args, ..., callbacks=[run], compute_metrics=run.compute_metrics).train()
    ```

    Set `batch_eval_metrics=True` in the `TrainingArguments`: each batch is then counted when it was predicted, and the
    memory of an evaluation does not grow with it. Without it the Trainer keeps all logits, and they are counted at the
    end; the counts are the same. The Trainer's `eval_loss` is recorded as `val_loss`, and so with all it logs. Of
    several evaluation sets by name, each is a split. `evaluate` and `predict` outside of `train` record nothing. Nor
    is there anything to count where the model's `problem_type` is "regression": its logs alone are recorded, unless
    `kind` is given.

    Of several processes each is handed all predictions by the Trainer, which leaves out what a sampler repeats; the
    first process writes.

    Args:
        root: folder of runs.
        from_logits: whether the model gives logits: softmax or, where labels are not exclusive, sigmoid makes
            probabilities of them.
        predictions: `f(eval_prediction) -> (y_true, y_score)`, or with sample weights as a third, in place of
            `label_ids` and `predictions` as they come; probabilities if `from_logits=False`.
        derive: functions of some of tp, fp, tn, fn and matrix, by name. What each makes of the counts of an evaluation
            is a metric of that name, in the logs `eval_NAME`: `metric_for_best_model="NAME"` and
            `EarlyStoppingCallback` may follow it, with `greater_is_better=True`.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ... Labels of
            -100 are ignored unless `ignore_label` says otherwise.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name, or a function takes what there is none of.
    """

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        from_logits: bool = True,
        predictions: Predictions | None = None,
        derive: Functions | None = None,
        **arguments: Unpack[RunArguments],
    ) -> None:
        arguments.setdefault("ignore_label", PADDING)
        if arguments.get("class_names") is not None:
            arguments["class_names"] = [str(name) for name in arguments["class_names"] or ()]
        self._derive = checked_derive(derive)
        self._run = CallbackRun(root, arguments, packages=("transformers", "torch"))
        self._from_logits, self._predictions = from_logits, predictions
        self._training = self._joined = self._asked = False
        self._config: Any = None  # of the model: what problem it is, which the first batch may tell
        self._counts: Counts = self._run.counts()
        self._waiting: dict[str, Counts] = {}  # splits of the step that is being evaluated
        self._logs: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    @property
    def folder(self) -> Path | None:
        """The run; None before training, and where another process writes."""
        return self._run.folder

    def compute_metrics(self, predicted: EvalPrediction, compute_result: bool = True) -> dict[str, float]:
        """Counts a batch, or all of an evaluation; what the Trainer calls. Of metrics it gives those of `derive`.

        Args:
            predicted: logits [samples, ..., classes] and labels.
            compute_result: whether the evaluation ends here.
        """
        self._asked = True
        if not self._joined:
            self._run.guard.once("not training", NOT_TRAINING)
        if (self._training or self._derive) and (self._run.kind is not None or self._problem != REGRESSION):
            self._run.guard.step("counting", self._count, predicted)
        if not compute_result:
            return {}
        found = self._run.guard.users("derive", self._derived) or {}
        if not self._training:
            self._counts.reset()
        return found

    def _derived(self) -> dict[str, float]:
        if not self._derive or not self._counts.seen:
            return {}
        return self._run.derived(self._derive, self._counts.counted("val", max_samples=0))

    def on_init_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """A Trainer has this callback."""
        self._joined = True

    def on_train_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """The run begins."""
        self._config, self._joined = getattr(known.get("model"), "config", None), True
        self._run.begin(planned=state.max_steps if state.max_steps > 0 else None)
        self._training, self._logs, self._waiting = True, {}, {}
        self._counts = self._run.counts()

    def on_step_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """The evaluations of the last step are over."""
        self._flush(state)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **known: Any) -> None:
        """What the Trainer logs joins the next point."""
        self._logs |= {_renamed(name): value for name, value in scalars(logs).items()}

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **known: Any) -> None:
        """An evaluation is over; that of the one evaluation set is a point at once."""
        if not self._training:
            return
        counts, self._counts = self._counts, self._run.counts()
        split = _split_of(metrics or {})
        if counts.seen:
            self._waiting[split] = counts
        elif not self._asked and self._problem != REGRESSION:
            self._run.guard.once("nothing", NOTHING)
        if split == "val":
            self._flush(state)

    def on_predict(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """A prediction on its own is no point."""
        self._counts.reset()

    def on_train_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """The run ends; stopping early is an end like any other."""
        self._flush(state)
        self._training = False
        self._run.end("finished")

    @property
    def _problem(self) -> str | None:
        """What the model is for; None where it does not say, as one that has seen no batch may not."""
        problem: str | None = getattr(self._config, "problem_type", None)
        return problem

    def _flush(self, state: Any) -> None:
        if not self._waiting and not any(name.startswith("val_") for name in self._logs):
            return
        waiting, self._waiting = self._waiting, {}
        logs, self._logs = self._logs, {}
        epoch = max(math.ceil((state.epoch or 0) - ROUNDING) - 1, 0)
        seconds = {"val": logs["val_runtime"]} if "val_runtime" in logs else {}
        self._run.point(state.global_step, epoch=epoch, logs=logs, seconds=seconds, **waiting)

    def _count(self, predicted: EvalPrediction) -> None:
        if self._predictions is not None:
            y_true, y_score, *weight = self._predictions(predicted)
        else:
            y_true, y_score, weight = predicted.label_ids, predicted.predictions, []
        if isinstance(y_score, tuple | list):  # logits first, then hidden states and the like
            y_score = y_score[0]
        if self._predictions is None and not torch.as_tensor(y_score).is_floating_point():
            received = (
                f"Received: {tuple(y_score.shape)}, {y_score.dtype}, as argmax in preprocess_logits_for_metrics gives"
            )
            raise ValueError(f"predictions must be scores, of each class one, and not classes. {received}")
        labels = _array(y_true)
        if self._counts.output is None and self._apart(labels.shape, tuple(y_score.shape)):
            self._counts = self._run.counts(kind=kind_with(labels_apart=True))
        scores = self._probabilities(y_score, labels.shape) if self._from_logits else _array(y_score)
        self._counts.update(labels, scores, sample_weight=_array(weight[0]) if weight else None)

    def _apart(self, labels: tuple[int, ...], scores: tuple[int, ...]) -> bool:
        """Whether each class has a label of its own: the user or the model's configuration says so, or rows do."""
        if self._run.kind is not None:
            return KINDS[self._run.kind].labels_apart
        return len(scores) > 1 and scores[-1] > 1 and (self._problem == SEPARATE or labels == scores)

    def _probabilities(self, logits: Any, labels: tuple[int, ...]) -> Any:
        """float32, by the activation that goes with the labels."""
        logits = torch.as_tensor(logits).detach().float()
        one = logits.ndim == 1 or logits.shape[-1] == 1
        separate = one or self._apart(labels, tuple(logits.shape))
        return _array(torch.sigmoid(logits) if separate else torch.softmax(logits, dim=-1))


def _array(values: Any) -> Any:
    return values.detach().float().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def _split_of(metrics: Any) -> str:
    """The name of an evaluation set: "val" of the only one."""
    prefix = next((str(name).removesuffix("_runtime") for name in metrics if str(name).endswith("_runtime")), "eval")
    return prefix.removeprefix("eval_") if prefix.startswith("eval_") else "val"


def _renamed(name: str) -> str:
    return f"val_{name.removeprefix('eval_')}" if name.startswith("eval_") else name
