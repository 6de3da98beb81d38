"""Samples as tiles: what each looks like, its truth, what was predicted, and its score over the epochs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.image import AxesImage

from ...drawing.captions import SPLITS
from ...drawing.legend import Sentence
from ...drawing.margins import Rect, Seat, elide, fitting, wrap
from ...drawing.theme import prepare, put, text, theme
from ...frame import Frame
from ...gallery.cards import TITLES, Card, Standing
from ...gallery.shown import Shown
from ...needs import told
from ..base import PanelError
from .numbers import WORDS, GalleryNumbers, gallery
from .plan import APART, CURVE, LINE, Plan, plan_of

Array = npt.NDArray[Any]
RISE = CURVE - 0.06  # inches from a score of 0 to one of 1
SMALL = 160  # pixels up to which a picture is enlarged pixel by pixel
COMING = Shown(note="…")


class GalleryPanel:
    """The samples of a list as tiles, the sample that was clicked before all others.

    Args:
        which: "hardest", "forgotten", "flipped", "suspects"; of two runs "only-a" or "only-b".

    Raises:
        PanelError: There is no such list.
    """

    def __init__(self, which: str = "hardest") -> None:
        if which not in WORDS:
            raise PanelError(f"the list of a gallery must be one of {', '.join(WORDS)}. Received: {which!r}")
        self._which = which
        self._words: dict[tuple[Any, ...], Any] = {}
        self._images: list[AxesImage] = []
        self._curves: dict[tuple[int, int], Any] = {}
        self._shown: GalleryNumbers | None = None
        self._plan: Plan | None = None

    def setup(self, ax: Any) -> None:
        """Makes title and frame; tiles are made as there is room for them."""
        self._ax, self._theme = ax, theme()
        self._seat = Seat(ax, left=0.3, right=0.2, bottom=0.1)
        self._title = prepare(ax, "Samples")
        ax.axis("off")
        self._sentence = Sentence(ax)
        (self._rules,) = ax.plot([], [], color=self._theme.grid, linewidth=0.8, animated=True, clip_on=False, zorder=1)
        (self._chosen,) = ax.plot([], [], color=self._theme.palette[1], linewidth=1.4, animated=True, clip_on=False)

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)
        across, up = self._seat.inner
        self._ax.set(xlim=(0, across), ylim=(up, 0))  # inches, from the top

    def update(self, frame: Frame) -> None:
        """Shows the tiles of the cursor."""
        show, two = frame.knobs.show, self._which.startswith("only-")
        self._plan = plan = plan_of(self._seat.inner, 3 if two else 2, pictures=show is not None)
        found = gallery(frame, self._which, plan.tiles)
        self._shown = found if isinstance(found, GalleryNumbers) else None
        self._missing = "" if self._shown is not None else str(found)
        self._sentence.say(self._missing)
        self._written: set[tuple[Any, ...]] = set()
        self._drawn = 0
        cards, looks = ([], []) if self._shown is None else (self._shown.cards, self._shown.looks(frame))
        for number, (card, look) in enumerate(zip(cards, looks, strict=True)):
            self._tile(plan, number, card, look if show is None else look or COMING)
        self._frame(plan, len(cards))
        self._clear(len(cards))
        put(self._title, text=self._heading())

    def pick(self, x: float, y: float) -> dict[str, float]:
        """A click on a tile chooses its sample."""
        at = self._tile_at(x, y)
        if at is None or self._shown is None:
            return {}
        tracks, place = self._shown.found.found.tracks, self._shown.places[at]
        label = 0 if tracks.label is None else int(tracks.label[place])
        return {"sample": int(tracks.sample[place]), "of_label": label}

    def read_out(self, x: float, y: float) -> str | None:
        """The sample under the mouse."""
        at = self._tile_at(x, y)
        return None if at is None or self._shown is None else self._shown.cards[at].words

    def describe(self) -> str:
        """What is shown, in words."""
        if self._shown is None:
            return self._missing
        return "; ".join([self._heading(), *(card.words for card in self._shown.cards[:3])])

    def _heading(self) -> str:
        shown = self._shown
        if shown is None:
            return "Samples"
        what = TITLES[self._which].capitalize()
        whose = SPLITS.get(shown.split, shown.split)
        chosen = f"Sample {shown.cards[0].name}, then {TITLES[self._which]}" if shown.chosen else what
        titles = [f"{chosen}: {shown.total:,} {whose} {'labels' if shown.found.labels else 'samples'}", chosen, what]
        return fitting(titles, self._seat.inner[0], 10, "bold")

    def _tile_at(self, x: float, y: float) -> int | None:
        if self._plan is None or self._shown is None or x < 0 or y < 0:
            return None
        column, row = int(x / (self._plan.wide + APART)), int(y / self._plan.tall)
        at = row * self._plan.columns + column
        return at if column < self._plan.columns and at < len(self._shown.cards) else None

    def _tile(self, plan: Plan, number: int, card: Card, look: Shown | None) -> None:
        left, top = plan.corner(number)
        if look is not None and plan.picture:
            self._look(plan, number, look)
        down = top + plan.picture + 0.5 * LINE
        about = f", {card.label}" if card.label else ""
        words = [f"{card.name}{about}: truth {card.truth}", f"{card.name}: {card.truth}"]
        self._write((number, "name"), left, down, fitting(words, plan.wide), self._theme.ink)
        for at, standing in enumerate(card.standings):
            letter = "AB"[at] + " " if len(card.standings) > 1 else ""
            colour = self._theme.states["running"] if standing.right else self._theme.fault
            line = elide(letter + _predicted(standing), plan.wide)
            colour = self._theme.words(colour) if standing.score is not None else self._theme.quiet
            self._write((number, "predicted", at), left, down + (1 + at) * LINE, line, colour)
            self._curve(number, at, standing, left, self._low(plan, number), plan.wide)

    def _look(self, plan: Plan, number: int, look: Shown) -> None:
        left, top = plan.corner(number)
        if look.png:
            self._picture(look, left, top, plan)
            return
        words = look.text or look.fault or "\n".join(f"{name}: {value}" for name, value in look.rows) or look.note
        lines = [line for part in words.split("\n") for line in wrap(part, plan.wide)]
        colour = self._theme.fault if look.fault else self._theme.quiet
        fit = max(int(plan.picture / LINE), 1)
        for row, line in enumerate(lines[:fit]):
            last = row == fit - 1 and len(lines) > fit
            self._write(
                (number, "look", row), left, top + (row + 0.5) * LINE, f"{line[:-1]}…" if last else line, colour
            )

    def _picture(self, look: Shown, left: float, top: float, plan: Plan) -> None:
        """A picture in its shape, at the left of its place."""
        while len(self._images) <= self._drawn:
            image = AxesImage(self._ax, origin="upper", animated=True, zorder=2)
            self._ax.add_artist(image)
            self._images.append(image)
        image = self._images[self._drawn]
        self._drawn += 1
        width, height = look.size
        scale = min(plan.wide / width, (plan.picture - 0.05) / height)
        extent = (left, left + scale * width, top + scale * height, top)
        if getattr(image, "_epochreel_look", None) is not look or tuple(image.get_extent()) != extent:
            image._epochreel_look = look  # type: ignore[attr-defined] # ours
            image.set_data(_pixels(look.png))
            image.set_extent(extent)
            image.set_interpolation("nearest" if max(look.size) <= SMALL else "antialiased")
        put(image, visible=True)

    def _curve(self, number: int, at: int, standing: Standing, left: float, low: float, wide: float) -> None:
        """The score over the epochs, in a strip as high as `CURVE`; a lone epoch is a dash."""
        key = (number, at)
        if key not in self._curves:
            style = {"color": self._theme.palette[at], "linestyle": "--" if at else "-", "linewidth": 1.0}
            (self._curves[key],) = self._ax.plot([], [], animated=True, clip_on=False, **style)
        values = np.array([np.nan if value is None else value for value in standing.history])
        values = np.repeat(values, 2) if len(values) == 1 else values
        x = left + np.linspace(0, wide, len(values))
        _move(self._curves[key], x, low - RISE * values)

    def _low(self, plan: Plan, number: int) -> float:
        """Inches from the top down to the foot of a curve, where the score is 0."""
        return plan.corner(number)[1] + plan.tall - APART

    def _frame(self, plan: Plan, tiles: int) -> None:
        """Rules at a score of 0 and of 1 for each curve; the foot of the sample that was clicked is thick."""
        x: list[float] = []
        y: list[float] = []
        for number in range(tiles):
            left, low = plan.corner(number)[0], self._low(plan, number)
            x += [left, left + plan.wide, np.nan] * 2
            y += [low, low, np.nan, low - RISE, low - RISE, np.nan]
        _move(self._rules, x, y)
        chosen = self._shown is not None and self._shown.chosen
        _move(self._chosen, x[:2] if chosen else [], y[:2] if chosen else [])

    def _write(self, key: tuple[Any, ...], x: float, y: float, words: str, colour: str) -> None:
        """Words at inches from the left and from the top."""
        if key not in self._words:
            self._words[key] = text(self._ax, 0, 0, va="center")
        self._written.add(key)
        across, up = self._seat.inner
        put(self._words[key], text=words, position=(x / across, 1 - y / up), color=colour)

    def _clear(self, tiles: int) -> None:
        """Takes away what was on tiles that are no longer there."""
        for key in self._words.keys() - self._written:
            put(self._words[key], text="")
        for image in self._images[self._drawn :]:
            put(image, visible=False)
        for (number, at), line in self._curves.items():
            gone = number >= tiles or at >= len(self._shown.cards[number].standings) if self._shown else True
            if gone:
                _move(line, [], [])


def _move(line: Any, x: Any, y: Any) -> None:
    """Sets the data of a line unless it has them."""
    if not all(np.array_equal(old, new, equal_nan=True) for old, new in ((line.get_xdata(), x), (line.get_ydata(), y))):
        line.set_data(x, y)


def _predicted(standing: Standing) -> str:
    if standing.score is None:
        return "no prediction"
    return f"{'✓' if standing.right else '✗'} {standing.predicted}, {standing.score:.3f}"


def _pixels(png: bytes) -> Array:
    with told():
        from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
