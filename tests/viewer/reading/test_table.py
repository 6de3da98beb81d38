"""The table of a run: extended as lines arrive, equal to one read afresh, and hard to stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import RunWriter
from recorder.runfile import RunFormatError, read_records
from viewer.run import Run

from ...recorder.runfile.run_files import killed

GRID = [0.0, 0.25, 0.5, 0.75, 1.0]
actions = st.lists(
    st.one_of(
        st.tuples(st.just("epoch"), st.booleans(), st.booleans()),
        st.tuples(st.just("resume"), st.integers(0, 4)),
        st.tuples(st.just("look")),
    ),
    max_size=16,
)


def writer_of(root: Path, resume: Any = "allow") -> RunWriter:
    return RunWriter(root, name="table", thresholds=GRID, resume=resume, epochs=9)


def write(writer: RunWriter, epoch: int, seed: int, *, train: bool = True, val: bool = True) -> None:
    """An epoch of random scores of three samples, different ones for each seed."""
    rng = np.random.default_rng(seed)
    arrays = {name: (rng.integers(0, 2, 3), rng.random(3)) for name in ("train", "val")}
    splits = {name: arrays[name] for name, wanted in (("train", train), ("val", val)) if wanted}
    logs = {"loss": rng.random(), f"seed_{seed % 3}": float(seed)}
    writer.epoch(
        epoch, logs=logs, seconds={"epoch": 0.1}, observed={"w": rng.random((2, 2))} if val else None, **splits
    )


def everything(run: Run) -> dict[str, Any]:
    """All that one can ask of a run."""
    found: dict[str, Any] = {"epochs": run.epochs, "status": run.status, "faults": run.faults}
    for split in run.splits():
        found |= {f"counts {split} {edge}": run.counts(split, edge) for edge in (None, *GRID)}
        found[f"samples {split}"] = run.samples(split)
        found |= {f"histogram {split} {at}": run.histogram(split, at) for at in range(len(run.epoch_numbers))}
        found |= {f"{text} {split}": run.metric(text, split) for text in ("f1", "mcc@0.25", "tp + fp", "loss")}
    return found | {f"observed {epoch}": array for epoch, array in run.observed("w").items()}


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found[name][value.columns], value)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(found[name], value)
        else:
            np.testing.assert_equal(found[name], value, err_msg=name)


@settings(max_examples=30)
@given(done=actions)
def test_a_table_that_grew_equals_one_read_afresh(tmp_path_factory: pytest.TempPathFactory, done: list[Any]) -> None:
    """Looked at in between or not, over resumes and epochs recorded twice, with splits that come and go."""
    root = tmp_path_factory.mktemp("runs")
    writer, epoch = writer_of(root), 0
    run = Run(writer.folder)
    for seed, (what, *how) in enumerate(done):
        if what == "epoch":
            write(writer, epoch, seed, train=how[0], val=how[1])
            epoch += 1
        elif what == "resume":
            writer.close()
            writer, epoch = writer_of(root), min(how[0], epoch)
        else:
            run.refresh()
            everything(run)
    run.refresh()
    assert_same(everything(run), everything(Run(writer.folder)))
    assert_equal_to_records(run)
    writer.close()


def assert_equal_to_records(run: Run) -> None:
    """The recorder's own reader finds the same epochs and counts."""
    records = read_records(run.folder)
    assert run.epoch_numbers.tolist() == [record.epoch for record in records]
    for position, record in enumerate(records):
        tallies = {tally.split: tally for tally in record.tallies}
        for split in run.splits():
            recorded = tallies[split].histogram if split in tallies else np.zeros((1, 2, len(GRID) + 1))
            np.testing.assert_array_equal(run.histogram(split, position), recorded)


@pytest.mark.parametrize("again", [3, 10])
def test_the_later_attempt_wins(tmp_path: Path, again: int) -> None:
    """What a later attempt has is its own, and from its first epoch on nothing earlier shows, on disk as it stays."""
    with writer_of(tmp_path) as first:
        for epoch in range(10):
            write(first, epoch, seed=epoch)
    with writer_of(tmp_path, "must") as second:
        for epoch in range(again):
            write(second, epoch, seed=100 + epoch)
    run = Run(second.folder)
    assert first.folder == second.folder
    assert run.epoch_numbers.tolist() == list(range(again))
    assert run.epochs["attempt"].tolist() == [1] * again
    assert_equal_to_records(run)


