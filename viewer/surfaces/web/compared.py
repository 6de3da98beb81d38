"""From what the page asks of some runs to an order for the workshop."""

from __future__ import annotations

from ...formulas import split_formulas
from ...listing.row import stamp_of_run
from .messages import Compare, clamped
from .orders import Compared
from .store import Store


def order_of(store: Store, names: tuple[str, ...], asked: Compare) -> Compared:
    """The comparison that is asked for, of the size that the order has by itself.

    Raises:
        FileNotFoundError: There is no run of one of the names.
        ValueError: There are fewer than two.
    """
    paths, settings = store.shown(names), store.opening.settings
    if len(paths) < 2:
        raise ValueError(f"a comparison needs two runs or more. Received: {len(paths)}")
    metrics = tuple(filter(None, split_formulas(asked.metrics)))
    return Compared(
        runs=tuple(map(str, paths)),
        formulas=tuple(settings.formulas),
        metrics=metrics or tuple(settings.metrics),
        output=asked.output or settings.output,
        split=asked.split or settings.split,
        threshold=settings.threshold if asked.threshold is None else clamped(asked.threshold, 0, 1),
        best=settings.best,
        theme=asked.theme or settings.theme,
        at=asked.at,
        baseline=str(store.path(asked.baseline)) if asked.baseline else "",
        align=asked.align,
        stamps=repr([stamp_of_run(path) for path in paths]),
    )
