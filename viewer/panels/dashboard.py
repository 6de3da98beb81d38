"""One figure with all panels; made once, updated ever after."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from ..frames import Frame
from .base import Panel
from .curves import Curves
from .matrix import Matrix
from .scores import Scores
from .style import INK, QUIET, STATES, plain


class Dashboard:
    """Formulas, score distribution, losses, confusion matrix and a line of status.

    Args:
        figure: to draw on, empty.
        controls: leave room for sliders at the bottom.
    """

    def __init__(self, figure: Figure, *, controls: bool = False) -> None:
        self.figure = figure
        figure.set_facecolor("white")
        width, height = figure.get_size_inches()
        grid = figure.add_gridspec(
            2, 2, left=0.75 / width, right=1 - 0.35 / width, top=1 - 0.95 / height,
            bottom=(1.15 if controls else 0.55) / height, wspace=2.3 / (width / 2), hspace=0.32,
        )  # fmt: skip
        self.scores = Scores()
        places: list[tuple[Panel, Any]] = [
            (Curves(), grid[0, 0]),
            (self.scores, grid[0, 1]),
            (Curves(losses=True), grid[1, 0]),
            (Matrix(), grid[1, 1]),
        ]
        self.panels = [panel for panel, _ in places]
        for panel, place in places:
            panel.setup(figure.add_subplot(place))
        top = 1 - 0.3 / height
        self._title = figure.text(0.75 / width, top, "", fontsize=14, fontweight="bold", color=INK, parse_math=False)
        self._status = figure.text(1 - 0.35 / width, top, "", fontsize=10, ha="right", parse_math=False)
        self._split = figure.text(0.75 / width, top - 0.2 / height, "", fontsize=8, color=QUIET, parse_math=False)

    def update(self, frame: Frame) -> list[Any]:
        """Moves every artist to the numbers of a frame; returns those that changed."""
        self._title.set_text(plain(frame.name)[:40])
        self._status.set_text(frame.status)
        self._status.set_color(STATES.get(frame.state, INK))
        samples = "" if frame.matrix is None else f" · {frame.matrix.sum():,} samples"
        counted = "distribution and matrix: " + {"val": "validation", "train": "training"}.get(frame.split, frame.split)
        self._split.set_text(plain(f"{counted}{samples}") if frame.split else "logs only: no counts were recorded")
        changed = [artist for panel in self.panels for artist in panel.update(frame)]
        return [*changed, self._title, self._status, self._split]
