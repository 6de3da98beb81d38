"""`recorded`: each call of `partial_fit` within it is a point of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from ..callback_run import CallbackRun, RunArguments
from ..ending import reason_of
from ..starting import check_whole
from .counted_class import counted_class
from .scoring import Sets, check_classifies, classes_of, kind_of_labels, named_sets, predicted

METHODS = ("partial_fit", "fit")
NO_CALL = (
    "nothing is recorded: within the block this very {} had no call of partial_fit or fit; those of a copy are none."
)


@contextmanager
def recorded(
    model: Any, root: str | Path = "runs", *, val: Any, every: int = 1, **arguments: Unpack[RunArguments]
) -> Iterator[CallbackRun]:
    """Records what a classifier says of `val` after each call of its `partial_fit`; a step is a call.

    ```python
    model = SGDClassifier(loss="log_loss")
    with recorded(model, "runs", val=(x_val, y_val), every=10) as run:
        for x, y in batches:
            model.partial_fit(x, y, classes=classes)
    ```

    A `fit` is a call too, as of an estimator with `warm_start=True`. Each point predicts `val` once, by
    `predict_proba`, else by `decision_function`, whose sigmoid (softmax) is no probability, but right about decisions.
    Within the block the model is of a class that derives from its own, and counts the calls of these two methods;
    copies, clones and pickles are of its own, and so is the model when the block is left.

    Args:
        model: a classifier; labels may be anything that its `classes_` are.
        root: folder of runs.
        val: `(x, y)` or `(x, y, sample_weight)`; several by name.
        every: record every n-th call, and the last.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ... Names of
            classes are those of the model unless given.

    Yields:
        The run; its `folder` is where it is recorded, once there was a call.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `val` is no set, `model` no classifier, or there is no argument of that name.
    """
    calls = _Calls(CallbackRun(root, arguments, packages=("scikit-learn",)), named_sets(val), every)
    there = [name for name in METHODS if callable(getattr(model, name, None))]
    if not there:
        raise TypeError(f"model must have partial_fit or fit. Received: {type(model).__name__}")
    check_classifies(model)
    kind = type(model)
    model.__class__ = counted_class(model, there, lambda: calls.called(model))
    try:
        yield calls.run
    except BaseException as error:
        calls.end(model, reason_of(error))
        raise
    else:
        calls.end(model, "finished")
    finally:
        model.__class__ = kind


class _Calls:
    """The calls of a model's methods, of which every n-th is a point."""

    def __init__(self, run: CallbackRun, sets: Sets, every: int) -> None:
        self.run, self._sets, self._every = run, sets, check_whole("every", every, least=1)
        self._made = 0

    def end(self, model: Any, reason: str) -> None:
        """Records the last call, if `every` passed over it."""
        if self._made:
            self._point(model)
        else:
            self.run.guard.once("no call", NO_CALL.format(type(model).__name__))
        self.run.end(reason)

    def called(self, model: Any) -> None:
        """Takes in a call."""
        self._made += 1
        if self._made == 1:
            first = next(iter(self._sets.values()))
            self.run.begin(class_names=classes_of(model), kind=kind_of_labels(first))
        if self._made % self._every == 0:
            self._point(model)

    def _point(self, model: Any) -> None:
        if self._made > self.run.point_at:
            self.run.guard.step("predicting", self._record, model)

    def _record(self, model: Any) -> None:
        splits = {name: predicted(model, given) for name, given in self._sets.items()}
        loss = getattr(model, "loss_", None)
        self.run.point(self._made, logs={"loss": float(loss)} if isinstance(loss, float) else {}, **splits)
