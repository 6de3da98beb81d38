"""A user's files of formulas and panels, loaded again whenever they are saved."""

from __future__ import annotations

from collections.abc import Sequence

from ..formulas import FormulaError, Spec, parse_spec
from ..formulas.loading import Watched
from ..panels import PANELS


class FormulaFiles:
    """The files that a user has named, and the formulas that they have asked for.

    Args:
        paths: of the files.
        questions: formulas as they stand behind `-m`; they may name what the files register.

    Raises:
        FormulaError: A file fails, or a formula is unknown, at the start; later ones are kept as `faults`.

    Attributes:
        specs: the formulas that were asked for.
        version: another number whenever a file was loaded again.
    """

    def __init__(self, paths: Sequence[str], questions: Sequence[str]) -> None:
        self._files = [Watched(path, registries=(PANELS,)) for path in paths]
        self._questions, self.version = tuple(questions), 0
        for file in self._files:
            file.refresh()
            if file.fault is not None:
                raise FormulaError(file.fault)
        self.specs: tuple[Spec, ...] = tuple(map(parse_spec, self._questions))
        self._unknown: list[str] = []

    @property
    def faults(self) -> list[str]:
        """A sentence for each file or formula that does not work at the moment; what worked before stays."""
        return [file.fault for file in self._files if file.fault is not None] + self._unknown

    def refresh(self) -> bool:
        """Loads what was saved meanwhile; True if there was anything."""
        loaded = [file.refresh() for file in self._files]
        if not any(loaded):
            return False
        self.version += 1
        try:
            self.specs, self._unknown = tuple(map(parse_spec, self._questions)), []
        except FormulaError as error:
            self._unknown = [str(error)]
        return True
