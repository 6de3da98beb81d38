"""`epochreel watch` and `replay`, and the stream of pictures behind the notebook."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import Settings
from .app import app, say
from .completion import run_names
from .looking import check_formulas, check_layout, check_output, files_of, knobs_of, opened, settings_of, tell_faults
from .options import (
    Address,
    Band,
    BeginAt,
    Best,
    Certificate,
    Every,
    Folder,
    Formulas,
    Key,
    Layout,
    Metrics,
    On,
    OutputName,
    Overlay,
    Port,
    Prevalence,
    Samples,
    Split,
    Start,
    Stop,
    Text,
    Theme,
    Threshold,
    Web,
)

if TYPE_CHECKING:
    from ..dashboard.clock import Player
    from ..dashboard.following import Fixed, Follow
    from ..run import Run
    from ..surfaces import Shown


@app.command()
def watch(
    context: typer.Context,
    dir: Folder = None,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    output: OutputName = None,
    split: Split = None,
    threshold: Threshold = None,
    every: Every = None,
    layout: Layout = None,
    theme: Theme = None,
    band: Band = None,
    prevalence: Prevalence = None,
    best: Best = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    samples: Samples = None,
    overlay: Overlay = False,
    surface: On = None,
    web: Web = False,
    text: Text = False,
    port: Port = None,
    address: Address = None,
    certificate: Certificate = None,
    key: Key = None,
) -> None:
    """Show the newest run while it trains, in a window; without a display, in a browser. A newer run takes its place.

    Example: epochreel watch runs -m 'tn / (tn + fn)' -m f1@0.3
    """
    settings = settings_of(context)
    if Path(settings.dir).exists() and not Path(settings.dir).is_dir():
        raise ValueError(f"a folder of runs must be a folder. Received: {settings.dir}")
    follow = _follow(settings, overlay=overlay)
    _announce(follow)
    try:
        _open(follow, settings, shown_by=_surface(_name(surface, web=web, text=text)))
    finally:
        framer = follow.find()
        if framer is not None:
            tell_faults(context, framer.run, *framer.others)


@app.command()
def replay(
    context: typer.Context,
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", autocompletion=run_names, help="A run, or several, whose curves are drawn over one another."
        ),
    ],
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    output: OutputName = None,
    split: Split = None,
    threshold: Threshold = None,
    layout: Layout = None,
    theme: Theme = None,
    band: Band = None,
    prevalence: Prevalence = None,
    best: Best = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    samples: Samples = None,
    at: BeginAt = None,
    start: Start = None,
    stop: Stop = None,
    speed: Annotated[float, typer.Option(min=0.1, max=100, help="Epochs, or recorded steps, per second.")] = 10.0,
    loop: Annotated[bool, typer.Option("--loop", help="Start again after the last one.")] = False,
    play: Annotated[bool, typer.Option("--play", help="Start playing at once.")] = False,
    surface: On = None,
    web: Web = False,
    text: Text = False,
    port: Port = None,
    address: Address = None,
    certificate: Certificate = None,
    key: Key = None,
) -> None:
    """Step through the epochs or steps of a run, or of several runs side by side, with keys and sliders.

    Examples:

    epochreel replay runs/20261123-103005-baseline-3f9a --play --speed 20 --loop

    epochreel replay RUN RUN --layout 'curves:f1,mcc / scores@1 scores@2'
    """
    from ..dashboard.clock import Player
    from ..dashboard.following import Fixed

    settings = settings_of(context)
    found = [opened(context, run) for run in runs]
    first = 0 if start is None else found[0].position(start, first=True)
    last = None if stop is None else found[0].position(stop)

    def player() -> Player:
        made = Player(len(found[0].epoch_numbers), following=False, first=first, last=last, loop=loop, speed=speed)
        if at is not None:
            made.seek(found[0].position(at))
        if play:
            made.toggle()
        return made

    _open(
        Fixed(found, knobs_of(settings)),
        settings,
        shown_by=_surface(_name(surface, web=web, text=text)),
        player=player,
    )


@app.command(hidden=True)
def frames(
    context: typer.Context,
    dir: Folder = None,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    fps: Annotated[float, typer.Option(min=0.1, max=30)] = 2,
    output: OutputName = None,
    layout: Layout = None,
    theme: Theme = None,
    best: Best = None,
) -> None:
    """Pictures of the newest run on standard output, each behind its length; for the notebook."""
    settings = settings_of(context, size="1100x640")
    _open(_follow(settings), settings, shown_by=_surface("stream"))


@app.command(hidden=True)
def cell(
    context: typer.Context,
    dir: Folder = None,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    output: OutputName = None,
    layout: Layout = None,
    theme: Theme = None,
    best: Best = None,
) -> None:
    """The page for a cell of a notebook, over standard input and output; for the notebook."""
    settings = settings_of(context)
    _open(_follow(settings), settings, shown_by=_surface("piped"))


def _follow(settings: Settings, *, overlay: bool = False) -> Follow:
    from ..dashboard.following import Follow
    from ..run import folder_meant

    return Follow(folder_meant(settings.dir), knobs_of(settings), overlay=overlay)


def _announce(follow: Follow) -> None:
    from ..run import shown_folder

    folder = shown_folder(follow.folder)
    found = follow.library.paths()
    number, framer = f"{len(found)} run{'s' * (len(found) != 1)}", follow.find()
    for path, reason in follow.unreadable.items():
        say(f"{path.name} is passed over: {reason}")
    say(
        f"waiting for a run in {folder} …"
        if framer is None
        else f"{number} at or below {folder}; following {framer.run.folder.name}"
    )


def _open(
    follow: Follow | Fixed,
    settings: Settings,
    *,
    shown_by: type[Shown],
    player: Callable[[], Player] | None = None,
) -> None:
    from ..reading.watch import Watcher
    from ..run import kept_in_step
    from ..surfaces.opening import Opening

    check_layout(settings.layout)
    once = cache(say)  # every tab of a page is checked
    if settings.output is not None and (there := follow.find()) is not None:
        check_output(there.run, settings)  # before a page is served, which could say so in the browser only
    with kept_in_step(follow.folder), Watcher(follow.folder) as watcher:
        opening = Opening(
            follow=follow,
            watcher=watcher,
            settings=settings,
            player=player,
            files=files_of(settings) if settings.formulas else None,
            check=lambda run: _check(run, settings, tell=once),
        )
        shown = shown_by.opened(opening)
        if shown is not None:
            shown.run(say)


def _check(run: Run, settings: Settings, *, tell: Callable[[str], Any]) -> None:
    """An output that the run lacks ends it; a formula that is not known is told, and shown where it is drawn."""
    check_output(run, settings)
    try:
        check_formulas(run, settings)
    except ValueError as error:
        tell(str(error))


def _name(surface: str | None, *, web: bool, text: bool) -> str | None:
    return surface or ("text" if text else "web" if web else None)


def _surface(name: str | None) -> type[Shown]:
    """The surface that was asked for; else a window, or where there is no display, with a word about it, the page."""
    from ..surfaces import surface

    if name is not None:
        return surface(name)
    from ..surfaces.window import NoDisplayError, interactive_pyplot

    try:
        interactive_pyplot()
    except NoDisplayError:
        say(
            "no display found, so this opens a page for the browser (--text: in this terminal; epochreel export: files)"
        )
        return surface("web")
    return surface("window")
