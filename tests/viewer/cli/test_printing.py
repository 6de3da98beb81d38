"""Tables in narrow terminals and in pipes: whole, whatever the width."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from viewer.cli.printing import print_whole


def printed(columns: list[str], rows: list[list[str]], width: int, *, terminal: bool) -> list[str]:
    """Lines of the table."""
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    print_whole(console, columns, rows)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined] # a StringIO


@given(columns=st.integers(1, 12), width=st.integers(26, 200), terminal=st.booleans())
def test_nothing_of_a_table_is_cut(columns: int, width: int, terminal: bool) -> None:
    """Every number stands there in full, each part begins with the epoch, and in a terminal no line is too wide."""
    heads = ["epoch", *(f"val:f{number}" for number in range(columns))]
    rng = np.random.default_rng(columns)
    rows = [[str(epoch), *(f"{value:.4f}" for value in rng.random(columns))] for epoch in range(3)]
    lines = printed(heads, rows, width, terminal=terminal)
    text = "\n".join(lines)
    assert "…" not in text
    assert all(cell in text for row in rows for cell in row)
    parts = sum("epoch" in line for line in lines)
    assert all(sum(f" {epoch} " in line for line in lines) == parts for epoch in range(3))
    if terminal:
        assert max(map(len, lines)) <= width
    else:
        assert parts == 1


@pytest.mark.parametrize("width", [20, 40])
def test_words_that_are_too_wide_are_folded(width: int) -> None:
    """And not cut either."""
    words = "a sentence that says which of the two is better and by how much"
    lines = printed(["run", "why"], [["a", words]], width, terminal=True)
    assert max(map(len, lines)) <= width
    found = " ".join(line.split("│")[2].strip() for line in lines if line.count("│") == 3)
    assert found.split() == words.split()
