"""What `epochreel list` prints, and which runs it opened for that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import invoke
from viewer.index import known, known_runs


def asked(*words: object) -> str:
    result = invoke(list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(root: Path, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(asked("list", root, *words, "--format", "json"))
    return rows


def opened(root: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What is listed, and which runs were opened for it."""
    met: list[str] = []
    real = known.opened
    for module, name in ((known, "opened"), (known_runs, "opened")):
        monkeypatch.setattr(module, name, lambda folder: met.append(folder.name) or real(folder))
    return listed(root, *words), met
