"""Files of what is on screen, made in a process of their own: one at a time for each tab."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import tornado.iostream
from msgspec import UNSET, Struct

from recorder.runfile.names import path_part, shown_lines

from ...formulas import split_formulas
from ...points import parse_point
from .compared import order_of
from .guarded import Entrance, Guarded
from .limits import REQUEST_SECONDS
from .messages import Compare, Name, Turn, clamped
from .orders import ComparedFile, DashboardFile
from .store import Store
from .workshop_process import WorkshopProcess

KINDS = {  # by name: the ending of the file, its type, and the same of a comparison
    "png": ("png", "image/png"),
    "svg": ("svg", "image/svg+xml"),
    "csv": ("csv", "text/csv"),
    "film": ("mp4", "video/mp4"),
    "gif": ("gif", "image/gif"),
    "report": ("html", "text/html"),
    "samples": ("html", "text/html"),
    "tables": ("zip", "application/zip"),
    "json": ("json", "application/json"),
}
PAGES = ("report", "samples")  # by whose names a page says what it is
OF_DASHBOARD = ("png", "svg", "csv", "film", "gif", "report", "samples")
OF_COMPARISON = ("png", "svg", "tables", "json", "report")
SIDES = (320, 4096)  # pixels of the page
RATIOS = (0.5, 4.0)
MOST_PIXELS = 16_000_000
FILM_SIDE = 1920  # pixels; a film is no larger
AT_ONCE = 2  # files that are made at the same time
CHUNK = 1 << 18  # bytes
PATIENCE = 0.9 * REQUEST_SECONDS


class Wanted(Struct, forbid_unknown_fields=True):
    """What a download asks for beside what a dashboard or a comparison is asked.

    Args:
        kind: of the file.
        width: of the page, in pixels.
        height: of the page.
        ratio: pixels of the picture to one of the page.
        tab: which tab asks.
    """

    kind: Name
    width: float = 1280.0
    height: float = 720.0
    ratio: float = 1.0
    tab: Name = ""

    def size(self) -> tuple[tuple[int, int], float]:
        """Width and height within what is sensible, and the ratio."""
        most = FILM_SIDE if self.kind in ("film", "gif") else SIDES[1]
        wide, tall = (round(clamped(side, SIDES[0], most)) for side in (self.width, self.height))
        ratio = 1.0 if self.kind in ("film", "gif") else clamped(self.ratio, *RATIOS)
        return (wide, tall), min(ratio, (MOST_PIXELS / (wide * tall)) ** 0.5)


class Desk:
    """Who is having what made."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    def take(self, tab: str) -> bool:
        """Whether a tab may have something made now; then it does."""
        if tab in self._busy or len(self._busy) >= AT_ONCE:
            return False
        self._busy.add(tab)
        return True

    def leave(self, tab: str) -> None:
        """It has been made, or nobody waits for it any longer."""
        self._busy.discard(tab)


