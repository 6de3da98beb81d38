"""`epochs.jsonl` as it stands, broken lines among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recorder.runfile import (
    LINES,
    AddLine,
    EndLine,
    EpochLine,
    Line,
    RunFormatError,
    decode_line,
    read_additions,
    read_regular,
)
from recorder.runfile.door import LINES_BYTES
from recorder.runfile.layout import ended, pending_path

Key = tuple[int, int]  # attempt, epoch


@dataclass(frozen=True)
class LinesFound:
    """What the lines of a run say.

    Args:
        raw: the lines that could be read, as bytes.
        lines: the same; None for an event that a later version knows.
        broken: numbers of the lines that could not be, from 1, and why.
        torn: what stands behind the last newline.
        rest: of each broken line, how many readable ones stand before it, and its bytes.
        added: what was added to points.
        bad: files of additions that cannot be read, a sentence each.
        sums: checksums of merged parts that stand elsewhere.
    """

    raw: list[bytes]
    lines: list[Line | None]
    broken: dict[int, str]
    torn: bytes
    rest: tuple[tuple[int, bytes], ...] = ()
    added: tuple[AddLine, ...] = ()
    bad: tuple[str, ...] = ()
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def epochs(self) -> dict[Key, EpochLine | AddLine]:
        """The lines that commit rows of epochs, those that were added too; of one twice in one attempt the last."""
        return {(line.attempt, line.epoch): line for line in self._committing}

    @property
    def _committing(self) -> Iterator[EpochLine | AddLine]:
        yield from (line for line in self.lines if isinstance(line, EpochLine))
        yield from self.added

    @property
    def checksums(self) -> dict[str, int]:
        """What the parts should have, by path within the run; of those that were merged since too."""
        found = dict(self.sums)
        for line in self._committing:
            for kind, checksum in (line.crc32 or {}).items():
                found[pending_path(Path(), kind, line.attempt, line.epoch).as_posix()] = checksum
        for one in (*self.lines, *self.added):
            found |= (None if one is None else one.merged) or {}
        return found


def read(folder: Path) -> LinesFound:
    """The lines of the run in `folder`; none where it has no such file.

    Raises:
        RunFormatError: It is no regular file, or too large.
        OSError: It cannot be read at the moment.
    """
    try:
        data = read_regular(folder / LINES, most=LINES_BYTES)
    except FileNotFoundError:
        data = b""
    raw, lines, broken, rest = list[bytes](), list[Line | None](), dict[int, str](), list[tuple[int, bytes]]()
    *whole, torn = data.split(b"\n")
    for number, text in enumerate(whole, 1):
        try:
            line = decode_line(text) if text else None
        except RunFormatError as error:
            broken[number] = str(error)
            rest.append((len(raw), text))
            continue
        if text:
            raw.append(text)
            lines.append(line)
    bad, sums = list[str](), dict[str, int]()
    added = read_additions(folder, faults=bad)
    for end in ended(folder).values():
        sums |= _sums(end)
    return LinesFound(raw, lines, broken, torn, tuple(rest), tuple(added), tuple(bad), sums)


def _sums(end: Path) -> dict[str, int]:
    """What the end of an attempt that adds says of its merged parts."""
    try:
        line = decode_line(read_regular(end, most=LINES_BYTES))
    except (OSError, RunFormatError):
        return {}
    return (line.merged or {}) if isinstance(line, EndLine) else {}
