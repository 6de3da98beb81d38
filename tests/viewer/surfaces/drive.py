"""Opens the real window on a run and says on standard output, a JSON line a picture, what it shows and where.

python drive.py FOLDER [replay] [default] [FILE.py]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from viewer.dashboard.clock import Player
from viewer.dashboard.following import Follow
from viewer.dashboard.session import Session
from viewer.frame import Knobs
from viewer.gallery.show_file import ShowFile
from viewer.panels.gallery.artists import GalleryPanel
from viewer.reading.watch import Watcher
from viewer.surfaces.live import Live
from viewer.surfaces.window import Window


def places(live: Live) -> dict[str, list[float]]:
    """Pixels from the left and from the top of every panel's axes and every control: left, top, right, bottom."""
    height = live.figure.bbox.height
    axes = {f"{type(cell.panel).__name__}": cell.axes[0] for cell in live.dashboard.cells[:-1]}
    axes |= {"epoch": live.strip.epoch.ax, "threshold": live.strip.threshold.ax}
    axes |= {name: button.ax for name, button in live.strip.buttons.items()}
    return {name: [at.bbox.x0, height - at.bbox.y1, at.bbox.x1, height - at.bbox.y0] for name, at in axes.items()}


def shown(live: Saying) -> dict[str, Any]:
    """What is on screen."""
    frame, player = live.session.wanted, live.session.player
    return {
        "run": frame.run.name, "epoch": frame.epoch, "epochs": len(frame.epochs), "threshold": frame.threshold,
        "split": frame.split, "live": player.following, "playing": player.playing, "speed": player.speed,
        "keys": live.keys, "band": frame.knobs.band, "words": live.strip._line.get_text(), "painted": live.painted,
        "scales": [axes.get_yscale() for cell in live.dashboard.cells for axes in cell.axes],
        "size": [round(side) for side in live.figure.bbox.size], "places": places(live), "time": time.time(),
        "said": [cell.panel.describe() for cell in live.dashboard.cells if isinstance(cell.panel, GalleryPanel)],
    }  # fmt: skip


class Saying(Live):
    """Says each picture once it has been painted, and how many keys had come by then."""

    keys = 0

    def _pressed(self, event: Any) -> None:
        self.keys += 1
        super()._pressed(event)

    def _paint(self) -> bool:
        before = self.painted
        found = super()._paint()
        if self.painted != before:
            print(json.dumps(shown(self)), flush=True)
        return found


class SayingWindow(Saying, Window):
    """The window."""


def main() -> None:
    """Shows `folder` live, or replays it with `replay` behind it; `default` is the layout of the run.

    With a file that says what samples look like these are shown.
    """
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    layout = None if "default" in words else "curves scores / curves:loss matrix"
    files = [word for word in words if word.endswith(".py")]
    layout = "samples gallery" if files else layout
    with Watcher(folder) as watcher:
        follow = Follow(folder, Knobs(show=ShowFile(files[0]) if files else None))
        while (found := follow.find()) is None:
            watcher.wait(1.0)
        player = Player(len(found), following=False) if "replay" in words else None
        options: dict[str, Any] = {"watcher": watcher, "layout": layout}
        SayingWindow(Session(follow, player=player), **options).run()


if __name__ == "__main__":
    main()
