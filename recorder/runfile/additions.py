"""What was added to the points of a run after they were recorded: a file each, which nobody changes any more."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec

from .codec import decode_addition
from .door import check_folder, read_regular
from .errors import RunFormatError
from .layout import ADDITIONS, Addition, additions, stated
from .manifest import decode_outputs, read_stated
from .schema import AddLine, EpochLine, Manifest, Output

ADDITION_BYTES = 2**26
Key = tuple[int, int]  # attempt, epoch


class Additions:
    """The additions of a run as they come, each once.

    A file without a newline at its end is being written, or was cut short by a kill: it is looked at again.

    Args:
        folder: the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()

    def read(self, faults: list[str] | None = None) -> list[AddLine]:
        """What is new, in the order of points and, of each, in which it was added.

        Args:
            faults: takes a sentence for each file that cannot be read, and for a folder that is none, each once; None
                where somebody else says so.
        """
        try:
            new = self._new()
        except OSError:
            return []
        except RunFormatError as error:
            if faults is not None and str(error) not in faults:
                faults.append(str(error))
            return []
        return [line for line in (self._read(one, faults) for one in new) if line is not None]

    def _new(self) -> list[Addition]:
        check_folder(self._folder / ADDITIONS)
        new = set(os.listdir(self._folder / ADDITIONS)) - self._seen  # noqa: PTH208 - the cheapest, at every look
        if not new:
            return []
        found = [one for one in additions(self._folder) if one.path.name in new]
        self._seen |= new - {one.path.name for one in found}  # ends, outputs: they are no additions to a point
        return found

    def _read(self, one: Addition, faults: list[str] | None) -> AddLine | None:
        line = None
        try:
            data = read_regular(one.path, most=ADDITION_BYTES)
            if not data.endswith(b"\n"):
                return None
            line = _named(decode_addition(data), one)
        except OSError:
            return None
        except RunFormatError as error:
            if faults is not None:
                faults.append(f"{one.path.name}: {error}")
        self._seen.add(one.path.name)
        return line


def read_additions(folder: Path, *, faults: list[str] | None = None) -> list[AddLine]:
    """All additions of a run, in the order of points and, of each, in which they were made.

    Args:
        folder: the run.
        faults: takes a sentence for each that is broken, which is passed over.
    """
    return Additions(folder).read(faults)


def by_point(added: Iterable[AddLine]) -> dict[Key, list[AddLine]]:
    """Additions by the (attempt, epoch) that they belong to."""
    found: defaultdict[Key, list[AddLine]] = defaultdict(list)
    for line in added:
        found[line.of, line.epoch].append(line)
    return found


def with_added(line: EpochLine, added: Iterable[AddLine]) -> EpochLine:
    """The line of a point with what was added to it. What it has already is not added again."""
    logs, counts, rows = dict(line.logs), list(line.counts), dict(line.rows)
    for one in added:
        known = {(row.split, row.output) for row in counts}
        logs |= {name: value for name, value in one.logs.items() if name not in logs}
        counts += [row for row in one.counts if (row.split, row.output) not in known]
        rows = {kind: rows.get(kind, 0) + one.rows.get(kind, 0) for kind in rows | one.rows}
    return msgspec.structs.replace(line, logs=logs, counts=counts, rows=rows)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in `folder`, and the outputs that were added without it.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is broken, no regular file, or of a newer major version.
    """
    manifest = read_stated(folder)
    manifest.outputs = _once([*manifest.outputs, *_added_outputs(folder)])
    return manifest


def _once(outputs: Iterable[Output]) -> list[Output]:
    """Each output as it is stated first, and with weights where any statement says so."""
    found: dict[str, Output] = {}
    for one in outputs:
        first = found.setdefault(one.name, one)
        if one.weighted and not first.weighted:
            found[one.name] = msgspec.structs.replace(first, weighted=True)
    return list(found.values())


def _added_outputs(folder: Path) -> list[Output]:
    """The outputs that additions state, in order."""
    found: list[Output] = []
    try:
        paths = stated(folder).values()
    except (OSError, RunFormatError):
        return []
    for path in paths:
        try:
            data = read_regular(path, most=ADDITION_BYTES)
            outputs = decode_outputs(data) if data.endswith(b"\n") else []
        except (OSError, RunFormatError):
            continue  # its counts are then told of as of an output that is in no manifest
        found += outputs
    return found


def _named(line: AddLine, one: Addition) -> AddLine:
    if (line.of, line.epoch) != (one.of, one.epoch):
        raise RunFormatError(f"an addition must be to the point in its name. Received: {line.epoch} of {line.of}")
    return line
