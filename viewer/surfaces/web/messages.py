"""What a page may say: one strict tagged union, every number within what is sensible."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

SIDES = (64.0, 4096.0)  # of a picture, in pixels of the page
RATIOS = (0.5, 4.0)  # pixels of the screen to one of the page
MOST_PANELS = 24
MOST_ROWS = 300  # of a table, at once

Words = Annotated[str, Meta(max_length=2000)]
Name = Annotated[str, Meta(max_length=600)]
Number = Annotated[int, Meta(ge=0, le=MOST_PANELS - 1)]
Sample = tuple[Annotated[int, Meta(ge=0, le=2**53)], Annotated[int, Meta(ge=0, le=2**31)]]  # position, and which label
Given = Annotated[tuple[Name, ...], Meta(max_length=64)]


class Turn(Struct, tag="turn", forbid_unknown_fields=True):
    """Sets what it names and leaves the rest: the knobs of a dashboard, as they also stand in its address.

    Args:
        position: of the cursor among the recorded epochs.
        epoch: the number of an epoch, or of a step where the run counts in these, to which the nearest is taken.
        at: the same as the command line has it: `step:1200`, `epoch:3`.
        live: stay with the newest epoch.
        playing: move on by itself.
        speed: epochs a second.
        threshold: above it a score is positive.
        split: of distributions and matrices.
        output: of the model.
        label: number of the class that is looked at; None for all.
        band: level of the credible bands; 0 for none.
        theme: light or dark.
        log: whether the panels have their other scale, linear for logarithmic and the other way round.
        layout: of the panels; "" for that of the start.
        metrics: formulas, between commas; "" for the default.
        best: formula or log that names the best epoch; "" for the default.
        sample: that is looked at; None for none.
    """

    position: int | UnsetType = UNSET
    epoch: float | UnsetType = UNSET
    at: Name | UnsetType = UNSET
    live: bool | UnsetType = UNSET
    playing: bool | UnsetType = UNSET
    speed: float | UnsetType = UNSET
    threshold: float | UnsetType = UNSET
    split: Name | UnsetType = UNSET
    output: Name | UnsetType = UNSET
    label: int | UnsetType | None = UNSET
    band: float | UnsetType = UNSET
    theme: Literal["light", "dark"] | UnsetType = UNSET
    log: bool | UnsetType = UNSET
    layout: Words | UnsetType = UNSET
    metrics: Words | UnsetType = UNSET
    best: Words | UnsetType = UNSET
    sample: Sample | UnsetType | None = UNSET


class Open(Struct, tag="open", forbid_unknown_fields=True):
    """The page shows another view.

    Args:
        view: its name, one of `views.VIEWS`.
        runs: their names; none, or "latest", for the newest.
        at: what stands in the address.
    """

    view: Name
    runs: Given = ()
    at: Turn = msgspec.field(default_factory=Turn)


class Ack(Struct, tag="ack", forbid_unknown_fields=True):
    """A sheet is on the screen."""


class Sizes(Struct, tag="sizes", forbid_unknown_fields=True):
    """The room that the page has for each panel, in pixels of the page.

    Args:
        ratio: pixels of the screen to one of the page.
        panels: width and height; None for one that is not in sight.
    """

    ratio: float
    panels: Annotated[tuple[tuple[float, float] | None, ...], Meta(max_length=MOST_PANELS)]

    def __post_init__(self) -> None:
        self.ratio = clamped(self.ratio, *RATIOS)
        self.panels = tuple(
            None if size is None else (clamped(size[0], *SIDES), clamped(size[1], *SIDES)) for size in self.panels
        )


class Key(Struct, tag="key", forbid_unknown_fields=True):
    """A key, by the name that `Session.press` has for it."""

    key: Annotated[str, Meta(max_length=20)]


class Pointer(Struct, tag="pointer", forbid_unknown_fields=True):
    """Mouse or finger in a picture.

    Args:
        panel: number of the panel.
        x: from the left, in [0, 1].
        y: from the top, in [0, 1].
        what: over it, pressed there, moved since it was, or gone.
    """

    panel: Number
    x: float
    y: float
    what: Literal["over", "press", "drag", "leave"]

    def __post_init__(self) -> None:
        self.x, self.y = clamped(self.x, 0, 1), clamped(self.y, 0, 1)


class Zoom(Struct, tag="zoom", forbid_unknown_fields=True):
    """Shows a part of a picture larger.

    Args:
        panel: number of the panel.
        box: left, top, right, bottom, as `Pointer` has them; None for all of it again.
    """

    panel: Number
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.box is not None:
            self.box = tuple(clamped(side, 0, 1) for side in self.box)  # type: ignore[assignment] # four of four


class Ask(Struct, tag="ask", forbid_unknown_fields=True):
    """What the table of runs is asked, and which entries of the answer are on screen.

    Args:
        columns: that are shown; None for the usual ones.
        where: a filter, in the language of `--where`.
        sort: a column.
        reverse: the other way round than `list --sort` has it.
        group: a column; "" for none.
        folded: groups whose runs are not shown.
        first: entry.
        last: entry, not included.
    """

    columns: Annotated[tuple[Name, ...], Meta(max_length=24)] | None = None
    where: Words = ""
    sort: Name = "run"
    reverse: bool = True
    group: Name = ""
    folded: Given = ()
    first: int = 0
    last: int = 0

    def __post_init__(self) -> None:
        self.first = min(max(self.first, 0), 2**31)
        self.last = min(max(self.last, self.first), self.first + MOST_ROWS)


class Compare(Struct, tag="compare", forbid_unknown_fields=True):
    """What is asked of the runs that are compared.

    Args:
        at: the epoch of each, as `compare --at` takes it; the last one of those that follow.
        metrics: formulas, between commas; "" for the usual ones.
        baseline: the run that all others are compared with; "" for none.
        align: what the curves run over; "" for what the runs count in.
        split: of the samples; "" for validation.
        output: of the model; "" for the first one.
        threshold: above it a score is positive; None for each run's own decision.
        theme: light or dark; None for that of the start.
    """

    at: Given = ()
    metrics: Words = ""
    baseline: Name = ""
    align: Literal["epoch", "step", "time", ""] = ""
    split: Name = ""
    output: Name = ""
    threshold: float | None = None
    theme: Literal["light", "dark"] | None = None


class Look(Struct, tag="look", forbid_unknown_fields=True):
    """What a gallery of samples is asked, and which cards of the answer are on screen.

    Args:
        which: the list.
        split: whose samples; "" for the usual one.
        output: of the model; "" for the first one.
        label: only samples of this true class, by number; None for all.
        epoch: as things stood then, by its number in the run's own unit; None for the newest.
        at: the same as the command line has it: `step:1200`, `epoch:3`; "" for `epoch`.
        sample: one that is looked at, by its position and, of a multi-label output, the number of the label.
        first: card.
        last: card, not included.
    """

    which: Literal["hardest", "forgotten", "flipped", "suspects", "only-a", "only-b"] = "hardest"
    split: Name = ""
    output: Name = ""
    label: Annotated[int, Meta(ge=0, le=2**31)] | None = None
    epoch: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    at: Name = ""
    sample: Sample | None = None
    first: int = 0
    last: int = 0

    def __post_init__(self) -> None:
        self.first = min(max(self.first, 0), 2**31)
        self.last = min(max(self.last, self.first), self.first + MOST_ROWS)


Message = Open | Ack | Turn | Sizes | Key | Pointer | Zoom | Ask | Look | Compare
_DECODER = msgspec.json.Decoder(Message)


def understood(data: str | bytes) -> Message | None:
    """A message of anybody; None for what no page of ours would say."""
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def clamped(value: float, low: float, high: float) -> float:
    """The nearest number in [low, high]; the lowest for what is none."""
    return min(max(value, low), high) if value == value else low
