"""What keeps a fault from a training: it is one warning, however often it happens."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

# Whose code stands between the user's line and a warning: ours, and what calls it.
BETWEEN = {
    *("recorder", "keras", "tensorflow", "jax", "torch", "contextlib", "weakref"),
    *("pytorch_lightning", "lightning", "transformers", "accelerate", "sklearn", "xgboost", "lightgbm"),
    *("catboost", "_catboost"),
}


def warn(text: str, category: type[Warning] = RuntimeWarning) -> None:
    """Every warning of the recorder, about the user's line that led to it.

    Where warnings are errors it is a line on standard error: training goes on, and where that is full or closed too.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in BETWEEN:
        frame, level = frame.f_back, level + 1
    try:
        warnings.warn(text, category, stacklevel=level)
    except Exception:  # noqa: BLE001 - a filter that makes it an error, or somebody's own way to show warnings
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr)


@contextmanager
def warnings_stay_warnings() -> Iterator[None]:
    """Where warnings are errors: those of the libraries that a step calls are none, and those of ours are shown."""
    if all(action != "error" for action, *_ in warnings.filters):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", "epochreel")
        yield


class Guard:
    """Runs steps whose faults must not stop a training, whatever they are: Ctrl-C and the like go through."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def step(self, what: str, function: Callable[..., Any], *arguments: Any) -> bool:
        """Runs a step of the recorder; whether it went well."""
        try:
            with warnings_stay_warnings():
                function(*arguments)
        except Exception as error:  # noqa: BLE001 - files, memory, a device, somebody else's model: no reason to stop
            self._failed(what, error)
            return False
        return True

    def users(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """The value of a user's function; None where it fails."""
        try:
            with warnings_stay_warnings(), np.errstate(all="ignore"):
                return function(*arguments)
        except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
            self._failed(what, error)
            return None

    def once(self, what: str, message: str) -> None:
        """One warning for each `what`."""
        if what not in self._warned:
            self._warned.add(what)
            warn(f"epochreel: {message}")

    def hush(self, what: str) -> None:
        """Says nothing of `what`."""
        self._warned.add(what)

    def notice(self, what: str, sentence: Callable[[], str]) -> None:
        """Once for each `what`: a sentence that is no fault; "" says nothing."""
        if what not in self._warned:
            self._warned.add(what)
            text = sentence()
            if text:
                warn(f"epochreel: {text}", UserWarning)

    def report(self, remarks: Iterable[tuple[str, str]]) -> None:
        """One warning for each key among (key, sentence)."""
        for key, sentence in remarks:
            self.once(key, sentence)

    def _failed(self, what: str, error: Exception) -> None:
        self.once(what, f"{what} failed and is left out: {type(error).__name__}: {error}. Training goes on.")
