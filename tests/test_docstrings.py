"""What docstrings show is what comes out, and type checkers see the types."""

from __future__ import annotations

import doctest
from importlib import import_module, resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Only the modules that have examples are imported: no framework for the sake of a docstring.
EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("recorder", "viewer")
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    """As `--doctest-modules` has it."""
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("package", ["recorder", "viewer"])
def test_types_are_seen_by_those_who_import_us(package: str) -> None:
    """PEP 561: without the marker a type checker takes everything for Any."""
    assert (resources.files(package) / "py.typed").is_file()
