"""What was measured, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Values of one thing, one a round, all above 0; `unit` as pyperf has it: second, byte, integer."""

    values: tuple[float, ...]
    unit: str = "second"


Results = Mapping[str, Measured]  # by name: "mlp / epochreel / wall", "bench_viewer / cursor, one epoch"
