"""The directions of import that import-linter cannot state: no circle of files, in types neither."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imported(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of the project that a file imports: at the top, in functions, and for types alone."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join(start + ([node.module] if node.module else []))
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules else base for alias in node.names}
    return found & set(modules)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_files_import_one_another_in_a_circle() -> None:
    """Whoever reads a file can read what it stands on first; an import for types alone counts too."""
    modules = {name_of(path): path for room in ("recorder", "viewer") for path in (ROOT / room).rglob("*.py")}
    graph = {name: imported(path, modules) - {name} for name, path in modules.items()}
    assert sum(map(len, graph.values())) > len(modules)  # the imports are found at all
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' -> '.join(error.args[1])}") from None
