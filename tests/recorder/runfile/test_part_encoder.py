"""The part of an epoch that is made by putting numbers into an earlier one is what Arrow would have written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import RunWriter, open_writer
from recorder.runfile import EpochRecord, Samples, Tally, part_encoder, read_records
from recorder.runfile.part_encoder import MET, MOST, PartEncoder
from recorder.runfile.rows import Rows, rows_of

Shape = dict[str, Any]
NAMES = st.sampled_from(["train", "val", "", "nöch eins"])
TALLIES = st.fixed_dictionaries(
    {
        "split": NAMES,
        "output": NAMES,
        "classes": st.integers(1, 4),
        "bins": st.integers(1, 40),
        "more": st.sampled_from(["nothing", "matrix", "argmax", "sets"]),
        "weighted": st.booleans(),
    }
)
SAMPLES = st.fixed_dictionaries(
    {
        "split": NAMES,
        "output": NAMES,
        "samples": st.integers(1, 60),
        "width": st.integers(1, 3),
        "labels": st.sampled_from(["none", "same", "each"]),
        "apart": st.booleans(),
        "weighted": st.booleans(),
    }
)
ARRAYS = st.lists(st.integers(0, 3), max_size=3).map(tuple)
SHAPES = st.fixed_dictionaries(
    {
        "tallies": st.lists(TALLIES, max_size=3),
        "samples": st.lists(SAMPLES, max_size=2),
        "observed": st.dictionaries(NAMES, ARRAYS, max_size=2),
    }
)


def tally(rng: np.random.Generator, shape: Shape) -> Tally:
    classes, bins = shape["classes"], shape["bins"]
    return Tally(
        split=shape["split"],
        output=shape["output"],
        histogram=rng.integers(0, 2**62, (classes, 2, bins)),
        nan=rng.integers(0, 9, (classes, 2)),
        ignored=int(rng.integers(0, 9)),
        matrix=rng.integers(0, 99, (classes, classes)) if shape["more"] == "matrix" else None,
        argmax=rng.integers(0, 99, (classes, 3)) if shape["more"] == "argmax" else None,
        group_counts=rng.integers(0, 99, (classes, 2, 5)) if shape["more"] == "argmax" else None,
        top_k=rng.integers(0, 99, (classes, 3)) if shape["more"] == "matrix" else None,
        exact_matches=rng.integers(0, 99, bins + 1) if shape["more"] == "sets" else None,
        ranking_sums=rng.normal(size=3) if shape["more"] == "sets" else None,
        weights=rng.normal(size=(classes, 2, bins)) if shape["weighted"] else None,
        weight_squares=rng.normal(size=(classes, 2)) if shape["weighted"] else None,
    )


def samples(rng: np.random.Generator, shape: Shape) -> Samples:
    number, width = shape["samples"], shape["width"]
    labels = {"none": None, "same": np.arange(width), "each": rng.integers(0, 9, (number, width))}
    scores = rng.random((number, width), dtype=np.float32)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    return Samples(
        split=shape["split"],
        output=shape["output"],
        sample=rng.integers(0, 2**40, number),
        y_true=rng.integers(-1, 2, (number, width) if shape["apart"] else number).astype(np.int32),
        y_score=scores,
        label=labels[shape["labels"]],
        weight=rng.random(number) if shape["weighted"] else None,
    )


def record(rng: np.random.Generator, shape: Shape, epoch: int) -> EpochRecord:
    return EpochRecord(
        epoch=epoch,
        tallies=tuple(tally(rng, one) for one in shape["tallies"]),
        samples=tuple(samples(rng, one) for one in shape["samples"]),
        observed={name: rng.normal(size=size) for name, size in shape["observed"].items()},
    )


def read(data: bytes | bytearray | memoryview) -> pa.Table:
    return pq.read_table(pa.BufferReader(bytes(data)))


def compression(data: bytes | bytearray | memoryview) -> str:
    return pq.read_metadata(pa.BufferReader(bytes(data))).row_group(0).column(1).compression


def same(found: pa.Table, expected: pa.Table) -> bool:
    """Equal in types and values, NaN among them."""
    if found.schema != expected.schema or len(found) != len(expected):
        return False
    return all(repr(found[name].to_pylist()) == repr(expected[name].to_pylist()) for name in found.schema.names)


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.integers(0, 2**31 - 1))
def test_parts_hold_what_arrow_was_given(shape: Shape, attempt: int) -> None:
    """Of records of any shape, each of six parts in turn has the rows and the types of its record."""
    rng = np.random.default_rng(attempt)
    encoders = {kind: PartEncoder() for kind in ("tallies", "samples", "observed")}
    for epoch in (0, 1, 2, 70_000, 2**31 - 2, 2**31 - 1):
        for kind, rows in rows_of(record(rng, shape, epoch), attempt).items():
            data = encoders[kind].encode(rows)
            assert same(read(data), rows.table())


def several(shape: Shape, number: int, kind: str) -> list[Rows]:
    rng = np.random.default_rng(1)
    return [rows_of(record(rng, shape, epoch), 0)[kind] for epoch in range(number)]


BINARY: Shape = {
    "tallies": [
        {"split": split, "output": "", "classes": 1, "bins": 1_001, "more": "nothing", "weighted": False}
        for split in ("train", "val")
    ],
    "samples": [
        {
            "split": "val",
            "output": "",
            "samples": 2_000,
            "width": 1,
            "labels": "none",
            "apart": False,
            "weighted": False,
        }
    ],
    "observed": {},
}


@pytest.mark.parametrize("kind", ["tallies", "samples"])
def test_a_shape_that_comes_again_has_a_template(kind: str) -> None:
    """Arrow writes the first part, compressed; all later ones of the shape are an earlier one with other numbers."""
    encoder = PartEncoder()
    assert [compression(encoder.encode(rows)) for rows in several(BINARY, 5, kind)] == ["SNAPPY", *["UNCOMPRESSED"] * 4]


def test_shapes_that_come_by_turns_have_a_template_each() -> None:
    """As where points within epochs have the counts of training alone."""
    encoder, both = PartEncoder(), several(BINARY, 6, "tallies")
    for number, rows in enumerate(both):
        alone = replace(rows, blocks=rows.blocks[:1])
        for each in (alone, rows):
            data = encoder.encode(each)
            assert same(read(data), each.table())
            assert compression(data) == ("UNCOMPRESSED" if number else "SNAPPY")


def test_shapes_that_are_others_each_time_do_not_pile_up() -> None:
    """As of a validation set that has another number of samples at each epoch: what is remembered is bounded."""
    encoder, (rows,) = PartEncoder(), several(BINARY, 1, "samples")
    for number in range(1, 4 * MET):
        block = replace(rows.blocks[0], texts={"split": f"val{number}", "output": ""})
        encoder.encode(replace(rows, blocks=(block,)))
    assert len(encoder._met) <= MET


def test_a_large_part_is_compressed() -> None:
    """Of 100 classes and 1,001 bins the parts stay small on disk."""
    shape = {**BINARY, "tallies": [{**BINARY["tallies"][0], "classes": 100}]}
    encoder = PartEncoder()
    for rows in several(shape, 3, "tallies"):
        assert rows.nbytes > MOST
        assert compression(encoder.encode(rows)) == "SNAPPY"


def test_where_arrow_writes_something_else_no_template_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were numbers to stand elsewhere than is thought, as in a compressed file, every part would still be right."""
    monkeypatch.setitem(part_encoder._PLAIN, "compression", "zstd")
    encoder = PartEncoder()
    for rows in several(BINARY, 4, "samples"):
        data = encoder.encode(rows)
        assert same(read(data), rows.table())
        assert compression(data) == "SNAPPY"


def test_an_array_that_its_owner_changes_later_is_recorded_as_it_was(tmp_path: Path) -> None:
    """Arrays that a loop fills anew in place are those of their epochs, merged and not, recorded and added."""
    weights, scores = np.zeros(3), np.zeros(8, np.float32)
    with RunWriter(tmp_path) as run:
        for epoch in range(20):
            weights[:], scores[:] = epoch, epoch / 32
            run.epoch(epoch, val=(np.arange(8) % 2, scores), observed={"w": weights})
    assert run.folder is not None
    with open_writer(run.folder) as adder:
        for epoch in range(20):
            weights[:], scores[:] = -epoch, 1 - epoch / 32
            adder.add(epoch=epoch, test=(np.arange(8) % 2, scores), observed={"added": weights})
    for epoch, found in enumerate(read_records(run.folder)):
        by_split = {samples.split: samples.y_score.ravel().tolist() for samples in found.samples}
        assert found.observed["w"].tolist() == [epoch] * 3
        assert found.observed["added"].tolist() == [-epoch] * 3
        assert by_split == {"val": [epoch / 32] * 8, "test": [1 - epoch / 32] * 8}
