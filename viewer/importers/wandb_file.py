"""What an offline run of Weights & Biases leaves: a log of records in the form of LevelDB, each a protocol buffer.

Only what a run is made of is decoded, by field numbers; no package of theirs is needed, and nothing is run.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from recorder.runfile import read_regular

from .imported import itself
from .logged import MOST_BYTES, MOST_OF_NAMES, Logged, number

MAGIC = b":W&B\xe1\xbe"
BLOCK, HEAD = 2**15, 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, CONFIG, RUN, EXIT = 2, 5, 17, 18  # fields of a record
Fields = list[tuple[int, int | bytes]]


class WandbFileError(ValueError):
    """A file of records cannot be read any further."""


def read_wandb_file(path: Path) -> tuple[Logged, str]:
    """A run, and a sentence on what of the file could not be read, "" where all was.

    Raises:
        ValueError: It is no such file.
    """
    data = read_regular(itself(path), most=MOST_BYTES)
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError(f"a file of an offline run must begin with {MAGIC!r}. Received: {path.name}")
    run, fault, ended = Logged("wandb", path.stem.removeprefix("run-"), config={}), "", False
    try:
        for record in records_in(data):
            for field, value in _fields(record):
                if isinstance(value, bytes):
                    ended |= field == EXIT
                    _take(run, field, value)
    except WandbFileError as error:
        fault = f"what follows in {path.name}: {error}"
    run.reason = run.reason if ended else "interrupted"
    run.config = {name: value for name, value in run.config.items() if not name.startswith("_")}
    return run, fault


def _take(run: Logged, field: int, value: bytes) -> None:
    if field == HISTORY:
        _history(run, value)
    elif field == CONFIG:
        _configure(run, value)
    elif field == EXIT:
        code = dict(_fields(value)).get(1, 0)
        run.reason = "finished" if code == 0 else "failed"
    elif field == RUN:
        fields = dict(_fields(value))
        texts = {one: found.decode("utf-8", "replace") for one, found in fields.items() if isinstance(found, bytes)}
        run.name = texts.get(8) or texts.get(1) or run.name
        run.group = texts.get(6) or texts.get(3) or run.group
        run.key = "/".join([texts.get(2, ""), texts.get(3, ""), texts[1]]) if texts.get(1) else ""
        config, start = fields.get(4, b""), fields.get(17, b"")
        if isinstance(config, bytes):
            _configure(run, config)
        if isinstance(start, bytes):
            seconds = dict(_fields(start)).get(1, 0)
            run.created = float(seconds) if isinstance(seconds, int) else 0.0


def _configure(run: Logged, record: bytes) -> None:
    for name, value in _items(record, 1).items():
        run.configure(name, value)


def _history(run: Logged, value: bytes) -> None:
    row = _items(value, 1)
    step, time = (number(row.get(name)) or 0.0 for name in ("_step", "_timestamp"))
    for name, logged in row.items():
        if not name.startswith("_"):
            run.add(step, name, logged, time)


def _items(record: bytes, field: int) -> dict[str, object]:
    """Names and values of the items in a field of a record; what wandb keeps for itself begins with `_`."""
    found, room = dict[str, object](), MOST_OF_NAMES
    for one, value in _fields(record):
        if one == field and isinstance(value, bytes):
            parts: dict[int, list[str]] = {}
            for inner, text in _fields(value):
                if isinstance(text, bytes):
                    parts.setdefault(inner, []).append(text.decode("utf-8", "replace"))
            name = ".".join(parts.get(1, []) or parts.get(2, []))
            for full, logged in _flat(name, _decoded("".join(parts.get(16, [])))):
                room -= len(full)
                if room < 0:  # those of dictionaries within dictionaries grow with what they stand in
                    raise WandbFileError(f"the next record has names of more than {MOST_OF_NAMES:,} characters")
                found[full] = logged
    return found


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    """A value by its name; of a dictionary the values in it, however deep."""
    if not isinstance(value, dict) or name.startswith("_"):
        yield name, value
        return
    path, within = [name], [iter(value.items())]
    while within:
        key, inner = next(within[-1], (None, None))
        if key is None:
            path.pop()
            within.pop()
        elif isinstance(inner, dict):
            path.append(key)
            within.append(iter(inner.items()))
        else:
            yield ".".join([*path, key]), inner


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise WandbFileError("the next record is none") from None


def records_in(data: bytes) -> Iterator[bytes]:
    """The records of a log of LevelDB's form: pieces with a checksum, none over the edge of a block."""
    at, parts = HEAD, list[bytes]()
    while at < len(data):
        rest = BLOCK - at % BLOCK
        if rest < HEAD:
            at += rest  # zeros
            continue
        if at + HEAD > len(data):
            raise WandbFileError("the next record is torn")
        checksum, size, kind = struct.unpack_from("<IHB", data, at)
        piece = data[at + HEAD : at + HEAD + size]
        if len(piece) < size:
            raise WandbFileError("the next record is torn")
        if zlib.crc32(piece, zlib.crc32(bytes([kind]))) != checksum:
            raise WandbFileError("the next record does not match its checksum")
        at += HEAD + size
        parts = [] if kind in (WHOLE, FIRST) else parts
        parts.append(piece)
        if kind in (WHOLE, LAST):
            yield b"".join(parts)


def _fields(message: bytes) -> Fields:
    """The fields of a protocol buffer: numbers (of any width as whole ones) and byte strings."""
    found, at = Fields(), 0
    while at < len(message):
        tag, at = _varint(message, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            found.append((field, value))
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        elif wire == 2:
            size, at = _varint(message, at)
            found.append((field, message[at : at + size]))
            at += size
        else:
            raise WandbFileError("the next record is none")
    if at > len(message):
        raise WandbFileError("the next record is none")
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise WandbFileError("the next record is none")
