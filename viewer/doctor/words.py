"""The findings, each with what it means for the numbers and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from recorder.runfile import (
    ADDITIONS,
    LINES,
    MANIFEST,
    BeginLine,
    EndLine,
    EpochLine,
    Part,
    RunFormatError,
    Unit,
    committed,
)  # fmt: skip
from recorder.runfile.layout import PENDING, batches, left_behind, pending_parts

from ..points import one
from ..run import reason_of
from .finding import HOLDS, Finding, in_words, stretches
from .lines import Key, LinesFound
from .verify import Checked, Verified

T = TypeVar("T")
COPY_AGAIN = "if the folder is still being copied, wait and ask again; else take the file from another copy of the run"
REPAIR = "`epochreel doctor RUN --repair` makes a copy without it"


def no_manifest(error: Exception) -> Finding:
    """Nobody can tell what the run is."""
    if isinstance(error, FileNotFoundError):
        what = f"there is no {MANIFEST}, which says what the run is: its classes, thresholds and settings"
    else:
        what = f"{MANIFEST}, which says what the run is, cannot be read: {reason_of(error)}"
    means = "without it nothing of this folder can be shown"
    return Finding("manifest", True, what, means, f"{COPY_AGAIN}; it cannot be made anew", (MANIFEST,))


def no_lines(reason: str, unit: Unit) -> Finding:
    """Nobody can tell what was recorded."""
    what = f"{LINES}, which lists the {unit}s, cannot be read: {reason}"
    return Finding("lines", True, what, f"no {unit} can be shown", COPY_AGAIN, (LINES,))


def of_lines(found: LinesFound, unit: Unit, *, there: bool) -> Iterator[Finding]:
    """Lines that are missing, broken or torn."""
    if not there or not found.lines:
        what = f"{LINES}, which lists the {unit}s, is {'empty' if there else 'not there'}"
        means = f"no {unit} was recorded, or the list of them is lost"
        yield Finding("no-lines", True, what, means, COPY_AGAIN, (LINES,))
    if found.broken:
        first = min(found.broken)
        which = f"line {first} of {LINES}" if len(found.broken) == 1 else f"{len(found.broken)} lines of {LINES}"
        what = f"{which} cannot be read: {found.broken[first]}"
        means = f"each may have been {one(unit)}, which is not shown; all other {unit}s are"
        yield Finding("broken-line", True, what, means, f"{COPY_AGAIN}; {REPAIR}", (LINES,), mended=True)
    if found.torn:
        what = f"the last line of {LINES} is half written ({len(found.torn)} bytes without an end)"
        means = f"the program was stopped, or is writing it now: that {unit} is not recorded, all before it are whole"
        do = "nothing; a resume cuts it off, and so does --repair in its copy"
        yield Finding("torn-line", False, what, means, do, (LINES,), mended=True)


def of_additions(found: LinesFound, unit: Unit) -> Iterator[Finding]:
    """What was added to points and cannot be read, or to points that are not there."""
    if found.bad:
        what = f"{found.bad[0]}" if len(found.bad) == 1 else f"{len(found.bad)} files of {ADDITIONS}/: {found.bad[0]}"
        means = "what was added to that point is not shown; all else is"
        yield Finding("broken-addition", True, what, means, COPY_AGAIN, (ADDITIONS,))
    there = {(line.attempt, line.epoch) for line in found.lines if isinstance(line, EpochLine)}
    lost = [one.epoch for one in found.added if (one.of, one.epoch) not in there]
    if lost:
        spans = stretches(lost)
        what = f"something was added to {in_words(spans, unit)}, of which there is no line"
        yield Finding("added-to-none", True, what, "it is not shown", COPY_AGAIN, (ADDITIONS,), spans)


def of_rebuilt(rebuilt: Mapping[Key, EpochLine], unit: Unit) -> Iterator[Finding]:
    """Epochs whose line cannot be read, and whose parts are there."""
    if rebuilt:
        spans = stretches(epoch for _, epoch in rebuilt)
        bare = stretches(epoch for (_, epoch), line in rebuilt.items() if not line.logs)
        what = f"{in_words(spans, unit)} can be read from the parts, though from no line"
        gone = (
            f"; the logs and durations of {in_words(bare, unit)} stood in the line alone, and are gone" if bare else ""
        )
        do = "--repair makes such a line anew in its copy, with the counts, and all arrays are there"
        yield Finding("line-lost", False, what, f"not shown here{gone}", do, epochs=spans, mended=True)


def of_state(status: str, found: LinesFound, unit: Unit) -> Iterator[Finding]:
    """How far the run is, and what its attempts hide."""
    begins = [line for line in found.lines if isinstance(line, BeginLine)]
    ends = {line.attempt: line.reason for line in found.lines if isinstance(line, EndLine)}
    last = max((line.attempt for line in begins), default=0)
    if status == "running" and begins:
        what = f"process {begins[-1].pid} on {begins[-1].host} is recording it"
        yield Finding("running", False, what, f"{unit}s are still to come; this is how it stands at the moment")
    if status == "pruned":
        means = f"every {unit} up to the last one is there; there were to be no more"
        yield Finding("pruned", False, f"its search gave it up before its last {unit}", means)
    if status == "interrupted":
        ended = f"it ended early: {ends[last]}" if last in ends else "it has no end: its process is gone, or was killed"
        which = in_words(stretches(committed(found.lines)), unit)
        means = f"every {unit} up to the last one is there; {which} can be shown"
        yield Finding("interrupted", False, ended, means, 'to go on with it, train with resume="allow" and its name')
    if ends.get(last, "").endswith("incomplete"):
        what = f"the disk failed for so long that some {unit}s could not be written"
        means = "they were never recorded, and are missing among those that are shown; these are whole"
        yield Finding("incomplete", True, what, means, "nothing brings them back but another training")
    shown = {(line.attempt, line.epoch) for line in committed(found.lines).values()}
    hidden = {epoch for attempt, epoch in found.epochs if (attempt, epoch) not in shown}
    if len(begins) > 1:
        what = f"it was started {len(begins)} times"
        means = f"every {unit} counts once: an attempt hides what earlier ones have from its first {unit} on"
        means += f" (here {in_words(stretches(hidden), unit)})" if hidden else " (here nothing)"
        yield Finding("attempts", False, what, means, epochs=stretches(hidden))


def of_parts(kind: str, verified: Verified, lost: Collection[Key], unit: Unit) -> Iterator[Finding]:
    """Parts of a kind that are damaged, cannot be read or are not there, and what of the shown epochs that concerns."""
    epochs = {epoch for _, epoch in lost}
    for state, what in (
        ("damaged", "is not what was written: its checksum is another than the recorded one"),
        ("unreadable", "cannot be read"),
    ):
        bad = [one for one in verified.checked if one.part.kind == kind and one.state == state]
        if bad:
            within = {epoch for one in bad for epoch in epochs if one.part.first <= epoch <= one.part.last}
            yield _bad_parts(kind, bad, state, what, within, unit)
    gone = {epoch for attempt, epoch in verified.missing.get(kind, ()) if (attempt, epoch) in lost}
    if gone:
        what = f"the {kind} of {in_words(stretches(gone), unit)} are not there, although the lines name them"
        yield _lost("missing-part", what, _consequence(kind, gone, unit), gone)


def unread_rows(kind: str, unread: Collection[Key], faults: Sequence[str], unit: Unit) -> Finding:
    """Rows that are not what they should be in parts whose bytes nobody can fault."""
    epochs = {epoch for _, epoch in unread}
    reason = faults[0] if faults else "they have no rows"
    what = f"the {kind} of {in_words(stretches(epochs), unit)} make no sense: {reason}"
    return _lost("unread", what, _consequence(kind, epochs, unit), epochs)


def of_counts(differ: Collection[Key], unit: Unit) -> Iterator[Finding]:
    """Epochs whose line and part say different numbers."""
    if differ:
        spans = stretches(epoch for _, epoch in differ)
        what = f"line and tallies of {in_words(spans, unit)} count differently at the decision threshold"
        means = "one of the two was altered: what is shown at that threshold and at others does not fit together"
        yield Finding("counts-differ", True, what, means, COPY_AGAIN, epochs=spans)


def of_checksums(version: str, verified: Verified) -> Iterator[Finding]:
    """Parts of which nobody recorded what their bytes were."""
    without = verified.of("no checksum")
    if not without:
        return
    if len(without) == len(verified.checked):
        what = f"no checksums recorded (format {version})" if version in ("1.0", "1.1") else "no checksums recorded"
    else:
        what = f"no checksum recorded of {_many(len(without), 'part')} among {len(verified.checked)}"
    means = "their rows can be decoded, and counts fit their lines; a flipped bit elsewhere would not be noticed"
    yield Finding("no-checksum", False, what, means, files=tuple(one.path for one in without[:9]))


def of_loose(loose: Sequence[Part], status: str, unit: Unit) -> Iterator[Finding]:
    """Parts that no line commits."""
    if loose and status != "running":
        what = f"{len(loose)} parts in {PENDING}/ belong to no {unit}: the program was stopped before their line"
        means = f"that {unit} is not recorded and not shown; nothing else is touched by it"
        files = tuple(f"{PENDING}/{part.path.name}" for part in loose[:9])
        yield Finding("uncommitted", False, what, means, "nothing; --repair leaves them out", files, mended=True)


def of_left_files(folder: Path, status: str) -> Iterator[Finding]:
    """What a killed process left, while nobody writes the run."""
    if status == "running":
        return
    if left := [path.relative_to(folder).as_posix() for _, path in _listed(left_behind, folder)]:
        what = f"{_many(len(left), 'half-written file')} under hidden names"
        means = "none: what they were to hold stands elsewhere, or was never recorded"
        do = "a resume removes them; --repair leaves them out"
        yield Finding("leftover", False, what, means, do, tuple(left[:9]), mended=True)
    if waiting := [*_listed(pending_parts, folder), *_listed(batches, folder)]:
        what = f"{_many(len(waiting), 'part')} not merged yet: the disk failed, or the run has no clean end"
        means = "none here; programs that read tallies/*.parquet alone do not find what is in them"
        do = "a resume merges them, and so does --repair in its copy"
        yield Finding("unmerged", False, what, means, do, mended=True)
    if aside := sorted(path.relative_to(folder).as_posix() for path in _aside(folder)):
        what = f"{_many(len(aside), 'broken part')} set aside by a resume"
        means = "what they held stands elsewhere, or is told of here as missing"
        yield Finding("set-aside", False, what, means, "they may be removed", tuple(aside[:9]), mended=True)


def _listed(listing: Callable[[Path], list[T]], folder: Path) -> list[T]:
    """What stands in the folders of a run; of what is none somebody else tells."""
    try:
        return listing(folder)
    except RunFormatError:
        return []


def _aside(folder: Path) -> Iterator[Path]:
    for kind in HOLDS:
        place = folder / kind
        if place.is_dir() and not place.is_symlink():
            yield from (Path(entry.path) for entry in os.scandir(place) if entry.name.endswith(".broken"))


def _bad_parts(kind: str, bad: Sequence[Checked], state: str, what: str, epochs: set[int], unit: Unit) -> Finding:
    name = bad[0].path if len(bad) == 1 else f"{bad[0].path} and {len(bad) - 1} more"
    reason = f": {bad[0].reason}" if bad[0].reason else ""
    said = f"{name} {what}{reason}" if len(bad) == 1 else f"{name}: each {what}{reason}"
    means = _consequence(kind, epochs, unit, wrong=state == "damaged") if epochs else _harmless(bad)
    files = tuple(one.path for one in bad)
    return Finding(f"{state}-part", True, said, means, f"{COPY_AGAIN}; {REPAIR}", files, stretches(epochs), mended=True)


def _consequence(kind: str, epochs: Collection[int], unit: Unit, *, wrong: bool = False) -> str:
    which = in_words(stretches(epochs), unit)
    shown = f"what is shown of {which} may be wrong" if wrong else f"{which} can be shown in part"
    return f"{shown}; {HOLDS[kind]}"


def _lost(code: str, what: str, means: str, epochs: Collection[int]) -> Finding:
    return Finding(code, True, what, means, f"{COPY_AGAIN}; {REPAIR}", epochs=stretches(epochs), mended=True)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _harmless(bad: Sequence[Checked]) -> str:
    if any(one.part.attempt < 0 for one in bad):
        return "nothing in it can be found"
    return "no number that is shown: what is in it stands in another part too, or a later attempt hides them"
