"""The data map: how sure the model is of each validation sample, how much that changes, and how often it is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap

from ...drawing.captions import SPLITS
from ...drawing.dots import Dots
from ...drawing.legend import Legend, Sentence
from ...drawing.limits import Ticks, percent
from ...drawing.margins import MARGINS, Rect, Seat, elide, fitting, line_height, width
from ...drawing.theme import label_axes, plain, prepare, put, text, theme
from ...frame import Frame
from ...frame.views import missing, unread
from ...gallery.cards import Gallery, named, place_of
from ...points import points
from .numbers import NONE_RECORDED, SamplesNumbers, samples

Array = npt.NDArray[Any]
LIST, LINES_BELOW = 2.0, 3  # inches of the lists beside the map; lines of each where they stand below
LINE = line_height()
NARROWEST, LOWEST = 1.9, 0.9  # inches of the map that lists beside it, or below it, may leave
FEW, LARGE, SMALL = 500, 2.4, 1.5  # samples up to which dots are large, and points of their radius
# No sample lies in the corners at the right: the deviation of a mean near 0 or 1 is small.
REGIONS = (("← easy", 0.97, "top"), ("ambiguous", 0.5, "center"), ("← hard", 0.03, "bottom"))


class Samples:
    """A dot a sample: mean probability of the true class against its deviation, coloured by how often it was right."""

    def setup(self, ax: Any) -> None:
        """Makes map and lists."""
        self._ax, self._theme, self._seat = ax, theme(), Seat(ax)
        self._title = prepare(ax, "Samples")
        self._unit = "epoch"
        look = self._theme
        self._ends = (look.palette[1], look.quiet, look.palette[0])
        self._colours = LinearSegmentedColormap.from_list("correctness", self._ends)
        self._dots, self._legend, self._sentence = Dots(ax), Legend(ax, above=True), Sentence(ax)
        self._regions = [
            text(ax, 0.985, y, words, ha="right", va=va, fontsize=7.5, visible=False) for words, y, va in REGIONS
        ]
        self._lists = [text(ax, 0, 0, va="top") for _ in range(2)]
        (self._ring,) = ax.plot(
            [], [], "o", markersize=9, markerfacecolor="none", markeredgecolor=look.ink, animated=True, zorder=5
        )
        paper = {"facecolor": look.paper, "edgecolor": look.rule, "boxstyle": "round,pad=0.3"}
        self._name = text(ax, 0, 0, color=look.ink, va="bottom", zorder=6, bbox=paper, visible=False)
        self._shown: SamplesNumbers | None = None
        self._drawn: Any = None
        ax.set(xlim=(-0.012, 0.512), ylim=(-0.03, 1.03))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(Ticks())

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._placed = rect, inches
        self._seat.take(rect, inches)
        self._drawn = None
        across, up = self._seat.size
        self._beside = across - MARGINS["left"] - LIST - 0.15 >= NARROWEST
        self._seat.leave(right=LIST + 0.15 if self._beside else 0.15)
        names = list(zip(("never right", "half", "always"), self._ends, strict=True))
        self._legend.show(names)
        room = up - MARGINS["top"] - MARGINS["bottom"]
        spare = int((room - self._legend.inches - LOWEST - 0.1) / LINE) - 1
        self._listed = int(room / LINE / 2) - 2 if self._beside else min(max(spare, 0), LINES_BELOW)
        below = (self._listed + 1) * LINE + 0.1 if self._listed and not self._beside else 0.0
        self._seat.leave(top=MARGINS["top"] + self._legend.inches, bottom=MARGINS["bottom"] + below)
        self._legend.show(names)  # their place depends on how tall the axes are now
        wide, tall = self._seat.inner
        x = f"variability: deviation over the {self._unit}s"
        y = ["confidence: mean probability of the true class", "mean probability of the true class", "confidence"]
        label_axes(self._ax, fitting([x, "variability"], wide), fitting(y, tall))  # of the room that the names leave
        put(self._title, position=(0, 1 + self._legend.inches / tall))
        for number, label in enumerate(self._lists):
            down = number * (self._listed + 1.5) * LINE if self._beside else MARGINS["bottom"] + 0.05
            left = wide + 0.15 if self._beside else number * (across - MARGINS["left"]) / 2
            put(label, position=(left / wide, (1 if self._beside else 0) - down / tall))

    def update(self, frame: Frame) -> None:
        """Moves dots and lists to what the epochs up to the cursor say."""
        if frame.unit != self._unit:
            self._unit = frame.unit
            self.arrange(*self._placed)
        self._shown, fault = _found(frame)
        shown = self._shown
        self._sentence.say(fault)
        chosen = None if shown is None or frame.knobs.sample is None else place_of(shown.found, *frame.knobs.sample)
        put(self._dots, visible=shown is not None)
        for label in self._lists:
            put(label, visible=shown is not None and self._listed > 0)
        apart = self._seat.inner[1] > (len(REGIONS) + 1) * LINE
        for region in self._regions:
            put(region, visible=shown is not None and chosen is None and apart)
        self._mark(shown, chosen)
        if shown is None:
            put(self._title, text="Samples")
            return
        if shown.so_far is not self._drawn:
            self._drawn = shown.so_far
            self._draw(shown)
            self._list(shown)
        epochs = points(frame.unit, shown.epochs)
        whose = SPLITS.get(shown.split, shown.split)
        titles = [f"{whose.capitalize()} samples over {epochs}", f"Samples over {epochs}", "Samples"]
        put(self._title, text=fitting(titles, self._seat.inner[0], 10, "bold"))

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, y: float) -> str | None:
        """The sample nearest to the mouse."""
        shown = self._shown
        if shown is None or not len(shown.sample):
            return None
        so_far = shown.so_far
        at = self._nearest(shown, x, y)
        right = percent(float(so_far.correctness[at]))
        return plain(
            f"sample {shown.called[at]}, {shown.name(at)}: mean {so_far.confidence[at]:.3f}, deviation "
            f"{so_far.variability[at]:.3f}, right in {right}, {so_far.flips[at]} flips, "
            f"{so_far.forgotten[at]} forgotten",
            160,
        )

    def pick(self, x: float, y: float) -> dict[str, float]:
        """A click chooses the nearest sample, which the map then names."""
        shown = self._shown
        if shown is None or np.isnan(shown.so_far.confidence).all():
            return {}
        at, label = self._nearest(shown, x, y), shown.found.tracks.label
        return {"sample": int(shown.sample[at]), "of_label": 0 if label is None else int(label[at])}

    def _nearest(self, shown: SamplesNumbers, x: float, y: float) -> int:
        so_far = shown.so_far
        away = (so_far.variability - x) ** 2 * 4 + (so_far.confidence - y) ** 2  # the axes are 0.5 and 1 long
        return int(np.nanargmin(away))

    def _mark(self, shown: SamplesNumbers | None, at: int | None) -> None:
        """A ring around the sample that was clicked, and what there is to say of it."""
        known = shown is not None and at is not None and not np.isnan(shown.so_far.confidence[at])
        put(self._name, visible=known)
        put(self._ring, visible=known)
        if shown is None or at is None or not known:
            return
        so_far = shown.so_far
        x, y = float(so_far.variability[at]), float(so_far.confidence[at])
        if [*self._ring.get_xdata(), *self._ring.get_ydata()] != [x, y]:
            self._ring.set_data([x], [y])
        (card,) = Gallery(found=shown.found, suspects=False).cards([at])
        right = f"right in {percent(float(so_far.correctness[at]))}"
        (told,) = card.standings
        name, score = f"{card.name}: {card.label or card.truth}", "" if told.score is None else f"{told.score:.3f}"
        predicted = f"predicted {told.predicted}, " if told.predicted else ""
        words = [
            f"{card.words}, {right}", f"{name}, {predicted}score {score}, {right}",
            f"{name}, score {score}, {right}", f"{name}, {score}", card.name,
        ]  # fmt: skip
        wide, tall = self._seat.inner
        line = fitting(words, wide - 0.2)
        half = (width(line) / 2 + 0.08) / wide
        across = min(max((x + 0.012) / 0.524, half), 1 - half)
        low = (y + 0.03) / 1.06
        put(self._name, text=line, position=(across - half + 0.08 / wide, low + (0.14 if low < 0.5 else -0.3) / tall))

    def _draw(self, shown: SamplesNumbers) -> None:
        so_far = shown.so_far
        known = ~np.isnan(so_far.confidence)
        order = np.flatnonzero(known)[np.argsort(-so_far.correctness[known], kind="stable")]  # rare mistakes on top
        places = np.column_stack([so_far.variability, so_far.confidence])[order]
        colours = self._colours(so_far.correctness[order], bytes=True)[:, :3]
        self._dots.show(places, colours, LARGE if len(order) <= FEW else SMALL)

    def _list(self, shown: SamplesNumbers) -> None:
        across = self._seat.size[0]
        room = LIST - 0.1 if self._beside else (across - MARGINS["left"]) / 2 - 0.1
        so_far = shown.so_far
        hardest = [(at, f"{so_far.confidence[at]:.3f}") for at in shown.hardest(self._listed)]
        flipped = [(at, f"{so_far.flips[at]:,}") for at in shown.most_flipped(self._listed)]
        heads = (
            ["hardest: sample, class, confidence", "hardest: confidence", "hardest"],
            ["most often flipped: sample, class, times", "most flipped: times", "flipped"],
        )
        for label, head, rows in zip(self._lists, heads, (hardest, flipped), strict=True):
            lines = [_row(named(shown.called[at]), shown.name(int(at)), value, room) for at, value in rows]
            put(label, text="\n".join([fitting(head, room), *lines]))


def _row(sample: str, name: str, value: str, room: float) -> str:
    """Id, as much of the class as fits, and value."""
    called = sample if sample.startswith("#") else elide(sample, room / 2)
    return f"{called} {elide(name, room - width(f'{called}   {value}'))}  {value}"


def _found(frame: Frame) -> tuple[SamplesNumbers | None, str]:
    """The numbers, or why there are none."""
    try:
        found = samples(frame)
    except ValueError as error:
        return None, str(error)
    if found is not None:
        return found, ""
    if frame.position < 0 or not frame.splits:
        return None, missing(frame)
    return None, unread(frame, "samples") or NONE_RECORDED
