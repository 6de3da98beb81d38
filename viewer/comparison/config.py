"""What differs between the configurations of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reading.flat_config import differing, flat


def differences(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The keys whose value is not the same in all: for each its values, None where a configuration has no such key."""
    every = [flat(config) for config in configs]
    return {key: [config.get(key) for config in every] for key in differing(every)}
