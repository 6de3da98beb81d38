"""From settings to what draws: knobs, looks, and the run that is followed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from recorder.runfile.names import listed

from ..config import Settings, resolve, setting_names
from .app import say
from .options import pixels

if TYPE_CHECKING:
    from ..dashboard.formula_files import FormulaFiles
    from ..export.look import Look
    from ..formulas import Spec
    from ..frame import Framer, Knobs
    from ..gallery.show_file import ShowFile
    from ..index.known import Source
    from ..run import Run

MOST_FAULTS = 5  # of a run that are said


def settings_of(command: typer.Context, **fixed: Any) -> Settings:
    """The settings in force for a command, and a line on what was not taken from a file that nobody has trusted.

    Whatever parameter of the command has the name of a setting is its argument, so that none can be forgotten; of the
    others the environment, the files and the defaults decide.

    Args:
        command: that is running; an empty list among its parameters is not given.
        fixed: settings that the command itself decides.
    """
    given = {name: value for name, value in command.params.items() if name in setting_names() and value not in ([], ())}
    given = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    found = resolve(given | fixed)
    if found.warning:
        say(found.warning)
    return found.settings


def load_formulas(settings: Settings) -> None:
    """Runs the files of formulas that the user has named, for commands that take formulas as text."""
    if settings.formulas:
        from ..dashboard.formula_files import FormulaFiles

        FormulaFiles(settings.formulas, ())


def knobs_of(settings: Settings) -> Knobs:
    """What a person sets, from the settings; files of formulas are loaded first."""
    return knobs_with(files_of(settings).specs if settings.formulas else _specs(settings), settings)


def files_of(settings: Settings) -> FormulaFiles:
    """The user's files of formulas and panels, loaded.

    Raises:
        FormulaError: One fails.
    """
    from ..dashboard.formula_files import FormulaFiles

    return FormulaFiles(settings.formulas, settings.metrics)


def knobs_with(specs: tuple[Spec, ...], settings: Settings) -> Knobs:
    """What a person sets, with these formulas."""
    from ..frame import Knobs

    return Knobs(
        metrics=specs,
        output=settings.output,
        split=settings.split,
        threshold=settings.threshold,
        band=settings.band,
        prevalence=settings.prevalence,
        best=settings.best,
        show=None if settings.samples is None else _show_file(settings.samples),
    )


def _show_file(path: str) -> ShowFile:
    """The user's file that says what samples look like; it is run when the first sample is looked at."""
    from ..gallery.show_file import ShowFile

    return ShowFile(path)


def _specs(settings: Settings) -> tuple[Spec, ...]:
    from ..formulas import parse_spec

    return tuple(map(parse_spec, settings.metrics))


def look_of(settings: Settings) -> Look:
    """How pictures are drawn, from the settings."""
    from ..drawing.theme import THEMES
    from ..export.look import Look

    return Look(size=pixels(settings.size), dpi=settings.dpi, layout=settings.layout, theme=THEMES[settings.theme])


def check_layout(layout: str | None) -> None:
    """Raises PanelError where a layout is malformed or names no panel, before there is anything to draw."""
    if layout is None:
        return
    from ..dashboard.layout import parse_layout
    from ..panels import PANELS

    for place in (place for row in parse_layout(layout) for place in row):
        PANELS.make(place.name, *place.words)


def check_formulas(run: Run, settings: Settings) -> None:
    """Raises where the settings or their layout ask for a formula, log, class or split that is not known here.

    Of a run without an epoch nothing is asked: its logs are not known yet.
    """
    from ..run.checked import check_names

    for question in [*settings.metrics, *_formulas_of(settings.layout)] if len(run.epoch_numbers) else ():
        check_names(run, question, settings.output)


def _formulas_of(layout: str | None) -> list[str]:
    """Those that the panels of a layout are given."""
    from ..dashboard.layout import parse_layout
    from ..panels import PANELS

    places = [place for row in parse_layout(layout) for place in row] if layout is not None else []
    return [name for place in places for name in getattr(PANELS.make(place.name, *place.words), "formulas", ())]


def check_output(run: Run, settings: Settings) -> None:
    """Raises ValueError where the output of the settings is none of a run's; one without an epoch may still get it."""
    if settings.output is not None and (run.outputs or len(run.epoch_numbers)):
        run.output(settings.output)


def opened(context: typer.Context, path: Path) -> Run:
    """The run at a path; what of it could not be read is said on standard error when the command ends."""
    from ..run import open_run

    run = open_run(path)
    tell_faults(context, run)
    return run


def tell_faults(context: typer.Context, *runs: Source) -> None:
    """Says on standard error, when the command ends, what could not be read of runs, or is not there yet; once each."""
    context.call_on_close(lambda: _say_faults(runs))


def _say_faults(runs: tuple[Source, ...]) -> None:
    for run in runs:
        faults = run.faults_so_far
        for fault in faults[:MOST_FAULTS]:
            say(f"{run.folder.name}: {fault}")
        if len(faults) > MOST_FAULTS:
            say(f"{run.folder.name}: and {len(faults) - MOST_FAULTS:,} more of that kind")


def framer_of(context: typer.Context, run: Path, settings: Settings) -> Framer:
    """What draws the run at a path.

    Raises:
        ValueError: The output or split of the settings is none of the run's.
    """
    from ..frame import Framer

    found = opened(context, run)
    check_output(found, settings)
    splits = found.splits(settings.output)
    if settings.split is not None and splits and settings.split not in splits:
        raise ValueError(f"split must be one of {listed(splits)}. Received: {settings.split!r}")
    return Framer(found, knobs_of(settings))
