"""Parquet that says one thing in its footer and another in its pages: refused before anything is decoded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recorder.runfile import RunFormatError
from recorder.runfile.part_files import read_part, scan_part

from ...campaigns.damage.parquet import File, field, put
from ...campaigns.damage.thrift import BINARY, DOUBLE, I32, LIST, Field, List

ROWS = 1_500


def part(**columns: Any) -> dict[str, Any]:
    """Columns of a part of `ROWS` observed numbers."""
    keys = {"attempt": np.zeros(ROWS, np.int32), "epoch": np.zeros(ROWS, np.int32)}
    values = pa.array([[1.0]] * ROWS)
    return {**keys, "name": pa.array(["norm"] * ROWS), "shape": pa.array([[1]] * ROWS), "values": values, **columns}


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd", **options)
    return bytes(sink.getvalue().to_pybytes())


def lying(change: Callable[[File], None], *, place: bool = True) -> bytes:
    """The bytes of an honest part after a change."""
    file = File(parquet(part()))
    change(file)
    return file.data(place=place)


def fewer_values(file: File) -> None:
    put(file.chunks[4].meta, 5, 10)


def fewer_bytes(file: File) -> None:
    put(file.chunks[4].meta, 6, 10)


def larger_page(file: File) -> None:
    put(file.chunks[4].pages[-1].header, 2, 2**31 - 1)


def more_values(file: File) -> None:
    put(field(file.chunks[4].pages[-1].header, 5), 1, 2**31 - 1)


def a_column_outside(file: File) -> None:
    put(file.chunks[4].meta, 7, 2**40)


def no_header(file: File) -> None:
    file.chunks[4].pages[-1].header[:] = [Field(5, I32, 7)]


def other_rows(file: File) -> None:
    put(file.footer, 3, 1)


def deep(file: File) -> None:
    group = [Field(3, I32, 0), Field(4, BINARY, b"g"), Field(5, I32, 1)]
    items = field(file.footer, 2).items
    items[1:1] = [group] * 5_000


def another_path(file: File) -> None:
    put(file.chunks[4].meta, 3, List(BINARY, [b"other"]))


def a_list_of_very_many(file: File) -> None:
    file.footer.append(Field(15, LIST, List(DOUBLE, [], 2**31 - 1)))


def texts_of_texts() -> bytes:
    names = pa.array(["x" * 1_000 + str(row % 2) for row in range(ROWS)])
    return parquet(part(name=names), use_dictionary=False, column_encoding={"name": "DELTA_BYTE_ARRAY"})


FALSE: dict[str, tuple[Callable[[], bytes], str]] = {
    "fewer values": (lambda: lying(fewer_values), "values claims 10 values in .* and its pages hold 1,500 in"),
    "fewer bytes": (lambda: lying(fewer_bytes), "values claims 1,500 values in 10 bytes, and its pages hold 1,500 in"),
    "larger page": (lambda: lying(larger_page), "and its pages hold 1,500 in 2,147,483,"),
    "more values": (lambda: lying(more_values), "and its pages hold 2,147,483,647 in"),
    "a column outside": (lambda: lying(a_column_outside, place=False), "a column must stand within the file"),
    "no header": (lambda: lying(no_header), "the header of a page makes no sense"),
    "other rows": (lambda: lying(other_rows), "it claims 1 rows, and its row groups 1,500"),
    "another path": (lambda: lying(another_path), "its row groups have other columns than it says"),
    "a list of very many": (lambda: lying(a_list_of_very_many), "a list of 2,147,483,647 cannot begin at byte"),
    "deep": (lambda: lying(deep), "it claims 5,010 columns; 1,000 are the most"),
    "a name of 4 MB in all rows": (
        lambda: parquet(part(name=pa.array(["x" * 4_000_000]).dictionary_encode().take(pa.array([0] * ROWS)))),
        "it holds 6,000,000,000 bytes of text; 536,870,912 are the most",
    ),
    "the same without Arrow's schema": (
        lambda: parquet(
            part(name=pa.array(["x" * 4_000_000]).dictionary_encode().take(pa.array([0] * ROWS))), store_schema=False
        ),
        "it holds 6,000,000,000 bytes of text; 536,870,912 are the most",
    ),
    "texts of texts": (texts_of_texts, "name must not be encoded as DELTA_BYTE_ARRAY"),
    "numbers as fixed bytes": (
        lambda: parquet(part(epoch=pa.array([b"x" * 1_000] * ROWS, pa.binary(1_000)))),
        "epoch must be int32. It holds FIXED_LEN_BYTE_ARRAY",
    ),
    "a name that is a list": (
        lambda: parquet(part(name=pa.array([["norm"]] * ROWS))),
        "name.list.element must be string. It is nested otherwise",
    ),
    "lists of lists": (lambda: parquet(part(values=pa.array([[[1.0]]] * ROWS))), "It is nested otherwise"),
}


@pytest.mark.parametrize("case", FALSE)
def test_what_is_false_in_a_part_is_refused(tmp_path: Path, case: str) -> None:
    """One error with the name of the file and what is wrong, by both ways of reading; nothing is decoded before it."""
    make, says = FALSE[case]
    path = tmp_path / "000000-000000-a0.parquet"
    path.write_bytes(make())
    for read in (read_part, lambda *words: list(scan_part(*words, columns=["attempt", "epoch", "name", "values"]))):
        with pytest.raises(RunFormatError, match=f"^{path.name} must be a Parquet file of observed.*{says}"):
            read(path, "observed")


@pytest.mark.parametrize(
    "options", [{}, {"data_page_version": "2.0"}, {"use_dictionary": False}, {"row_group_size": 7}]
)
def test_what_is_true_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    """Pages of either version, with and without dictionaries, of many row groups; what was taken apart is whole."""
    data = parquet(part(), **options)
    path = tmp_path / "000000-000000-a0.parquet"
    for written in (data, File(data).data()):
        path.write_bytes(written)
        assert read_part(path, "observed")["values"].to_pylist() == [[1.0]] * ROWS


def test_many_long_names_are_no_bomb(tmp_path: Path) -> None:
    """Where a dictionary is long, its texts are counted as they stand in the rows."""
    names = [f"{row}" + "x" * 1_000 for row in range(ROWS)]
    path = tmp_path / "000000-000000-a0.parquet"
    path.write_bytes(parquet(part(name=pa.array(names))))
    assert read_part(path, "observed")["name"].to_pylist() == names


def test_an_index_past_its_dictionary_is_refused(tmp_path: Path) -> None:
    """Arrow takes a text once that a dictionary has twice, and believes the indices of those behind it."""
    names = pa.array(["norm", "mean", "last"] * (ROWS // 3))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(part(name=names)), sink, compression="none", write_statistics=False)
    data = bytes(sink.getvalue().to_pybytes())
    assert data.count(b"mean") == 1
    path = tmp_path / "000000-000000-a0.parquet"
    path.write_bytes(data.replace(b"mean", b"norm"))
    with pytest.raises(RunFormatError, match=r"Dictionary indices invalid"):
        read_part(path, "observed")
