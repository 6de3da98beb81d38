"""All ways, one process each, one after the other, again and again: what else the machine does falls on all alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict

from ..measured import Measured, Results
from .process import NotMeasuredError, adopt_orphans, measured

UNITS = {"memory": "byte", "bytes": "byte", "left": "integer"}


def side_by_side(
    ways: list[str], rounds: dict[str, int], epochs: int, say: Callable[[str], None]
) -> tuple[Results, dict[str, str]]:
    """What each way costs, by "workload / way / quantity"; and of those that could not be measured why not.

    Args:
        ways: names, the bare training among them.
        rounds: of each workload.
        epochs: of each training.
        say: takes a line as soon as a training has ended.
    """
    found: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, str] = {}
    adopt_orphans()
    for number in range(max(rounds.values())):
        for workload in [name for name, most in rounds.items() if number < most]:
            for way in ways:
                name = f"{workload} / {way}"
                if name in failed:
                    continue
                try:
                    cost = asdict(measured(workload, way, epochs))
                except NotMeasuredError as error:
                    failed[name] = str(error)
                    say(f"{name}: not measured: {error}")
                    continue
                for quantity, value in cost.items():
                    found[f"{name} / {quantity}"].append(value)
                said = f"{1e3 * cost['wall']:.0f} ms an epoch, {1e3 * cost['hooks']:.2f} in hooks"
                say(f"round {number + 1}, {name}: {said}")
    return _with_units(found), failed


def _with_units(found: dict[str, list[float]]) -> Results:
    units = {name: UNITS.get(name.rpartition(" / ")[2], "second") for name in found}
    return {name: Measured(tuple(values), units[name]) for name, values in found.items() if all(v > 0 for v in values)}
