"""How a run learns that its training is over where Keras calls no hook: it raised, or the process ends."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import keras


class TrainingEnd:
    """Calls a function once: when the `fit` that runs now is left, however it is left; at the latest at exit.

    Keras makes a list of callbacks for each call of `fit` and holds it there alone: it goes when the call does. A
    notebook keeps what raised in a cell for the user to look at, and that list with it: there the end of the cell
    counts as well.

    Args:
        function: of no argument; it must not hold what it waits for.
        callback: one of the callbacks, in its `on_train_begin`.
    """

    def __init__(self, function: Callable[[], Any], callback: keras.callbacks.Callback) -> None:
        self._process = os.getpid()
        self._finalizer = weakref.finalize(callback_list(callback) or callback, self._call, function, self._process)
        self._cells = _cells()
        if self._cells is not None:
            self._cells.register("post_run_cell", self._cell_ended)

    def cancel(self) -> None:
        """The training has ended as it should."""
        self._finalizer.detach()
        self._leave_cells()

    def _cell_ended(self, *_: Any) -> None:
        self._leave_cells()
        self._finalizer()

    def _leave_cells(self) -> None:
        cells, self._cells = self._cells, None
        if cells is not None:
            cells.unregister("post_run_cell", self._cell_ended)

    @staticmethod
    def _call(function: Callable[[], Any], process: int) -> None:
        if os.getpid() == process:  # not in a child that was forked from the training
            function()


def callback_list(callback: keras.callbacks.Callback) -> Any:
    """The list whose hook calls that of `callback` now; None where it is called by something else."""
    frame = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self") if frame.f_code.co_name == "on_train_begin" else None
        if isinstance(owner, keras.callbacks.CallbackList):
            return owner
        frame = frame.f_back  # type: ignore[assignment] # None at the end
    return None


def _cells() -> Any:
    """The events of the notebook whose cell trains; None elsewhere, and in a thread that a cell may leave behind."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    in_cell = threading.current_thread() is threading.main_thread()
    return getattr(shell, "events", None) if in_cell else None
