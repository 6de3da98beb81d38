"""What differs between the configurations of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading.flat_config import flat


def differences(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The keys whose value is not the same in all: for each its values, None where a configuration has no such key."""
    every = [flat(config) for config in configs]
    keys = dict.fromkeys(key for config in every for key in config)
    values = {key: [config.get(key) for config in every] for key in keys}
    return {key: row for key, row in values.items() if any(not _same(value, row[0]) for value in row)}


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
