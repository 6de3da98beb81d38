"""What a panel is."""

from __future__ import annotations

from typing import Any, Protocol

from ..frames import Frame


class Panel(Protocol):
    """A part of the dashboard."""

    def setup(self, axes: Any) -> None:
        """Makes its artists, once."""
        ...

    def update(self, frame: Frame) -> list[Any]:
        """Moves its artists to the numbers of a frame; returns those that changed."""
        ...
