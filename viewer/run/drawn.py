"""Pictures of a run: what draws them is loaded when the first one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from .assessed import Assessed


class Drawn(Assessed):
    """A run as panels, dashboards, films and reports."""

    def plot(self, panel: str = "curves", *, ax: Any = None, epoch: int | str = "last", **asked: Any) -> Any:
        """Draws one panel with matplotlib.

            run.plot("pr", epoch=12)
            run.plot("matrix", ax=ax, epoch="best")

        Args:
            panel: its name, as in layouts, with its words behind a colon: `curves:f1,mcc`.
            ax: axes to draw on; those of a new figure of pyplot if None.
            epoch: its number, "last", or "best" as `best` tells it.
            asked: metrics, split, threshold, label, output, band, prevalence, as the command line has them; theme.

        Returns:
            A `viewer.PanelDisplay`: `figure_` and `ax_` are what it was drawn on.

        Raises:
            ValueError: An argument breaks its rule, or the run has not what is asked.
        """
        theme = asked.pop("theme", None)
        return _room("display").PanelDisplay.from_run(self, panel, epoch=epoch, **asked).plot(ax, theme=theme)

    def draw(
        self,
        figure: Any = None,
        *,
        epoch: int | str = "last",
        layout: str | None = None,
        size: tuple[int, int] = (1280, 720),
        dpi: int = 100,
        theme: str = "light",
        **asked: Any,
    ) -> Any:
        """Draws the dashboard of one epoch.

        Args:
            figure: to draw on, empty; a new one if None.
            epoch: as in `plot`.
            layout: of the panels, as `--layout` takes it; that of the run's kind if None.
            size: pixels of a new figure, width and height.
            dpi: pixels an inch of a new figure; text grows with it.
            theme: "light" or "dark".
            asked: as in `plot`.

        Returns:
            The matplotlib figure.
        """
        room = _room("run_pictures")
        return room.draw(self, figure, room.look_of(size, dpi, theme, layout), epoch=epoch, **asked)

    def save(
        self,
        path: str | Path,
        *,
        epoch: int | str = "last",
        layout: str | None = None,
        size: tuple[int, int] = (1280, 720),
        dpi: int = 100,
        theme: str = "light",
        fps: float = 10.0,
        every: int = 1,
        progress: Callable[[int, int], None] | None = None,
        **asked: Any,
    ) -> None:
        """Writes the dashboard: a picture (.png .svg .pdf), a film (.mp4 .webm .gif .apng .html), or `report.html`.

        Args:
            path: of the file; its ending says what it is.
            epoch: that a picture shows, as in `plot`.
            layout: as in `draw`.
            size: pixels, width and height.
            dpi: pixels an inch; text grows with it.
            theme: "light" or "dark".
            fps: epochs a second of a film.
            every: take only every n-th epoch of a film.
            progress: called with the pictures done and those there are, after each of a film.
            asked: as in `plot`.

        Raises:
            ValueError: The ending is none of these, or the run has no epoch.
        """
        room = _room("run_pictures")
        look = room.look_of(size, dpi, theme, layout)
        room.save(self, Path(path), look, epoch=epoch, every=every, fps=fps, progress=progress, **asked)


def _room(name: str) -> Any:
    """What draws: it stands above what a run is, and loads matplotlib; so it is imported by name when it is wanted."""
    return import_module(f"viewer.export.{name}")
