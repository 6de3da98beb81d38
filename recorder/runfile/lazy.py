"""A package whose modules are loaded when one of their names is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package (PEP 562): who asks for one name loads its module and no other.

    Args:
        package: its `__name__`; it has an `__all__`.
        names: of each module, those that stand in the package, with spaces between. None may be a module's: Python
            would put the module in its place.
    """
    rooms = {name: room for room, words in names.items() for name in words.split()}

    def load(name: str) -> Any:
        if name in names:
            return import_module(f".{name}", package)
        if name not in rooms:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f".{rooms[name]}", package), name)
        setattr(sys.modules[package], name, found)  # asked for once
        return found

    return load, lambda: list(sys.modules[package].__all__)
