"""A user's file of formulas: loaded, loaded again, and wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viewer
from recorder.runfile import KINDS
from viewer.formulas import FORMULAS, FormulaError, Inputs, evaluate, parse_spec
from viewer.formulas.layers import Layers
from viewer.formulas.loading import Watched, load

HEAD = "import viewer\n\n"


def one(name: str, value: str) -> str:
    return f"@viewer.formula\ndef {name}(tp):\n    return {value}\n\n"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file of formulas whose registrations go when the test ends."""
    path = tmp_path / "mine.py"
    yield path
    FORMULAS.drop(str(path.absolute()))


def write(path: Path, text: str) -> None:
    """As an editor does: another time each, though the clock may be coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(HEAD + text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def value(name: str) -> float:
    formula = FORMULAS[name]
    return float(formula.function(**{need: np.float64(4) for need in formula.needs}))


def test_a_file_registers_formulas(file: Path) -> None:
    """By the decorator, and beside what is built in."""
    write(file, one("doubled", "2 * tp"))
    load(file)
    assert value("doubled") == 8
    assert "f1" in FORMULAS


def test_loading_again_replaces_and_removes(file: Path) -> None:
    """What the file says now is there, what it said before is not, and what it had covered shows again."""
    built_in = FORMULAS["f1"]
    write(file, one("doubled", "2 * tp") + one("f1", "tp"))
    load(file)
    assert FORMULAS["f1"] is not built_in
    write(file, one("tripled", "3 * tp"))
    load(file)
    assert (value("tripled"), "doubled" in FORMULAS, FORMULAS["f1"]) == (12, False, built_in)


def test_a_reload_leaves_other_files_alone(file: Path, tmp_path: Path) -> None:
    """Each file has a layer of its own; the later file covers the earlier one, whichever is loaded again."""
    other = tmp_path / "other.py"
    write(file, one("shared", "1 * tp") + one("first", "tp"))
    write(other, one("shared", "2 * tp"))
    try:
        load(file)
        load(other)
        write(file, one("shared", "5 * tp"))
        load(file)
        assert value("shared") == 8
        FORMULAS.drop(str(other.absolute()))
        assert value("shared") == 20
    finally:
        FORMULAS.drop(str(other.absolute()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(tp:\n    return tp\n", "mine.py, line 3: SyntaxError: '(' was never closed"),
        ("x = 1\ny = missing\n", "mine.py, line 4: NameError: name 'missing' is not defined"),
        ("def f():\n    return 1 / 0\n\n\nf()\n", "mine.py, line 4: ZeroDivisionError: division by zero"),
        ("import no_such_one\n", "mine.py, line 3: ModuleNotFoundError: No module named 'no_such_one'"),
        ("raise SystemExit('bye')\n", "mine.py, line 3: SystemExit: bye"),
        ("import json\njson.loads('{')\n", "mine.py, line 4: JSONDecodeError: "),
        (
            "@viewer.formula\ndef f(*counts):\n    return 0\n",
            "mine.py, line 3: FormulaError: a formula's parameters must have names that say what they take. "
            "Received: ['counts']",
        ),
    ],
)
def test_a_mistake_says_file_line_and_message_and_changes_nothing(file: Path, text: str, message: str) -> None:
    """Also where half of the file had run: the last good state stays."""
    write(file, one("doubled", "2 * tp"))
    load(file)
    write(file, text + one("doubled", "99 * tp") if "SyntaxError" in message else text)
    with pytest.raises(FormulaError) as error:
        load(file)
    assert str(error.value).startswith(message)
    assert value("doubled") == 8


def test_what_ran_before_a_mistake_is_taken_back(file: Path) -> None:
    """A formula that was registered above the line that fails is not there."""
    write(file, one("early", "tp") + "missing\n")
    with pytest.raises(FormulaError):
        load(file)
    assert "early" not in FORMULAS


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The rule, then what came."""
    with pytest.raises(FormulaError, match=r"^a file of formulas must be readable\. Received: .*none\.py"):
        load(tmp_path / "none.py")


def test_a_file_may_hold_dataclasses_and_bytes_of_any_encoding(file: Path) -> None:
    """It is run as a module: types find it by its name, and its coding line counts."""
    text = "# -*- coding: latin-1 -*-\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n"
    text += "@dataclass\nclass Cost:\n    miss: float = 3.0\n    note: str = 'caf\xe9'\n\nimport viewer\n"
    file.write_bytes((text + one("cost", "Cost().miss * tp if Cost().note == 'caf\\xe9' else 0")).encode("latin-1"))
    load(file)
    assert value("cost") == 12


