"""The user's own names of samples, and of the groups that they are of: a file for each split, written once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from . import disk
from .arrow_arrays import numbers_as, repeated, texts_of
from .door import IDS_BYTES, check_folder, read_regular
from .errors import RunFormatError
from .layout import ids_path
from .pages import check_pages
from .parquet_footer import read_footer
from .part_files import THREADS, named_errors
from .parts import numbers
from .records import SampleIds

MOST_IDS = 2**24  # of one split
LONGEST_ID = 1_000  # characters
MOST_CHARACTERS = 2**26  # of the ids of one split together, so that they fit into a file of `IDS_BYTES`


def write_ids(folder: Path, ids: SampleIds) -> None:
    """Writes the ids of a split, on the disk when this returns. Of positions that have one already that one stays.

    Raises:
        OSError: The disk failed; what was there is there still.
    """
    path, known = ids_path(folder, ids.split), _known(folder, ids.split)
    if known is not None:
        ids = _joined(known, ids)
        if len(ids.sample) == len(known.sample) and (ids.group is None) == (known.group is None):
            return
    if not path.parent.is_dir():
        path.parent.mkdir()
        disk.sync_folder(folder)
    columns = {
        "split": repeated(ids.split, len(ids.sample)),
        "sample": numbers_as(pa.int64(), ids.sample),
        "id": _column(ids.id),
    }
    if ids.group is not None and ids.group_size is not None:
        columns |= {"group": _column(ids.group), "group_size": numbers_as(pa.int64(), ids.group_size)}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd", use_dictionary=["split", "group"])
    disk.write_whole(path, sink.getvalue(), synced=True)
    disk.sync_folder(path.parent)


def _column(names: Any) -> Any:
    return numbers_as(pa.int64(), names) if names.dtype.kind == "i" else texts_of(names.tolist())


def read_ids(folder: Path, split: str) -> SampleIds | None:
    """The ids of a split; None where there are none.

    Raises:
        RunFormatError: The file is broken, or none that may be read.
        OSError: It cannot be read at the moment.
    """
    path = ids_path(folder, split)
    try:
        check_folder(path.parent)
        data = read_regular(path, most=IDS_BYTES)
    except FileNotFoundError:
        return None
    with named_errors(path, "sample ids"):
        return _ids_of(_table(data), split)


def _table(data: bytes) -> Any:
    """The columns, texts as a dictionary: few bytes may stand for very many."""
    footer = read_footer(data)
    claimed = sum(column.size for group in footer.groups for column in group.columns)
    if footer.rows > MOST_IDS or claimed > 2 * IDS_BYTES:
        raise ValueError(
            f"it claims {footer.rows:,} ids in {claimed:,} bytes; {MOST_IDS:,} in {2 * IDS_BYTES:,} are the most"
        )
    names = pq.read_schema(pa.BufferReader(data)).names
    texts = [name for name in ("split", "id", "group") if name in names]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    schema = file.schema_arrow
    types = {"split": pa.string(), "sample": pa.int64(), "id": _kind(schema, "id")}
    if {"group", "group_size"} <= set(schema.names):  # since 1.4
        types |= {"group": _kind(schema, "group"), "group_size": pa.int64()}
    check_pages(data, footer.groups, types)
    return file.read(columns=list(types), use_threads=THREADS)


def _kind(schema: Any, name: str) -> Any:
    kind = schema.field(name).type
    if not (pa.types.is_integer(kind) or pa.types.is_dictionary(kind)):
        raise ValueError(f"{name}s must be strings or whole numbers, not {kind}")
    return kind if pa.types.is_integer(kind) else pa.string()


def _ids_of(table: Any, split: str) -> SampleIds:
    if any(column.null_count for column in table.columns):
        raise ValueError("a row without split, sample or id")
    if len(table) and table["split"].unique().to_pylist() != [split]:
        raise ValueError(f"it must be of the split {split[:60]!r} alone")
    sample = numbers(table["sample"].cast(pa.int64()))
    if len(sample) and (sample[0] < 0 or (np.diff(sample) <= 0).any()):
        raise ValueError("samples must be positions that increase")
    ids = _values(table["id"])
    if len(set(ids.tolist())) < len(ids):
        raise ValueError("ids must be all different")
    if "group" not in table.column_names:
        return SampleIds(split=split, sample=sample, id=ids)
    size = numbers(table["group_size"].cast(pa.int64()))
    if (size < 1).any():
        raise ValueError("a group must have one sample or more")
    return SampleIds(split=split, sample=sample, id=ids, group=_values(table["group"]), group_size=size)


def _values(column: Any) -> Any:
    """int64, or strings as objects, each string held once."""
    if pa.types.is_integer(column.type):
        return numbers(column.cast(pa.int64()))
    coded = column.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.dictionary(pa.int32(), pa.string()))
    names = coded.dictionary.cast(pa.string()).to_pylist()
    if any(len(name) > LONGEST_ID for name in names):
        raise ValueError(f"an id must have at most {LONGEST_ID:,} characters")
    places = numbers(coded.indices)
    if len(places) and not 0 <= places.min() <= places.max() < len(names):
        raise ValueError("an entry of a dictionary that it has not")
    return np.array(names, object)[places] if names else np.zeros(0, object)


def _known(folder: Path, split: str) -> SampleIds | None:
    """What is there already; a broken file is nothing, and is replaced."""
    try:
        return read_ids(folder, split)
    except RunFormatError:
        return None


def _joined(known: SampleIds, more: SampleIds) -> SampleIds:
    """What is known stays; more samples come to it, and groups where none were known and these samples have them."""
    known = _with_groups(known, more)
    new = ~np.isin(more.sample, known.sample)
    others = known.id.dtype != more.id.dtype or np.isin(more.id[new], known.id).any()
    if others or (known.group is None) != (more.group is None) or not new.any():
        return known
    order = np.argsort(np.concatenate([known.sample, more.sample[new]]))
    columns = {
        name: np.concatenate([old, getattr(more, name)[new]])[order]
        for name in ("sample", "id", "group", "group_size")
        if (old := getattr(known, name)) is not None
    }
    return SampleIds(split=known.split, **columns)


def _with_groups(known: SampleIds, more: SampleIds) -> SampleIds:
    if known.group is not None or more.group is None or not np.isin(known.sample, more.sample).all():
        return known
    assert more.group_size is not None
    place = np.searchsorted(more.sample, known.sample)
    return replace(known, group=more.group[place], group_size=more.group_size[place])
