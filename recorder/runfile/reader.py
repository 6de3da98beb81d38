"""Reading a run: its lines, and the arrays that the lines commit."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from pathlib import Path

from .additions import by_point, read_additions, read_manifest, with_added
from .attempts import Attempts
from .codec import decode_line, from_iso
from .door import LINES_BYTES, read_regular
from .errors import RunFormatError
from .layout import LINES
from .part_reader import PartReader
from .parts import observed_of, samples_of, tallies_of
from .records import EpochRecord
from .schema import EpochLine, Line


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
    """Every epoch of a run that counts, with what was added to it: arrays, logs and times.

    Args:
        folder: the run.
        faults: as in `PartReader.read`; an epoch whose parts cannot be read is there without them, and a broken line
            is passed over.
    """
    manifest = read_manifest(folder)
    kinds: dict[str, str] = {output.name: output.kind for output in manifest.outputs}
    chosen = committed(read_lines(folder, faults=faults))
    added = by_point(read_additions(folder, faults=faults))
    keys = {
        (line.attempt, epoch): [(line.attempt, epoch), *((one.attempt, epoch) for one in added[line.attempt, epoch])]
        for epoch, line in chosen.items()
    }
    reader, wanted = PartReader(folder), list(chain.from_iterable(keys.values()))
    tallies = {key: tallies_of(rows) for key, rows in reader.read("tallies", wanted, faults=faults)}
    samples = {key: samples_of(rows, kinds) for key, rows in reader.read("samples", wanted, faults=faults)}
    observed = {key: observed_of(rows) for key, rows in reader.read("observed", wanted, faults=faults)}
    return [
        EpochRecord(
            epoch=epoch,
            unit=manifest.unit,
            step=line.step,
            in_epoch=line.in_epoch,
            logs={name: float(value) for name, value in with_added(line, added[point]).logs.items()},
            seconds=line.seconds,
            time=from_iso(line.time),
            tallies=tuple(chain.from_iterable(tallies.get(key, ()) for key in keys[point])),
            samples=tuple(chain.from_iterable(samples.get(key, ()) for key in keys[point])),
            observed=dict(chain.from_iterable(observed.get(key, {}).items() for key in reversed(keys[point]))),
        )
        for epoch, line in chosen.items()
        for point in [(line.attempt, epoch)]
    ]
