"""The manifest of a run that may be going on: read again where its files have changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recorder.runfile import ADDITIONS, MANIFEST, Manifest, RunFormatError, read_manifest

from .stamps import Stamp, stamp_of


class ManifestFile:
    """What the manifest says, with the outputs that were added without it.

    Args:
        folder: the run.
        faults: takes, by the name of the file, what is wrong with it now.

    Raises:
        FileNotFoundError: There is no manifest.
        RunFormatError: It is broken, or of a newer major version.
    """

    def __init__(self, folder: Path, faults: dict[str, str]) -> None:
        self._folder, self._faults = folder, faults
        self._stamp: tuple[Stamp | None, ...] | None = self._stamp_now()
        self.says: Manifest = read_manifest(folder)

    def read_again(self) -> bool:
        """Reads it where it has changed; True if it says something else. A broken one leaves what was said."""
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return False
        self._stamp, before = stamp, self.says
        try:
            self.says = read_manifest(self._folder)
            self._faults.pop(MANIFEST, None)
        except RunFormatError as error:
            self._faults[MANIFEST] = str(error)
        except OSError as error:  # at the moment: the same file is asked again
            self._stamp, self._faults[MANIFEST] = None, str(error)
        return self.says != before

    @property
    def grids(self) -> list[Any]:
        """What of the outputs decides what columns are."""
        return [(one.name, one.kind, one.classes, one.thresholds) for one in self.says.outputs]

    def _stamp_now(self) -> tuple[Stamp | None, ...]:
        return stamp_of(self._folder / MANIFEST), stamp_of(self._folder / ADDITIONS)
