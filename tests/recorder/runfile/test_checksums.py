"""Checksums in the lines of a run: those of the bytes on disk, by any program's CRC-32."""

from __future__ import annotations

import binascii
import json
from pathlib import Path

import pytest

from recorder.runfile import RunFileWriter, begin_line, disk
from recorder.runfile.checksums import AT_ONCE, crc32_of

from .run_files import create, settled, simple


def recorded(folder: Path) -> dict[str, int]:
    """Every checksum that the lines of a run state, by path, as a stranger reads them."""
    found: dict[str, int] = {}
    for line in map(json.loads, (folder / "epochs.jsonl").read_text().splitlines()):
        for kind, checksum in (line.get("crc32") or {}).items():
            found[f"pending/{line['epoch']:06d}-a{line['attempt']}.{kind}.parquet"] = checksum
        found |= line["merged"] or {}
    return found


def there(folder: Path) -> dict[str, int]:
    """Those of the parts that are on disk, by another implementation."""
    paths = sorted(path for path in folder.rglob("*.parquet"))
    return {path.relative_to(folder).as_posix(): binascii.crc32(path.read_bytes()) for path in paths}


@pytest.mark.parametrize("epochs", [1, 62, 64, 130])
def test_every_part_has_its_checksum_in_a_line(tmp_path: Path, epochs: int) -> None:
    """Of a run that goes on every pending part, after its end every merged one; across a resume too."""
    writer = create(tmp_path)
    for epoch in range(epochs):
        writer.append(simple(epoch))
    settled(writer).append(simple(epochs))  # a merged part is told of with the next line
    settled(writer)
    assert there(writer.folder).items() <= recorded(writer.folder).items()
    resumed = RunFileWriter.resume(writer.folder, begin_line())
    assert there(writer.folder).items() <= recorded(writer.folder).items()
    resumed.append(simple(epochs + 1))
    resumed.close()
    assert there(writer.folder).items() <= recorded(writer.folder).items()
    assert not [path for path in there(writer.folder) if path.startswith("pending/")]


def test_a_checksum_waits_for_a_line_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk takes no line, the next one that it takes has the checksums of both."""
    writer = create(tmp_path)
    for epoch in range(64):
        writer.append(simple(epoch))
    settled(writer)
    whole = disk.append

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "append", full)
    with pytest.raises(OSError, match="No space"):
        writer.append(simple(64))
    monkeypatch.setattr(disk, "append", whole)
    writer.append(simple(64))
    assert there(writer.folder).items() <= recorded(writer.folder).items()


def test_an_attempt_that_gives_way_hands_its_checksums_on(tmp_path: Path) -> None:
    """A resume in the same process tells of what the attempt before it merged and could not tell of any more."""
    writer = create(tmp_path)
    for epoch in range(64):
        writer.append(simple(epoch))
    settled(writer)
    assert writer._merged, "of the last merge, which no line could tell of yet"
    RunFileWriter.resume(writer.folder, begin_line())
    assert there(writer.folder).items() <= recorded(writer.folder).items()


@pytest.mark.parametrize("size", [0, 1, AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE + 3])
def test_of_a_file_read_in_pieces(tmp_path: Path, size: int) -> None:
    """Whatever the size, it is that of all bytes."""
    path = tmp_path / "part.parquet"
    path.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    assert crc32_of(path) == binascii.crc32(path.read_bytes())
