"""Errors that say a rule and what came."""

from __future__ import annotations

import pickle

import pytest

from recorder.runfile import RunFormatError
from viewer.formulas import FormulaError
from viewer.panels import PanelError


@pytest.mark.parametrize("kind", [RunFormatError, FormulaError, PanelError])
def test_what_came_makes_no_sentence_long(kind: type[ValueError]) -> None:
    """However long a text of somebody else is, the rule stays and the rest is cut; it can be sent away."""
    error = kind(f"it must be short. Received: {'x' * 100_000}")
    assert str(error).startswith("it must be short. Received: xxx")
    assert len(str(error)) < 2_000
    assert str(error).endswith("…")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(kind("it must be short. Received: x")) == "it must be short. Received: x"
