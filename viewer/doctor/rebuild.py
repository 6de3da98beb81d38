"""Lines that cannot be read any more, made anew from what the parts hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

import msgspec

from recorder.runfile import (
    BeginLine,
    EndLine,
    EpochLine,
    Line,
    Manifest,
    Part,
    RunFormatError,
    decode_line,
    read_regular,
    split_epochs,
    tallies_of,
)
from recorder.runfile.attempts import NEVER
from recorder.runfile.checksums import crc32_of
from recorder.runfile.claims import CLAIM_BYTES
from recorder.runfile.codec import counts_rows, encode_line
from recorder.runfile.footers import check_footer
from recorder.runfile.layout import KINDS, PENDING, claim_path
from recorder.runfile.parquet_footer import Footer
from recorder.runfile.part_files import read_part, scan_part

from .lines import Key, LinesFound
from .verify import Verified

FIRST, LAST = (-1, 0), (NEVER, 0)  # before and behind all lines
LARGE = 2**20  # rows of a kind that an epoch may have where no line says how many they are


@dataclass(frozen=True)
class Gap:
    """Where lines cannot be read: lines of a run increase by attempt and epoch, so this says what they may commit.

    Args:
        low: attempt and epoch of the readable line before them.
        high: of the one behind them.
        texts: of the lines that cannot be read.
        time: of the line before them.
    """

    low: Key
    high: Key
    texts: tuple[bytes, ...]
    time: str

    def has(self, key: Key) -> bool:
        """Whether an epoch's line may be one of them."""
        return self.low < key < self.high

    def meets(self, part: Part) -> bool:
        """Whether a part may have such epochs."""
        return self.low < (part.attempt, part.last) and (part.attempt, part.first) < self.high


@dataclass
class Epoch:
    """What the parts have of an epoch: rows by kind, and where they stand."""

    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)


def rebuilt(manifest: Manifest, found: LinesFound, verified: Verified) -> dict[Key, EpochLine]:
    """Lines for the epochs that no line commits any more, and whose parts say which they are.

    A merged part holds committed epochs only. One that waits in `pending/` may have been left there by a kill: behind
    the last epoch of an attempt that is certain, no more are taken for committed than there are broken lines.

    Returns:
        By attempt and epoch: counts at the decision and rows, the time of the line before. Logs and durations stood
        in the lines alone; they are there where of two lines only what parted them is broken.
    """
    made, last = dict[Key, EpochLine](), dict[int, int]()
    for attempt, epoch in found.epochs:
        last[attempt] = max(epoch, last.get(attempt, 0))
    for gap in gaps(found, manifest.created):
        kept = {key: line for text in gap.texts for key, line in _whole_in(text).items() if gap.has(key)}
        epochs = _epochs(gap, manifest, found, verified)
        merged = {key for key, epoch in epochs.items() if any(_merged(part) for part in epoch.parts.values())}
        for attempt, number in (*kept, *merged):
            last[attempt] = max(number, last.get(attempt, 0))
        certain = {key for key in epochs if key[1] <= last.get(key[0], -1)}
        others = sorted(epochs.keys() - certain)[: max(len(gap.texts) - len(certain), 0)]
        for key in sorted({*certain, *others} - kept.keys()):
            with suppress(OSError, RunFormatError, ValueError, KeyError, IndexError):
                made[key] = _line(key, epochs[key], manifest, gap.time)
        made |= {key: _with_parts(line, epochs.get(key, Epoch())) for key, line in kept.items()}
    return made


def with_rebuilt(folder: Path, manifest: Manifest, found: LinesFound, made: dict[Key, EpochLine]) -> LinesFound:
    """The lines of a run and those that were made anew, each in its place, with the starts of their attempts."""
    begun = {line.attempt for line in found.lines if isinstance(line, BeginLine)}
    attempts = {line.attempt for line in [*found.lines, *made.values()] if isinstance(line, EpochLine)}
    begins = [_begin(folder, manifest, attempt) for attempt in sorted(attempts - begun)] if found.broken else []
    raw, lines = list(found.raw), list(found.lines)
    new: list[Line] = [*filter(None, begins), *made.values()]
    for line in new:
        at = next((number for number, there in enumerate(lines) if there and _key(there) > _key(line)), len(lines))
        raw.insert(at, encode_line(line).rstrip(b"\n"))
        lines.insert(at, line)
    return LinesFound(raw, lines, {}, b"")


