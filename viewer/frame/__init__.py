"""Every number of one picture, computed; no pixels. One module a panel, which has a function of the frame."""

from .frame import Frame
from .framer import Framer
from .knobs import Knobs

__all__ = ["Frame", "Framer", "Knobs"]
