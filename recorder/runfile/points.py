"""What the points of one attempt must keep to: an order, and one unit."""

from __future__ import annotations

from dataclasses import dataclass

from .records import EpochRecord
from .schema import MOST_EPOCHS, Unit


@dataclass(slots=True)
class PointOfTime:
    """Where a training was when something of it was recorded.

    Args:
        epoch: as in `EpochRecord`, as are the others.
        step: the same.
        in_epoch: the same.
    """

    epoch: int
    step: int | None
    in_epoch: int | None


class PointRules:
    """Epochs of an attempt increase, or steps where these are the unit; what stands beside them does not decrease.

    Attributes:
        last: the last one that was recorded; None before the first.
    """

    def __init__(self) -> None:
        self.last: PointOfTime | None = None

    def recorded(self, record: EpochRecord) -> None:
        """Takes in one that is on the disk."""
        step, in_epoch = (old if new is None else new for new, old in self._beside(record))
        self.last = PointOfTime(record.epoch, step, in_epoch)

    def check(self, record: EpochRecord, unit: Unit | None) -> None:
        """Raises ValueError for a point that breaks a rule.

        Args:
            record: the point.
            unit: of the run; None while it has no point.
        """
        if unit not in (None, record.unit):
            rule = f"the points of a run must have one unit; those of this one are {unit}s"
            raise ValueError(f"{rule}. Received: {record.unit} {record.epoch}")
        if not 0 <= record.epoch < MOST_EPOCHS:
            rule = "0 or more" if record.epoch < 0 else f"below {MOST_EPOCHS:,}, as the columns of a part are"
            raise ValueError(f"{record.unit} must be {rule}. Received: {record.epoch}")
        if self.last is not None and record.epoch <= self.last.epoch:
            raise ValueError(
                f"{record.unit}s of one attempt must increase; the last was {self.last.epoch}. Received: {record.epoch}"
            )
        for name, (new, old) in zip(("step", "epoch"), self._beside(record), strict=True):
            if new is not None and not max(old or 0, 0) <= new < 2**63:
                rule = f"not decrease; the last was {old}" if old is not None and new < old else "be in [0, 2^63)"
                raise ValueError(f"the {name} beside each {record.unit} must {rule}. Received: {new}")

    def _beside(self, record: EpochRecord) -> tuple[tuple[int | None, int | None], ...]:
        """What stands beside: the new one, and the last that was known."""
        last = self.last or PointOfTime(-1, None, None)
        return (record.step, last.step), (record.in_epoch, last.in_epoch)
