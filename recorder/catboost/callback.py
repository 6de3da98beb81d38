"""`RunCallback`: each round, or every n-th, is a point; its scores are those that CatBoost gives its metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self, Unpack

import numpy as np

from ..callback_run import CallbackRun, RunArguments, probabilities, with_loss
from ..ending import reason_of
from ..logged import scalars
from ..starting import check_whole

OF_CLASSES = {"Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll"}  # losses of classifiers
NO_METRIC = "no predictions came: eval_metric=run.metric of the classifier hands them on. Logs alone are recorded."


class RunCallback:
    """Records evaluation sets while CatBoost trains; a step is a round. Give it twice, and say when it ends.

    ```python
    with RunCallback("runs", every=10) as run:
        model = CatBoostClassifier(iterations=500, eval_metric=run.metric)
        model.fit(x, y, eval_set=(x_val, y_val), callbacks=[run])
    ```

    CatBoost hands callbacks neither model nor data, but its metrics get the log odds that it keeps: no tree is
    evaluated again. `run.metric` therefore stands in the place of `eval_metric`. Its own value is the log loss, so that
    early stopping goes by that. The only evaluation set is the split "val"; several are named as CatBoost names them;
    training counts are "train", of the model as it is at the end of the round. Nor does CatBoost say when a training is
    over: `with` does, or `end()`. It is for one label a sample; a `MultiLogloss` is not recorded.

    Args:
        root: folder of runs.
        every: record every n-th round, and the last.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ...

    Attributes:
        metric: for `eval_metric`.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name.
    """

    def __init__(self, root: str | Path = "runs", *, every: int = 1, **arguments: Unpack[RunArguments]) -> None:
        self._run = CallbackRun(root, arguments, packages=("catboost",))
        self._every = check_whole("every", every, least=1)
        self._begun, self._round = False, -1
        self._left: tuple[Any, ...] | None = None  # the last round, if `every` passed over it
        self.metric = LogLoss()

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> None:
        self.end("finished" if error is None else reason_of(error))

    @property
    def folder(self) -> Path | None:
        """The run; None before training."""
        return self._run.folder

    def end(self, reason: str = "finished") -> None:
        """The training is over; the next one is another run."""
        self._record_left()
        self._run.end(reason)
        self._begun = False

    def after_iteration(self, info: Any) -> bool:
        """A round is over; training is never stopped from here."""
        if not self._begun or info.iteration <= self._round:
            self._record_left()
            self._run.begin(sure=True)
            self._begun = True
        seen, self.metric.seen = self.metric.seen, []
        self._left, self._round = (info, seen), info.iteration
        if info.iteration % self._every == 0:
            self._record_left()
        return True

    def _record_left(self) -> None:
        if self._left is not None:
            left, self._left = self._left, None
            self._run.guard.step("reading the round", self._record, *left)

    def _record(self, info: Any, seen: list[tuple[Any, ...]]) -> None:
        metrics = info.metrics or {}
        measured = {metric for each in metrics.values() for metric in each}
        if measured & OF_CLASSES and type(self.metric).__name__ not in measured:
            self._run.guard.once("no metric", NO_METRIC)
        names = [name for name in metrics if name != "learn"]
        splits = ["val"] if len(names) == 1 else names
        logs = {}
        for name, split in zip([*names, "learn"], [*splits, ""], strict=True):
            for metric, values in metrics.get(name, {}).items():
                logs[f"{split}_{metric}" if split else metric] = values[-1]
        # Metrics are asked for training first, where they are asked for it at all, then for each evaluation set.
        splits = ["train", *splits][-len(seen) :] if seen else []
        given = {
            split: (target, probabilities(margins.T if len(margins) > 1 else margins[0]), weight)
            for split, (margins, target, weight) in zip(splits, seen, strict=True)
        }
        self._run.point(info.iteration, logs=with_loss(scalars(logs)), **given)


class LogLoss:
    """A metric of CatBoost: the log loss; it keeps the log odds of a round that it is given.

    Attributes:
        seen: (log odds [classes, samples], labels [samples], weights [samples] or None) of each set, in turn.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def __deepcopy__(self, memo: Any) -> Self:
        """CatBoost trains with a copy of its parameters; what they hold must be this."""
        return self

    def is_max_optimal(self) -> bool:
        """Less is better."""
        return False

    def get_final_error(self, error: float, weight: float) -> float:
        """The mean over samples."""
        return error / weight if weight else float("nan")

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        """The sum of losses, and of weights, of one set."""
        margins, labels = np.array(approxes, np.float64), np.array(target)
        weights = None if weight is None else np.array(weight, np.float64)
        self.seen.append((margins, labels, weights))
        if len(margins) == 1:
            losses = np.logaddexp(0, np.where(labels > 0.5, -margins[0], margins[0]))
        else:
            losses = np.logaddexp.reduce(margins, axis=0) - margins[labels.astype(int), np.arange(len(labels))]
        weights = np.ones(len(losses)) if weights is None else weights
        return float(losses @ weights), float(weights.sum())
