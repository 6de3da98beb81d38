"""Nested configurations as one level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEEPEST = 32  # levels; a run may come from anywhere


def flat(config: Mapping[str, Any], before: str = "", depth: int = 1) -> dict[str, Any]:
    """Nested mappings as one, keys joined by dots; everything else is a value, and what is nested too deep.

    >>> flat({"optimizer": {"name": "adam", "lr": 0.001}, "seed": 1})
    {'optimizer.name': 'adam', 'optimizer.lr': 0.001, 'seed': 1}
    """
    found: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value and depth < DEEPEST:
            found |= flat(value, f"{before}{name}.", depth + 1)
        else:
            found[f"{before}{name}"] = value
    return found
