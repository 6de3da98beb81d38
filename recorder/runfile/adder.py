"""Adding to points that were recorded earlier, beside whoever writes the run and whoever adds to it too."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import claims, disk, layout
from .additions import ADDITION_BYTES, by_point, read_additions, read_manifest
from .attempt_parts import AttemptParts, Written
from .beginning import begin_line
from .codec import add_line, encode_line, iso_time
from .door import read_line
from .errors import RunBusyError
from .leftovers import merge_leftovers
from .manifest import encode_outputs
from .part_reader import PartReader
from .parts import observed_of
from .reader import read_lines
from .recorded_points import RecordedPoints
from .records import EpochRecord, SampleIds
from .sample_ids import write_ids
from .schema import EndLine, EpochLine, Manifest, Output, Unit
from .stated import check_stated, restated


class RunFileAdder:
    """Adds splits and logs to points that a run has. Nothing that is there is changed.

    What is added stands in a file of its own, which is made whole or not at all, and of which the number in its name
    is taken by one process alone: of two that add to one point, the second sees what the first has added. Its parts
    are those of an attempt that is claimed as that of a writer is, has no epochs and hides nothing. The points of such
    an attempt increase; for one that comes before the last another attempt is begun.

    Args:
        folder: the run.

    Raises:
        FileNotFoundError: It is no run.
        RunFormatError: It is broken, or of a newer major version, or a folder of it is a link.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self.manifest: Manifest = read_manifest(self.folder)
        layout.check_folders(self.folder)
        self._points = RecordedPoints(self.folder)
        self._pid = os.getpid()
        self._attempt: int | None = None
        self._last = -1
        self._sums: dict[str, int] = {}
        self._parts: AttemptParts | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"what adds to a run must not be copied or pickled. Received: that of {self.folder.name}")

    @property
    def unit(self) -> Unit:
        """What the points of the run are counted in; a run without a point may change it."""
        if self._points.span() is None:
            self.manifest = read_manifest(self.folder)
        return self.manifest.unit

    def outputs(self, wanted: str) -> dict[str, Output]:
        """What the run counts, by name; read again where the wanted one is not among it yet."""
        if all(output.name != wanted for output in self.manifest.outputs):
            self.manifest = read_manifest(self.folder)
        return {output.name: output for output in self.manifest.outputs}

    def point(self, epoch: int) -> EpochLine:
        """What a point has by now.

        Raises:
            ValueError: It was never recorded.
        """
        line = self._points.at(epoch)
        if line is None:
            span, unit = self._points.span(), self.manifest.unit
            known = "none yet" if span is None else f"from {span[0]} to {span[1]}"
            raise ValueError(f"what is added to must be a recorded {unit}; there are {known}. Received: {epoch}")
        return line

    def _check_new(self, record: EpochRecord) -> EpochLine:
        """What the point of a record has by now.

        Raises:
            ValueError: It was never recorded, or has one of the record's splits, logs or arrays already.
        """
        line = self.point(record.epoch)
        counts = {(row.split, row.output) for row in line.counts}
        splits = [tally.split for tally in record.tallies if (tally.split, tally.output) in counts]
        twice = [f"split {name[:60]!r}" for name in splits]
        twice += [f"log {name[:60]!r}" for name in record.logs if name in line.logs]
        if record.observed:
            there = self._observed(line)
            twice += [f"array {name[:60]!r}" for name in record.observed if name in there]
        if twice:
            raise ValueError(
                f"what is added to a point must be new to it. Received: {', '.join(twice)}, which "
                f"{self.manifest.unit} {record.epoch} has already"
            )
        return line

    def _observed(self, line: EpochLine) -> set[str]:
        """The names of the arrays that a point has."""
        added = by_point(read_additions(self.folder, faults=[]))[line.attempt, line.epoch]
        keys = [(line.attempt, line.epoch), *((one.attempt, line.epoch) for one in added)]
        parts = PartReader(self.folder).read("observed", keys, faults=[])
        return {name for _, rows in parts for name in observed_of(rows)}

    def _describe(self, outputs: Sequence[Output]) -> None:
        """States outputs that the run has not counted until now, or not with weights.

        Raises:
            ValueError: The run states others of these names.
            OSError: The disk failed.
        """
        while True:
            stated = layout.stated(self.folder)
            number = 1 + max(stated, default=-1)
            if stated:
                read_line(stated[number - 1], most=ADDITION_BYTES)
            self.manifest = read_manifest(self.folder)
            known = {output.name: output for output in self.manifest.outputs}
            again = [one for one in outputs if one.name in known]
            wanted = restated([known[one.name] for one in again], again)
            wanted += [one for one in outputs if one.name not in known]
            new = [one for one in wanted if one != known.get(one.name)]
            if not new:
                return
            _create(layout.stated_path(self.folder, number), encode_outputs(new))

    def add(self, record: EpochRecord, outputs: Sequence[Output] = ()) -> None:
        """Adds what a record has to the point that it names. When this returns it survives a cut of the power.

        Args:
            record: what is added.
            outputs: what its counts and samples are of: those that the run has not counted until now, or not with
                weights, are stated first.

        Raises:
            ValueError: The point was never recorded, or has one of these splits, logs or arrays already, or an output
                is another one than the run's of that name: nothing is added, and nothing stated.
            OSError: The disk failed: nothing is added, and it may be tried again.
            RunBusyError: This object belongs to another process.
        """
        if self._pid != os.getpid():
            raise RunBusyError(f"what adds to a run belongs to the process that made it. Received: {self.folder.name}")
        line = self._check_new(record)
        if outputs:
            self._describe(outputs)
        check_stated(record, self.manifest.outputs)
        parts = self._parts_for(record.epoch)
        self._last = record.epoch  # whatever comes of it: parts of this name may be committed
        for ids in record.sample_ids:
            self._write_ids(ids)
        written = parts.write(record)
        try:
            self._commit(line, record, written)
        except ValueError:
            for part in written.parts.values():
                disk.remove(part.path)
            raise
        parts.committed(written)

    def close(self) -> None:
        """Merges what was added; a later `add` begins anew.

        Raises:
            OSError: The disk failed; what could not be merged stays pending, where every reader of ours finds it.
        """
        if self._parts is None or self._attempt is None or self._pid != os.getpid():
            return
        self._parts.close()
        if any(part.attempt == self._attempt for part in layout.unmerged_parts(self.folder)):
            merge_leftovers(self.folder, read_additions(self.folder), {self._attempt}, sums=self._sums)
        end = EndLine(attempt=self._attempt, time=iso_time(time.time()), merged=self._sums or None)
        _create(layout.ended_path(self.folder, self._attempt), encode_line(end))
        self._parts, self._attempt, self._last = None, None, -1

    def _parts_for(self, epoch: int) -> AttemptParts:
        if self._parts is not None and epoch > self._last:
            return self._parts
        self.close()
        begin = begin_line()
        begin.adds = True
        claims.claim_next(self.folder, begin, read_lines(self.folder, faults=[]))
        for name in (layout.PENDING, layout.ADDITIONS):
            (self.folder / name).mkdir(exist_ok=True)
        disk.sync_folder(self.folder)
        self._attempt, self._sums = begin.attempt, {}
        self._parts = AttemptParts(self.folder, begin.attempt, sums=self._sums, synced=True)
        return self._parts

    def _commit(self, line: EpochLine, record: EpochRecord, written: Written) -> None:
        assert self._attempt is not None
        merged = dict(self._sums)
        added = add_line(
            record,
            attempt=self._attempt,
            of=line.attempt,
            outputs=self.manifest.outputs,
            rows=written.rows,
            crc32=written.crc32,
            merged=merged,
        )
        number, data = 0, encode_line(added)
        while not _create(path := layout.addition_path(self.folder, line.attempt, record.epoch, number), data):
            number += 1
            read_line(path, most=ADDITION_BYTES)
            self._check_new(record)
        for part in merged:
            del self._sums[part]

    def _write_ids(self, ids: SampleIds) -> None:
        try:
            write_ids(self.folder, ids)
        except FileNotFoundError:  # somebody has written them at the same time
            write_ids(self.folder, ids)


def _create(path: Path, data: bytes) -> bool:
    """Whether the file was not there, and is there now, on the disk."""
    path.parent.mkdir(exist_ok=True)
    try:
        disk.create(path, data)
    except FileExistsError:
        return False
    return True
