"""The numbers of a point, as a training states them."""

from __future__ import annotations

from .runfile import Unit
from .starting import whole


def point_numbers(known: Unit | None, epoch: int | None, step: int | None) -> tuple[Unit, dict[str, int]]:
    """The unit of a point, and its numbers as a record has them.

    Args:
        known: what the points of the run are counted in; None before the first.
        epoch: index of the epoch, or None.
        step: training steps done, or None.

    Raises:
        ValueError: The number in the unit of the run is missing.
    """
    given = {"epoch": epoch, "step": step}
    numbers = {name: whole(name, value) for name, value in given.items() if value is not None}
    unit: Unit = known or ("step" if "step" in numbers else "epoch")
    if unit not in numbers:
        has = ", ".join(f"{name}={value}" for name, value in numbers.items()) or "neither"
        rule = "epoch= or step=, or both" if not numbers else f"{unit}=, as the points of this run are {unit}s"
        raise ValueError(f"a point must be given {rule}. Received: {has}")
    if unit == "step":
        numbers = {"epoch": numbers["step"]} | ({"in_epoch": numbers["epoch"]} if "epoch" in numbers else {})
    return unit, numbers
