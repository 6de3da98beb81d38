"""Keras's CSVLogger to runs."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recorder.runfile import EpochRecord, read_regular, shown
from recorder.runfile.schema import MOST_EPOCHS

from .imported import Found, Imported, Progress, itself, named_in_errors, numbered, write

EPOCH = "epoch"
MOST_BYTES = 2**30  # of a file
SEPARATORS = ",;\t|"
SHOWN = 10  # rows that are named of those that are left out


@dataclass(slots=True)
class Training:
    """What one training has written.

    Args:
        attempts: epochs in order; another list from where they go back.
        columns: of its header.
    """

    attempts: list[list[EpochRecord]]
    columns: list[str] = field(default_factory=list)

    def left_out(self) -> tuple[str, ...]:
        """A sentence on the columns that hold no number at all."""
        taken = {name for records in self.attempts for record in records for name in record.logs}
        lost = [name for name in self.columns if name != EPOCH and name not in taken]
        return (f"columns without a number: {', '.join(lost)}",) if lost else ()


def import_csv(
    file: str | Path, to: str | Path = "runs", *, name: str | None = None, progress: Progress | None = None
) -> list[Imported]:
    """A run for each training in a CSVLogger file, which is left as it is.

    Columns become logs. Where these hold the four counts (`tp fp tn fn`, `val_tp` and so on, or Keras's own names),
    every formula of counts can be had. Where the epochs start again from the first one, as `CSVLogger(append=True)`
    writes them, another run starts; where they only go back, another attempt of the same. A row that has not as many
    cells as the header, and a last one without an end of line, are left out. The file knows no times: every epoch gets
    that of the file.

    Args:
        file: as `keras.callbacks.CSVLogger` writes it, with any separator.
        to: folder of runs, made where it is missing.
        name: of the run; that of the file if None. A second one is called `NAME-2`.
        progress: is told the name of a run, and how many of how many of its epochs are written.

    Raises:
        ValueError: The file is no such table, or has no row that can be taken.
        FileNotFoundError: There is no such file.
    """
    path = Path(file)
    with named_in_errors(path):
        trainings, lost = _trainings(_text(path), path.stat().st_mtime)
        if not trainings:
            raise ValueError(f"a CSVLogger file must have an epoch. Received: {f'left out {lost}' if lost else 'none'}")
    found = [
        Found(
            name=numbered(name or path.stem, number),
            created=path.stat().st_mtime,
            attempts=training.attempts,
            config={"imported": {"from": "csv", "file": path.name}},
            left_out=training.left_out() + ((lost,) if lost and number == 0 else ()),
        )
        for number, training in enumerate(trainings)
    ]
    return [write(one, Path(to), progress) for one in found]


def _text(path: Path) -> str:
    try:
        # with the mark that some programs put before a text, or without
        return read_regular(itself(path), most=MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"a CSVLogger file must be text in UTF-8. Received: {error}") from error


def _trainings(text: str, time: float) -> tuple[list[Training], str]:
    """The trainings of a file, and a sentence on the rows that are left out, "" for none."""
    trainings: list[Training] = []
    header, lost, torn = _header(text.partition("\n")[0].rstrip("\r")), [], 0
    for number, row in _rows(text):
        if EPOCH in row:  # the header, and that of another file behind this one
            header = _checked(row)
        elif len(row) != len(header):
            lost.append(number)
        else:
            _put(trainings, _record(dict(zip(header, row, strict=True)), number, time), header)
    whole, _, rest = text.rpartition("\n")
    torn = whole.count("\n") + 2 if rest and whole else 0
    return trainings, _said(lost, torn)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that have an end of line, by the number of their last line, which starts at 1."""
    whole = text[: text.rfind("\n") + 1]
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=separator(text), strict=True)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise ValueError(
            f"a CSVLogger file must be a table of cells. Received: line {reader.line_num} ({error})"
        ) from error


def separator(text: str) -> str:
    """What stands between the cells of a table, by its first line."""
    return max(SEPARATORS, key=text.partition("\n")[0].count)


def _header(line: str) -> list[str]:
    try:
        found = next(csv.reader([line], delimiter=separator(line)), [])
    except csv.Error:
        found = []
    if EPOCH not in found:
        raise ValueError(f"a CSVLogger file must begin with a header that has the column {EPOCH}. Received: {line!r}")
    return _checked(found)


def _checked(header: list[str]) -> list[str]:
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        raise ValueError(f"the columns of a CSVLogger file must differ. Received twice: {', '.join(twice)}")
    return header


def _put(trainings: list[Training], record: EpochRecord, header: list[str]) -> None:
    """Into the training that is going on, its next attempt, or the next training."""
    attempts = trainings[-1].attempts if trainings else []
    if not attempts or record.epoch <= attempts[0][0].epoch:
        trainings.append(Training([[record]], header))
    elif record.epoch <= attempts[-1][-1].epoch:
        attempts.append([record])
    else:
        attempts[-1].append(record)


def _record(cells: dict[str, str], number: int, time: float) -> EpochRecord:
    epoch = _number(cells[EPOCH])
    said = f"{shown(cells[EPOCH], most=60)!r} in row {number}"
    if epoch is None or not epoch.is_integer() or epoch < 0:
        raise ValueError(f"an epoch must be a whole number of 0 or more. Received: {said}")
    if epoch >= MOST_EPOCHS:
        raise ValueError(f"an epoch must be below {MOST_EPOCHS:,}. Received: {said}")
    values = {name: _number(cell) for name, cell in cells.items() if name != EPOCH}
    logs = {name: value for name, value in values.items() if value is not None}
    return EpochRecord(epoch=int(epoch), logs=logs, time=time)


def _number(cell: str) -> float | None:
    """A number; None of what is none: "NA" for a value that an epoch has not, a list."""
    try:
        return float(cell)
    except ValueError:
        return None


def _said(lost: Sequence[int], torn: int) -> str:
    parts = []
    if lost:
        shown = ", ".join(map(str, lost[:SHOWN])) + (", …" if len(lost) > SHOWN else "")
        parts.append(f"rows with more or fewer cells than the header: {shown}")
    if torn:
        parts.append(f"the last row, which has no end of line: {torn}")
    return "; ".join(parts)
