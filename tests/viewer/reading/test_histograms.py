"""Counts and histograms: the same whether all thresholds are kept, some, or none; and whatever else is not read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from recorder.runfile import EpochRecord, Output, RunFileWriter, Tally, begin_line, read_records
from recorder.runfile.schema import Manifest
from viewer.formulas import FormulaError
from viewer.reading import histograms

KINDS = {
    "binary": Output(thresholds=np.linspace(0, 1, 301).astype(np.float32).tolist()),
    "wide": Output(name="wide", kind="multiclass", classes=list("abcd"), thresholds=[0.25, 0.5]),
    "many": Output(name="many", kind="multiclass", classes=[str(n) for n in range(20)], thresholds=[0.5, 0.75]),
    "tags": Output(name="tags", kind="multilabel", classes=["x", "y"], thresholds=[0.1, 0.5, 0.9]),
}


def tally(output: Output, split: str, rng: np.random.Generator, largest: int = 9) -> Tally:
    classes = 1 if output.kind == "binary" else len(output.classes)
    return Tally(
        split=split,
        output=output.name,
        histogram=rng.integers(0, largest, (classes, 2, len(output.thresholds) + 1)),
        nan=rng.integers(0, 3, (classes, 2)),
        matrix=rng.integers(0, largest, (classes, classes)) if output.kind == "multiclass" else None,
    )


def writer_of(root: Path) -> RunFileWriter:
    """Of four outputs, two with grids of the same length."""
    manifest = Manifest(run_id="run", name="run", created="2026-11-23T10:30:05Z", outputs=list(KINDS.values()))
    return RunFileWriter.create(root, manifest, begin_line())


def write(writer: RunFileWriter, epoch: int, rng: np.random.Generator, **options: Any) -> None:
    """Validation in every epoch, training in even ones."""
    splits = ["train", "val"] if epoch % 2 == 0 else ["val"]
    tallies = tuple(tally(output, split, rng, **options) for split in splits for output in KINDS.values())
    writer.append(EpochRecord(epoch=epoch, logs={"loss": float(epoch)}, tallies=tallies))


SOME = 50_000  # bytes: 70 epochs of 101 thresholds fit, of 301 not


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 epochs, 64 of them merged; not to be changed."""
    writer, rng = writer_of(tmp_path_factory.mktemp("runs")), np.random.default_rng(0)
    for epoch in range(70):
        write(writer, epoch, rng)
    return writer.folder


def recorded(folder: Path, split: str, output: str) -> Any:
    """int64 [epochs, classes, 2, bins] by the recorder's own reader; 0 where there are none."""
    found = [
        {(tally.split, tally.output): tally.histogram for tally in record.tallies} for record in read_records(folder)
    ]
    (some,) = {one.shape for epoch in found for key, one in epoch.items() if key == (split, output)}
    return np.stack([epoch.get((split, output), np.zeros(some, np.int64)) for epoch in found])


