"""The page as one document without an address, for a frame in the cell of a notebook."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

CLIENT = Path(__file__).parent / "client"
WIDGET = Path(__file__).parent / "widget.js"
_IMPORTED = re.compile(r"""(from |import\()"\./""")


def page() -> str:
    """HTML with all styles and modules in it; the modules find one another by a map of names."""
    sheets = sorted(CLIENT.glob("*.css"), key=lambda path: (path.stem != "style", path.stem))
    styles = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    modules = {f"epochreel/{path.name}": _address(path) for path in sorted(CLIENT.glob("*.js"))}
    return (
        '<!DOCTYPE html><html lang="en" data-theme="light" data-cell>'
        '<head><meta charset="utf-8"><title>epochreel</title>'
        f'<style>{styles}</style><script type="importmap">{json.dumps({"imports": modules})}</script>'
        '<script type="module">import "epochreel/main.js";</script></head>'
        '<body><p id="connection" role="status" hidden></p><div id="view"></div></body></html>'
    )


def _address(path: Path) -> str:
    """A module as an address that needs no server, with names in place of the paths that it imports."""
    code = _IMPORTED.sub(r'\1"epochreel/', path.read_text(encoding="utf-8"))
    return f"data:text/javascript;base64,{base64.b64encode(code.encode()).decode()}"