def gaps(found: LinesFound, created: str) -> Iterator[Gap]:
    """Where lines cannot be read."""
    keys = [None if line is None else (_key(line), line.time) for line in found.lines]
    for place, several in groupby(found.rest, key=lambda item: item[0]):
        before = next((key for key in reversed(keys[:place]) if key), (FIRST, created))
        behind = next((key for key in keys[place:] if key), (LAST, ""))
        yield Gap(before[0], behind[0], tuple(text for _, text in several), before[1])


def _with_parts(line: EpochLine, there: Epoch) -> EpochLine:
    """A line that names what is there of its epoch, as it was written."""
    sums = line.crc32 or {}
    for kind, part in list(there.parts.items()):
        with suppress(OSError, RunFormatError):
            if not _merged(part) and sums.get(kind, found := crc32_of(part.path)) != found:
                del there.rows[kind]
    sums = {kind: number for kind, number in sums.items() if kind in there.rows}
    return msgspec.structs.replace(line, rows=there.rows, crc32=sums or None)


def _whole_in(text: bytes) -> dict[Key, EpochLine]:
    """The lines of epochs that are whole in a broken one, as of two between which the newline is another byte."""
    starts = [match.start() for match in re.finditer(rb'\{"event":"', text)]
    found: dict[Key, EpochLine] = {}
    for start, end in pairwise([*starts, len(text)]):
        for piece in (text[start:end], text[start : end - 1]):
            with suppress(RunFormatError):
                if isinstance(line := decode_line(piece), EpochLine):
                    found[line.attempt, line.epoch] = line
    return found


def _key(line: Line) -> Key:
    if isinstance(line, EpochLine):
        return line.attempt, line.epoch
    return line.attempt, NEVER if isinstance(line, EndLine) else -1


def _merged(part: Part) -> bool:
    return part.path.parent.name != PENDING


def _epochs(gap: Gap, manifest: Manifest, found: LinesFound, verified: Verified) -> dict[Key, Epoch]:
    """The epochs in a gap of which there are rows; of an epoch in two parts those of the first, the larger one."""
    known, epochs = found.epochs, dict[Key, Epoch]()
    parts = [one.part for one in verified.checked if one.sound] + verified.loose
    for kind in KINDS:
        most = max([line.rows.get(kind, 0) for line in known.values()] + [LARGE])
        for part in (part for part in parts if part.kind == kind and gap.meets(part)):
            for key, rows in _rows_in(part, manifest, most).items():
                if gap.has(key) and key not in known:
                    epoch = epochs.setdefault(key, Epoch())
                    epoch.rows.setdefault(kind, rows)
                    epoch.parts.setdefault(kind, part)
    return epochs


def _rows_in(part: Part, manifest: Manifest, most: int) -> dict[Key, int]:
    """How many rows a part has of each epoch; none where it cannot be read, or has more than an epoch may."""
    rows = Counter[Key]()

    def check(footer: Footer, size: int) -> None:
        if footer.rows > most * (part.last - part.first + 1):
            raise ValueError(f"it has {footer.rows:,} rows")
        check_footer(part.kind, footer, size, lambda: manifest.outputs)

    with suppress(OSError, RunFormatError):
        for table in scan_part(part.path, part.kind, columns=("attempt", "epoch"), check=check):
            for key, inner in split_epochs(table):
                rows[key] += len(inner)
    return {key: number for key, number in rows.items() if number <= most and _of(part, key)}


def _of(part: Part, key: Key) -> bool:
    return part.attempt == key[0] and part.first <= key[1] <= part.last


def _line(key: Key, epoch: Epoch, manifest: Manifest, time: str) -> EpochLine:
    outputs = {output.name: output for output in manifest.outputs}
    tables: Sequence[object] = ()
    if KINDS[0] in epoch.parts:
        table = read_part(epoch.parts[KINDS[0]].path, KINDS[0], (key[1], key[1]))
        tables = [rows for found, rows in split_epochs(table) if found == key]
    counts = [row for rows in tables for tally in tallies_of(rows) for row in counts_rows(tally, outputs[tally.output])]
    return EpochLine(attempt=key[0], epoch=key[1], time=time, counts=counts, rows=epoch.rows)


def _begin(folder: Path, manifest: Manifest, attempt: int) -> BeginLine | None:
    """How an attempt began: the first one as the manifest says, others as their claim does, if there is one."""
    if attempt == 0:
        return BeginLine(attempt=0, time=manifest.created, host=manifest.host, pid=manifest.pid)
    with suppress(OSError, RunFormatError):
        line = decode_line(read_regular(claim_path(folder, attempt), most=CLAIM_BYTES))
        if isinstance(line, BeginLine) and line.attempt == attempt:
            return line
    return None