def test_other_registries_are_replaced_with_it(file: Path) -> None:
    """Panels of the file go with its formulas, of the same error too."""
    panels: Layers[str] = Layers()
    panels["built_in"] = "stays"
    viewer._test_panels = panels  # type: ignore[attr-defined] # a name the file can reach
    try:
        write(file, "viewer._test_panels['mine'] = 'good'\n")
        load(file, registries=[panels])
        write(file, "viewer._test_panels['mine'] = 'bad'\nmissing\n")
        with pytest.raises(FormulaError):
            load(file, registries=[panels])
        assert dict(panels) == {"built_in": "stays", "mine": "good"}
        write(file, "")
        load(file, registries=[panels])
        assert dict(panels) == {"built_in": "stays"}
    finally:
        del viewer._test_panels  # type: ignore[attr-defined]


def test_a_watched_file_is_loaded_when_it_changes(file: Path) -> None:
    """Once at first, not again as it is, again when its time or size is another."""
    write(file, one("doubled", "2 * tp"))
    watched = Watched(file)
    assert [watched.refresh(), watched.refresh()] == [True, False]
    write(file, one("doubled", "9 * tp"))
    assert [watched.refresh(), value("doubled"), watched.fault] == [True, 36, None]


def test_a_watched_mistake_is_kept_until_it_is_mended(file: Path) -> None:
    """The fault has its line, the last good formulas stay, and nothing is raised."""
    write(file, one("doubled", "2 * tp"))
    watched = Watched(file)
    watched.refresh()
    write(file, "oops\n")
    assert watched.refresh()
    assert watched.fault == "mine.py, line 3: NameError: name 'oops' is not defined"
    assert (watched.refresh(), value("doubled")) == (False, 8)
    write(file, one("doubled", "3 * tp"))
    assert (watched.refresh(), watched.fault, value("doubled")) == (True, None, 12)


def test_a_watched_file_may_come_and_go(file: Path) -> None:
    """Missing at first is a fault; missing later is an editor at work."""
    watched = Watched(file)
    assert not watched.refresh()
    assert watched.fault == f"a file of formulas must exist. Received: {file}"
    write(file, one("doubled", "2 * tp"))
    assert (watched.refresh(), watched.fault) == (True, None)
    file.unlink()
    assert (watched.refresh(), watched.fault, value("doubled")) == (False, None, 8)


def test_questions_parsed_again_are_of_what_is_registered_now(file: Path) -> None:
    """A name and an expression of it; the expression that was compiled before stays what it was."""
    write(file, one("doubled", "2 * tp"))
    load(file)
    expression = parse_spec("doubled + 1")
    assert parse_spec("doubled + 1").formula is expression.formula
    write(file, one("doubled", "5 * tp"))
    load(file)
    assert parse_spec("doubled").formula.function(tp=4) == 20
    assert parse_spec("doubled + 1").formula.function(tp=4) == 21
    assert expression.formula.function(tp=4) == 9


def test_a_formula_that_fails_says_where(file: Path) -> None:
    """File and line of the user's own code stand in the sentence."""
    write(file, "@viewer.formula\ndef broken(tp):\n    return tp.no_such_thing\n")
    load(file)
    counts = Inputs(*(np.ones((1, 1)) for _ in range(4)), None, {}, KINDS["binary"], ("no", "yes"), False)
    with pytest.raises(FormulaError, match=r"^broken failed: AttributeError: .* \(mine\.py, line 5\)$"):
        evaluate(parse_spec("broken"), counts)


steps = st.lists(st.tuples(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers())), max_size=8)


@given(base=st.dictionaries(st.sampled_from("xyz"), st.integers()), steps=steps)
def test_layers_are_a_stack_of_dictionaries(base: dict[str, int], steps: list[tuple[str, dict[str, int]]]) -> None:
    """Whatever is replaced in whatever order, a name is that of the latest layer which has it."""
    layers: Layers[int] = Layers()
    layers.update(base)
    model: dict[str, dict[str, int]] = {}
    for key, entries in steps:
        with layers.layer(key):
            layers.update(entries)
        model[key] = entries
        merged = dict(base)
        for entries_of in model.values():
            merged.update(entries_of)
        assert dict(layers) == merged
        assert len(layers) == len(merged)
    for key in model:
        layers.drop(key)
    assert dict(layers) == base
    for name in base:
        del layers[name]
    assert not layers
    with pytest.raises(KeyError):
        del layers["x"]
