"""What the benchmarks measure, handed to whoever keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

# One look at whether everything still runs: less of everything, and no figures.
QUICK = os.environ.get("QUICK", "") not in ("", "0")
PLACE = "BENCH_KEPT"  # variable with the file to which they are appended; without it nothing is kept


def keep(name: str, values: float | Iterable[float], unit: str = "second") -> None:
    """Keeps measured values.

    Args:
        name: of what was measured, in words; unique within a benchmark.
        values: one or several measurements of it; those of 0 are left out, as pyperf has none.
        unit: "second", "byte" or "integer" (a number of something; also of a ratio).
    """
    place = os.environ.get(PLACE)
    if place:
        found = [float(value) for value in (values if isinstance(values, Iterable) else (values,)) if value > 0]
        with Path(place).open("a") as file:
            file.write(json.dumps({"name": name, "values": found, "unit": unit}) + "\n")