@pytest.mark.parametrize("held", [0, SOME, 2**27])
@pytest.mark.parametrize("kind", KINDS)
def test_every_threshold_is_the_histograms_whatever_is_kept(
    folder: Path, kind: str, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kept, hundredths kept, the last few kept: the counts are the sums of the bins, in whatever order one asks."""
    monkeypatch.setattr(histograms, "HELD", held)
    run, output = viewer.open_run(folder), KINDS[kind]
    for split in ("val", "train"):
        bins = recorded(folder, split, output.name)
        for edge in (0, len(output.thresholds) - 1, 1, 0):
            at = run._table.counts_at(split, output, edge)
            above, below = bins[..., edge + 1 :].sum(axis=-1), bins[..., : edge + 1].sum(axis=-1)
            expected = [above[..., 1], above[..., 0], below[..., 0], below[..., 1]]
            np.testing.assert_array_equal([at.tp, at.fp, at.tn, at.fn], [count.T for count in expected])
            assert at.known.tolist() == [split == "val" or epoch % 2 == 0 for epoch in range(70)]
        for positions in ([3], [69, 0], list(range(0, 70, 3)), []):
            np.testing.assert_array_equal(run.histograms(split, positions, output=output.name), bins[positions])


def test_hundredths_are_had_at_once_and_others_by_another_reading(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one threshold, every hundredth is there without the files; another threshold is not."""
    monkeypatch.setattr(histograms, "HELD", SOME)
    copy = Path(shutil.copytree(folder, tmp_path / "run"))
    run = viewer.open_run(copy)
    first, expected = run.values("f1@0.4002"), viewer.open_run(folder).values("f1@0.3")
    shutil.rmtree(copy / "tallies")
    np.testing.assert_array_equal(run.values("f1@0.3"), expected)
    np.testing.assert_array_equal(run.values("f1@0.4"), first)
    assert np.isnan(run.values("f1@0.3034")).sum() >= 40


@pytest.mark.parametrize("held", [0, SOME, 2**27])
def test_histograms_that_are_read_ahead_are_the_same_without_the_files(
    folder: Path, tmp_path: Path, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they can be kept, no file is read after that; where not, each epoch is read as before."""
    monkeypatch.setattr(histograms, "HELD", held)
    copy, expected = Path(shutil.copytree(folder, tmp_path / "run")), recorded(folder, "val", "")
    run = viewer.open_run(copy)
    run.read_ahead()
    if held > SOME:
        shutil.rmtree(copy / "tallies")
    for position in (0, 40, 69):
        np.testing.assert_array_equal(run.histogram("val", position), expected[position])


step = st.tuples(st.integers(1, 3), st.sampled_from([0.1, 0.4, 0.9]), st.sampled_from([0, 4_500, 2**27]))


@pytest.mark.campaign
@settings(max_examples=10)
@given(steps=st.lists(step, min_size=1, max_size=6))
def test_a_run_that_grows_while_limits_change_stays_right(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, float, int]]
) -> None:
    """Epochs come, thresholds are asked, and what fits changes: always the counts of a run read afresh."""
    writer, rng, epoch = writer_of(tmp_path_factory.mktemp("runs")), np.random.default_rng(1), 0
    run = viewer.Run(writer.folder)
    with pytest.MonkeyPatch.context() as patched:
        for more, threshold, held in steps:
            for _ in range(more):
                write(writer, epoch, rng)
                epoch += 1
            patched.setattr(histograms, "HELD", held)
            run.refresh()
            fresh = viewer.Run(writer.folder)
            for split in run.splits():
                assert run.counts(split, threshold).equals(fresh.counts(split, threshold))
                assert run.counts(split, threshold, output="tags").equals(fresh.counts(split, threshold, output="tags"))


def test_counts_beyond_32_bits_are_exact(tmp_path: Path) -> None:
    """Small ones first, so that the columns must widen."""
    writer, rng = writer_of(tmp_path), np.random.default_rng(2)
    for epoch in range(4):
        write(writer, epoch, rng, largest=9 if epoch < 2 else 2**40)
    run = viewer.open_run(writer.folder)
    bins = recorded(writer.folder, "val", "")
    assert run.counts("val", 0.25)["tp"].tolist() == bins[:, 0, 1, 76:].sum(axis=-1).tolist()
    np.testing.assert_array_equal(run.histograms("val", range(4)), bins)
    every = [tally for record in read_records(writer.folder) for tally in record.tallies]
    matrices = [tally.matrix for tally in every if (tally.split, tally.output) == ("val", "wide")]
    found = run._table.matrices("val", KINDS["wide"])
    np.testing.assert_array_equal(found, matrices)


@pytest.mark.parametrize(
    ("output", "formula"), [("", "f1"), ("wide", "f1@macro"), ("tags", "recall@micro"), ("wide", "precision@c")]
)
def test_the_decision_needs_no_array_file(folder: Path, tmp_path: Path, output: str, formula: str) -> None:
    """Formulas of counts at the decision come from the lines: the same with the Parquet files and without."""
    expected = viewer.open_run(folder).values(formula, output=output)
    bare = shutil.copytree(folder, tmp_path / "run", ignore=shutil.ignore_patterns("*.parquet"))
    run = viewer.open_run(bare)
    np.testing.assert_array_equal(run.values(formula, output=output), expected)
    assert not np.isnan(expected).any()
    assert run.faults == []


def test_lines_and_arrays_agree_at_the_decision(folder: Path) -> None:
    """What the lines state is what the histograms and matrices give; of more than 16 classes only the matrix does."""
    run = viewer.open_run(folder)
    for output in KINDS.values():
        table = run._table
        stated = table.counts_at_decision("val", output)
        if output.name == "many":
            assert stated is None
            matrices = table.matrices("val", output)
            assert run.counts("val", label=3, output="many")["tp"].tolist() == matrices[:, 3, 3].tolist()
            continue
        if output.kind == "multiclass":
            tp = np.diagonal(table.matrices("val", output), axis1=1, axis2=2).T
        else:
            tp = table.counts_at("val", output, output.thresholds.index(0.5)).tp
        np.testing.assert_array_equal(stated.tp, tp)


@pytest.mark.parametrize("formula", ["f1", "mcc", "f1@0.25", "accuracy", "tp + loss", "loss"])
@pytest.mark.parametrize("output", ["", "wide", "many", "tags"])
def test_one_epoch_alone_is_that_epoch_of_all(folder: Path, formula: str, output: str) -> None:
    """`value` reads one line and one part, and gives what `values` gives there; the newest counted epoch is found."""
    run, alone = viewer.open_run(folder), viewer.open_run(folder)
    values = run.values(formula, "train", output=output)
    for position in (0, 41, 68, -2):
        np.testing.assert_array_equal(alone.value(formula, "train", output=output, position=position), values[position])
    assert alone.newest("train", output) == 68
    assert alone.newest("val", output) == 69
    assert alone.newest("test", output) is None


def test_a_position_in_few_or_many_is_the_same_matrix(folder: Path) -> None:
    """Matrices of some epochs, one by one from their parts or from all."""
    run = viewer.open_run(folder)
    every = run._table.matrices("val", KINDS["wide"])
    for positions in ([5], [69, 0, 3], list(range(20, 60))):
        np.testing.assert_array_equal(
            viewer.open_run(folder)._table.matrices("val", KINDS["wide"], positions), every[positions]
        )
    assert run._table.matrices("val", KINDS["tags"]) is None


def test_numbers_too_large_for_their_columns_are_a_fault(tmp_path: Path) -> None:
    """An epoch or a count that no column can hold: a fault, and no error."""
    with RunWriter(tmp_path, thresholds=[0.5]) as writer:
        for epoch in range(3):
            writer.epoch(epoch, logs={"loss": 1.0}, val=(np.array([0, 1]), np.array([0.1, 0.9])))
    lines = (writer.folder / "epochs.jsonl").read_bytes()
    broken = lines.replace(b'"epoch":1,', b'"epoch":99999999999,').replace(b'"tp":1', b'"tp":' + b"9" * 30, 1)
    (writer.folder / "epochs.jsonl").write_bytes(broken)
    run = viewer.open_run(writer.folder)
    assert run.epoch_numbers.tolist() == [0, 2]
    assert np.isnan(run.values("tp")).tolist() == [True, False]
    assert len(run.faults) == 2
    with pytest.raises(FormulaError):
        run.value("nothing", position=0)


def test_counts_for_which_there_is_no_memory_are_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told how much it would be; what needs less is there, and all of it once there is memory again."""

    def short(column: Any, length: int) -> None:
        raise MemoryError

    run = viewer.open_run(folder)
    with monkeypatch.context() as patch:
        patch.setattr(histograms.CountsAbove, "reach", short)
        with pytest.raises(ValueError, match="not enough memory for 70 points with 2 counts each"):
            run.metric("f1@0.3")
        assert len(run.metric("loss")) == 70
    assert np.isfinite(run.metric("f1@0.3")).all()


@given(
    st.lists(st.integers(0, 30), max_size=12, unique=True)
    | st.builds(lambda a, n: [*range(a, a + n)], st.integers(0, 20), st.integers(0, 30))
)
def test_slots_that_follow_one_another_are_read_as_a_stretch(slots: list[int]) -> None:
    """Counts of any slots, in any order, are those that were put there, whether they are a stretch or not."""
    rng = np.random.default_rng(0)
    columns, sides = histograms.CountsAbove(2, [0, 1, 2]), rng.integers(0, 9, (2, 100, 4))
    columns.reach(50)
    columns.put(np.repeat(np.arange(50), 2), np.tile([0, 1], 50), *sides)
    found = columns.at(1, np.array(slots, np.int64))
    by_slot = sides.reshape(2, 50, 2, 4)[:, slots]
    np.testing.assert_array_equal([found.fp.T, found.tp.T], by_slot[..., 2:].sum(axis=-1))
    np.testing.assert_array_equal([found.tn.T, found.fn.T], by_slot[..., :2].sum(axis=-1))
    assert found.known.tolist() == [True] * len(slots)
