"""Opens the real window on a run and says on standard output, a JSON line a picture, what it shows and where."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from viewer.playback.following import Follow
from viewer.playback.player import Player
from viewer.playback.session import Session
from viewer.reading.watch import Watcher
from viewer.surfaces.window import Window


def places(window: Window) -> dict[str, list[float]]:
    """Pixels from the left and from the top of every panel's axes and every control: left, top, right, bottom."""
    height = window.figure.bbox.height
    axes = {f"{type(cell.panel).__name__}": cell.axes[0] for cell in window.live.dashboard.cells[:-1]}
    strip = window.live.strip
    axes |= {"epoch": strip.epoch.ax, "threshold": strip.threshold.ax}
    axes |= {name: button.ax for name, button in strip.buttons.items()}
    return {
        name: [at.bbox.x0, height - at.bbox.y1, at.bbox.x1, height - at.bbox.y0] for name, at in axes.items()
    }


def shown(window: Window) -> dict[str, Any]:
    """What is on screen."""
    session = window.live.session
    frame, player = session.frame(), session.player
    strip_words = window.live.strip._line.get_text()
    scales = [axes.get_yscale() for cell in window.live.dashboard.cells for axes in cell.axes]
    return {
        "run": frame.run.name, "epoch": frame.epoch, "epochs": len(frame.epochs), "threshold": frame.threshold,
        "split": frame.split, "live": player.following, "playing": player.playing, "speed": player.speed,
        "band": frame.knobs.band, "words": strip_words, "scales": scales, "painted": window.live.painted,
        "size": list(window.figure.bbox.size), "places": places(window), "time": time.time(),
    }  # fmt: skip


def main() -> None:
    """Shows `folder` live, or replays it with `replay` behind it."""
    folder, following = Path(sys.argv[1]), "replay" not in sys.argv[2:]
    with Watcher(folder) as watcher:
        follow = Follow(folder)
        while (found := follow.find()) is None:
            watcher.wait(1.0)
        session = Session(follow, player=None if following else Player(len(found), following=False))
        window = Window(session, watcher=watcher, layout="curves scores / curves:loss matrix")
        said = [0]

        def say() -> None:
            if window.live.painted != said[0]:
                said[0] = window.live.painted
                print(json.dumps(shown(window)), flush=True)

        timer: Any = window.figure.canvas.new_timer(interval=10)
        timer.add_callback(say)
        timer.start()
        window.show()


if __name__ == "__main__":
    main()
