"""`RunCallback`: each round, or every n-th, is a point; of the trees the new ones alone are evaluated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from xgboost import Booster, DMatrix
from xgboost.callback import TrainingCallback

from ..callback_run import NO_PROBABILITIES, CallbackRun, RunArguments, probabilities, with_loss
from ..logged import scalars
from ..starting import check_whole

# Objectives of which `predict` gives margins, or classes in place of probabilities: these get their activation here.
MARGINS = ("binary:logitraw", "multi:softmax", "binary:hinge")
CLASSIFYING = ("binary:", "multi:")
NO_SETS = "no predictions are recorded, metrics alone: RunCallback(val=(x_val, y_val)) says what to predict."
OTHERS = ("reg:", "rank:", "count:", "survival:")  # no classes; "reg:logistic" gives probabilities


class RunCallback(TrainingCallback):
    """Records evaluation sets while XGBoost trains; a step is a round.

    ```python
    run = RunCallback("runs", val=val, every=10)
    xgboost.train(params, train, num_boost_round=500, evals=[(val, "val")], callbacks=[run])
    ```

    XGBoost hands callbacks no data, so `val` says what is evaluated. XGBoost keeps the margins of a `DMatrix` that a
    booster has predicted: each point evaluates the trees since the last one, and none at all where `val` is the very
    `DMatrix` of `evals`. (The booster "dart" evaluates all trees each time.) The metrics of `evals` join the logs, as
    `val_auc`, those of your own (`custom_metric=`), by which early stopping may go, among them. Of `xgboost.cv`, a
    regression and a ranking the logs alone are recorded.

    Args:
        root: folder of runs.
        val: a `DMatrix` with labels (and weights), or `(x, y)` or `(x, y, sample_weight)`; several by name. A set named
            "train" is recorded as training.
        every: record every n-th round, and the last.
        from_logits: whether predictions are log odds, as those of an objective of your own are.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ...

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name.
    """

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        val: Any = None,
        every: int = 1,
        from_logits: bool = False,
        **arguments: Unpack[RunArguments],
    ) -> None:
        super().__init__()
        self._run = CallbackRun(root, arguments, packages=("xgboost", "xgboost-cpu"))
        given = val if isinstance(val, Mapping) else {} if val is None else {"val": val}
        self._sets = {str(name): _data(each) for name, each in given.items()}
        self._every = check_whole("every", every, least=1)
        self._from_logits = from_logits
        self._left: tuple[int, dict[str, float]] | None = None  # the last round, if `every` passed over it

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    @property
    def folder(self) -> Path | None:
        """The run; None before training."""
        return self._run.folder

    def before_training(self, model: Any) -> Any:
        """The run begins."""
        self._left = None
        self._run.begin(sure=True)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """A round is over; training is never stopped from here."""
        self._run.guard.step("reading metrics", self._remember, epoch + 1, evals_log)
        if (epoch + 1) % self._every == 0:
            self._run.guard.step("predicting", self._record, model)
        return False

    def after_training(self, model: Any) -> Any:
        """Records the last round if `every` passed over it, and ends the run; stopping early is an end like any."""
        self._run.guard.step("predicting", self._record, model)
        self._run.end("finished")
        return model

    def _remember(self, step: int, evals_log: Any) -> None:
        logs, sets = {}, evals_log or {}
        for name, metrics in sets.items():
            only = all(each in (name, "train") for each in sets)
            prefix = "" if name == "train" else "val" if only else name
            for metric, values in metrics.items():
                value = values[-1][0] if isinstance(values[-1], tuple) else values[-1]
                logs[f"{prefix}_{metric}" if prefix else metric] = value
        self._left = step, scalars(logs)

    def _record(self, model: Any) -> None:
        if self._left is None:
            return
        (step, logs), self._left = self._left, None
        splits = {}
        first = self._run.point_at < 0
        if isinstance(model, Booster) and (self._sets or first):
            objective = json.loads(model.save_config())["learner"]["objective"]["name"]
            if not self._sets and objective.startswith(CLASSIFYING):
                self._run.guard.once("no sets", NO_SETS)
            if self._from_logits or objective == "reg:logistic" or not objective.startswith(OTHERS):
                margin = self._from_logits or objective in MARGINS
                splits = {name: self._predicted(model, data, margin) for name, data in self._sets.items()}
            elif self._sets:
                self._run.guard.once("objective", NO_PROBABILITIES.format(objective))
        self._run.point(step, logs=with_loss(logs), **splits)

    def _predicted(self, model: Booster, data: DMatrix, margin: bool) -> tuple[Any, Any, Any]:
        scores = model.predict(data, output_margin=margin)
        scores = probabilities(scores, self._run.kind) if margin else scores
        labels, weight = data.get_label(), data.get_weight()
        labels = labels if labels.size == len(scores) else labels.reshape(scores.shape)
        return labels, scores, weight if weight.size else None


def _data(given: Any) -> DMatrix:
    """A set as XGBoost predicts it; raises TypeError where it is none, and ValueError where its labels are strings."""
    if isinstance(given, DMatrix):
        return given
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        raise TypeError(
            f"val must be a DMatrix, (x, y) or (x, y, sample_weight), or several by name. Received: {given!r:.200}"
        )
    x, y, weight = (*given, None)[:3]
    if isinstance(y, list | tuple | np.ndarray) or hasattr(y, "to_numpy"):
        strings = [label for label in np.asarray(y).flat[:1] if isinstance(label, str)]
        if strings:
            rule = "labels of val must be numbers from 0 (sklearn.preprocessing.LabelEncoder makes them)"
            raise ValueError(f"{rule}. Received: {str(strings[0])!r:.80}")
    return DMatrix(x, label=y, weight=weight)
