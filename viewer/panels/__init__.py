"""The panels: artists that are made once and moved by the numbers of a frame. A name stands for each in a layout.

One folder a panel: `numbers` computes what it shows, without matplotlib; `artists` draws it. The line below is all that
the rest of the house knows of it.
"""

from .base import PANELS, Panel, PanelError, panel

for _name, _place in {
    "curves": "curves.artists:Curves",
    "logs": "curves.artists:Logs",
    "scores": "scores.artists:Scores",
    "matrix": "matrix.artists:Matrix",
    "pr": "pr_roc.artists:PrecisionRecall",
    "roc": "pr_roc.artists:Roc",
    "threshold": "threshold.artists:Threshold",
    "surface": "surface.artists:SurfacePanel",
    "calibration": "calibration.artists:CalibrationPanel",
    "classes": "classes.artists:Classes",
    "samples": "samples.artists:Samples",
    "gallery": "gallery.artists:GalleryPanel",
    "status": "status.artists:Status",
}.items():
    PANELS.register(_name, f"{__name__}.{_place}")

__all__ = ["PANELS", "Panel", "PanelError", "panel"]
