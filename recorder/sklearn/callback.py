"""`RunCallback`: iterations of an estimator that has callbacks (scikit-learn 1.9 and later) are points of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Unpack

from ..callback_run import CallbackRun, RunArguments
from ..ending import reason_of
from ..starting import check_whole
from .scoring import classes_of, kind_of_labels, named_sets, predicted


class RunCallback:
    """Records what the model of each iteration says of `val`; a step is an iteration.

    ```python
    run = RunCallback("runs", val=(x_val, y_val))
    LogisticRegression().set_callbacks(run).fit(x, y)
    ```

    It goes with what `set_callbacks` of the estimator takes; of scikit-learn 1.9 that is `LogisticRegression` with the
    solver "lbfgs". An estimator of one task (no iterations that it tells) is recorded once, at its end. Each point
    predicts `val` once, with the model that scikit-learn makes of the iteration.

    Args:
        root: folder of runs.
        val: `(x, y)` or `(x, y, sample_weight)`; several by name.
        every: record every n-th iteration, and the last.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ... Names of
            classes are those of the model unless given.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `val` is no set, or there is no argument of that name.
    """

    def __init__(
        self, root: str | Path = "runs", *, val: Any, every: int = 1, **arguments: Unpack[RunArguments]
    ) -> None:
        self._run = CallbackRun(root, arguments, packages=("scikit-learn",))
        self._sets, self._every = named_sets(val), check_whole("every", every, least=1)
        self._iterations, self._begun = 0, False
        self._handled: BaseException | None = None  # while a fit goes on

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    @property
    def folder(self) -> Path | None:
        """The run; None before the first iteration."""
        return self._run.folder

    def setup(self, estimator: Any, context: Any) -> None:
        """A fit begins."""
        self._iterations, self._begun = 0, False
        self._handled = sys.exc_info()[1]  # of a fit within an `except` block

    def on_fit_task_begin(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None, metadata: Any = None,  # noqa: N803
        fitted_estimator: Any = None,
    ) -> None:  # fmt: skip
        """Nothing."""

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None, metadata: Any = None,  # noqa: N803
        fitted_estimator: Any = None,
    ) -> bool:  # fmt: skip
        """An iteration is over, or the whole fit; it is never stopped from here."""
        if fitted_estimator is None:  # a task without a model, as the one that is begun when there is no more to do
            return False
        whole = getattr(context, "parent", None) is None
        self._iterations += not (whole and self._iterations)
        if whole or self._iterations % self._every == 0:
            self._run.guard.step("predicting", self._record, fitted_estimator)
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """The fit is over, or was left by an error, which is under way then."""
        error, handled, self._handled = sys.exc_info()[1], self._handled, None
        if self._begun:
            self._run.end("finished" if error is None or error is handled else reason_of(error))

    def _record(self, model: Any) -> None:
        if not self._begun:
            first = next(iter(self._sets.values()))
            self._run.begin(class_names=classes_of(model), kind=kind_of_labels(first))
            self._begun = True
        if self._iterations > self._run.point_at:
            splits = {name: predicted(model, given) for name, given in self._sets.items()}
            self._run.point(self._iterations, **splits)
