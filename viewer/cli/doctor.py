"""`epochreel doctor` and `epochreel verify`: whether a run is whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from recorder.runfile import Unit

from ..points import points
from .app import app, say
from .looking import settings_of
from .options import Folder
from .printing import out, out_json, progress_bar

if TYPE_CHECKING:
    from ..doctor import Mended, Report, Verified

Format = Annotated[str, typer.Option(help="How to print it: text or json.")]
MOST_NAMED = 20  # files of a run that are named one by one
T = TypeVar("T")


@app.command()
def doctor(
    context: typer.Context,
    dir: Folder = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make a mended copy of the run; the run itself is never touched.")
    ] = False,
    to: Annotated[Path, typer.Option(help="The folder for that copy; it is made if it is missing.")] = Path("repaired"),
    format: Format = "text",
) -> None:
    """Say what is wrong with a run or with all runs of a folder, what that means for the numbers, and what to do.

    It reads every file, holds each part against its checksum and its lines, and changes nothing. The exit code is 1
    where something is wrong.

    --repair copies what is sound of one run into another folder: without broken lines and damaged parts, merged, and
    with an end. Of an epoch whose line is broken the counts are made anew from its parts. What is lost stays lost, and
    is named.

    Examples:

    epochreel doctor runs

    epochreel doctor baseline --repair --to mended
    """
    from ..doctor import examine
    from ..doctor import repair as mended_copy

    _check_format(format)
    folders = _runs(context)
    if repair:
        if len(folders) > 1:
            raise ValueError(f"--repair must have one run. Received: a folder of {len(folders)}")
        mended = mended_copy(folders[0], to)
        _print_mended(mended, format)
        _leave(mended.after.ok)
    reports = list(_each(folders, examine))
    if format == "json":
        out_json(json.dumps([_plain(report) for report in reports]))
    else:
        _print_reports(reports)
    _leave(all(report.ok for report in reports))


@app.command()
def verify(context: typer.Context, dir: Folder = None, format: Format = "text") -> None:
    """Check every part of a run, or of all runs of a folder, against the checksum recorded when it was written.

    The exit code is 1 where a part is damaged or missing. Runs of before format 1.2 have no checksums. What else can be
    wrong with a run, and what to do, says doctor.

    Example: epochreel verify runs
    """
    from ..doctor import verify as verified

    _check_format(format)
    folders = _runs(context)
    found = list(_each(folders, verified))
    if format == "json":
        out_json(json.dumps([_plain_parts(*pair) for pair in zip(folders, found, strict=True)]))
    else:
        for folder, parts in zip(folders, found, strict=True):
            _print_parts(folder, parts)
    _leave(all(parts.ok for parts in found))


def _leave(ok: bool) -> None:
    """Ends the command, with 1 where something is wrong."""
    raise typer.Exit(int(not ok))


def _check_format(format: str) -> None:
    if format not in ("text", "json"):
        raise ValueError(f"--format must be text or json. Received: {format}")


def _runs(context: typer.Context) -> list[Path]:
    """The runs that are meant; of a folder that has lost its run.json, that folder.

    Raises:
        FileNotFoundError: There is none.
    """
    from recorder.runfile import LINES, is_run

    from ..reading.find import find_runs
    from ..reading.naming import run_at
    from ..run import local_folder, no_run_at, usual_folder

    given = settings_of(context).dir
    folder = local_folder(given, whole=True, named=True)
    if not folder.is_dir():
        return [run_at(folder, usual_folder())]
    if (folder / LINES).exists() and not is_run(folder):
        return [folder]
    found = find_runs(folder)
    if not found:
        raise no_run_at(given)
    return found


def _each(folders: Sequence[Path], look: Callable[[Path], T]) -> Iterator[T]:
    """What is found of each, with a bar for many."""
    with progress_bar() as bars:
        for folder in bars.track(folders, description="reading") if len(folders) > 1 else folders:
            yield look(folder)


def _print_reports(reports: Sequence[Report]) -> None:
    wrong = [report for report in reports if not report.ok]
    for report in reports if len(reports) == 1 else wrong:
        _print_report(report)
    if len(reports) > 1:
        out(f"{len(reports):,} runs, " + (f"{len(wrong):,} with something wrong" if wrong else "nothing is wrong"))


def _print_report(report: Report) -> None:
    faults = sum(finding.fault for finding in report.findings)
    verdict = "nothing is wrong" if not faults else f"{faults} thing{'s' * (faults > 1)} wrong"
    epochs = len(report.counting)
    told = "" if report.status == "unreadable" else f", {points(report.unit, epochs)}"
    out(f"{report.folder.name}: {report.status}{told}; {verdict}")
    for finding in report.findings:
        out(f"  {'FAULT' if finding.fault else 'note'}: {finding.what}")
        out(f"    means: {finding.means}")
        if finding.do:
            out(f"    do: {finding.do}")


def _plain(report: Report) -> dict[str, Any]:
    findings = [finding.plain() for finding in report.findings]
    run = {"run": report.folder.name, "status": report.status, "epochs": len(report.counting), "ok": report.ok}
    run["unit"] = report.unit
    return run | {"findings": findings}


def _print_mended(mended: Mended, format: str) -> None:
    if format == "json":
        copy = {"copy": str(mended.folder), "mended": [finding.plain() for finding in mended.done]}
        out_json(json.dumps(copy | {"before": _plain(mended.before), "after": _plain(mended.after)}))
        return
    out(str(mended.folder))
    for finding in mended.done:
        say(f"mended, or left out: {finding.what}")
    lost = [finding for finding in mended.done if finding.fault]
    say(
        f"{mended.before.folder.name} is as it was; the copy has {_not_in(lost, mended.before)}"
        if lost
        else "nothing was lost"
    )
    for finding in mended.after.findings:
        if finding.fault:
            say(f"could not be mended: {finding.what}")


def _not_in(lost: Sequence[Any], before: Report) -> str:
    from ..doctor.finding import in_words, stretches

    spans = tuple(sorted({span for finding in lost for span in finding.epochs}))
    if spans:
        return f"not all of {in_words(spans, before.unit)}"
    broken = len(before.lines.broken) if before.lines else 0
    rest = "" if broken <= len(before.rebuilt) else " but those of broken lines"
    bare = stretches(epoch for (_, epoch), line in before.rebuilt.items() if not line.logs)
    return f"all of its {before.unit}s{rest}" + (f"; {in_words(bare, before.unit)} without logs" if bare else "")


def _print_parts(folder: Path, parts: Verified) -> None:
    from ..doctor.finding import in_words, stretches

    recorded, without = parts.count("as recorded"), parts.count("no checksum")
    total = f"{len(parts.checked):,} part{'s' * (len(parts.checked) != 1)}"
    if without == len(parts.checked):
        words = f"{total}, no checksums recorded" if without else "no parts"
    else:
        words = f"{total}, {recorded:,} as recorded" + (f", {without:,} without a checksum" if without else "")
    bad = [*parts.of("damaged"), *parts.of("unreadable")]
    words += f", {len(bad):,} damaged" if bad else ""
    out(f"{folder.name}: {words}{', some missing' if parts.missing else ''}")
    for one in bad[:MOST_NAMED]:
        why = one.reason or f"its CRC-32 is {one.found:08x}, recorded was {one.stated:08x}"
        out(f"  damaged: {one.path} ({why})")
    if len(bad) > MOST_NAMED:
        out(f"  and {len(bad) - MOST_NAMED:,} more")
    for kind, keys in parts.missing.items():
        out(f"  missing: {kind} of {in_words(stretches(epoch for _, epoch in keys), _unit(folder))}")


def _unit(folder: Path) -> Unit:
    """What a run counts in; epochs where nobody can tell."""
    from ..doctor.examine import unit_of

    return unit_of(folder)


def _plain_parts(folder: Path, parts: Verified) -> dict[str, Any]:
    from ..doctor.finding import stretches

    bad = [
        {"path": one.path, "state": one.state, "recorded": one.stated, "found": one.found, "reason": one.reason}
        for one in parts.checked
        if not one.sound
    ]
    missing = {kind: stretches(epoch for _, epoch in keys) for kind, keys in parts.missing.items()}
    counts = {"as_recorded": parts.count("as recorded"), "no_checksum": parts.count("no checksum")}
    run = {"run": folder.name, "ok": parts.ok, "parts": len(parts.checked)}
    return run | counts | {"damaged": bad, "missing": missing}
