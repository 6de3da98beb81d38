"""The panels of one tab: a session drawn as pictures, each at the size that the page has for it."""

from __future__ import annotations

import time
from typing import Any

from recorder.runfile.names import shown_lines

from ...dashboard.figure import default_layout
from ...dashboard.layout import parse_layout
from ...dashboard.session import Session
from ...drawing.theme import LIGHT, THEMES, Theme
from ...panels import PANELS, PanelError
from ..loop import Surface
from .messages import MOST_PANELS, Pointer, Sizes, Zoom
from .picture import Picture
from .sheet import Patch
from .store import Store


class Board(Surface):
    """Draws a session as a picture a panel; `patches` has what of them is another one since it was last taken.

    Args:
        session: what is shown.
        store: the runs, and when the disk was looked at.
        layout: of the panels; None for the default of the run's kind.
        theme: light or dark.
    """

    def __init__(self, session: Session, *, store: Store, layout: str | None = None, theme: Theme = LIGHT) -> None:
        super().__init__(session, watcher=store.opening.watcher, layout=layout, theme=theme)
        self.patches: list[Patch] = []
        self.pictures: list[Picture] = []
        self.room, self.log, self.said = True, False, ""
        self.follows = session.player.following  # whether that is how it starts
        self._first_layout = layout
        self._store, self._looks = store, store.looks
        self._sizes = Sizes(ratio=1.0, panels=())
        self._lacking = ""  # a panel of the layout that cannot be had
        self._made: Any = None
        self._held: Any = None  # the axes that a hand has pressed

    @property
    def layout(self) -> str:
        """Of the panels, in words."""
        return self._layout or default_layout(self.session.wanted)

    @property
    def theme(self) -> str:
        """Its name."""
        return self._theme.name

    @property
    def trouble(self) -> str:
        """What is wrong at the moment, with the user's files or here; "" for nothing."""
        return self.fault or self._lacking

    def wear(self, theme: str) -> None:
        """Takes the theme of that name."""
        self._theme, self.session.dirty = THEMES[theme], True

    def arrange(self, layout: str) -> None:
        """Takes another layout; "" for that of the start.

        Raises:
            PanelError: It is malformed, names no panel, or too many.
            FormulaError: A panel is given a formula that neither we nor the run have.
        """
        places = [place for row in parse_layout(layout) for place in row] if layout.strip() else []
        if len(places) > MOST_PANELS:
            raise PanelError(f"a layout must have at most {MOST_PANELS} panels on a page. Received: {len(places)}")
        for place in places:
            panel = PANELS.make(place.name, *place.words)
            self.session.check(getattr(panel, "formulas", ()))
        self._layout, self.session.dirty = layout.strip() or self._first_layout, True

    def fit(self, sizes: Sizes) -> None:
        """Takes the sizes that the page has for the panels."""
        self._sizes = sizes
        self._resize()

    def toggle_log(self) -> None:
        """Gives the panels their other scale."""
        self.log = not self.log
        for picture in self.pictures:
            self._other_scale(picture)
        self.session.dirty = True

    def zoom(self, zoom: Zoom) -> None:
        """Shows a part of a picture larger, or all of it again."""
        if zoom.panel < len(self.pictures):
            self.pictures[zoom.panel].zoom(zoom.box)
            self.session.dirty = True

    def ready(self) -> bool:
        """Whether the page has room for another sheet."""
        return self.room

    def show(self) -> bool:
        """Draws what is another one now; new pictures one at a time, so that the first is soon there."""
        if not self.session.dirty:
            return False
        wanted = self.layout, self._theme.name, self.session.version
        if wanted != self._made:
            self._made = wanted
            self._build()
        in_sight = [picture for picture in self.pictures if picture.in_sight]
        new = [picture for picture in in_sight if picture.is_new]
        self.session.dirty = bool(new)  # what was set while the others were drawn is wanted of the first ones too
        frame = self.session.frame()
        drawn = [picture.draw(frame) for picture in new[:1] or in_sight]
        self.patches += [patch for patch in drawn if patch is not None]
        return True

    def point(self, pointer: Pointer) -> None:
        """Mouse or finger in a picture: a press and what follows set what the panel picks, and words are read out."""
        if pointer.panel >= len(self.pictures) or pointer.what == "leave":
            self.said, self._held = "", None
            return
        picture = self.pictures[pointer.panel]
        held = self._held if pointer.what == "drag" else None
        if pointer.what == "drag" and held not in picture.cell.axes:
            return
        axes, x, y = picture.at(pointer.x, pointer.y, within=held)
        self._held = axes if pointer.what != "over" else None
        if axes is not None and pointer.what != "over":
            self.session.pick(picture.asked("pick", x, y, axes=axes) or {}, time.monotonic())
        said = picture.asked("read_out", x, y, axes=axes) if axes is not None else None
        self.said = shown_lines(str(said or ""))

    def _look(self) -> bool:
        if self._looks != self._store.looks:
            self._looks = self._store.looks
            self.session.look()
        self.session.tick(time.monotonic())
        return True

    def _build(self) -> None:
        places = [place for row in parse_layout(self.layout) for place in row]
        try:
            self.pictures = [Picture(number, place, self._theme) for number, place in enumerate(places)]
            self._lacking = ""
        except PanelError as error:  # a user's file has lost a panel: those there were stay until it is back
            self._lacking = shown_lines(str(error))
            return
        if self.log:
            for picture in self.pictures:
                self._other_scale(picture)
        self._resize()

    def _resize(self) -> None:
        sizes = [*self._sizes.panels, *[None] * len(self.pictures)]
        ratio = self._sizes.ratio
        pixels = sum(size[0] * size[1] for size in sizes if size is not None) * ratio**2
        if (given := self._store.pixels.give(self, pixels)) < pixels:
            ratio *= (given / pixels) ** 0.5
        resized = [picture.resize(size, ratio) for picture, size in zip(self.pictures, sizes, strict=False)]
        self.session.dirty |= any(resized)

    @staticmethod
    def _other_scale(picture: Picture) -> None:
        toggle = getattr(picture.panel, "toggle_log", None)
        if toggle is not None:
            toggle()
