"""Reading a run: its manifest, its lines, and the arrays that the lines commit."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from .attempts import Attempts
from .codec import decode_line, decode_manifest, from_iso
from .door import LINES_BYTES, MANIFEST_BYTES, read_regular
from .errors import RunFormatError
from .layout import LINES, MANIFEST
from .part_reader import PartReader
from .parts import observed_of, samples_of, tallies_of
from .records import EpochRecord
from .schema import EpochLine, Line, Manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in `folder`.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is broken, no regular file, or of a newer major version.
    """
    return decode_manifest(read_regular(folder / MANIFEST, most=MANIFEST_BYTES))


def read_lines(folder: Path, *, faults: list[str] | None = None) -> list[Line]:
    """All complete lines of a run.

    Args:
        folder: the run.
        faults: takes a sentence for each broken line, which is passed over; None: the first one raises.

    Raises:
        RunFormatError: A line is broken and `faults` is None, or the file is none that may be read.
    """
    try:
        data = read_regular(folder / LINES, most=LINES_BYTES)
    except FileNotFoundError:
        return []
    found = []
    for raw in filter(None, data.split(b"\n")[:-1]):
        try:
            line = decode_line(raw)
        except RunFormatError as error:
            if faults is None:
                raise
            faults.append(str(error))
            continue
        if line is not None:
            found.append(line)
    return found


def committed(lines: Collection[Line | None]) -> dict[int, EpochLine]:
    """The line that counts for each epoch, epochs increasing: those that no later attempt hides, see `Attempts`."""
    attempts, epochs = Attempts(), [line for line in lines if isinstance(line, EpochLine)]
    attempts.add(epochs)
    chosen = {line.epoch: line for line in epochs if attempts.counts(line.attempt, line.epoch)}
    return dict(sorted(chosen.items()))


def read_records(folder: Path, *, faults: list[str] | None = None) -> list[EpochRecord]:
    """Every epoch of a run that counts, as it was written: arrays, logs and times.

    Args:
        folder: the run.
        faults: as in `PartReader.read`; an epoch whose parts cannot be read is there without them, and a broken line
            is passed over.
    """
    manifest = read_manifest(folder)
    kinds: dict[str, str] = {output.name: output.kind for output in manifest.outputs}
    chosen = committed(read_lines(folder, faults=faults))
    keys = [(line.attempt, line.epoch) for line in chosen.values()]
    reader = PartReader(folder)
    tallies = {key: tallies_of(rows) for key, rows in reader.read("tallies", keys, faults=faults)}
    samples = {key: samples_of(rows, kinds) for key, rows in reader.read("samples", keys, faults=faults)}
    observed = {key: observed_of(rows) for key, rows in reader.read("observed", keys, faults=faults)}
    return [
        EpochRecord(
            epoch=epoch,
            unit=manifest.unit,
            step=line.step,
            in_epoch=line.in_epoch,
            logs={name: float(value) for name, value in line.logs.items()},
            seconds=line.seconds,
            time=from_iso(line.time),
            tallies=tallies.get((line.attempt, epoch), ()),
            samples=samples.get((line.attempt, epoch), ()),
            observed=observed.get((line.attempt, epoch), {}),
        )
        for epoch, line in chosen.items()
    ]
