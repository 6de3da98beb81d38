"""The run on disk: what is written is read, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.runfile import (
    EpochRecord,
    Manifest,
    RunFileWriter,
    RunFormatError,
    Samples,
    Tally,
    begin_line,
    four_counts,
    read_lines,
    read_manifest,
    read_records,
)
from recorder.runfile.codec import decode_line
from recorder.runfile.layout import merged_parts
from recorder.runfile.manifest import decode_manifest, encode_manifest

from .run_files import CLASSES, OUTPUTS, assert_same, create, manifest, simple

floats = st.floats(allow_nan=True, allow_infinity=True)


def arrays(shape: tuple[int, ...], elements: st.SearchStrategy) -> st.SearchStrategy:
    """Arrays of a shape whose numbers come from `elements`."""
    size = int(np.prod(shape))
    return st.lists(elements, min_size=size, max_size=size).map(lambda flat: np.array(flat).reshape(shape))


@st.composite
def tallies(draw: st.DrawFn, output: str) -> Tally:
    classes = CLASSES[output]
    weighted = output == "tags"
    small = st.integers(0, 2**40)
    return Tally(
        split=draw(st.sampled_from(["train", "val", "probe é"])),
        output=output,
        histogram=draw(arrays((classes, 2, 6), small)),
        nan=draw(arrays((classes, 2), small)),
        ignored=draw(small),
        matrix=draw(arrays((3, 3), small)) if output == "animal" else None,
        weights=draw(arrays((classes, 2, 6), st.floats(0, 1e9))) if weighted else None,
        weight_squares=draw(arrays((classes, 2), st.floats(0, 1e9))) if weighted else None,
    )


@st.composite
def samples(draw: st.DrawFn, output: str) -> Samples:
    n, width = draw(st.integers(1, 5)), CLASSES[output]
    score = st.floats(width=32, allow_nan=True)
    truth = (n, 2) if output == "tags" else (n,)
    return Samples(
        split=draw(st.sampled_from(["val", "probe"])),
        output=output,
        sample=np.sort(draw(st.lists(st.integers(0, 2**40), min_size=n, max_size=n, unique=True).map(np.array))),
        y_true=draw(arrays(truth, st.integers(-1, 2))).astype(np.int32),
        y_score=draw(arrays((n, width), score)).astype(np.float32),
        label=None if output == "" else np.arange(width, dtype=np.int32),
        weight=draw(arrays((n,), st.floats(0, 10, width=32))).astype(np.float32) if draw(st.booleans()) else None,
    )


@st.composite
def records(draw: st.DrawFn) -> EpochRecord:
    names = draw(st.lists(st.sampled_from(["", "animal", "tags"]), unique=True))
    return EpochRecord(
        epoch=0,
        logs=draw(st.dictionaries(st.text(max_size=9), floats, max_size=4)),
        seconds={"epoch": draw(st.floats(0, 1e6))},
        time=draw(st.floats(0, 4e9)),
        tallies=tuple(draw(tallies(name)) for name in names),
        samples=tuple(draw(samples(name)) for name in names),
        observed={name: draw(arrays((2, 3), floats)) for name in draw(st.lists(st.text(max_size=5), unique=True))},
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(records(), min_size=1, max_size=4))
def test_any_record_survives(tmp_path_factory: pytest.TempPathFactory, written: list[EpochRecord]) -> None:
    """Every field of any epoch record is read back as it was written, NaN and infinities too, merged or not."""
    writer = create(tmp_path_factory.mktemp("runs"))
    written = [replace(record, epoch=epoch) for epoch, record in enumerate(written)]
    for record in written:
        writer.append(record)
    unmerged = read_records(writer.folder)
    writer.close()
    for read in (unmerged, read_records(writer.folder)):
        for got, put in zip(read, written, strict=True):
            assert_same(got, put)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_prefix_of_the_lines_is_a_prefix_of_the_run(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut anywhere, `epochs.jsonl` reads as the epochs whose newline stands, and a resume goes on from there."""
    writer = create(tmp_path_factory.mktemp("runs"))
    for epoch in range(4):
        writer.append(simple(epoch))
    whole = (writer.folder / "epochs.jsonl").read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    (writer.folder / "epochs.jsonl").write_bytes(whole[:cut])
    kept = max(whole[:cut].count(b"\n") - 1, 0)
    read = read_records(writer.folder)
    assert [record.epoch for record in read] == list(range(kept))
    for got in read:
        assert_same(got, simple(got.epoch))
    resumed = RunFileWriter.resume(writer.folder, begin_line())
    resumed.append(simple(7))
    assert [record.epoch for record in read_records(writer.folder)] == [*range(kept), 7]