@pytest.mark.parametrize("looked", [False, True])
def test_an_attempt_hides_what_earlier_ones_have_from_its_first_epoch_on(tmp_path: Path, looked: bool) -> None:
    """Six epochs, then three again from 0: a run of three, with their logs, splits, samples and arrays."""
    with writer_of(tmp_path) as first:
        for epoch in range(6):
            write(first, epoch, seed=1)
    run = Run(first.folder)
    if looked:
        assert everything(run)["epochs"].index.tolist() == list(range(6))
        assert [run.metric(text).notna().sum() for text in ("brier", "average_precision", "f1@0.25")] == [6, 6, 6]
    with writer_of(tmp_path, "must") as second:
        for epoch in range(3):
            write(second, epoch, seed=2, val=False)
    assert run.refresh() or not looked
    run.refresh()
    assert run.epochs.index.tolist() == [0, 1, 2]
    assert run.splits() == ["train"]
    assert list(run.logs) == ["loss", "seed_2"]
    assert run.metric("brier", "train").index.tolist() == [0, 1, 2]
    assert run.observed("w") == {}
    assert run.faults == []


def test_an_attempt_that_goes_on_keeps_what_it_went_on_from(tmp_path: Path) -> None:
    """Epochs 0 to 5, then 3 to 4: 0, 1, 2 are the first attempt's, 3 and 4 the second's, 5 is hidden."""
    with writer_of(tmp_path) as first:
        for epoch in range(6):
            write(first, epoch, seed=epoch)
    run = Run(first.folder)
    before = run.metric("brier")
    with writer_of(tmp_path, "must") as second:
        for epoch in (3, 4):
            write(second, epoch, seed=10 + epoch)
    assert run.refresh()
    assert run.epochs["attempt"].tolist() == [0, 0, 0, 1, 1]
    assert run.metric("brier").tolist()[:3] == before.tolist()[:3]
    assert run.metric("brier").tolist() == Run(first.folder).metric("brier").tolist()


