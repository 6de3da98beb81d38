"""Ways to show a session and to hand it input. A new one is one class, and its line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..needs import told

if TYPE_CHECKING:
    from .loop import Surface
    from .web.piped import Piped
    from .web.server import Web

    Shown = Surface | Web | Piped

SURFACES = {  # by name: file and class; loaded when asked for
    "window": ("window", "Window"),
    "web": ("web.server", "Web"),
    "text": ("text", "Terminal"),
    "stream": ("stream", "Stream"),
    "piped": ("web.piped", "Piped"),
}


def surface(name: str) -> type[Shown]:
    """The class of a surface.

    Raises:
        ValueError: There is none of that name.
        ModuleNotFoundError: What it shows with is not installed; the message says how to get it.
    """
    if name not in SURFACES:
        raise ValueError(f"a surface must be one of {', '.join(SURFACES)}. Received: {name}")
    file, kind = SURFACES[name]
    with told():
        found: type[Shown] = getattr(import_module(f".{file}", __name__), kind)
    return found
