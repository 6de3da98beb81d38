"""The files of the page."""

from __future__ import annotations

from pathlib import Path

from .guarded import Guarded

CLIENT = Path(__file__).parent / "client"
# Of an address that is none, for somebody who may in; it repeats nothing of what was asked.
NOWHERE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>epochreel: no such page</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="/client/icon.svg">'
    '<link rel="stylesheet" href="/client/style.css">'
    '<main class="waiting"><h1>There is no such page</h1><p><a href="/">The runs</a></p></main></html>'
)
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class File(Guarded):
    """A file of the page; the page itself at every address of a view."""

    def get(self, name: str = "index.html") -> None:
        """The file."""
        path = CLIENT / name
        if path.suffix not in TYPES or not path.is_file():
            self.set_status(404)
            self.finish()
            return
        self.set_header("Content-Type", f"{TYPES[path.suffix]}; charset=utf-8")
        self.finish(path.read_bytes())


class Nowhere(Guarded):
    """Every other address: 404, and where the runs are."""

    def get(self) -> None:
        """The way back."""
        self.set_status(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(NOWHERE)