def test_a_later_attempt_that_counted_less_leaves_no_older_counts(tmp_path: Path) -> None:
    """Counts of an epoch are those of one attempt: none of validation where the later one had no validation."""
    with writer_of(tmp_path) as first:
        write(first, 0, seed=1)
        write(first, 1, seed=2)
    run = Run(first.folder)
    assert run.counts("val").index.tolist() == [0, 1]
    with writer_of(tmp_path) as second:
        write(second, 0, seed=3, val=False)
        write(second, 1, seed=4)
    run.refresh()
    assert run.counts("val").index.tolist() == [1]
    assert run.metric("tp", "val").isna().tolist() == [True, False]
    assert run.counts("train").index.tolist() == [0, 1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of 6 epochs: 4 merged, 2 pending."""
    with writer_of(tmp_path) as writer:
        for epoch in range(4):
            write(writer, epoch, seed=epoch)
    again = writer_of(tmp_path)
    for epoch in (4, 5):
        write(again, epoch, seed=epoch)
    killed(again)
    return writer.folder


def part(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_a_broken_line_costs_its_epoch_alone(folder: Path) -> None:
    """The line is a fault, the others are read."""
    lines = (folder / "epochs.jsonl").read_bytes().splitlines(keepends=True)
    lines[2] = b'{"event":"epoch","epoch":"one"}\n'
    (folder / "epochs.jsonl").write_bytes(b"".join(lines))
    run = Run(folder)
    assert run.epoch_numbers.tolist() == [0, 2, 3, 4, 5]
    assert run.counts().index.tolist() == [0, 2, 3, 4, 5]
    (fault,) = run.faults
    assert fault.startswith("""a line must follow the run format. Received: b'{"event":"epoch","epoch":"one"}'""")


@pytest.mark.parametrize(("pattern", "lost"), [("tallies/*", [0, 1, 2, 3]), ("pending/000005*.tallies.parquet", [5])])
@pytest.mark.parametrize("damage", ["cut", "empty", "other"])
def test_a_broken_part_costs_its_epochs_alone(folder: Path, pattern: str, lost: list[int], damage: str) -> None:
    """The part is a fault, its epochs are gaps but at the decision, which the lines state; the others are read."""
    broken = part(folder, pattern)
    data = {"cut": broken.read_bytes()[:-20], "empty": b"", "other": part(folder, "samples/*").read_bytes()}
    broken.write_bytes(data[damage])
    run = Run(folder)
    assert run.metric("tp + fp + tn + fn@0.25").isna().tolist() == [epoch in lost for epoch in range(6)]
    assert run.counts(threshold=0.25).index.tolist() == [epoch for epoch in range(6) if epoch not in lost]
    assert run.metric("tp + fp + tn + fn").tolist() == [3] * 6
    assert run.counts().index.tolist() == list(range(6))
    assert len(run.samples()) == 18
    assert len(run.faults) == 1
    assert run.faults[0].startswith(f"{broken.name} must be a Parquet file of tallies. Received: ")


COLUMNS = [
    *(("tallies", name) for name in ("attempt", "epoch", "split", "output", "negatives", "positives")),
    *(("samples", name) for name in ("attempt", "epoch", "split", "output", "sample")),
    *(("observed", name) for name in ("attempt", "epoch", "values")),
]


@pytest.mark.parametrize(("kind", "column"), COLUMNS)
def test_rows_that_break_the_format_are_a_fault(folder: Path, kind: str, column: str) -> None:
    """A whole Parquet file whose rows are not what the format says: a fault, and no error."""
    broken = part(folder, f"{kind}/*")
    table = pq.read_table(broken)
    values = [*table[column].to_pylist()[:-1], None]
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, pa.array(values, table.schema.field(column).type)), broken)
    run = Run(folder)
    everything(run)
    assert len(run.faults) == 1
    assert run.counts("train", 0.25).index.tolist()[-2:] == [4, 5]


def test_a_missing_part_costs_its_epochs_alone(folder: Path) -> None:
    """Gone is gone."""
    part(folder, "tallies/*").unlink()
    part(folder, "pending/000005*.samples.parquet").unlink()
    run = Run(folder)
    assert run.counts(threshold=0.25).index.tolist() == [4, 5]
    assert sorted(set(run.samples()["epoch"])) == [0, 1, 2, 3, 4]


def test_counts_that_contradict_the_manifest_are_left_out(folder: Path) -> None:
    """Another grid than the manifest's is a fault: such counts have no thresholds."""
    manifest = json.loads((folder / "run.json").read_bytes())
    manifest["outputs"][0]["thresholds"].remove(0.25)
    (folder / "run.json").write_text(json.dumps(manifest))
    run = Run(folder)
    assert run.metric("loss").notna().all()
    assert run.counts(threshold=0.75).empty
    assert run.histogram("val", 5).sum() == 0
    said = "a histogram must have 5 numbers for each of 1 classes, as the manifest says. Received: 6 for classes 0 to 0"
    assert run.faults[0] == f"epochs 0 to 3: {said} of ''"
    assert run.faults[-1] == f"epoch 5: {said} of ''"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("thresholds", [], "thresholds in run.json must increase, each in [0, 1]. Received: []"),
        ("thresholds", [0.5, 0.5], "thresholds in run.json must increase, each in [0, 1]. Received: [0.5, 0.5]"),
        ("thresholds", [0.5, 7], "thresholds in run.json must increase, each in [0, 1]. Received: [0.5, 7.0]"),
        ("decision_threshold", -1, "decision_threshold in run.json must be in [0, 1]. Received: -1.0"),
        ("classes", ["yes"], "classes in run.json must name every class. Received: 1 of a binary output"),
        ("classes", ["a", "b", "c"], "classes in run.json must name every class. Received: 3 of a binary output"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(folder: Path, field: str, value: Any, rule: str) -> None:
    """Right types are not enough: nothing could be read off such outputs."""
    manifest = json.loads((folder / "run.json").read_bytes())
    manifest["outputs"][0][field] = value
    (folder / "run.json").write_text(json.dumps(manifest))
    with pytest.raises(RunFormatError) as error:
        Run(folder)
    assert str(error.value) == rule


def test_a_manifest_that_breaks_later_is_a_fault(tmp_path: Path) -> None:
    """The manifest is read again for the outputs; where it cannot be, the logs still are."""
    writer = writer_of(tmp_path)
    run = Run(writer.folder)
    write(writer, 0, seed=0)
    (writer.folder / "run.json").write_text("{")
    run.refresh()
    assert run.splits() == []
    assert run.metric("loss").notna().all()
    assert run.faults[0].startswith("run.json must follow the run format. Received: ")


@settings(max_examples=60)
@given(data=st.data())
def test_no_damage_to_any_file_stops_a_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Bytes changed, cut off or inserted anywhere: the manifest is refused by name, all else is read or is a fault."""
    root = tmp_path_factory.mktemp("runs")
    with writer_of(root) as writer:
        for epoch in range(3):
            write(writer, epoch, seed=epoch)
    files = sorted(path for path in writer.folder.rglob("*") if path.is_file())
    chosen = data.draw(st.sampled_from(files))
    whole = chosen.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(start + 40, len(whole))))
    chosen.write_bytes(whole[:start] + data.draw(st.binary(max_size=8)) + whole[stop:])
    try:
        run = Run(writer.folder)
    except RunFormatError:
        assert chosen.name == "run.json"
        return
    everything(run)
    if chosen.suffix == ".parquet":
        assert run.epoch_numbers.tolist() == [0, 1, 2]


def test_reading_starts_no_thread_that_outlives_it(tmp_path: Path) -> None:
    """Arrow's pool may end the process with "terminate called ..." where it is still there at the end: none is made."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path, name="read") as writer:
        for epoch in range(70):  # merged parts and pending ones
            writer.epoch(epoch, val=(rng.integers(0, 2, 500), rng.random(500)))
    program = """
import os, sys, numpy
from pathlib import Path
import pyarrow, pyarrow.parquet
from viewer.run import open_run
before = len(os.listdir("/proc/self/task"))
run = open_run(Path(sys.argv[1]))
run.read_ahead(), run.values("roc_auc"), run.samples()
print(len(os.listdir("/proc/self/task")) - before)
"""
    command = [sys.executable, "-P", "-c", program, str(writer.folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert found.stdout == "0\n"
