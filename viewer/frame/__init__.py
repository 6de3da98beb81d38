"""Every number of one picture, computed; no pixels. One module a panel, which has a function of the frame."""

from typing import TYPE_CHECKING

from recorder.runfile.lazy import lazily

if TYPE_CHECKING:
    from .frame import Frame
    from .framer import Framer
    from .knobs import Knobs

__all__ = ["Frame", "Framer", "Knobs"]
if not TYPE_CHECKING:  # what draws needs none of them
    __getattr__, __dir__ = lazily(__name__, {"frame": "Frame", "framer": "Framer", "knobs": "Knobs"})
