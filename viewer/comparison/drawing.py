"""Pictures and films of a comparison. What draws is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .picture import Reel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..export.look import Look
    from .compared_runs import ComparedRuns


def look(size: tuple[int, int], dpi: int, theme: str) -> Look:
    """How pictures are drawn.

    Raises:
        ValueError: There is no such theme.
    """
    from ..drawing.theme import THEMES
    from ..export.look import Look

    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}. Received: {theme!r}")
    return Look(size=size, dpi=dpi, theme=THEMES[theme])


def draw(found: ComparedRuns, figure: Figure | None, chosen: Look) -> Figure:
    """Draws a comparison on a figure, a new one if None."""
    from ..export.look import drawn
    from ..panels.comparison.figure import ComparisonFigure

    picture = Reel(found).still
    drawing = drawn(picture, chosen) if figure is None else ComparisonFigure(figure, picture, theme=chosen.theme)
    drawing.update(picture)
    return drawing.figure


def save(
    found: ComparedRuns, path: Path, chosen: Look, *, fps: float, progress: Callable[[int, int], None] | None
) -> None:
    """Writes a picture or a film, whole or not at all."""
    from ..export.drawing_process import STILLS
    from ..export.film import Cut, film
    from ..export.still import write_still
    from ..export.writers import FILMS

    kind = path.suffix.lower()
    if kind not in (*STILLS, *FILMS):
        raise ValueError(f"a picture must end in one of {' '.join((*STILLS, *FILMS))}. Received: {path.name}")
    reel = Reel(found)
    if kind in STILLS:
        write_still(reel.still, path, look=chosen)
        return
    cut, done = Cut(positions=range(len(reel)), fps=fps), iter(range(1, 10**9))
    report = None if progress is None else lambda _: progress(next(done), len(cut.positions))
    film(reel, path, cut=cut, look=chosen, progress=report)
