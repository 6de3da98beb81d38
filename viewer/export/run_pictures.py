"""A run's dashboard as a figure, and as a picture, film or report in a file: what `Run.draw` and `Run.save` do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ..dashboard.figure import Dashboard, default_layout
from ..drawing.theme import THEMES
from ..frame import Framer
from ..points import one
from ..run import Run
from .asked import Asked, frame_of, framer_of, position_of
from .drawing_process import STILLS
from .film import Cut, film
from .look import Look, drawn
from .pages import is_report
from .report import report
from .still import still
from .writers import FILMS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(run: Run, figure: Figure | None, look: Look, *, epoch: int | str, **asked: Unpack[Asked]) -> Figure:
    """Draws the dashboard of one epoch on a figure, a new one if None."""
    frame = frame_of(run, epoch, **asked)
    if figure is None:
        dashboard = drawn(frame, look)
    else:
        dashboard = Dashboard(figure, look.layout or default_layout(frame), theme=look.theme)
    dashboard.update(frame)
    for artist in dashboard.figure.findobj(lambda artist: artist.get_animated()):
        artist.set_animated(False)  # nobody moves them any more
    return dashboard.figure


def save(
    run: Run,
    path: Path,
    look: Look,
    *,
    epoch: int | str,
    every: int,
    fps: float,
    progress: Callable[[int, int], None] | None,
    **asked: Unpack[Asked],
) -> None:
    """Writes the file that the ending of its name asks for, whole or not at all."""
    kind, framer = path.suffix.lower(), framer_of([run], **asked)
    if kind not in (*STILLS, *FILMS):
        raise ValueError(
            f"a picture must end in one of {' '.join((*STILLS, *FILMS))}; numbers are in run.metric(...).to_csv(...) "
            f"and the like. Received: {path.name}"
        )
    if not len(framer):
        raise ValueError(f"a picture needs {one(run.unit)}; the run has none yet. Received: {run.folder}")
    if is_report(path):
        report(framer, path, look=look)
    elif kind in STILLS:
        still(framer, path, position=position_of(framer, epoch), look=look)
    else:
        _film(framer, path, look, every=every, fps=fps, progress=progress)


def look_of(size: tuple[int, int], dpi: int, theme: str, layout: str | None) -> Look:
    """How a picture is drawn; raises ValueError where there is no such theme."""
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}. Received: {theme!r}")
    return Look(size=size, dpi=dpi, layout=layout, theme=THEMES[theme])


def _film(
    framer: Framer,
    path: Path,
    look: Look,
    *,
    every: int,
    fps: float,
    progress: Callable[[int, int], None] | None,
) -> None:
    if every < 1:
        raise ValueError(f"every must be 1 or more. Received: {every}")
    cut = Cut(positions=sorted({*range(0, len(framer), every), len(framer) - 1}), fps=fps)
    done = iter(range(1, 10**9))
    report: Any = None if progress is None else lambda _: progress(next(done), len(cut.positions))
    film(framer, path, cut=cut, look=look, progress=report)
