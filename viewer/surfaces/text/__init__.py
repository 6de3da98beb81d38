"""The dashboard as text: for a terminal that has nothing else, over ssh."""

from .dashboard import dashboard
from .terminal import Terminal

__all__ = ["Terminal", "dashboard"]
