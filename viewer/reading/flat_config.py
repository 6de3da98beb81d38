"""Nested configurations as one level, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def differing(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys whose value is not the same in all flat configurations; one that has no such key differs.

    >>> differing([{"lr": 0.1, "seed": 1}, {"lr": 0.1, "seed": 2}, {"lr": 0.1, "seed": 1, "tag": "a"}])
    ['seed', 'tag']
    """
    keys = dict.fromkeys(key for config in configs for key in config)
    return [key for key in keys if not _one(key, configs)]


def _one(key: str, configs: Sequence[Mapping[str, Any]]) -> bool:
    first = configs[0].get(key)
    return all(_same(config.get(key), first) for config in configs)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
