"""A threshold is moved through a frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.dashboard.figure import Dashboard
from viewer.frame import Framer


def test_of_thresholds_that_lead_to_one_edge_nothing_is_computed_or_drawn_twice(
    make_framer: Callable[..., Framer], rng: np.random.Generator
) -> None:
    """The same array and the same pixels, and nothing that is painted; at the next edge something is."""
    framer = make_framer([(rng.random(40) < 0.4, rng.random(40)) for _ in range(30)], thresholds=np.arange(1, 10) / 10)
    figure = Figure(figsize=(9, 5), dpi=80)
    FigureCanvasAgg(figure)
    drawn = Dashboard(figure, "curves threshold / scores matrix")

    def painted(threshold: float) -> list[object]:
        framer.turn(threshold=threshold)
        drawn.update(framer.frame())
        return drawn.paint()

    painted(0.3), painted(0.3)
    first = framer.frame().values("f1")
    assert painted(0.32) == painted(0.28) == []
    assert framer.frame().values("f1") is first
    assert painted(0.4)
    assert framer.frame().values("f1") is not first
