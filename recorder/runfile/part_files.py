"""Arrow tables to Parquet files, whole or not at all, and back, as little of them as is wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from . import disk
from .checksums import crc32
from .door import PART_BYTES, read_regular
from .errors import RunFormatError
from .footers import check_footer
from .pages import check_pages, check_texts
from .parquet_footer import Footer, read_footer
from .parts import NEEDED, SCHEMAS
from .schema import Output

Range = tuple[int, int]  # first and last epoch
Check = Callable[[Footer, int], None]  # of a footer and the size of its file
ROWS_AT_ONCE = 2_048
# Arrow's pool saves nothing on parts of this size, and a process that ends while one of its threads does not may be
# ended with "terminate called without an active exception" (apache/arrow, issue 34314).
THREADS = False
KEYS = ("attempt", "epoch", "split", "output")
_TEXT = pa.dictionary(pa.int32(), pa.string())
_WRITE = {"compression": "zstd", "write_statistics": ["epoch"]}


def unchecked(footer: Footer, size: int) -> None:
    """Of a part that this process has written itself."""


def write_part(data: bytes | bytearray | memoryview, path: Path, *, synced: bool = False) -> int:
    """Writes a part under a hidden name, then renames it: it exists whole or not at all; its checksum.

    Raises:
        ValueError: It would be larger than a reader takes.
    """
    if len(data) > PART_BYTES:
        raise ValueError(f"a part of one epoch must have at most {PART_BYTES:,} bytes. Received: {len(data):,}")
    disk.write_whole(path, data, synced=synced)
    return crc32(data)


class PartWriter:
    """A part that grows by tables, for merging; `close` or `discard` ends it, and leaves nothing open.

    Args:
        path: of the file.
        kind: "tallies", "samples" or "observed".

    Raises:
        OSError: The disk failed, as in all methods but `discard`.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._kind = path, kind
        disk.free(path)
        self._file = pa.OSFile(os.fsencode(path), "wb")
        self._parquet = pq.ParquetWriter(self._file, SCHEMAS[kind], **_write_options(SCHEMAS[kind]))

    def write(self, table: Any) -> None:
        """Adds the rows of a table, as a row group; a column that it leaves out is null."""
        self._parquet.write_table(_filled(table, list(SCHEMAS[self._kind])))

    def close(self) -> None:
        """Completes the file."""
        self._parquet.close()
        self._file.close()

    def discard(self) -> None:
        """Takes the file away, whatever state it is in."""
        self._parquet.is_open = False  # else it closes itself when it goes, and prints what fails in that
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            disk.remove(self._path)


def read_part(path: Path, kind: str, epochs: Range | None = None, *, check: Check = unchecked) -> Any:
    """The table of a part, or of those of its row groups that may hold `epochs`; names in it are dictionaries.

    Args:
        path: of the part.
        kind: "tallies", "samples" or "observed".
        epochs: first and last; all if None.
        check: raises ValueError where its footer claims what it must not; called before anything is decoded.

    Raises:
        FileNotFoundError: The part was merged meanwhile.
        RunFormatError: It is no Parquet file, or lacks columns of its kind.
    """
    with named_errors(path, kind):
        file, groups, there = _opened(path, kind, epochs, SCHEMAS[kind].names, check)
        return _as_read(file.read_row_groups(groups, columns=there, use_threads=THREADS), kind, SCHEMAS[kind].names)


def scan_part(
    path: Path, kind: str, epochs: Range | None = None, *, columns: Sequence[str], check: Check = unchecked
) -> Iterator[Any]:
    """The same in pieces, and of some columns only; an epoch may stand in several. Raises as `read_part`."""
    with named_errors(path, kind):
        file, groups, there = _opened(path, kind, epochs, columns, check)
        for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=groups, columns=there, use_threads=THREADS):
            yield _as_read(pa.Table.from_batches([batch]), kind, columns)


def part_bytes(path: Path, kind: str, *, outputs: Callable[[], Sequence[Output]]) -> bytes:
    """A whole part as it is on disk, of which everything was checked before it is decoded: for other programs' readers.

    Args:
        path: of the part.
        kind: "tallies", "samples" or "observed".
        outputs: those of the manifest.

    Raises:
        FileNotFoundError: The part was merged meanwhile.
        RunFormatError: It is none that a reader may decode.
    """
    with named_errors(path, kind):
        data = read_regular(path, most=PART_BYTES)
        footer = _checked(data, kind, partial(check_footer, kind, outputs=outputs))
        check_pages(
            data, footer.groups, {field.name: field.type for field in SCHEMAS[kind] if field.name in footer.names}
        )
        return data


def _checked(data: bytes, kind: str, check: Check) -> Footer:
    footer = read_footer(data)
    lacking = sorted({"attempt", "epoch", *NEEDED[kind]} - footer.names)
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}")
    check(footer, len(data))
    return footer


def _opened(
    path: Path, kind: str, epochs: Range | None, columns: Sequence[str], check: Check
) -> tuple[Any, list[int], list[str]]:
    """A file of which nothing is decoded yet, the row groups that may hold `epochs`, and the columns that it has."""
    data = read_regular(path, most=PART_BYTES)
    footer = _checked(data, kind, check)
    groups, names = groups_with(footer, epochs), [name for name in columns if name in footer.names]
    types = {name: SCHEMAS[kind].field(name).type for name in names}
    check_pages(data, [footer.groups[number] for number in groups], types)
    # A text for each row would take more time than all its numbers.
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=[name for name in names if types[name] == pa.string()])
    return file, groups, names


def groups_with(footer: Footer, epochs: Range | None) -> list[int]:
    """The row groups that may hold some of `epochs`, first and last, by their statistics."""
    if epochs is None:
        return list(range(len(footer.groups)))
    spans = (
        (number, next((column.span for column in group.columns if column.path == "epoch"), None))
        for number, group in enumerate(footer.groups)
    )
    return [number for number, span in spans if span is None or (span[0] <= epochs[1] and epochs[0] <= span[1])]


def _as_read(table: Any, kind: str, columns: Sequence[str]) -> Any:
    """The columns that are wanted, names as dictionaries; raises ValueError where it holds what it must not."""
    schema = SCHEMAS[kind]
    fields = [schema.field(name) for name in columns]
    table = _filled(table, [field.with_type(_TEXT) if field.type == pa.string() else field for field in fields])
    if any(table[name].null_count for name in KEYS if name in columns):
        raise ValueError(f"a row without one of {', '.join(KEYS)}")
    check_texts(table)
    return table


def _filled(table: Any, fields: Sequence[Any]) -> Any:
    """The columns of some fields in their order and of their types; null where the table lacks one."""
    names, there = [field.name for field in fields], frozenset(table.schema.names)
    if table.schema.names != names:
        rows = len(table)
        table = pa.table([table[one.name] if one.name in there else pa.nulls(rows, one.type) for one in fields], names)
    schema = pa.schema(fields)
    return table if table.schema.equals(schema) else table.cast(schema)


@contextmanager
def named_errors(path: Path, kind: str) -> Iterator[None]:
    """Whatever Parquet makes of a broken file is one error with the name of the file."""
    try:
        yield
    except (FileNotFoundError, RunFormatError):
        raise
    except (
        pa.ArrowException,
        KeyError,
        TypeError,
        OSError,
        ValueError,
    ) as error:
        raise RunFormatError(f"{path.name} must be a Parquet file of {kind}. Received: {error}") from error


def _write_options(schema: Any) -> dict[str, Any]:
    return {
        **_WRITE,
        "use_dictionary": [field.name for field in schema if field.type == pa.string()],
    }
