"""Values at the cursor and at the best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...formulas import Spec
from ...frame.curve import Curve
from ...frame.frame import Frame
from ..curves.numbers import curves, own


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A formula or log at the cursor, and at the run's best epoch.

    Args:
        label: of the formula or log.
        style: number of its colour; None for ink.
        now: at the cursor; NaN where it is undefined.
        value: at the best epoch; NaN where there is none.
        epoch: the best one; None where there is none.
        run: whose it is, where several are shown, else "".
    """

    label: str
    style: int | None
    now: float
    value: float
    epoch: int | None
    run: str = ""


def bests(frame: Frame, names: Sequence[str | Spec] = ()) -> tuple[Best, ...]:
    """Of formulas or logs by name; of the loss and the frame's own formulas where none is named."""
    asked: list[str | Spec] = [*names] or [
        *(["loss"] if "loss" in frame.logs or "val_loss" in frame.logs else []),
        *own(frame),
    ]
    return tuple(_best(curve, frame.epoch) for curve in curves(frame, asked, bands=False).curves if curve.main)


def _best(curve: Curve, epoch: int | None) -> Best:
    return Best(
        label=curve.words,
        style=curve.style,
        now=curve.at_epoch(epoch),
        value=float("nan") if curve.best is None else curve.at(curve.best),
        epoch=None if curve.best is None else int(curve.epochs[curve.best]),
        run=curve.run,
    )
