"""What the page writes beside the pictures: where the controls stand, and what they can be set to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from recorder.runfile import Unit
from recorder.runfile.names import is_shown, shown, shown_lines

from ....config import Settings
from ....dashboard.header import facts
from ....dashboard.layout import parse_layout
from ....dashboard.session import keys
from ....drawing.captions import SPLITS
from ....formulas import FORMULAS
from ....frame import Frame
from ....frame.class_counts import COUNTS
from ....gallery.cards import named
from ....panels import PANELS
from ....panels.status.numbers import brief, concern, standing
from ....run.recorded import usual_split
from ..board import Board
from ..store import Store

AVERAGES = ("macro", "micro", "weighted")
SPEED = 10.0  # epochs a second at the start


def controls(board: Board, store: Store, typed: Mapping[str, str]) -> dict[str, Any]:
    """By name; of each the page is told when it is another one.

    Args:
        board: whose controls they are.
        store: the runs.
        typed: formulas and layout, as they were typed.
    """
    session = board.session
    frame, player = session.wanted, session.player
    name = shown(frame.run.name)
    return {
        "title": name if len(frame.runs) == 1 else f"{len(frame.runs)} runs, in focus: {name}",
        "run": store.name(frame.run.folder),
        "around": _around(frame, store),
        "state": standing(frame).state,
        "standing": brief(standing(frame))[0],
        "facts": shown(facts(frame)),
        "trouble": shown_lines(board.trouble or concern(frame)),
        "epochs": _epochs(frame),
        "unit": frame.unit,
        "threshold": {"value": frame.threshold, "can": bool(frame.splits)},
        "player": {"playing": player.playing, "live": player.following, "speed": player.speed},
        "by_threshold": session.by_threshold,
        "splits": [[split, SPLITS.get(split, shown(split))] for split in frame.splits],
        "split": frame.split,
        "outputs": [[output.name, shown(output.name)] for output in frame.run.outputs],
        "output": frame.output_name,
        "classes": list(map(shown, frame.classes)) if frame.each_scored else [],
        "label": frame.knobs.label,
        "band": session.band,
        "theme": board.theme,
        "log": board.log,
        "layout": board.layout,
        "grid": grid(board.layout),
        "panels": list(PANELS),
        "pictures": [picture.facts for picture in board.pictures],
        "metrics": ", ".join(spec.text or spec.label for spec in frame.metrics),
        "best": frame.knobs.best or "",
        "names": [*sorted({*FORMULAS, *COUNTS, *filter(is_shown, frame.logs)}), *(f"@{each}" for each in AVERAGES)],
        "said": board.said,
        "samples": _samples(frame, following=player.following),
        "keys": keys(frame.unit, of_folders=not store.is_one),
        "set": settings_in_address(board, store.opening.settings, typed),
    }


def at_in_address(unit: Unit, number: int) -> dict[str, Any]:
    """A point as an address has it: `epoch=12`, `at=step:1200`."""
    return {"epoch": number} if unit == "epoch" else {"at": f"{unit}:{number}"}


def _around(frame: Frame, store: Store) -> dict[str, Any]:
    """Whether there is a table to go back to, and the runs that started before and after this one."""
    older, newer = ("", "") if store.is_one else store.neighbours(frame.run.folder)
    return {"table": not store.is_one, "older": older, "newer": newer}


def grid(layout: str) -> list[list[dict[str, Any]]]:
    """Rows of panels, each with the word of the layout it stands for, and its share of the row."""
    return [
        [{"name": ":".join([place.name, *place.words][:2]), "width": place.width} for place in row]
        for row in parse_layout(layout)
    ]


def settings_in_address(board: Board, start: Settings, typed: Mapping[str, str]) -> dict[str, Any]:
    """What a `Turn` makes of a page without an address: what is not as it is at the start, by the names of `Turn`."""
    session = board.session
    knobs, player = session.framer.knobs, session.player
    numbers = session.framer.run.epoch_numbers
    frame = session.wanted
    split = start.split or (usual_split(frame.splits) if frame.splits else None)
    output = start.output or next((each.name for each in frame.run.outputs), None)
    followed = not player.following and 0 <= player.position < len(numbers)
    found = {
        **(at_in_address(frame.unit, int(numbers[player.position])) if followed else {}),
        "live": True if player.following and not board.follows else None,
        "speed": None if player.speed == SPEED else player.speed,
        "threshold": _unless(_short(knobs.threshold), start.threshold),
        "split": _unless(knobs.split, split),
        "output": _unless(knobs.output, output),
        "label": knobs.label,
        "sample": None if knobs.sample is None else "{}.{}".format(*knobs.sample),
        "band": _unless(session.band, start.band),
        "theme": _unless(board.theme, start.theme),
        "log": board.log or None,
    }
    return {name: value for name, value in {**found, **typed}.items() if value not in (None, "")}


def _samples(frame: Frame, *, following: bool) -> dict[str, str] | None:
    """Where the gallery of samples is, and what is said of it: the one that was clicked, if any."""
    if not frame.splits:
        return None
    sample, query = frame.knobs.sample, {"split": frame.knobs.split or "", "output": frame.knobs.output or ""}
    if sample is not None:
        query["sample"] = "{}.{}".format(*sample)
    if not following and frame.epoch is not None:
        query |= at_in_address(frame.unit, frame.epoch)
    words = "samples" if sample is None else f"sample {named(frame.run.called(np.array(sample[:1]), frame.split)[0])}"
    return {"words": words, "query": urlencode({name: value for name, value in query.items() if value != ""})}


def _short(value: float | None) -> float | None:
    """As many digits as are worth reading in an address."""
    return None if value is None else float(f"{value:.6g}")


def _unless(value: Any, start: Any) -> Any:
    return None if value == start else value


def _epochs(frame: Frame) -> dict[str, Any]:
    known = len(frame.epochs)
    return {
        "count": known,
        "position": max(frame.position, 0),
        "epoch": frame.epoch,
        "first": int(frame.epochs[0]) if known else None,
        "last": int(frame.epochs[-1]) if known else None,
    }
