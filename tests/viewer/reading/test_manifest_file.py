"""The manifest of a run that goes on, on a disk that does not always answer."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from recorder import RunWriter
from recorder.runfile import MANIFEST
from viewer.reading import manifest_file
from viewer.reading.manifest_file import ManifestFile


def test_a_manifest_that_could_not_be_read_is_asked_again_though_it_has_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale handle is told as long as it lasts, and gone with the next look."""
    writer, faults = RunWriter(tmp_path, name="shared"), dict[str, str]()
    writer.epoch(0, val=([0, 1], [0.2, 0.7]))
    assert writer.folder is not None
    manifest = ManifestFile(writer.folder, faults)

    def stale(_: Path) -> Any:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    os.utime(writer.folder / MANIFEST, ns=(1, 1))
    with monkeypatch.context() as patched:
        patched.setattr(manifest_file, "read_manifest", stale)
        manifest.read_again()
        assert faults == {MANIFEST: f"[Errno {errno.ESTALE}] {os.strerror(errno.ESTALE)}"}
    assert manifest.read_again() is False
    assert faults == {}
