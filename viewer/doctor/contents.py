"""Every row of a run, decoded once: whether it can be, and whether it says what its line says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recorder.runfile import AddLine, EpochLine, Manifest, PartReader, RunFormatError, tallies_of
from recorder.runfile.codec import counts_rows
from recorder.runfile.layout import KINDS

from .lines import Key

Lines = Mapping[Key, EpochLine | AddLine]


@dataclass
class Contents:
    """What became of the rows.

    Args:
        unread: of each kind, the epochs whose rows could not be read.
        faults: of each kind, why.
        differ: epochs whose counts are not those of their line.
    """

    unread: dict[str, set[Key]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    differ: set[Key] = field(default_factory=set)


def read_all(folder: Path, manifest: Manifest, lines: Lines) -> Contents:
    """Reads all rows of the epochs that some lines commit."""
    found, reader = Contents(), PartReader(folder, lambda: manifest.outputs)
    for kind in KINDS:
        wanted = {key for key, line in lines.items() if line.rows.get(kind)}
        faults = found.faults[kind] = list[str]()
        met = set()
        try:
            for key, rows in reader.read(kind, wanted, faults=faults):
                met.add(key)
                if kind == KINDS[0] and not _agrees(rows, lines[key], manifest):
                    found.differ.add(key)
        except (OSError, RunFormatError) as error:
            faults.append(str(error))
        found.unread[kind] = wanted - met
    return found


def _agrees(rows: object, line: EpochLine | AddLine, manifest: Manifest) -> bool:
    """Whether the counts at the decision are those of the line; one that names none says nothing."""
    if not line.counts:
        return True
    outputs = {output.name: output for output in manifest.outputs}
    try:
        return [row for tally in tallies_of(rows) for row in counts_rows(tally, outputs[tally.output])] == line.counts
    except (ValueError, KeyError, IndexError):
        return False
