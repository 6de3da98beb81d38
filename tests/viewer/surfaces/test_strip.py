"""The strip of controls below the panels of a window."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.surfaces.strip import Strip

HANDLE = 7  # pixels that it reaches beyond the end of its slider


@pytest.mark.parametrize("kind", ["binary", "multiclass", "empty"])
@pytest.mark.parametrize("across", [6.0, 6.4, 7.0, 7.7, 9.0, 12.8])
def test_nothing_in_the_strip_overlaps_at_any_width(runs: Any, across: float, kind: str) -> None:
    """Buttons, sliders, their names and their numbers, all within the window; sliders are long enough for a hand."""
    figure = Figure(figsize=(across, 4), dpi=100)
    canvas = FigureCanvasAgg(figure)
    actions: dict[str, Any] = dict.fromkeys(("epoch", "threshold", "play", "live", "split"), print)
    strip = Strip(actions, lambda: "")
    strip.setup(figure.add_axes((0, 0, 1, 0.2)))
    strip.arrange((0, 0, 1, Strip.inches / 4), (across, 4.0))
    strip.playing = True
    strip.update(runs[kind].frame())
    renderer = canvas.get_renderer()
    boxes = {name: button.ax.get_window_extent(renderer) for name, button in strip.buttons.items()}
    for name, slider in (("epoch", strip.epoch), ("threshold", strip.threshold)):
        for what, artist in (("slider", slider.ax), ("name", slider.label), ("number", slider.valtext)):
            boxes[f"{name} {what}"] = artist.get_window_extent(renderer)
        boxes[f"{name} slider"] = boxes[f"{name} slider"].padded(HANDLE, 0)
        assert slider.ax.get_window_extent(renderer).width >= 30
    boxes = {name: box for name, box in boxes.items() if box.width > 0}
    assert [names for names in combinations(boxes, 2) if boxes[names[0]].overlaps(boxes[names[1]])] == []
    assert [name for name, box in boxes.items() if box.x0 < 0 or box.x1 > 100 * across] == []
