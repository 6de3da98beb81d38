"""`RunCallback`: each round, or every n-th, is a point; its predictions are those that LightGBM has made already."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from lightgbm import Booster, Dataset
from lightgbm.callback import CallbackEnv

from ..callback_run import NO_PROBABILITIES, CallbackRun, RunArguments, probabilities, with_loss
from ..logged import scalars
from ..starting import check_whole

# Objectives whose predictions are probabilities; LightGBM's own names of them begin so.
PROBABLE = re.compile("binary|multiclass|softmax|ova|ovr|cross_entropy|xent")
INTENSITY = ("cross_entropy_lambda", "xentlambda")  # objectives that predict -log(1 - p)
OWN = "none"  # what LightGBM calls an objective that is a function
SAME_NAME = "valid_names must differ, as each is a split: of those of one name the first is recorded. Received: {}"
MARK = "_epochreel"  # in the parameters of a training


class RunCallback:
    """Records validation sets while LightGBM trains; a step is a round.

    ```python
    run = RunCallback("runs", every=10)
    lightgbm.train(params, train, num_boost_round=500, valid_sets=[val], callbacks=[run])
    ```

    The only one of `valid_sets` is the split "val"; several have the names that LightGBM gives them, and the training
    data among them is "train", unless the training has no metric at all (`metric="None"`): then LightGBM tells no
    callback that it is there. No tree is evaluated again: LightGBM keeps the scores of these sets. Their labels and
    weights are those of the sets. The metrics of each recorded round join its logs, as `val_auc`, those of your own
    (`feval=`), by which early stopping may go, among them. Of a regression or a ranking the logs alone are recorded; of
    `lightgbm.cv` nothing is.

    Args:
        root: folder of runs.
        every: record every n-th round, and the last one that is planned.
        from_logits: whether predictions are log odds, as those of an objective of your own are.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ...

    Attributes:
        order: after the metrics, and before early stopping (LightGBM calls callbacks in this order).

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name.
    """

    order = 25

    def __init__(
        self, root: str | Path = "runs", *, every: int = 1, from_logits: bool = False, **arguments: Unpack[RunArguments]
    ) -> None:
        self._run = CallbackRun(root, arguments, packages=("lightgbm",))
        self._every = check_whole("every", every, least=1)
        self._from_logits = from_logits

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    @property
    def folder(self) -> Path | None:
        """The run; None before training."""
        return self._run.folder

    def __call__(self, env: CallbackEnv) -> None:
        """A round is over."""
        if not isinstance(env.model, Booster):
            self._run.guard.once("cv", "lightgbm.cv trains several models at once, and records none of them.")
            return
        if MARK not in env.params:
            self._begin(env)
        last = env.iteration + 1 == env.end_iteration
        if (env.iteration + 1) % self._every == 0 or last:
            self._run.guard.step("reading the round", self._record, env)
        if last:
            self._run.end("finished")

    def _begin(self, env: CallbackEnv) -> None:
        """A training begins. LightGBM calls nothing at its end: then these parameters go, and what is held by them."""
        self._run.begin(planned=env.end_iteration, sure=not self._from_logits)
        mark = _Mark()
        env.params[MARK] = mark
        weakref.finalize(mark, _ended, self._run.closing(), weakref.ref(env.model))

    def _record(self, env: CallbackEnv) -> None:
        booster, only = env.model, len(env.model.valid_sets) == 1
        names = {name: "val" if only else name for name in booster.name_valid_sets}
        logs: dict[str, float] = {}
        trained = False
        for name, metric, value, *_ in env.evaluation_result_list or ():
            trained |= name not in names
            for key, number in scalars({f"{names[name]}_{metric}" if name in names else metric: value}).items():
                logs.setdefault(key, number)
        named = [*(names[name] for name in booster.name_valid_sets), *["train"] * trained]
        if len(set(named)) < len(named):
            self._run.guard.once("names", SAME_NAME.format(named))
        splits: dict[str, tuple[Any, ...]] = {}
        if self._from_logits or _probable(env.params):
            turned = self._turned(env.params)
            for name, data in zip(booster.name_valid_sets, booster.valid_sets, strict=True):
                if names[name] not in splits:
                    booster.eval(data, name, partial(_read, splits, names[name], turned))
            if trained and "train" not in splits:
                booster.eval_train(partial(_read, splits, "train", turned))
        elif str(env.params.get("objective")) == OWN:
            self._run.guard.once("objective", NO_PROBABILITIES.format("of your own"))
        self._run.point(env.iteration + 1, logs=with_loss(logs), **splits)

    def _turned(self, params: Mapping[str, Any]) -> Callable[[Any], Any]:
        """What makes probabilities of predictions."""
        if self._from_logits:
            return partial(probabilities, kind=self._run.kind)
        return _of_intensity if params.get("objective") in INTENSITY else np.asarray


def _read(
    into: dict[str, tuple[Any, ...]], split: str, turned: Callable[[Any], Any], scores: Any, data: Dataset
) -> tuple[str, float, bool]:
    """What LightGBM calls as a metric, with the predictions that it holds."""
    into[split] = (data.get_label(), turned(scores), data.get_weight())
    return "epochreel", 0.0, False


def _of_intensity(predicted: Any) -> Any:
    return -np.expm1(-np.asarray(predicted))


class _Mark:
    """Something in the parameters of a training, which goes when they do."""

    def __deepcopy__(self, memo: Any) -> None:
        return None


def _ended(close: Any, booster: Any) -> None:
    """The training was left: stopped early where its model has a best round, by an error or an interrupt where not."""
    model = booster()
    close("finished" if model is not None and model.best_iteration > 0 else "interrupted")


def _probable(params: Mapping[str, Any]) -> bool:
    return PROBABLE.match(str(params.get("objective", ""))) is not None
