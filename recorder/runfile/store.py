"""Writing a run: one folder, parts first, then the line that commits them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from . import layout
from .codec import encode_line, encode_manifest, epoch_line, iso_time
from .errors import RunFormatError
from .files import read_part, write_part
from .layout import KINDS, LINES, MANIFEST, PENDING, Part
from .merge import EPOCHS_IN_A_PART, Merger
from .parts import split_epochs, tables
from .processes import process_started
from .reader import read_lines, read_manifest
from .records import EpochRecord
from .schema import BeginLine, EndLine, EpochLine, Line, Manifest, Output


class RunFileWriter:
    """Appends epochs to one run folder; the only writer of it.

    Make one with `create` or `resume`. When `append` returns, the epoch survives the death of the process.

    Args:
        folder: the run, which has a manifest.
        attempt: which start of the run this is.
        manifest: the run's manifest.
    """

    def __init__(self, folder: Path, attempt: int, manifest: Manifest) -> None:
        self.folder, self.attempt, self.manifest = folder, attempt, manifest
        self._last_epoch: int | None = None
        self._lines = folder / LINES
        self._whole = 0  # bytes of `epochs.jsonl` that are known to be whole lines
        # The kinds fill their first merged part to different marks, so that they never merge in the same epoch.
        shares = {kind: EPOCHS_IN_A_PART * (len(KINDS) - i) // len(KINDS) for i, kind in enumerate(KINDS)}
        self._mergers = {kind: Merger(folder, kind, attempt, capacity=share) for kind, share in shares.items()}

    @classmethod
    def create(cls, root: Path, manifest: Manifest, begin: BeginLine) -> RunFileWriter:
        """A new run folder in `root`, named by the manifest's `run_id`.

        Raises:
            FileExistsError: There is such a run already; nothing was touched.
        """
        folder = root / manifest.run_id
        root.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        (folder / PENDING).mkdir()
        for kind in ("tallies", "samples"):
            (folder / kind).mkdir()
        (folder / LINES).touch()
        _replace(folder / MANIFEST, encode_manifest(manifest))
        writer = cls(folder, 0, manifest)
        writer._append_line(begin)
        return writer

    @classmethod
    def resume(cls, folder: Path, begin: BeginLine) -> RunFileWriter:
        """The next attempt of the run in `folder`; `begin.attempt` is set here.

        What a kill left half written is cut off or removed, and what was still pending is merged.

        Raises:
            FileNotFoundError: `folder` is no run.
            RunFormatError: It is broken, or of a newer major version.
        """
        manifest = read_manifest(folder)
        lines = read_lines(folder)
        begin.attempt = 1 + max((line.attempt for line in lines), default=-1)
        _merge_leftovers(folder, lines)
        for path in layout.left_behind(folder):
            path.unlink(missing_ok=True)
        writer = cls(folder, begin.attempt, manifest)
        writer._append_line(begin)
        return writer

    def describe(self, outputs: Sequence[Output]) -> None:
        """States the outputs that are counted, before the first epoch that has tallies or samples.

        Of what was stated, only `weighted` may change, and only to true: when the first weights come.

        Raises:
            ValueError: The run already states others.
        """
        stated = self.manifest.outputs
        weighted = {output.name for output in (*stated, *outputs) if output.weighted}
        wanted = [msgspec.structs.replace(output, weighted=output.name in weighted) for output in outputs]
        if wanted == stated:
            return
        if stated and wanted != [msgspec.structs.replace(o, weighted=o.name in weighted) for o in stated]:
            raise ValueError(
                "the outputs of a run must stay as they are: same names, classes and thresholds. "
                f"Received: {[_short(o) for o in wanted]}, recorded: {[_short(o) for o in stated]}"
            )
        self.manifest.outputs = wanted
        try:
            _replace(self.folder / MANIFEST, encode_manifest(self.manifest))
        except OSError:
            self.manifest.outputs = stated
            raise

    def append(self, record: EpochRecord) -> None:
        """Writes the parts of an epoch, then the line that commits them.

        Raises:
            ValueError: The epoch is not after the last one of this attempt, or its outputs were not described.
            OSError: The disk failed before the line was whole: the epoch is not recorded, and may be tried again.
        """
        self._check(record)
        made = tables(record, self.attempt)
        parts = {}
        for kind, table in made.items():
            path = layout.pending_path(self.folder, kind, self.attempt, record.epoch)
            write_part(table, path)
            parts[kind] = Part(kind, self.attempt, record.epoch, record.epoch, path)
        rows = {kind: table.num_rows for kind, table in made.items()}
        self._append_line(epoch_line(record, attempt=self.attempt, outputs=self.manifest.outputs, rows=rows))
        self._last_epoch = record.epoch
        self._merge(parts, made)

    def close(self, reason: str = "finished") -> None:
        """Writes the end line and merges the rest."""
        self._append_line(EndLine(attempt=self.attempt, time=iso_time(time.time()), reason=reason))
        for merger in self._mergers.values():
            merger.close()

    def _check(self, record: EpochRecord) -> None:
        if self._last_epoch is not None and record.epoch <= self._last_epoch:
            raise ValueError(
                f"epochs of one attempt must increase; the last was {self._last_epoch}. Received: {record.epoch}"
            )
        if record.epoch < 0:
            raise ValueError(f"epoch must be 0 or more. Received: {record.epoch}")
        known = {output.name for output in self.manifest.outputs}
        stated = [tally.output for tally in record.tallies] + [samples.output for samples in record.samples]
        for name in stated:
            if name not in known:
                raise ValueError(f"an output must be described first: {sorted(known)}. Received: {name!r}")

    def _merge(self, parts: dict[str, Part], made: dict[str, Any]) -> None:
        for kind, part in parts.items():
            try:
                self._mergers[kind].add(part, made[kind])
            except OSError:
                # The epoch is committed and its part stays pending, where every reader of ours finds it.
                continue

    def _append_line(self, line: Line) -> None:
        data = encode_line(line)
        with self._lines.open("ab", buffering=0) as file:
            if file.tell() > self._whole:  # what a kill or a failed write left behind
                _cut_torn_line(self._lines, self._whole)
            if file.write(data) != len(data):
                raise OSError(f"the disk took only a part of a line of {len(data)} bytes")
            self._whole = file.tell()


def begin_line(*, epochs: int | None = None) -> BeginLine:
    """The line that starts an attempt, of this process and now."""
    return BeginLine(
        attempt=0,
        time=iso_time(time.time()),
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=process_started(),
        epochs=epochs,
    )


def _replace(path: Path, data: bytes) -> None:
    temporary = layout.hidden(path)
    temporary.write_bytes(data)
    temporary.replace(path)


def _cut_torn_line(path: Path, start: int) -> None:
    """Cuts what stands behind the last newline, and no whole line."""
    with path.open("r+b") as file:
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)


def _merge_leftovers(folder: Path, lines: Sequence[Line]) -> None:
    """Merges what a killed attempt left pending; parts that no line commits are left alone."""
    commits = {(line.attempt, line.epoch) for line in lines if isinstance(line, EpochLine)}
    pending = layout.pending_parts(folder)
    merged = _merged_among(folder, pending)
    mergers: dict[tuple[str, int], Merger] = {}
    for part in pending:
        if part in merged:
            part.path.unlink(missing_ok=True)  # merged already; the kill came before this line
        elif (part.attempt, part.first) in commits:
            key = (part.kind, part.attempt)
            merger = mergers.setdefault(key, Merger(folder, *key))
            try:
                merger.add(part, read_part(part.path, part.kind))
            except RunFormatError:
                continue  # broken: it stays where it is, to be looked at
    for merger in mergers.values():
        merger.close()


def _merged_among(folder: Path, pending: Sequence[Part]) -> set[Part]:
    """Those of the pending parts that stand in a merged part too."""
    merged = set()
    for part in pending:
        for whole in layout.merged_parts(folder, part.kind):
            covers = whole.attempt == part.attempt and whole.first <= part.first <= whole.last
            if covers and (part.attempt, part.first) in dict(split_epochs(read_part(whole.path, part.kind))):
                merged.add(part)
    return merged


def _short(output: Output) -> str:
    return (
        f"{output.name or 'output'}: {output.kind}, {len(output.classes)} classes, {len(output.thresholds)} thresholds"
    )