def test_later_attempt_wins_and_the_earlier_stays(tmp_path: Path) -> None:
    """A later attempt hides what earlier ones have from where it begins; their lines and rows are still there."""
    writer = create(tmp_path)
    for epoch in range(5):
        writer.append(simple(epoch))
    again = RunFileWriter.resume(writer.folder, begin_line())
    assert again.attempt == 1
    again.append(replace(simple(3), logs={"loss": -3.0}))
    assert [record.logs["loss"] for record in read_records(writer.folder)] == [0, 1, 2, -3]
    lines = [line for line in read_lines(writer.folder) if getattr(line, "epoch", None) == 3]
    assert [line.attempt for line in lines] == [0, 1]
    again.close()
    attempts = {part.attempt for part in merged_parts(writer.folder, "tallies")}
    assert attempts == {0, 1}


def test_a_broken_part_is_named(tmp_path: Path) -> None:
    """A part that is no Parquet file raises one error with its name."""
    writer = create(tmp_path)
    writer.append(simple(0))
    (writer.folder / "pending" / "000000-a0.tallies.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(RunFormatError, match=r"^000000-a0\.tallies\.parquet must be a Parquet file of tallies\."):
        read_records(writer.folder)


def test_a_newer_major_version_is_refused_by_name(tmp_path: Path) -> None:
    """A manifest of format 2.0 is refused with both versions; 1.9, with a field we do not know, is read."""
    newer = manifest()
    newer.format = "2.0"
    with pytest.raises(RunFormatError, match=r"^run format must be at most 1\.x; .* Received: 2\.0$"):
        decode_manifest(encode_manifest(newer))
    minor = encode_manifest(manifest()).replace(b'"format": "1.0"', b'"format": "1.9", "mood": "good"')
    assert decode_manifest(minor).name == "n"


def test_an_unknown_event_is_skipped_and_a_broken_line_is_not() -> None:
    """Events of later minor versions are passed over; nonsense raises."""
    assert decode_line(b'{"event":"checkpoint","path":"x"}') is None
    for nonsense in (b"{", b"[]", b'{"event":"epoch","epoch":"x"}', b"\xff", b'{"event":"epoch"}'):
        with pytest.raises(RunFormatError, match=r"^a line must follow the run format\. Received: "):
            decode_line(nonsense)


def test_epochs_of_an_attempt_increase(tmp_path: Path) -> None:
    """An epoch that is not after the last one is refused, and nothing is overwritten."""
    writer = create(tmp_path)
    writer.append(simple(3))
    with pytest.raises(ValueError, match=r"^epochs of one attempt must increase; the last was 3\. Received: 3$"):
        writer.append(simple(3))
    assert len(read_records(writer.folder)) == 1


def test_outputs_are_described_first_and_once(tmp_path: Path) -> None:
    """Counts of an output that was not described are refused, and so is another description."""
    writer = RunFileWriter.create(
        tmp_path, Manifest(run_id="r", name="n", created="2026-01-01T00:00:00+00:00"), begin_line()
    )
    with pytest.raises(ValueError, match=r"^an output must be described first: \[\]\. Received: ''$"):
        writer.append(simple(0))
    writer.describe(OUTPUTS[:1])
    writer.append(simple(0))
    assert read_manifest(writer.folder).outputs == OUTPUTS[:1]
    with pytest.raises(ValueError, match=r"^the outputs of a run must stay as they are"):
        writer.describe(OUTPUTS[1:])


@given(arrays((3, 2, 6), st.integers(0, 1000)))
def test_four_counts_are_sums_of_bins(histogram: np.ndarray) -> None:
    """At threshold j the positives are the bins above j, bin by bin."""
    tp, fp, tn, fn = four_counts(histogram)
    for j in range(5):
        np.testing.assert_array_equal(tp[:, j], histogram[:, 1, j + 1 :].sum(-1))
        np.testing.assert_array_equal(fp[:, j], histogram[:, 0, j + 1 :].sum(-1))
        np.testing.assert_array_equal(tn[:, j], histogram[:, 0, : j + 1].sum(-1))
        np.testing.assert_array_equal(fn[:, j], histogram[:, 1, : j + 1].sum(-1))


def test_the_line_holds_the_counts_at_the_decision(tmp_path: Path) -> None:
    """`epochs.jsonl` carries tp, fp, tn, fn at the decision threshold, equal to sums of the histogram."""
    writer = create(tmp_path)
    record = simple(0)
    writer.append(record)
    (row,) = read_lines(writer.folder)[1].counts
    histogram = record.tallies[0].histogram[0]
    assert (row.tp, row.fp, row.tn, row.fn) == (
        histogram[1, 3:].sum(),
        histogram[0, 3:].sum(),
        histogram[0, :3].sum(),
        histogram[1, :3].sum(),
    )


def test_a_torn_line_of_a_full_disk_is_cut_before_the_next(tmp_path: Path) -> None:
    """What a failed write left of a line does not spoil the next line."""
    writer = create(tmp_path)
    writer.append(simple(0))
    with (writer.folder / "epochs.jsonl").open("ab") as file:
        file.write(b'{"event":"epo')
    writer.append(simple(1))
    assert [record.epoch for record in read_records(writer.folder)] == [0, 1]


def test_whole_lines_of_another_hand_are_never_cut(tmp_path: Path) -> None:
    """A line that a second writer appended meanwhile stays; only what stands behind the last newline goes."""
    writer = create(tmp_path)
    writer.append(simple(0))
    other = b'{"event":"end","attempt":7,"time":"2026-01-01T00:00:00+00:00","reason":"other"}\n'
    with (writer.folder / "epochs.jsonl").open("ab") as file:
        file.write(other + b'{"event":"epo')
    writer.append(simple(1))
    assert other in (writer.folder / "epochs.jsonl").read_bytes()
    assert [record.epoch for record in read_records(writer.folder)] == [0, 1]


def test_a_resume_removes_what_a_kill_left_half_written(tmp_path: Path) -> None:
    """Hidden files of a killed attempt go at the next resume, and nothing else does."""
    writer = create(tmp_path)
    for epoch in range(9):
        writer.append(simple(epoch))  # a merged part is under way
    (writer.folder / "pending" / ".000009-a0.tallies.parquet.tmp").write_bytes(b"PAR1")
    assert list(writer.folder.rglob(".*"))
    resumed = RunFileWriter.resume(writer.folder, begin_line())
    assert not list(writer.folder.rglob(".*"))
    assert [record.epoch for record in read_records(resumed.folder)] == list(range(9))


def test_weights_may_come_later(tmp_path: Path) -> None:
    """An output that turns out to be weighted is restated so, and stays so whatever comes."""
    writer = create(tmp_path)
    weighted = [msgspec.structs.replace(output, weighted=True) for output in OUTPUTS]
    writer.describe(weighted)
    assert read_manifest(writer.folder).outputs == weighted
    writer.describe(OUTPUTS)
    assert read_manifest(writer.folder).outputs == weighted


def test_a_manifest_that_nobody_could_read_is_not_written(tmp_path: Path) -> None:
    """One of more values or bytes than a reader takes is an error, and leaves nothing behind."""
    for names in (["a"] * 5_000_000, ["x" * 70_000_000]):
        stated = msgspec.structs.replace(manifest(), class_names=names)
        with pytest.raises(RunFormatError, match=r"^run\.json \(config, class names, thresholds\) must have at most"):
            RunFileWriter.create(tmp_path, stated, begin_line())
    assert not list(tmp_path.iterdir())
