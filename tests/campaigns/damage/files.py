"""One damaged file, read by what reads it: a thousand of them a second, where a whole run takes a hundredth of one."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from recorder.runfile import Output, RunFormatError, observed_of, read_ids, samples_of, tallies_of
from recorder.runfile.codec import decode_line
from recorder.runfile.footers import check_footer
from recorder.runfile.layout import ids_path
from recorder.runfile.ledger import Ledger
from recorder.runfile.manifest import decode_manifest
from recorder.runfile.part_files import read_part, scan_part
from recorder.runfile.parts import split_epochs
from recorder.runfile.tally_table import HISTOGRAM_COLUMNS, tally_rows
from viewer.reading.run_lines import RunLines

from . import hostile
from .mutations import bytes_of
from .tables import false_parquet, other_table

MOST = 2**24  # bytes; larger ones are the door's to refuse
OUTPUTS = [Output(thresholds=[0.25, 0.5, 0.75])]
KINDS = ("manifest", "lines", "ids", "tallies", "samples", "observed")


def look_at_file(folder: Path, original: Path, random: Random) -> str:
    """Damages a file of the corpus and reads it; "read" or "refused", anything else raises.

    Args:
        folder: an empty one, for whatever must be a file.
        original: of the corpus.
        random: decides on the damage.
    """
    data = original.read_bytes()
    for _ in range(random.choice([1, 1, 2, 3])):
        with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError):
            data = _damaged(data, original, random)[:MOST]
    return read_as(kind_of(original), folder, data)


def kind_of(original: Path) -> str:
    """Which of `KINDS` a file of a run is; "" for one that nobody reads."""
    plain = {"run.json": "manifest", "epochs.jsonl": "lines"}
    if original.suffix != ".parquet":
        return plain.get(original.name, "")
    pending = original.name.split(".")
    kind = pending[1] if len(pending) == 3 else original.parent.name
    return "ids" if kind == "sample_ids" else kind


def read_as(kind: str, folder: Path, data: bytes) -> str:
    """Reads bytes as a file of a run; "read" or "refused", anything else raises.

    Args:
        kind: one of `KINDS`; others are not read.
        folder: an empty one, for whatever must be a file.
        data: of the file.
    """
    try:
        _read(kind, folder, data)
    except RunFormatError as error:
        if not 0 < len(str(error)) < 2_000:
            raise AssertionError(f"no sentence: {str(error)[:300]}") from error
        return "refused"
    return "read"


def _damaged(data: bytes, original: Path, random: Random) -> bytes:
    if random.random() < 0.3:
        return bytes_of(data, random)
    if original.suffix == ".parquet":
        return false_parquet(data, random) if random.random() < 0.7 else other_table(original, random)
    if original.suffix == ".json":
        return hostile.encoded(hostile.changed(json.loads(data), random), random)
    lines = data.splitlines()
    at = random.randrange(len(lines))
    lines[at] = hostile.encoded(hostile.changed(json.loads(lines[at]), random), random)
    return b"\n".join(lines) + b"\n"


def _read(kind: str, folder: Path, data: bytes) -> None:
    if kind == "manifest":
        decode_manifest(data)
    elif kind == "lines":
        _read_lines(folder / "epochs.jsonl", data)
    elif kind == "ids":
        path = ids_path(folder, "val")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        read_ids(folder, "val")
    elif kind:
        _read_part(folder / "000000-000063-a0.parquet", data, kind)


def _read_lines(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    faults: list[str] = []
    lines = RunLines(path, faults)
    lines.refresh()
    lines.newest()
    _ = lines.columns.logs, lines.columns.counts, lines.columns.seconds
    for slot in range(min(lines.index.slot_count, 5)):
        lines.columns.line(slot)
    Ledger(path.parent).rows("tallies", 0, 0)
    with suppress(RunFormatError):
        decode_line(data.split(b"\n")[0])
    assert all(0 < len(fault) < 2_000 for fault in faults)


def _read_part(path: Path, data: bytes, kind: str) -> None:
    path.write_bytes(data)

    def check(footer: Any, size: int) -> None:
        if footer.rows > 100_000:
            raise RunFormatError("it must have as many rows as the lines say")
        check_footer(kind, footer, size, lambda: OUTPUTS)

    parse = {"tallies": tallies_of, "samples": lambda rows: samples_of(rows, {}), "observed": observed_of}[kind]
    for _, rows in split_epochs(read_part(path, kind, check=check)):
        with suppress(ValueError, TypeError):  # as `RunTable` does
            parse(rows)
    if kind == "tallies":
        for table in scan_part(path, kind, (0, 2), columns=HISTOGRAM_COLUMNS, check=check):
            with suppress(ValueError, TypeError):  # as `TallyScanner` does
                for found in tally_rows(table):
                    found.histograms()
