"""A kind of output is one class and one row of the viewer's table: nobody else asks which kind it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import recorder
import viewer
from recorder.runfile import KINDS
from viewer.dashboard.layout import parse_layout
from viewer.formulas import parse_spec
from viewer.kinds import VIEWS
from viewer.panels import PANELS

ROOT = Path(viewer.__file__).parent
CLASSES = {type(kind).__name__ for kind in KINDS.values()}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "kinds.py")


RECORDER = Path(recorder.__file__).parent
OF_KINDS = {"runfile/kinds.py", "runfile/schema.py", "runfile/__init__.py"}  # the kinds, and their names in a file
RECORDING = [
    path
    for path in sorted(RECORDER.rglob("*.py"))
    if path.relative_to(RECORDER).as_posix() not in OF_KINDS and not path.name.endswith("_layout.py")
]


@pytest.mark.parametrize("path", [*MODULES, *RECORDING], ids=lambda path: str(path.relative_to(ROOT.parent)))
def test_nobody_asks_which_kind_it_is(path: Path) -> None:
    """No module but the table names a kind, as a text or as a class, so none can tell one from another.

    In the recorder the kinds themselves do, their names in a file, and the layout of counters that each has in Keras.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in {*KINDS}]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & CLASSES
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLASSES
    assert (named, used) == ([], set())


def test_every_kind_has_its_row() -> None:
    """The table knows all kinds and no others; what it names is there."""
    assert set(VIEWS) == set(KINDS)
    for view in VIEWS.values():
        assert all(parse_spec(formula).formula.of_counts for formula in view.formulas)
        assert all(place.name in PANELS for row in parse_layout(view.layout) for place in row)
        assert view.facts(1_234, 0.118)
