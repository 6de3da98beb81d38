"""A user's Python file of formulas and panels: run where they name it, and again when it has changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import ModuleType
from typing import Protocol

from .registry import FORMULAS, FormulaError
from .traces import place


class Layered(Protocol):
    """A registry that keeps what a file has registered apart, as `Layers` and `Registry` do."""

    def layer(self, key: str) -> AbstractContextManager[None]:
        """What is registered inside takes the place of the layer of that key."""
        ...


def load(path: str | Path, *, registries: Sequence[Layered] = (), what: str = "formulas") -> ModuleType:
    """Runs a Python file; what it registers takes the place of all that it registered before.

    It may do whatever its user may: load a file only where they named it, never from a run folder.

    Args:
        path: of the file.
        registries: what it may register in, beside the formulas.
        what: it is a file of, in words.

    Returns:
        Its names.

    Raises:
        FormulaError: It cannot be read, or fails; it says file, line and message, and everything is as before.
    """
    file = Path(path).absolute()
    try:
        source = file.read_bytes()
    except OSError as error:
        raise FormulaError(f"a file of {what} must be readable. Received: {path} ({error.strerror})") from error
    try:
        with ExitStack() as stack:
            for registry in (FORMULAS, *registries):
                stack.enter_context(registry.layer(str(file)))
            return _run(source, file)
    except (Exception, SystemExit) as error:  # somebody else's code
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        raise FormulaError(f"{place(error, str(file))}: {type(error).__name__}: {message}") from error


class Watched:
    """A file of formulas that is loaded again when it has changed.

    Args:
        path: of the file.
        registries: as in `load`.
    """

    def __init__(self, path: str | Path, *, registries: Sequence[Layered] = ()) -> None:
        self.path = Path(path)
        self.fault: str | None = None
        self._registries = registries
        self._seen: tuple[int, int] | None = None

    def refresh(self) -> bool:
        """Loads it where its time or size is another than last time; True if so, whether or not it went well.

        A mistake is kept as `fault`, a sentence with its line, until the file is whole again; what was good before
        stays. So it does while the file is away: editors put a new one in its place.
        """
        stamp = self._stamp()
        if stamp is None and self._seen is None:
            self.fault = f"a file of formulas must exist. Received: {self.path}"
        if stamp is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            load(self.path, registries=self._registries)
            self.fault = None
        except FormulaError as error:
            self.fault = str(error)
        return True

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size


def _run(source: bytes, file: Path) -> ModuleType:
    module = ModuleType(f"epochreel_{file.stem}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # dataclasses look themselves up there
    exec(compile(source, str(file), "exec"), module.__dict__)
    return module
