"""What a Parquet file says of itself in its footer, held against what it may be, before anything of it is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from .parquet_footer import Footer
from .parts import SCHEMAS
from .schema import MOST_OF_GROUPS, Output
from .whole_samples import TOP_K

SMALL = 2**24  # bytes that a part may have when it is decoded, whatever it is
LARGEST = 2**31  # bytes that it may have at all
OF_A_VALUE = 9  # bytes, with its place in a list
OF_A_NAME = 256
BESIDE = 2**16  # bytes of a column that are no values: names that are stored once, headers of pages
AT_REST = 2**25  # observed values that a row group may hold, however small it is on disk
SHRUNK = 32  # observed values a byte on disk


def check_footer(kind: str, footer: Footer, size: int, outputs: Callable[[], Sequence[Output]]) -> None:
    """Raises ValueError where a part claims more than the manifest lets it have: few bytes may stand for very many.

    How many rows it may have the `Ledger` knows.

    Args:
        kind: of the part.
        footer: of it.
        size: of the file, in bytes.
        outputs: those of the manifest, which say how long the lists of tallies are; asked only about a large part.
    """
    claims = list(_claims(kind, footer))
    total = sum(max(values * OF_A_VALUE, stored) for _, _, values, stored in claims)
    if total <= SMALL:
        return
    if total > LARGEST:
        raise ValueError(f"it claims {total:,} bytes when it is decoded; {LARGEST:,} are the most")
    lengths = _lengths(kind, outputs())
    for name, rows, values, stored in claims:
        length = lengths[name]
        most = max(AT_REST, SHRUNK * size) if length is None else rows * max(length, 1)
        if values > most or stored > most * (OF_A_VALUE if length != 0 else OF_A_NAME) + BESIDE:
            raise ValueError(f"{name} of {rows:,} rows claims {values:,} values in {stored:,} bytes")


def _claims(kind: str, footer: Footer) -> Iterator[tuple[str, int, int, int]]:
    """Name, rows, values and bytes of each column that the format knows, in each row group."""
    known = frozenset(SCHEMAS[kind].names)
    for group in footer.groups:
        for column in group.columns:
            if column.name in known:
                yield column.name, group.rows, column.values, column.size


def _lengths(kind: str, outputs: Sequence[Output]) -> dict[str, int | None]:
    """How many values a row has, by column: 0 for a name, None where only the user knows."""
    bins = 1 + max((len(output.thresholds) for output in outputs), default=0)
    classes = max((len(output.classes) for output in outputs), default=0)
    return {field.name: _length(kind, field, bins, classes) for field in SCHEMAS[kind]}


def _length(kind: str, field: Any, bins: int, classes: int) -> int | None:
    if pa.types.is_string(field.type):
        return 0
    if not pa.types.is_list(field.type):
        return 1
    short = {"matrix_row": classes, "top_k": len(TOP_K) + 1, "ranking_sums": 3, "group_counts": MOST_OF_GROUPS}
    return None if kind == "observed" else short.get(field.name, bins)
