"""What keeps a fault from a training: it is one warning, however often it happens."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

# What the recorder's own steps may meet: files, arrays, memory, a model of another making.
FAULTS = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, MemoryError)


class Guard:
    """Runs steps whose faults must not stop a training.

    Args:
        faults: errors that are faults, beside Python's own in `FAULTS`.
    """

    def __init__(self, faults: tuple[type[Exception], ...] = ()) -> None:
        self._faults = FAULTS + faults
        self._warned: set[str] = set()

    def step(self, what: str, function: Callable[..., Any], *arguments: Any) -> bool:
        """Runs a step of the recorder; whether it went well."""
        try:
            function(*arguments)
        except self._faults as error:
            self._failed(what, error)
            return False
        return True

    def users(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """The value of a user's function; None where it fails."""
        try:
            with np.errstate(all="ignore"):
                return function(*arguments)
        except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
            self._failed(what, error)
            return None

    def once(self, what: str, message: str) -> None:
        """One warning for each `what`."""
        if what not in self._warned:
            self._warned.add(what)
            warnings.warn(f"epochreel: {message}", RuntimeWarning, stacklevel=3)

    def report(self, remarks: Iterable[tuple[str, str]]) -> None:
        """One warning for each key among (key, sentence)."""
        for key, sentence in remarks:
            self.once(key, sentence)

    def _failed(self, what: str, error: Exception) -> None:
        self.once(what, f"{what} failed and is left out: {type(error).__name__}: {error}. Training goes on.")
