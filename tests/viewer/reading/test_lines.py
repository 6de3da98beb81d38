"""Bytes to lines: whatever the pieces in which they arrive."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.runfile import BeginLine, EndLine, EpochHead, EpochLine, Line, Tail, decode_line
from recorder.runfile.codec import encode_line
from viewer.reading.lines import decode

TIME = "2026-11-23T10:30:05.000000+00:00"
LINES = (
    BeginLine(attempt=0, time=TIME, epochs=3),
    EpochLine(attempt=0, epoch=0, time=TIME, logs={"loss": 0.5, "Gänse\n": "NaN"}, rows={"tallies": 2}),
    EpochLine(attempt=1, epoch=7, time=TIME, seconds={"epoch": 1.5}),
    EndLine(attempt=0, time=TIME),
)
LATER = b'{"event":"pause","of":"a later minor version"}\n'
BROKEN = (b"{\n", b"\xff\xfe\n", b'{"event":"epoch","epoch":"three"}\n', b"null\n", b'{"event":"epoch"}\n')
pieces = st.lists(st.sampled_from([*map(encode_line, LINES), LATER, *BROKEN, b"\n"]), max_size=8)


@given(written=pieces, torn=st.sampled_from([b"", b'{"event":"epo', b"\xc3"]), cuts=st.lists(st.integers(0, 900)))
def test_any_pieces_of_a_file_give_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes], torn: bytes, cuts: list[int]
) -> None:
    """Read after each piece, cut anywhere, the lines and the faults are those of the whole, each once."""
    whole = b"".join(written) + torn
    path = tmp_path_factory.mktemp("tail") / "epochs.jsonl"
    tail = Tail(path)
    lines, faults, start = [], [], 0
    for cut in [*sorted(cut for cut in cuts if cut < len(whole)), len(whole)]:
        with path.open("ab") as file:
            file.write(whole[start:cut])
        start = cut
        read = decode(tail.read())
        lines += zip(read.heads, read.block.lines, strict=True)
        faults += read.faults
    expected = decode(whole[: whole.rfind(b"\n") + 1])
    assert (lines, faults) == (list(zip(expected.heads, expected.block.lines, strict=True)), list(expected.faults))
    assert len(faults) == sum(piece in BROKEN for piece in written)
    assert len(lines) == sum(piece not in (*BROKEN, LATER, b"\n") for piece in written)


@given(line=st.sampled_from(LINES), data=st.data())
def test_a_torn_last_line_waits_for_its_newline(
    tmp_path_factory: pytest.TempPathFactory, line: Line, data: st.DataObject
) -> None:
    """A line exists once its newline does, and then it is what was written."""
    whole = encode_line(line)
    cut = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.mktemp("torn") / "epochs.jsonl"
    tail = Tail(path)
    path.write_bytes(whole[:cut])
    assert tail.read() == b""
    path.write_bytes(whole)
    assert tail.read() == whole
    (head,), (raw,) = decode(whole).heads, decode(whole).block.lines
    assert decode_line(raw) == line
    assert head == (EpochHead(attempt=line.attempt, epoch=line.epoch) if isinstance(line, EpochLine) else line)


def test_a_file_that_is_not_there_yet_is_read_later(tmp_path: Path) -> None:
    """Nothing is nothing, and no error."""
    tail = Tail(tmp_path / "epochs.jsonl")
    assert tail.read() == b""
    (tmp_path / "epochs.jsonl").write_bytes(encode_line(LINES[1]))
    assert [decode_line(raw) for raw in decode(tail.read()).block.lines] == [LINES[1]]
    assert tail.read() == b""


@given(chunk=st.binary(max_size=200))
def test_any_bytes_are_lines_or_faults(chunk: bytes) -> None:
    """No bytes stop the reading; each complete line that is not empty is a line, a fault, or of a later version."""
    found = decode(chunk + b"\n")
    complete = [line for line in chunk.split(b"\n") if line]
    assert len(found.heads) + len(found.faults) <= len(complete)
    assert len(found.block.lines) == len(found.heads)
