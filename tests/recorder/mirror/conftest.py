"""Spools of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs fsspec")


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are recorded first, and copies are kept."""
    monkeypatch.setenv("EPOCHREEL_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("EPOCHREEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "spool"
