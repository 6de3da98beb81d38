"""The files of the page."""

from __future__ import annotations

from pathlib import Path

from .guarded import Guarded

CLIENT = Path(__file__).parent / "client"
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