class Download(Guarded):
    """One file, to save."""

    def initialize(self, entrance: Entrance, **more: Any) -> None:
        """Takes where it is, the runs, and who else is having something made."""
        super().initialize(entrance)
        self._store: Store = more["store"]
        self._desk: Desk = more["desk"]
        self._process = WorkshopProcess()

    def on_connection_close(self) -> None:
        """Nobody waits for it any longer."""
        self._process.kill()

    async def get(self, what: str) -> None:
        """The file; a sentence where there is none."""
        given = self.given()
        with tempfile.TemporaryDirectory(prefix="epochreel-") as folder:
            try:
                wanted, name, order = ordered(self._store, what, given, Path(folder))
            except (OSError, ValueError) as error:
                return self._refuse(400, str(error))
            if not self._desk.take(wanted.tab):
                return self._refuse(429, "one file at a time can be made for a page, and two in all; please wait")
            try:
                fault = await self._made(order)
            finally:
                self._desk.leave(wanted.tab)
                self._process.close()
            if fault:
                return self._refuse(422, fault)
            await self._send(Path(order.to), name, KINDS[wanted.kind][1])

    async def _made(self, order: DashboardFile | ComparedFile) -> str:
        """Why the file could not be made; "" where it was."""
        try:
            reply, _ = await asyncio.wait_for(asyncio.wrap_future(self._process.ask(order)), PATIENCE)
        except TimeoutError:
            return f"a file must be made within {PATIENCE / 60:.0f} minutes"
        return reply.fault

    async def _send(self, path: Path, name: str, kind: str) -> None:
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.set_header("Content-Length", str(path.stat().st_size))
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                self.write(chunk)
                try:
                    await self.flush()
                except tornado.iostream.StreamClosedError:
                    return

    def _refuse(self, status: int, why: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(shown_lines(why))


def ordered(
    store: Store, what: str, given: dict[str, list[str]], folder: Path
) -> tuple[Wanted, str, DashboardFile | ComparedFile]:
    """What is asked for, the name of the file, and the order that makes it.

    Args:
        store: the runs.
        what: "dashboard" or "compare".
        given: the words of the address.
        folder: for the file.

    Raises:
        ValueError: The address makes no sense; FileNotFoundError: there is no such run.
    """
    given.pop("token", None)
    names = tuple(name for name in given.pop("run", []) if name)
    of_file = {name: given.pop(name)[-1] for name in Wanted.__struct_fields__ if name in given}
    try:
        wanted = msgspec.convert(of_file, Wanted, strict=False)
        kinds = OF_DASHBOARD if what == "dashboard" else OF_COMPARISON
        if wanted.kind not in kinds:
            raise ValueError(f"a file must be one of {', '.join(kinds)}. Received: {wanted.kind!r}")
        if what == "dashboard":
            said: dict[str, Any] = {name: words[-1] for name, words in given.items()}
            if "sample" in said:
                said["sample"] = said["sample"].split(".")  # position and label, as the page writes them
            turn = msgspec.convert(said, Turn, strict=False)
            return _of_dashboard(store, wanted, names, turn, folder)
        asked = {name: words if name == "at" else words[-1] for name, words in given.items()}
        return _of_comparison(store, wanted, names, msgspec.convert(asked, Compare, strict=False), folder)
    except msgspec.ValidationError as error:
        raise ValueError(f"an address must hold what the page writes into it. Received: {error}") from error


def _of_dashboard(
    store: Store, wanted: Wanted, names: tuple[str, ...], turn: Turn, folder: Path
) -> tuple[Wanted, str, DashboardFile]:
    settings, size = store.opening.settings, wanted.size()
    paths = store.shown(names)
    ending = KINDS[wanted.kind][0]
    order = DashboardFile(
        runs=tuple(map(str, paths)),
        formulas=tuple(settings.formulas),
        metrics=tuple(filter(None, split_formulas(turn.metrics))) if turn.metrics else tuple(settings.metrics),
        output=turn.output or settings.output,
        split=turn.split or settings.split,
        threshold=clamped(turn.threshold, 0, 1) if turn.threshold is not UNSET else settings.threshold,
        best=turn.best or settings.best,
        theme=turn.theme or settings.theme,
        size=size[0],
        ratio=size[1],
        to=str(folder / (f"{wanted.kind}.html" if wanted.kind in PAGES else f"file.{ending}")),
        at=turn.at if turn.at is not UNSET else "" if turn.epoch is UNSET else f"{turn.epoch:.0f}",
        label=None if turn.label is UNSET or turn.label is None else max(turn.label, 0),
        band=clamped(turn.band, 0, 0.9999) if turn.band is not UNSET else settings.band,
        prevalence=settings.prevalence,
        layout=turn.layout or settings.layout,
        log=turn.log is True,
        samples=settings.samples,
        sample=turn.sample or None,
    )
    name = path_part(paths[0].name) if len(paths) == 1 else f"{len(paths)}-runs"
    at = f"-{_named(order.at)}" if order.at and wanted.kind in ("png", "svg") else ""
    return wanted, f"{name}{at}{f'-{wanted.kind}' if wanted.kind in PAGES else ''}.{ending}", order


def _named(at: str) -> str:
    """A point as a part of a file's name: `epoch-12`, `step-1200`."""
    asked = parse_point(at)
    return path_part(at) if asked is None else f"{asked.unit or 'epoch'}-{asked.number}"


def _of_comparison(
    store: Store, wanted: Wanted, names: tuple[str, ...], asked: Compare, folder: Path
) -> tuple[Wanted, str, ComparedFile]:
    ending = KINDS[wanted.kind][0]
    size, ratio = wanted.size()
    order = order_of(store, names, asked)
    file = msgspec.structs.asdict(order) | {"size": size, "ratio": ratio, "to": str(folder / f"file.{ending}")}
    return wanted, f"comparison-of-{len(order.runs)}-runs.{ending}", ComparedFile(**file)
