"""The parts of many runs as one Arrow data set, each file through the door that every reader of a run goes through."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as fs
import pyarrow.parquet as pq

from recorder.runfile import Part, RunFormatError, all_parts, read_manifest
from recorder.runfile.part_files import part_bytes
from recorder.runfile.parts import SCHEMAS


def parts_of(runs: Mapping[str, Path], kind: str) -> Any:
    """A data set of the rows of some runs, with a column `run`; what is filtered by it is read of those runs alone.

    Args:
        runs: their folders, by what they are called.
        kind: "tallies" or "samples".
    """
    files, form = fs.PyFileSystem(_Door(kind)), ds.ParquetFileFormat()
    fragments = [
        form.make_fragment(str(part.path), files, partition_expression=ds.field("run") == run)
        for run, folder in runs.items()
        for part in _once(folder, kind)
    ]
    return _PartSet(fragments, SCHEMAS[kind].append(pa.field("run", pa.string())), form, files)


class _PartSet(ds.FileSystemDataset):  # type: ignore[misc] # it has no types
    """A data set that nobody waits for with Python's lock in hand: its files are opened by Python in Arrow's threads.

    `Scanner.to_reader` of Arrow starts to read without letting go of that lock, and waits now and then for a thread
    that is about to open a file, for ever.
    """

    def scanner(self, *given: Any, **named: Any) -> Any:
        return _Scanner(super().scanner(*given, **named))


class _Scanner:
    """What a program that reads Arrow asks of a scanner."""

    def __init__(self, scanner: Any) -> None:
        self._scanner = scanner
        self.projected_schema = scanner.projected_schema

    def to_reader(self) -> Any:
        return pa.RecordBatchReader.from_batches(self.projected_schema, self._scanner.to_batches())


def _once(folder: Path, kind: str) -> Iterator[Part]:
    """The parts of a run; of what is merged, no part that waits to be merged."""
    try:
        found = all_parts(folder, kind)
    except (OSError, RunFormatError):
        return  # `problem` of the run says it
    taken: list[Part] = []
    for part in found:  # the largest first
        if not any(one.attempt == part.attempt and one.first <= part.first and part.last <= one.last for one in taken):
            taken.append(part)
            yield part


class _Door(fs.FileSystemHandler):  # type: ignore[misc] # it has no types
    """Files as a reader of runs opens them: regular ones, bounded, of the kind that they should be.

    What is refused is a file without rows, and a warning.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def open_input_file(self, path: str) -> Any:
        try:
            file = Path(path)
            return pa.BufferReader(
                part_bytes(file, self._kind, outputs=lambda: read_manifest(file.parent.parent).outputs)
            )
        except (OSError, RunFormatError) as error:
            warnings.warn(f"{path} is left out: {error}", RuntimeWarning, stacklevel=2)
            return pa.BufferReader(_nothing(self._kind))

    open_input_stream = open_input_file

    def get_type_name(self) -> str:
        return "run"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: Sequence[str]) -> list[Any]:
        return [fs.FileInfo(path, fs.FileType.File) for path in paths]

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("runs are only read here")

    get_file_info_selector = create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refused
    delete_file = move = copy_file = open_output_stream = open_append_stream = _refused


def _nothing(kind: str) -> Any:
    sink = pa.BufferOutputStream()
    pq.write_table(SCHEMAS[kind].empty_table(), sink)
    return sink.getvalue()
