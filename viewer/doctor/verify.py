"""Every part of a run against the checksum that was recorded when it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recorder.runfile import Part, RunFormatError, all_parts
from recorder.runfile.checksums import crc32_of
from recorder.runfile.layout import KINDS, PENDING

from .lines import Key, LinesFound, read

LOOKS = 4  # at a run that is written or merged meanwhile
State = Literal["as recorded", "no checksum", "damaged", "unreadable"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A part that the lines commit.

    Args:
        part: which.
        path: within the run.
        state: what became of it.
        reason: why it cannot be read.
        stated: its checksum in the lines.
        found: that of its bytes.
    """

    part: Part
    path: str
    state: State
    reason: str = ""
    stated: int | None = None
    found: int | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.state in ("as recorded", "no checksum")


@dataclass(frozen=True)
class Verified:
    """The parts of a run.

    Args:
        checked: those that are there.
        missing: of each kind, the committed epochs that have rows and no part that may hold them.
        loose: parts that no line commits.
    """

    checked: list[Checked]
    missing: dict[str, list[Key]]
    loose: list[Part]

    @property
    def ok(self) -> bool:
        """Whether every part is there and as it was written, as far as that was recorded."""
        return not self.missing and all(one.sound for one in self.checked)

    def count(self, state: State) -> int:
        """How many parts are in that state."""
        return sum(one.state == state for one in self.checked)

    def of(self, state: State) -> list[Checked]:
        """The parts in that state."""
        return [one for one in self.checked if one.state == state]


def verify(folder: Path) -> Verified:
    """Checks every part of the run in `folder`, those of epochs that a later attempt hides too.

    Raises:
        RunFormatError: Its lines are no file that may be read.
        OSError: They cannot be read at the moment.
    """
    for _ in range(LOOKS - 1):
        try:
            return _verified(folder, read(folder))
        except FileNotFoundError:
            continue  # merged between the look and the reading
    return _verified(folder, read(folder), gone="it went while it was looked at")


def _verified(folder: Path, lines: LinesFound, *, gone: str = "") -> Verified:
    """One look; raises FileNotFoundError for a part that went meanwhile, but where `gone` says what that is."""
    checksums, epochs = lines.checksums, lines.epochs
    checked, missing, loose = list[Checked](), dict[str, list[Key]](), list[Part]()
    for kind in KINDS:
        wanted = {key for key, line in epochs.items() if line.rows.get(kind)}
        for part in _parts(folder, kind, checked):
            if part.path.parent.name == PENDING and (part.attempt, part.first) not in epochs:
                loose.append(part)
            else:
                checked.append(_check(folder, part, checksums, gone))
        lost = sorted(wanted - covered((one.part for one in checked if one.part.kind == kind), wanted))
        if lost:
            missing[kind] = lost
    return Verified(checked, missing, loose)


def covered(parts: Iterable[Part], wanted: set[Key]) -> set[Key]:
    """Those of the wanted epochs that stand in the name of a part."""
    rest = set(wanted)
    for part in parts:
        rest -= set(_within(part, rest))
    return wanted - rest


def _within(part: Part, keys: set[Key]) -> Iterator[Key]:
    if part.last - part.first < len(keys):
        yield from ((part.attempt, epoch) for epoch in range(part.first, part.last + 1))
    else:
        yield from (key for key in keys if key[0] == part.attempt and part.first <= key[1] <= part.last)


def _parts(folder: Path, kind: str, checked: list[Checked]) -> list[Part]:
    """All of a kind; a folder that is none is told of as a part that cannot be read."""
    try:
        return all_parts(folder, kind)
    except RunFormatError as error:
        nothing = Part(kind, -1, 0, -1, folder / kind)
        checked.append(Checked(nothing, kind, "unreadable", str(error)))
        return []


def _check(folder: Path, part: Part, checksums: dict[str, int], gone: str) -> Checked:
    path = part.path.relative_to(folder).as_posix()
    stated = checksums.get(path)
    try:
        found = crc32_of(part.path)
    except FileNotFoundError:
        if not gone:
            raise
        return Checked(part, path, "unreadable", gone, stated)
    except (OSError, RunFormatError) as error:
        return Checked(part, path, "unreadable", str(error), stated)
    state: State = "no checksum" if stated is None else "as recorded" if stated == found else "damaged"
    return Checked(part, path, state, "", stated, found)
