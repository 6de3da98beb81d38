"""A mended copy of a run. The original is never touched."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from recorder.runfile import (
    LINES,
    MANIFEST,
    BeginLine,
    EndLine,
    EpochLine,
    RunFormatError,
    read_additions,
    read_lines,
    read_regular,
)
from recorder.runfile.codec import decode_addition, encode_line, iso_time
from recorder.runfile.door import IDS_BYTES, PART_BYTES, entries
from recorder.runfile.layout import ADDITIONS, ATTEMPTS, IDS, KINDS, PENDING, additions
from recorder.runfile.leftovers import merge_leftovers
from recorder.runfile.names import check_local

from .examine import Report, examine
from .finding import Finding
from .lines import Key, LinesFound
from .rebuild import with_rebuilt

BESIDE = (IDS, ATTEMPTS, ADDITIONS)


@dataclass(frozen=True)
class Mended:
    """A copy of a run.

    Args:
        folder: the copy.
        before: what was found of the original.
        after: what is found of the copy.
    """

    folder: Path
    before: Report
    after: Report

    @property
    def done(self) -> list[Finding]:
        """What was mended, or left out."""
        return [finding for finding in self.before.findings if finding.mended]


def repair(folder: Path, to: Path) -> Mended:
    """Makes a mended copy of the run `folder` in the folder `to`, under the same name.

    Broken lines, damaged parts and what belongs to no epoch are left out, lines no longer name what is lost, all parts
    are merged, and the run has an end. The line of an epoch that its parts still have is made anew from them, without
    the logs. A part whose checksum stood in such a line gets one of what it is now.

    Raises:
        ValueError: It is being written, or cannot be mended; or `to` is an address.
        FileExistsError: There is such a copy already.
        OSError: The disk failed.
    """
    check_local("to", to)
    before = examine(folder)
    if before.status == "running":
        raise ValueError(f"a run must have ended before it is mended. Received: {folder.name}, which is running")
    if before.manifest is None or before.lines is None or not before.lines.lines:
        reasons = "; ".join(finding.what for finding in before.findings if finding.fault)
        raise ValueError(f"a run needs its manifest and lines to be mended. Received: {folder.name}: {reasons}")
    copy = to / folder.name
    if copy.exists():
        raise FileExistsError(f"a copy must be new. Received: {copy}, which is there; name another folder with --to")
    copy.mkdir(parents=True)
    _copy(before, copy)
    lines = with_rebuilt(folder, before.manifest, before.lines, before.rebuilt)
    _lines(lines, before.lost, copy / LINES)
    _additions(copy, before.lost)
    (copy / MANIFEST).write_bytes(read_regular(folder / MANIFEST, most=PART_BYTES))
    _merge(copy, _sums_lost(before))
    return Mended(copy, before, examine(copy))


def _copy(before: Report, copy: Path) -> None:
    """The parts that nothing speaks against, and what stands beside them."""
    (copy / PENDING).mkdir()
    assert before.verified is not None
    rebuilt = [part for part in before.verified.loose if (part.attempt, part.first) in before.rebuilt]
    for part in (*(one.part for one in before.verified.checked if one.sound), *rebuilt):
        _copy_file(part.path, copy / part.path.relative_to(before.folder))
    for name in BESIDE:
        try:
            paths = entries(before.folder / name)
        except RunFormatError:
            continue
        for path in paths:
            if not path.name.startswith("."):
                _copy_file(path, copy / name / path.name, most=IDS_BYTES)


def _copy_file(path: Path, target: Path, *, most: int = PART_BYTES) -> None:
    """Copies a file that is one; what else has its name is left out."""
    try:
        data = read_regular(path, most=most)
    except (OSError, RunFormatError):
        return
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(data)


def _lines(found: LinesFound, lost: dict[str, set[Key]], target: Path) -> None:
    """The lines that could be read; what is lost they do not name any more. All else in them stays as it is."""
    with target.open("wb") as file:
        for raw, line in zip(found.raw, found.lines, strict=True):
            gone = [kind for kind in KINDS if isinstance(line, EpochLine) and (line.attempt, line.epoch) in lost[kind]]
            file.write((_without(raw, gone) if gone else raw) + b"\n")


def _additions(copy: Path, lost: dict[str, set[Key]]) -> None:
    """What was added no longer names what is lost of it."""
    for one in additions(copy):
        raw = one.path.read_bytes()
        try:
            line = decode_addition(raw)
        except RunFormatError:
            continue
        gone = [kind for kind in KINDS if (line.attempt, line.epoch) in lost[kind]]
        if gone:
            one.path.write_bytes(_without(raw, gone) + b"\n")


def _without(raw: bytes, kinds: list[str]) -> bytes:
    line: dict[str, Any] = msgspec.json.decode(raw)
    for name in ("rows", "crc32"):
        line[name] = {kind: value for kind, value in (line.get(name) or {}).items() if kind not in kinds}
    return msgspec.json.encode(line)


def _sums_lost(before: Report) -> dict[str, int]:
    """Checksums, as they are now, of the merged parts whose own may have stood in a line that cannot be read."""
    assert before.lines is not None
    assert before.verified is not None
    if not (before.lines.broken and before.lines.checksums):
        return {}
    there = before.verified.of("no checksum")
    return {one.path: one.found for one in there if one.found is not None and one.part.path.parent.name != PENDING}


def _merge(copy: Path, sums: dict[str, int]) -> None:
    """Merges what waits, and ends the last attempt as it ended, or as mended; `sums` are recorded with it."""
    lines, added = read_lines(copy), read_additions(copy)
    last = max((line.attempt for line in lines), default=0)
    reasons = [line.reason for line in lines if isinstance(line, EndLine) and line.attempt == last]
    begun = any(isinstance(line, BeginLine) for line in lines)
    attempts = {line.attempt for line in (*lines, *added)}
    merge_leftovers(copy, [*lines, *added], attempts, sums=sums)
    if begun and (sums or not reasons):
        reason = reasons[-1] if reasons else "interrupted, and mended"
        end = EndLine(attempt=last, time=iso_time(time.time()), reason=reason, merged=sums or None)
        with (copy / LINES).open("ab") as file:
            file.write(encode_line(end))
