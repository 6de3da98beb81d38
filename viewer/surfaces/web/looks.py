"""What a sample looks like, over HTTP: a picture, or words as JSON; computed beside the loop."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from ...gallery.show_file import STOPPED, ShowFile
from ...gallery.shown import Shown
from .guarded import Entrance, Guarded
from .store import Store

DIGITS = 15  # of a position


class Looks(Guarded):
    """`/look/RUN?split=val&sample=12`."""

    def initialize(self, entrance: Entrance, **more: Any) -> None:
        """Takes where it is, and the runs."""
        super().initialize(entrance)
        self._store: Store = more["store"]

    async def get(self, name: str) -> None:
        """The picture, or words; 503 for what was given up as too much was asked for."""
        show = self._store.opening.follow.knobs.show
        given = {name: words[-1] for name, words in self.given().items()}
        sample = given.get("sample", "")
        if show is None or not sample.isdecimal() or len(sample) > DIGITS:
            self.set_status(404)
            return
        found = await self._found(show, name, given.get("split", "val"), int(sample))
        if found is None or found is STOPPED:
            self.set_status(404 if found is None else 503)
            return
        if found.png:
            self.set_header("Content-Type", "image/png")
            self.finish(found.png)
            return
        words: dict[str, Any] = {"text": found.text, "rows": found.rows, "note": found.note, "fault": found.fault}
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(msgspec.json.encode(words))

    async def _found(self, show: ShowFile, name: str, split: str, sample: int) -> Shown | None:
        """What it looks like; None where there is no such run."""
        try:
            path = self._store.path(name)
            asked = await asyncio.wrap_future(self._store.desk.asked(path, split, sample))
        except (ValueError, OSError):
            return None
        return await asyncio.wrap_future(show.ask(asked))
