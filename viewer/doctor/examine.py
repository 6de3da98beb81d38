"""Everything that can be wrong with a run, looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recorder.runfile import LINES, AddLine, EpochLine, Manifest, RunFormatError, Unit, committed, read_manifest
from recorder.runfile.layout import KINDS

from ..run import Run, reason_of
from . import words
from .contents import Contents, read_all
from .finding import Finding
from .lines import Key, LinesFound, read
from .rebuild import rebuilt
from .verify import Verified, covered, verify


@dataclass
class Report:
    """What was found of a run.

    Args:
        folder: the run.
        status: as `Run.status`, or unreadable.
        manifest: what the run is; None where nobody can tell.
        lines: what its lines say.
        verified: its parts.
        findings: what is to be said, faults first.
        lost: of each kind, the committed epochs whose rows cannot be read, or not be trusted.
        rebuilt: lines that can be made anew, of epochs whose own line cannot be read.
    """

    folder: Path
    status: str = "unreadable"
    manifest: Manifest | None = None
    lines: LinesFound | None = None
    verified: Verified | None = None
    findings: list[Finding] = field(default_factory=list)
    lost: dict[str, set[Key]] = field(default_factory=dict)
    rebuilt: dict[Key, EpochLine] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; there may be something good to know."""
        return not any(finding.fault for finding in self.findings)

    @property
    def unit(self) -> Unit:
        """What the run counts in; epochs where nobody can tell."""
        return "epoch" if self.manifest is None else self.manifest.unit

    @property
    def counting(self) -> dict[int, EpochLine]:
        """The lines of the epochs that are shown: those that no later attempt hides."""
        return {} if self.lines is None else committed(self.lines.lines)


def examine(folder: Path) -> Report:
    """Looks at everything in the run `folder`, which is left as it is; of a running one, as it is at the moment."""
    report = Report(folder)
    found = [*_manifest(report), *_lines(report)]
    if report.manifest is not None and report.lines is not None and report.lines.lines:
        report.status = Run(folder).status
        found += words.of_state(report.status, report.lines, report.unit)
        found += [*_parts(report), *words.of_left_files(folder, report.status)]
    report.findings = sorted(found, key=lambda finding: not finding.fault)
    return report


def unit_of(folder: Path) -> Unit:
    """What the run `folder` counts in; epochs where nobody can tell."""
    try:
        return read_manifest(folder).unit
    except (OSError, RunFormatError):
        return "epoch"


def _manifest(report: Report) -> Iterator[Finding]:
    try:
        report.manifest = read_manifest(report.folder)
    except (OSError, RunFormatError) as error:
        yield words.no_manifest(error)


def _lines(report: Report) -> Iterator[Finding]:
    try:
        report.lines = read(report.folder)
        there = (report.folder / LINES).exists()
    except (OSError, RunFormatError) as error:
        yield words.no_lines(reason_of(error), report.unit)
        return
    yield from words.of_lines(report.lines, report.unit, there=there)
    yield from words.of_additions(report.lines, report.unit)


def _parts(report: Report) -> Iterator[Finding]:
    """What is wrong with the parts, kind by kind; takes down what of it is lost."""
    assert report.lines is not None
    assert report.manifest is not None
    report.verified = verified = verify(report.folder)
    report.rebuilt = rebuilt(report.manifest, report.lines, verified)
    yield from words.of_rebuilt(report.rebuilt, report.unit)
    counting: dict[Key, EpochLine | AddLine] = {(line.attempt, line.epoch): line for line in report.counting.values()}
    counting |= {(one.attempt, one.epoch): one for one in report.lines.added if (one.of, one.epoch) in counting}
    contents = read_all(report.folder, report.manifest, counting)
    for kind in KINDS:
        wanted = {key for key, line in report.lines.epochs.items() if line.rows.get(kind)}
        sound = (one.part for one in verified.checked if one.sound and one.part.kind == kind)
        report.lost[kind] = wanted - covered(sound, wanted)
        yield from words.of_parts(kind, verified, report.lost[kind] & counting.keys(), report.unit)
        yield from _contents(kind, contents, report)
    yield from words.of_counts(contents.differ, report.unit)
    yield from words.of_checksums(report.manifest.format, verified)
    loose = [part for part in verified.loose if (part.attempt, part.first) not in report.rebuilt]
    yield from words.of_loose(loose, report.status, report.unit)


def _contents(kind: str, contents: Contents, report: Report) -> Iterator[Finding]:
    """Rows that nobody can read although their part is as it was written, or nobody knows."""
    unread = contents.unread.get(kind, set()) - report.lost[kind]
    if unread:
        report.lost[kind] |= unread
        yield words.unread_rows(kind, unread, contents.faults[kind], report.unit)
