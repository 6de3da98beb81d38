"""Every number of one picture, computed; no pixels. One module a panel, which has a function of the frame."""

from .frame import DEFAULTS, Frame, Framer, Knobs

__all__ = ["DEFAULTS", "Frame", "Framer", "Knobs"]
