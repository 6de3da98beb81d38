"""Tables in narrow terminals and in pipes: whole, whatever the width."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from recorder import RunWriter
from recorder.runfile.names import shown
from viewer.cli.printing import _aligned, print_whole


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


@pytest.mark.parametrize("words", [("list",), ("choose", "--for", "f1")])
def test_what_a_code_page_lacks_is_written_in_its_place(tmp_path: Path, words: tuple[str, ...]) -> None:
    """On a terminal of 256 letters, as Windows has them in pipes, a name of others is shown by its numbers."""
    with RunWriter(tmp_path, name="Läufer → ☃") as writer:
        writer.epoch(0, val=([0, 1, 1], [0.2, 0.3, 0.9]))
    command = [sys.executable, "-P", "-m", "viewer", words[0], str(tmp_path), *words[1:]]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "COLUMNS": "400"}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="cp1252", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert "charmap" not in done.stderr
    assert r"Läufer \u2192 \u2603" in done.stdout


@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=6), st.sampled_from([(), ("a",), ("b",)]))
def test_columns_of_many_rows_stand_below_one_another(rows: list[tuple[str, str]], right: tuple[str, ...]) -> None:
    """In whatever script: each cell begins, or where it stands right ends, at one place of the terminal."""
    columns = list(zip(("a", "b"), *rows, strict=True))
    for name, texts in zip("ab", columns, strict=True):
        padded = _aligned(texts, right=name in right)
        assert len({cell_len(text) for text in padded}) == 1
        for text, wide in zip(texts, padded, strict=True):
            assert wide.endswith(shown(text)) if name in right else wide.startswith(shown(text))
