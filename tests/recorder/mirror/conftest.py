"""Spools of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs fsspec")

from tests.recorder.mirror.storages import threads_end


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs are recorded first, and copies are kept; no thread outlives the test."""
    monkeypatch.setenv("EPOCHREEL_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("EPOCHREEL_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "spool"
    threads_end()
