"""Groups of samples, from the argument to the file of a run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from recorder import RunWriter, open_writer
from recorder.runfile import read_ids

N = 12
TRUTH = np.arange(N) % 2
SCORES = np.linspace(0, 1, N)
NAMES = [f"image {at // 3}" for at in range(N)]


def made(root: Path, **options: Any) -> Path:
    """A run of one epoch with validation samples."""
    with RunWriter(root, **options) as run:
        run.epoch(0, val=(TRUTH, SCORES))
    assert run.folder is not None
    return run.folder


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (NAMES, NAMES),
        (np.array(NAMES), NAMES),
        (np.array(NAMES, object), NAMES),
        (np.arange(N, dtype=np.uint8) // 4, [at // 4 for at in range(N)]),
        ([-7, 5] * 6, [-7, 5] * 6),
    ],
)
def test_the_group_of_each_sample_and_its_size_are_recorded_as_they_were_given(
    tmp_path: Path, given: Any, wanted: list[Any]
) -> None:
    found = read_ids(made(tmp_path, groups=given), "val")
    assert found is not None
    assert found.group is not None
    assert found.group_size is not None
    assert found.group.tolist() == wanted
    assert found.group_size.tolist() == [wanted.count(one) for one in wanted]
    assert not found.named


def test_groups_of_rows_are_those_of_all_their_samples_and_that_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="4 were given for 12 samples, each of 3 in a row"):
        found = read_ids(made(tmp_path, groups=list("abca")), "val")
    assert found is not None
    assert found.group is not None
    assert found.group_size is not None
    assert found.group.tolist() == list("aaabbbcccaaa")
    assert found.group_size.tolist() == [6, 6, 6, 3, 3, 3, 3, 3, 3, 6, 6, 6]


def test_of_a_part_of_the_samples_the_groups_of_these_are_kept_with_the_size_of_the_whole(tmp_path: Path) -> None:
    found = read_ids(made(tmp_path, groups=NAMES, max_samples=3), "val")
    assert found is not None
    assert found.group is not None
    assert found.group_size is not None
    assert found.group.tolist() == [NAMES[at] for at in found.sample]
    assert set(found.group_size.tolist()) == {3}


def test_ids_and_groups_stand_side_by_side(tmp_path: Path) -> None:
    ids = [f"s{at}" for at in range(N)]
    found = read_ids(made(tmp_path, groups=NAMES, sample_ids=ids), "val")
    assert found is not None
    assert found.group is not None
    assert (found.id.tolist(), found.group.tolist(), found.named) == (ids, NAMES, True)


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ("abc", "str"),
        ({1, 2}, "set"),
        ([1, "a"], "'a'"),
        ([1.5] * N, "1.5"),
        (np.full(N, np.nan), "float64 such as nan"),
        ([None] * N, "None"),
        ([True] * N, "True"),
        (np.zeros((N, 1), int), r"an array of shape (12, 1)"),
        ([""] * N, "''"),
        (np.full(N, 2**64 - 1, np.uint64), "18446744073709551615 among whole numbers"),
    ],
)
def test_what_are_no_groups_is_refused_at_once(tmp_path: Path, given: Any, received: str) -> None:
    with pytest.raises(ValueError, match=r"groups? must .*Received: ") as caught:
        RunWriter(tmp_path / "runs", groups=given)
    assert str(caught.value).endswith(f"Received: {received}")
    assert not (tmp_path / "runs").exists()


def test_as_many_groups_as_fit_no_number_of_samples_are_an_error_and_training_has_none(tmp_path: Path) -> None:
    with RunWriter(tmp_path, groups=NAMES[:5]) as run, pytest.raises(ValueError, match=r"groups must .* 5 for 12$"):
        run.epoch(0, val=(TRUTH, SCORES))
    with pytest.raises(ValueError, match=r"groups must be of \"val\" or a probe.*'train'"):
        RunWriter(tmp_path, groups={"train": NAMES})


def test_a_resumed_run_has_the_groups_it_began_with_or_gets_them(tmp_path: Path) -> None:
    folder = made(tmp_path, name="x", sample_ids=[f"s{at}" for at in range(N)])
    with RunWriter(tmp_path, name="x", groups=NAMES, resume="must") as run:
        run.epoch(1, val=(TRUTH, SCORES))
    found = read_ids(folder, "val")
    assert found is not None
    assert found.group is not None
    assert (found.id[0], found.group.tolist()) == ("s0", NAMES)
    with pytest.raises(ValueError, match="groups of a run that goes on must be those it began with"):
        RunWriter(tmp_path, name="x", groups=NAMES[::-1], resume="must")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with RunWriter(tmp_path, name="x", groups=NAMES, resume="must") as run:
            run.epoch(2, val=(TRUTH, SCORES))


def test_more_samples_of_a_resumed_run_bring_their_groups(tmp_path: Path) -> None:
    folder = made(tmp_path, name="x", groups=NAMES, max_samples=3)
    with RunWriter(tmp_path, name="x", groups=NAMES, resume="must") as run:
        run.epoch(1, val=(TRUTH, SCORES))
    found = read_ids(folder, "val")
    assert found is not None
    assert found.group is not None
    assert found.group.tolist() == NAMES


def test_an_added_split_has_groups(tmp_path: Path) -> None:
    folder = made(tmp_path)
    with open_writer(folder, groups={"test": NAMES}) as run:
        run.add(epoch=0, test=(TRUTH, SCORES))
    found = read_ids(folder, "test")
    assert found is not None
    assert found.group is not None
    assert found.group.tolist() == NAMES


def test_a_reader_that_does_not_know_groups_reads_the_file_of_ids(tmp_path: Path) -> None:
    """What 1.3 takes of it: split, sample and id, the last being the position where no ids were given."""
    folder = made(tmp_path, groups=NAMES)
    table = pq.read_table(folder / "sample_ids" / "val.parquet", columns=["split", "sample", "id"])
    assert table["id"].to_pylist() == table["sample"].to_pylist() == list(range(N))


def test_groups_that_would_be_recorded_nowhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"groups must have predictions that are kept, or counts .* max_samples=0$"):
        RunWriter(tmp_path / "runs", groups=NAMES, max_samples=0)
    assert not (tmp_path / "runs").exists()
    RunWriter(tmp_path, groups=NAMES, max_samples=0, group_thresholds=[]).close()
