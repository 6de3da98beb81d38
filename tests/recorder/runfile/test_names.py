"""Names of a run, for paths and for the eye."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from recorder.runfile import path_part, shown, slug

ANY = st.text(st.characters(codec=None), max_size=60)
NASTY = st.sampled_from(
    ["../../x", "", ".", "..", "/", "a/b", "a\\b", "CON", "nul.txt", "x" * 300, "\x00", "C:\\x", "-rf"]
)


@given(ANY | NASTY)
def test_a_name_becomes_one_part_of_a_path(name: str) -> None:
    """Whatever a split is called, its part of a path names one file in the folder it is put in, on any system."""
    part = path_part(name)
    assert Path("/root", part).resolve().parent == Path("/root")
    assert part.isascii()
    assert part.strip("-.")[:1] == part[:1]
    assert len(part) <= 49
    assert not set(part) & set('/\\:*?"<>|\0 ')
    assert part.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}


@given(ANY | NASTY, ANY | NASTY)
def test_different_names_become_different_parts(one: str, other: str) -> None:
    """No two splits are written to one file."""
    assert (path_part(one) == path_part(other)) == (one == other)


@given(ANY)
def test_what_is_shown_moves_no_cursor(text: str) -> None:
    """A shown name is one line of printable characters: no escape sequence, nor half a character."""
    seen = shown(text, most=400)
    for character in seen:
        assert character.isprintable() or character in "\u200c\u200d\ufe0f"
        assert unicodedata.bidirectional(character) not in {
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
    seen.encode()


def test_plain_names_stay_as_they_are() -> None:
    """Names that are fit already are not touched, in any script."""
    assert [path_part(name) for name in ("train", "val", "probe-2", "a_b.c")] == ["train", "val", "probe-2", "a_b.c"]
    for text in ("Läufer", "訓練 3", "تدريب", "👩\u200d💻 run", "a [b] {c} 50 %"):
        assert shown(text) == text
    assert shown("\x1b]0;x\x07\u202egpj.exe") == "\\x1b]0;x\\x07\\u202egpj.exe"
    assert shown("x" * 300) == "x" * 199 + "…"
    assert slug("../../x") == "x"
