"""Writing a run: one folder, parts first, then the line that commits them."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from . import claims, disk, layout
from .additions import read_additions
from .attempt_parts import AttemptParts
from .beginning import OF_A_RUN, only_new
from .codec import epoch_line, iso_time
from .layout import LINES, MANIFEST, PENDING
from .leftovers import merge_leftovers, remove_half_written
from .line_file import LineFile
from .manifest import encode_manifest, read_stated
from .names import check_local
from .points import PointRules
from .reader import read_lines
from .records import EpochRecord
from .sample_ids import write_ids
from .schema import BeginLine, EndLine, EpochLine, Line, Manifest, Output, Unit
from .stated import check_stated, restated

Durability = Literal["process", "power"]
_OPEN: weakref.WeakValueDictionary[str, RunFileWriter] = weakref.WeakValueDictionary()  # of this process, by folder


class RunFileWriter:
    """Appends epochs to one run folder, as one attempt; the only writer of that attempt.

    Make one with `create` or `resume`. When `append` returns, the epoch survives the death of the process; with
    `durability="power"` a cut of the power too. It belongs to the process that made it, and cannot be copied.

    Args:
        folder: the run, which has a manifest.
        begin: how this attempt begins; its line is still to be written.
        manifest: the run's manifest.
        durability: what `append` waits for: "process" for nothing, "power" for the disk.
    """

    def __init__(
        self, folder: Path, begin: BeginLine, manifest: Manifest, *, durability: Durability = "process"
    ) -> None:
        self.folder, self.attempt, self.manifest = folder, begin.attempt, manifest
        self._begin, self._pid = begin, os.getpid()
        self._synced = durability == "power"
        self._rules = PointRules()
        self._points_before = False  # earlier attempts have some
        self._merged: dict[str, int] = {}  # checksums of merged parts, until a line has them
        self._lines = LineFile(folder / LINES, self._merged, synced=self._synced)
        self._next: RunFileWriter | None = None  # a later attempt of this process
        self._closed = False
        self._parts = AttemptParts(folder, self.attempt, sums=self._merged, synced=self._synced)

    @classmethod
    def create(
        cls, root: Path, manifest: Manifest, begin: BeginLine, *, durability: Durability = "process"
    ) -> RunFileWriter:
        """A new run folder in `root`, named by the manifest's `run_id`.

        Raises:
            FileExistsError: There is such a run already; nothing was touched.
            RunFormatError: Its manifest would have more than a reader takes; nothing was touched.
            ValueError: `root` is an address.
        """
        check_local("root", root)
        stated = encode_manifest(manifest)
        folder = root.expanduser().absolute() / manifest.run_id
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for name in layout.FOLDERS:
            (folder / name).mkdir()
        (folder / LINES).touch()
        writer = cls(folder, only_new(begin, manifest), manifest, durability=durability)
        writer._lines.append(begin)
        # Last of all, so that nobody takes for a run what does not say yet whose it is.
        disk.write_whole(folder / MANIFEST, stated, synced=True)
        if writer._synced:
            disk.sync_way(folder)
        return writer._opened()

    @classmethod
    def resume(cls, folder: Path, begin: BeginLine, *, durability: Durability = "process") -> RunFileWriter:
        """The next attempt of the run in `folder`; `begin.attempt` is set here.

        What earlier attempts left half written or pending is removed or merged, once their writers are gone. A broken
        line is passed over, as a viewer does. Of what `begin` says of the run (config, group, class names) only what is
        new is recorded, see `differs`.

        Raises:
            FileNotFoundError: `folder` is no run.
            RunFormatError: It is broken, or of a newer major version.
            RunBusyError: Another process writes it.
        """
        folder = folder.expanduser().absolute()
        manifest, lines = read_stated(folder), read_lines(folder, faults=[])
        claims.claim_next(folder, only_new(begin, manifest), lines)
        try:
            writer = cls(folder, begin, manifest, durability=durability)
            writer._points_before = any(isinstance(line, EpochLine) for line in lines)
            earlier = _OPEN.get(os.path.realpath(folder))
            if earlier is not None:
                earlier._give_way(writer)
            (folder / PENDING).mkdir(exist_ok=True)
            (folder / LINES).touch()
            if writer._synced:
                disk.sync_way(folder)
            writer._tidy(lines)
            writer._lines.append(begin)
        except BaseException:
            claims.give_up(folder, begin.attempt)
            raise
        return writer._opened()

    @property
    def differs(self) -> list[str]:
        """Of a resume, which of config, group and class names are not what the run was started with."""
        return [name for name in OF_A_RUN if getattr(self._begin, name) is not None]

    @property
    def last_epoch(self) -> int | None:
        """The last one that this attempt has recorded; None before the first."""
        return None if self._rules.last is None else self._rules.last.epoch

    @property
    def unit(self) -> Unit | None:
        """What the points of the run are counted in; None while there is none."""
        return self.manifest.unit if self._points_before or self._rules.last is not None else None

    def describe(self, outputs: Sequence[Output]) -> None:
        """States the outputs that are counted, before the first epoch that has tallies or samples.

        Of what was stated, only `weighted` may change, and only to true: when the first weights come. Classes keep the
        names that the run began with.

        Raises:
            ValueError: The run already states others.
        """
        wanted = restated(self.manifest.outputs, outputs)
        if wanted != self.manifest.outputs:
            self._state(outputs=wanted)

    def append(self, record: EpochRecord) -> None:
        """Writes the parts of an epoch, then the line that commits them.

        Raises:
            ValueError: The epoch is not after the last one of this attempt, it is counted in another unit, or its
                outputs were not described.
            OSError: The disk failed before the line was whole: the epoch is not recorded, and may be tried again.
            RunBusyError: The writer belongs to another process, or another one took its run over.
        """
        self._check(record)
        if record.unit != self.manifest.unit:
            self._state(unit=record.unit)
        for ids in record.sample_ids:
            write_ids(self.folder, ids)
        written = self._parts.write(record)
        outputs, rows, crc32 = self.manifest.outputs, written.rows, written.crc32
        self._lines.append(epoch_line(record, attempt=self.attempt, outputs=outputs, rows=rows, crc32=crc32))
        self._rules.recorded(record)
        self._parts.committed(written)

    def close(self, reason: str = "finished") -> None:
        """Merges the rest, what an earlier failure left too, and writes the end line; once, and in its own process.

        Raises:
            OSError: The disk failed; what could not be merged stays pending, where every reader of ours finds it.
        """
        if self._closed or self._next is not None or self._pid != os.getpid():
            return
        try:
            self._parts.close()  # what it leaves is merged below
            if layout.unmerged_parts(self.folder):
                self._tidy(read_lines(self.folder, faults=[]), ours=True)
                if left := sum(part.attempt == self.attempt for part in layout.merged_nowhere(self.folder)):
                    raise OSError(f"{left:,} parts could not be merged, and wait for a resume")
        finally:
            self._lines.append(EndLine(attempt=self.attempt, time=iso_time(time.time()), reason=reason))
        self._closed = True
        _OPEN.pop(os.path.realpath(self.folder), None)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a writer of a run must not be copied or pickled. Received: that of {self.folder.name}")

    def _opened(self) -> RunFileWriter:
        _OPEN[os.path.realpath(self.folder)] = self
        return self

    def _give_way(self, writer: RunFileWriter) -> None:
        """Leaves the run to a later attempt of the same process."""
        self._next = writer
        self._parts.abandon()
        writer._merged |= self._merged

    def _tidy(self, lines: Sequence[Line], *, ours: bool = False) -> None:
        """Merges and removes what attempts left behind whose writers are gone, and what this one did."""
        added = read_additions(self.folder)
        gone = claims.over(self.folder, lines, now=time.time()) - {self.attempt} | ({self.attempt} if ours else set())
        merge_leftovers(self.folder, [*lines, *added], gone, sums=self._merged)
        remove_half_written(self.folder, gone)

    def _check_ours(self) -> None:
        if self._pid != os.getpid():
            raise claims.busy(self.folder, self._begin)
        if self._next is not None:
            raise claims.busy(self.folder, self._next._begin)

    def _check(self, record: EpochRecord) -> None:
        self._check_ours()
        self._rules.check(record, self.unit)
        check_stated(record, self.manifest.outputs)

    def _state(self, **what: Any) -> None:
        """Replaces the manifest by one that says so."""
        manifest = msgspec.structs.replace(self.manifest, **what)
        disk.write_whole(self.folder / MANIFEST, encode_manifest(manifest), synced=True)
        if self._synced:
            disk.sync_folder(self.folder)
        for name, value in what.items():
            setattr(self.manifest, name, value)
