"""What the page has done in a process of its own: files to write, and comparisons to show."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Literal

import msgspec
from msgspec import Struct

LENGTH = struct.Struct("<I")


class Shown(Struct, kw_only=True):
    """What is shown, and how.

    Args:
        runs: their folders, the first in focus.
        formulas: the user's files.
        metrics: formulas; none for the usual ones.
        output: of the model.
        split: of the samples.
        threshold: above it a score is positive.
        best: what names each run's best epoch; None for the usual.
        theme: light or dark.
        size: pixels of the page, width and height.
        ratio: pixels of the picture to one of the page.
    """

    runs: tuple[str, ...]
    formulas: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    output: str | None = None
    split: str | None = None
    threshold: float | None = None
    best: str | None = None
    theme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = (1280, 720)
    ratio: float = 1.0


class DashboardFile(Shown, kw_only=True, tag="dashboard"):
    """A file of a dashboard: a picture, a film, a report or the numbers.

    Args:
        to: path of the file; its ending says what it is, `report.html` a report, `samples.html` a gallery of samples.
        at: the point that a picture shows: `12`, `step:1200`; "" for the newest.
        label: the class that is looked at.
        band: level of the credible bands.
        prevalence: of the positives.
        layout: of the panels; None for the default.
        log: whether the panels have their other scale.
        samples: the user's file that says what samples look like; None for none.
        sample: the one that is looked at, as `Knobs` has it.
    """

    to: str
    at: str = ""
    label: int | None = None
    band: float = 0.95
    prevalence: float | None = None
    layout: str | None = None
    log: bool = False
    samples: str | None = None
    sample: tuple[int, int] | None = None


class Compared(Shown, kw_only=True, tag="compared"):
    """A comparison to look at: a picture, tables and sentences.

    Args:
        at: the epoch of each run, as `compare` takes it; none for the last ones.
        baseline: folder of the run that all others are compared with; "" for none.
        align: what the curves run over.
        stamps: what changes when the files of the runs do.
    """

    at: tuple[str, ...] = ()
    baseline: str = ""
    align: str = ""
    stamps: str = ""


class ComparedFile(Compared, kw_only=True, tag="compared-file"):
    """A file of a comparison.

    Args:
        to: path of the file: .png, .svg, .zip (every table as csv), .json, or .html for a report.
    """

    to: str


Order = DashboardFile | Compared | ComparedFile


class Reply(Struct, kw_only=True):
    """What came of it.

    Args:
        fault: why nothing did, in a sentence; "" where all went well.
        words: of a comparison.
        size: pixels of the picture that follows, width and height; (0, 0) for none.
    """

    fault: str = ""
    words: dict[str, Any] = {}
    size: tuple[int, int] = (0, 0)


def send(file: BinaryIO, message: Struct, pixels: bytes = b"") -> None:
    """Writes a message behind its length, then the pixels that it promises."""
    data = msgspec.json.encode(message)
    file.write(b"".join([LENGTH.pack(len(data)), data, pixels]))
    file.flush()


def receive(file: BinaryIO) -> bytes | None:
    """The next message; None at the end."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    data = file.read(*LENGTH.unpack(head))
    return data if len(data) == LENGTH.unpack(head)[0] else None
