"""Panels on a figure of one's own, in the manner of scikit-learn's displays."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from recorder.writer import RunWriter

from ..dashboard.layout import Place, parse_layout
from ..drawing.margins import Rect, inside
from ..drawing.theme import LIGHT, THEMES, Theme, using
from ..frame import Frame
from ..panels import PANELS, PanelError
from ..run import Run
from .asked import Asked, frame_of
from .user_axes import belongs, inches_of, room_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.4, 4.0)  # inches of a new figure
WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)


class PanelDisplay:
    """One panel, to be drawn on given axes. Make one with `from_run` or `from_predictions`.

        viewer.PanelDisplay.from_run(run, "pr", epoch=12).plot(ax=ax)
        viewer.PanelDisplay.from_predictions(y_true, y_score, panel="roc").plot()

    Args:
        frame: the numbers.
        panel: what is drawn of them, as a layout has it.

    Attributes:
        figure_: that it was drawn on.
        ax_: the axes it was drawn on; a panel may have made more beside them.
    """

    def __init__(self, frame: Frame, panel: str = "curves") -> None:
        self._place = _place(panel)
        self._frame = frame if self._place.run is None else frame.of(self._place.run)
        PANELS.find(self._place.name)

    def __repr__(self) -> str:
        epoch = self._frame.named or f"no {self._frame.unit}"
        return f"PanelDisplay({self._place.name!r}, {self._frame.run.name[:60]!r}, {epoch})"

    @classmethod
    def from_run(
        cls, run: Run | Sequence[Run], panel: str = "curves", *, epoch: int | str = "last", **asked: Unpack[Asked]
    ) -> Self:
        """A panel of a run.

        Args:
            run: as `viewer.open_run` gives it; of several the first, with the curves of the others over its own.
            panel: `curves`, `scores`, `pr`, `roc`, `matrix`, `threshold`, `surface`, `calibration`, `classes`,
                `samples`, `status` or one of your own, with its words behind a colon: `curves:f1,mcc`.
            epoch: its number, `step:1200` or `epoch:3`, "last", or "best" as `run.best` tells it.
            asked: see `Asked`: metrics, split, threshold, label, output, band, prevalence.

        Raises:
            ValueError: An argument breaks its rule, or the run has not what is asked.
        """
        return cls(frame_of(run, epoch, **asked), panel)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        panel: str = "pr",
        sample_weight: Any = None,
        class_names: Sequence[str] | None = None,
        kind: Any = None,
        groups: Any = None,
        name: str = "predictions",
        **asked: Unpack[Asked],
    ) -> Self:
        """A panel of predictions that were never recorded.

        They are counted as a `recorder.RunWriter` counts them, every score by itself.

        Args:
            y_true: labels [samples], or rows of them.
            y_score: probabilities [samples] or [samples, classes].
            panel: as in `from_run`.
            sample_weight: weights [samples].
            class_names: of the classes; for a binary output the negative, then the positive one.
            kind: "binary", "multiclass" or "multilabel"; None for what labels and scores tell.
            groups: of samples that belong together (image, patient, document), as in `recorder.RunWriter`.
            name: of what predicted.
            asked: as in `from_run`.
        """
        folder = tempfile.mkdtemp(prefix="epochreel-")
        arrays = (y_true, y_score) if sample_weight is None else (y_true, y_score, sample_weight)
        most = max(np.size(y_score), 1)
        counted: dict[str, Any] = {"class_names": class_names, "kind": kind, "max_samples": most, "groups": groups}
        try:
            with RunWriter(folder, name=name, **counted) as writer:
                writer.epoch(0, val=arrays)
            made = cls.from_run(Run(_folder(writer)), panel, **asked)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
        return made

    def plot(self, ax: Axes | None = None, *, theme: str | None = None) -> Self:
        """Draws the panel; what stands on the axes already stays.

        Args:
            ax: the axes to draw on; those of a new figure of pyplot if None.
            theme: "light" or "dark"; what suits the figure's colour if None.

        Raises:
            ValueError: There is no such theme.
        """
        if ax is None:
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=SIZE, facecolor=_theme(theme).paper)
            self._draw(figure.add_subplot(), WHOLE, _theme(theme))
        else:
            self._draw(ax, room_of(ax), _worn(ax.figure, theme))
        return self

    def _draw(self, ax: Axes, rect: Rect, theme: Theme) -> None:
        """Draws on axes, which with all that belongs to them stay in a part of the figure."""
        figure: Any = ax.figure
        inches = inches_of(figure)
        before = {*figure.axes} - {ax}
        panel: Any = PANELS.make(self._place.name, *self._place.words)
        with using(theme):
            panel.setup(ax)
            made = [axes for axes in figure.axes if axes not in before]
            if hasattr(panel, "arrange"):
                panel.arrange(rect, inches)
            else:
                for axes in made:
                    axes.set_position(inside(rect, inches, getattr(panel, "margins", {})))
            panel.update(self._frame)
        made = [axes for axes in figure.axes if axes not in before]
        belongs(axes for axes in made if axes is not ax)
        for axes in made:
            for artist in axes.findobj(lambda artist: artist.get_animated()):
                artist.set_animated(False)  # nobody moves them any more
        self.figure_: Figure = figure
        self.ax_ = ax


def _place(panel: str) -> Place:
    rows = parse_layout(panel)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise PanelError(f"one panel must be named, such as pr or curves:f1,mcc. Received: {panel!r}")
    return rows[0][0]


def _theme(name: str | None) -> Theme:
    if name is not None and name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}. Received: {name!r}")
    return LIGHT if name is None else THEMES[name]


def _worn(figure: Any, name: str | None) -> Theme:
    """The theme on the paper that a figure has."""
    colour = figure.get_facecolor()
    paper = to_hex(colour) if colour[3] else LIGHT.paper
    dark = np.dot(to_rgb(paper), (0.3, 0.6, 0.1)) < 0.5
    found = _theme(name or ("dark" if dark else "light"))
    return replace(found, paper=paper) if name is None else found


def _folder(writer: RunWriter) -> Path:
    if writer.folder is None:
        raise OSError("predictions must find room in the folder for temporary files. Received: a disk that takes none")
    return writer.folder
