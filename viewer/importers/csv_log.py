"""Keras's CSVLogger to a run."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from recorder.runfile import EpochRecord

from .imported import Found, Imported, Progress, write

EPOCH = "epoch"
SEPARATORS = ",;\t|"


def import_csv(
    file: str | Path, to: str | Path = "runs", *, name: str | None = None, progress: Progress | None = None
) -> Imported:
    """A run of the lines of a CSVLogger file, which is left as it is.

    Columns become logs. Where these hold the four counts (`tp fp tn fn`, `val_tp` and so on, or Keras's own names),
    every formula of counts can be had. Where the epochs start again, as `CSVLogger(append=True)` writes them, a new
    attempt starts. The file knows no times: every epoch gets that of the file.

    Args:
        file: as `keras.callbacks.CSVLogger` writes it, with any separator.
        to: folder of runs, made where it is missing.
        name: of the run; that of the file if None.
        progress: is told the name of the run, and how many epochs of how many are written.

    Raises:
        ValueError: The file is no such table.
        FileNotFoundError: There is no such file.
    """
    path = Path(file)
    header, *rows = _table(path.read_text(encoding="utf-8"))
    written = path.stat().st_mtime
    attempts: list[list[EpochRecord]] = [[]]
    for number, row in enumerate(rows, start=2):
        record = _record(dict(zip(header, row, strict=False)), number, written)
        if attempts[-1] and record.epoch <= attempts[-1][-1].epoch:
            attempts.append([])
        attempts[-1].append(record)
    found = Found(
        name=name or path.stem,
        created=written,
        attempts=attempts,
        config={"imported": {"from": "csv", "file": path.name}},
        left_out=_left_out(header, attempts),
    )
    return write(found, Path(to), progress)


def _table(text: str) -> list[list[str]]:
    """The rows, the header first and not again."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    if not rows or EPOCH not in rows[0]:
        raise ValueError(f"a CSVLogger file must begin with a header that has the column {EPOCH}. Received: {first!r}")
    return [rows[0], *(row for row in rows[1:] if row != rows[0])]


def _record(cells: dict[str, str], number: int, time: float) -> EpochRecord:
    epoch = _number(cells[EPOCH])
    if epoch is None or not epoch.is_integer() or epoch < 0:
        raise ValueError(f"an epoch must be a whole number of 0 or more. Received: {cells[EPOCH]!r} in row {number}")
    values = {name: _number(cell) for name, cell in cells.items() if name != EPOCH}
    logs = {name: value for name, value in values.items() if value is not None}
    return EpochRecord(epoch=int(epoch), logs=logs, time=time)


def _number(cell: str) -> float | None:
    """A number; None of what is none: "NA" for a value that an epoch has not, a list."""
    try:
        return float(cell)
    except ValueError:
        return None


def _left_out(header: Sequence[str], attempts: Sequence[Sequence[EpochRecord]]) -> tuple[str, ...]:
    taken = {name for records in attempts for record in records for name in record.logs}
    lost = [name for name in header if name != EPOCH and name not in taken]
    return (f"columns without a number: {', '.join(lost)}",) if lost else ()
