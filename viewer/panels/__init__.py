"""The panels: artists that are made once and moved by the numbers of a frame. A name stands for each in a layout."""

from .base import PANELS, Panel, PanelError, panel
from .calibration import CalibrationPanel
from .classes import Classes
from .curves import Curves
from .matrix import Matrix
from .rates import PrecisionRecall, Roc
from .samples import Samples
from .scores import Scores
from .status import Status
from .surface import SurfacePanel
from .threshold import Threshold

for _name, _maker in {
    "curves": Curves,
    "scores": Scores,
    "matrix": Matrix,
    "pr": PrecisionRecall,
    "roc": Roc,
    "threshold": Threshold,
    "surface": SurfacePanel,
    "calibration": CalibrationPanel,
    "classes": Classes,
    "samples": Samples,
    "status": Status,
}.items():
    PANELS.register(_name, _maker)

__all__ = ["PANELS", "Panel", "PanelError", "panel"]
