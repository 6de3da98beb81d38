"""What the user calls the samples: strings or whole numbers, one for each, recorded once and never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recorder import RunRecorder, RunWriter
from recorder.runfile import read_ids, read_records

from . import disks

SAMPLES = 12
NAMES = [f"patient {n:02d}/Ä.png" for n in range(SAMPLES)]
TRUTH = np.arange(SAMPLES) % 2


def record(root: Path, ids: Any, *, epochs: Any = (0, 1), splits: tuple[str, ...] = ("val",), **options: Any) -> Path:
    with RunWriter(root, sample_ids=ids, name="x", **options) as writer:
        for epoch in epochs:
            scores = np.random.default_rng(epoch).random(SAMPLES)
            writer.epoch(epoch, **dict.fromkeys(splits, (TRUTH, scores)))
    assert writer.folder is not None
    return writer.folder


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (NAMES, NAMES),
        (tuple(NAMES), NAMES),
        (np.array(NAMES), NAMES),
        (np.array(NAMES, object), NAMES),
        (pd.Index(NAMES), NAMES),
        (pd.Series(range(5, 5 + SAMPLES)), list(range(5, 5 + SAMPLES))),
        (range(SAMPLES), list(range(SAMPLES))),
        (-np.arange(SAMPLES, dtype=np.int8), [-n for n in range(SAMPLES)]),
        ([2**63 - 1, -(2**63), *range(SAMPLES - 2)], [2**63 - 1, -(2**63), *range(SAMPLES - 2)]),
        ({"val": NAMES}, NAMES),
    ],
    ids=lambda given: type(given).__name__,
)
def test_ids_come_back_as_they_were_given(tmp_path: Path, given: Any, kept: list[Any]) -> None:
    """Strings as strings, numbers as numbers, whatever holds them; once for all epochs."""
    folder = record(tmp_path, given)
    found = read_ids(folder, "val")
    assert found is not None
    assert (found.id.tolist(), found.sample.tolist()) == (kept, list(range(SAMPLES)))
    assert [path.name for path in (folder / "sample_ids").iterdir()] == ["val.parquet"]


def test_of_a_subset_the_ids_of_what_is_kept_are_recorded(tmp_path: Path) -> None:
    """Those of every fourth sample; a resume that keeps more has the ids of more, and another split has its own."""
    ids = {"val": NAMES, "a/b": list(range(100, 100 + SAMPLES))}
    folder = record(tmp_path, ids, splits=("val", "a/b"), max_samples=3)
    for split in ids:
        found = read_ids(folder, split)
        assert found is not None
        (samples,) = (one for one in read_records(folder)[0].samples if one.split == split)
        assert found.sample.tolist() == samples.sample.tolist() == [0, 4, 8]
        assert found.id.tolist() == [ids[split][n] for n in (0, 4, 8)]
    assert record(tmp_path, ids, epochs=[2], splits=("val",), resume="must") == folder
    found, other = read_ids(folder, "val"), read_ids(folder, "a/b")
    assert found is not None
    assert other is not None
    assert (found.id.tolist(), len(other.id)) == (NAMES, 3)


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ("abc", "str"),
        (set(NAMES), "set"),
        (5, "int"),
        (np.array(5), r"an array of shape \(\)"),
        ([1.5] * SAMPLES, "1.5"),
        ([True] * SAMPLES, "True"),
        ([None], "None"),
        ([1, "a"], "'a' among whole numbers"),
        (["a", 1], "1"),
        ([b"a"], "b'a'"),
        ([[1], [2]], r"\[1\]"),
        (np.array([[1], [2]]), r"an array of shape \(2, 1\)"),
        ([2**63], f"{2**63} among whole numbers"),
        (["a", "b", "a"], "'a' twice"),
        ([3, 3], "3 twice"),
        ([""], "''"),
        (["\ud800"], r"'\\ud800'"),
        (["x" * 1001], f"'{'x' * 60}'"),
        ({"train": NAMES}, "'train'"),
        ({7: NAMES}, "7"),
    ],
)
@pytest.mark.parametrize("made", [RunWriter, RunRecorder])
def test_what_are_no_ids_is_refused_before_training(tmp_path: Path, made: Any, given: Any, received: str) -> None:
    """The rule, then what came; no folder is made."""
    with pytest.raises(ValueError, match=rf"(sample_ids|an id) must .*Received: {received}$"):
        made(tmp_path / "runs", sample_ids=given)
    assert not (tmp_path / "runs").exists()


def test_ids_of_a_probe_that_is_none_are_refused(tmp_path: Path) -> None:
    """Else they would be waited for in vain."""
    with pytest.raises(ValueError, match=r'must be of "val" or a probe.* Received: \'night\'$'):
        RunRecorder(tmp_path, probe={"day": (TRUTH, TRUTH)}, sample_ids={"day": NAMES, "night": NAMES})


@pytest.mark.parametrize("number", [0, SAMPLES - 1, SAMPLES + 1])
def test_a_writer_refuses_ids_of_another_number_of_samples(tmp_path: Path, number: int) -> None:
    """Each time: nothing of the epoch is written until ids and samples fit."""
    with RunWriter(tmp_path, sample_ids=list(range(number))) as writer:
        for _ in range(2):
            with pytest.raises(ValueError, match=rf"one for each sample .* Received: {number} for the 12 of 'val'$"):
                writer.epoch(0, val=(TRUTH, TRUTH * 0.5))
        assert read_records(writer.folder) == []  # type: ignore[arg-type]
        writer.epoch(0, probe=(TRUTH[:5], TRUTH[:5] * 0.5))  # no ids were given for this one


@pytest.mark.parametrize(
    ("truth", "score"),
    [
        (np.arange(12) % 3, np.full((12, 3), 1 / 3)),
        (np.array([0, 1, np.nan] * 4), np.r_[np.nan, np.full(11, 0.5)]),
        (np.arange(36).reshape(12, 3) % 2, np.full((12, 3), 0.2)),
        (np.where(np.arange(36).reshape(12, 3) == 5, np.nan, 1), np.full((12, 3), 0.2)),
    ],
    ids=["classes", "gaps", "labels", "labels with gaps"],
)
def test_samples_are_counted_whatever_they_are_of(tmp_path: Path, truth: Any, score: Any) -> None:
    """Of every kind of output, with labels and scores that are missing, twelve ids fit and eleven do not."""
    with RunWriter(tmp_path, sample_ids=NAMES) as writer:
        writer.epoch(0, val=(truth, score))
    assert len(read_ids(writer.folder, "val").id) == SAMPLES  # type: ignore[union-attr, arg-type]
    with RunWriter(tmp_path, sample_ids=NAMES[1:]) as writer, pytest.raises(ValueError, match="11 for the 12"):
        writer.epoch(0, val=(truth, score))


@pytest.mark.parametrize("other", [list(reversed(NAMES)), NAMES[:-1], list(range(SAMPLES))])
def test_a_resume_with_other_ids_is_refused(tmp_path: Path, other: Any) -> None:
    """Before anything is written: the run stays as it was, and goes on with its own ids, or without any."""
    folder = record(tmp_path, NAMES)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=r"must be those it began with.* Received: others for 'val' of "):
        RunWriter(tmp_path, name="x", sample_ids=other, resume="allow")
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    record(tmp_path, None, epochs=[2], resume="must")
    record(tmp_path, NAMES, epochs=[3], resume="must")
    assert read_ids(folder, "val").id.tolist() == NAMES  # type: ignore[union-attr]


def test_a_resume_may_name_the_samples_for_the_first_time(tmp_path: Path) -> None:
    """A run without ids gets them; a file of ids that is broken is replaced."""
    folder = record(tmp_path, None)
    assert read_ids(folder, "val") is None
    record(tmp_path, NAMES, epochs=[2], resume="must")
    path = folder / "sample_ids" / "val.parquet"
    path.write_bytes(path.read_bytes()[:99])
    record(tmp_path, NAMES, epochs=[3], resume="must")
    assert read_ids(folder, "val").id.tolist() == NAMES  # type: ignore[union-attr]


def test_ids_wait_for_a_full_disk_with_their_epoch(tmp_path: Path) -> None:
    """What could not be written is written with the epoch, once there is room; ids come before its line."""
    writer = RunWriter(tmp_path, sample_ids=NAMES)
    assert writer.folder is not None
    with disks.full(), pytest.warns(RuntimeWarning, match="cannot write"):
        writer.epoch(0, val=(TRUTH, TRUTH * 0.5))
    assert read_ids(writer.folder, "val") is None
    assert read_records(writer.folder) == []
    writer.epoch(1, val=(TRUTH, TRUTH * 0.5))
    writer.close()
    assert read_ids(writer.folder, "val").id.tolist() == NAMES  # type: ignore[union-attr]
    assert [record.epoch for record in read_records(writer.folder)] == [0, 1]
