"""The figures that a campaign leaves; how long it goes on, `effort` says (tests/conftest.py)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Figures = Callable[..., None]


@pytest.fixture
def figures(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Figures:
    """`figures(kills=1000, lost=0)` puts a row into the table that is printed at the end of all tests."""

    def keep(**measured: object) -> None:
        words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measured.items())
        record_property("figures", f"{request.node.name}: {words}")

    return keep


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the system has such: a real file system, and no other test waits for its disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="epochreel-", dir=shared) as folder:
        yield Path(folder)
