"""The panels: artists that are made once and moved by the numbers of a frame. A name stands for each in a layout."""

from .base import PANELS, Panel, PanelError, panel
from .curves import Curves
from .matrix import Matrix
from .scores import Scores

for _name, _maker in {"curves": Curves, "scores": Scores, "matrix": Matrix}.items():
    PANELS.register(_name, _maker)

__all__ = ["PANELS", "Panel", "PanelError", "panel"]
