"""What the page writes beside the pictures: where the controls stand, and what they can be set to."""

from __future__ import annotations

from typing import Any

from ....dashboard.header import facts
from ....dashboard.layout import parse_layout
from ....dashboard.session import KEYS
from ....drawing.captions import SPLITS
from ....formulas import FORMULAS
from ....frame import Frame
from ....panels.status.numbers import brief, standing, trouble
from ..board import Board
from ..store import Store


def controls(board: Board, store: Store) -> dict[str, Any]:
    """By name; of each the page is told when it is another one."""
    session = board.session
    frame, player = session.frame(), session.player
    return {
        "title": frame.run.name if len(frame.runs) == 1 else f"{len(frame.runs)} runs, in focus: {frame.run.name}",
        "run": store.name(frame.run.folder),
        "runs": store.names(),
        "state": standing(frame).state,
        "standing": brief(standing(frame))[0],
        "facts": facts(frame),
        "trouble": board.fault or trouble(frame),
        "epochs": _epochs(frame),
        "threshold": _threshold(frame),
        "player": {"playing": player.playing, "live": player.following, "speed": player.speed},
        "splits": [{"name": name, "words": SPLITS.get(name, name)} for name in frame.splits],
        "split": frame.split,
        "outputs": [output.name for output in frame.run.outputs],
        "output": frame.output_name,
        "classes": list(frame.classes) if frame.each_scored else [],
        "label": frame.knobs.label,
        "band": session.band,
        "theme": board.theme,
        "log": board.log,
        "layout": board.layout,
        "grid": grid(board.layout),
        "metrics": [spec.label for spec in frame.metrics],
        "names": sorted({*FORMULAS, "tp", "fp", "tn", "fn", *frame.logs}),
        "by_threshold": session.by_threshold,
        "said": board.said,
        "keys": KEYS,
    }


def grid(layout: str) -> list[list[dict[str, Any]]]:
    """Rows of panels, each with its name and its share of the row."""
    return [[{"name": place.name, "width": place.width} for place in row] for row in parse_layout(layout)]


def _epochs(frame: Frame) -> dict[str, Any]:
    known = len(frame.epochs)
    return {
        "count": known,
        "position": max(frame.position, 0),
        "epoch": frame.epoch,
        "first": int(frame.epochs[0]) if known else None,
        "last": int(frame.epochs[-1]) if known else None,
    }


def _threshold(frame: Frame) -> dict[str, Any]:
    return {"value": frame.threshold, "can": bool(frame.splits), "argmax": frame.threshold is None}
