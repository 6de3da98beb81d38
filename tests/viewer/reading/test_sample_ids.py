"""Samples are called what the user calls them, and by their positions where that is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import SampleIds
from viewer.reading.sample_ids import called


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (None, [0, 3, 4]),
        (([], []), [0, 3, 4]),
        (([0, 3, 4, 9], ["a", "d", "e", "j"]), ["a", "d", "e"]),
        (([0, 3, 4], [100, 103, 104]), [100, 103, 104]),
        (([3], ["d"]), [0, "d", 4]),
        (([5, 6], [50, 60]), [0, 3, 4]),
    ],
)
def test_a_sample_is_called_by_its_id_or_its_position(ids: Any, found: list[Any]) -> None:
    """Each by itself: where some have no id, these have their positions."""
    given = None if ids is None else SampleIds(split="val", sample=np.array(ids[0], int), id=np.array(ids[1], object))
    assert called(np.array([0, 3, 4]), given).tolist() == found


def test_a_broken_file_of_ids_is_said_and_positions_are_shown(tmp_path: Path) -> None:
    """The run opens; what is wrong is among its faults; once the file is whole it is read, without opening again."""
    truth = np.arange(8) % 2
    writer = RunWriter(tmp_path, sample_ids=list("abcdefgh"))
    writer.epoch(0, val=(truth, truth * 0.5))
    path = writer.folder / "sample_ids" / "val.parquet"  # type: ignore[operator]
    whole = path.read_bytes()
    path.write_bytes(b"nothing")
    run = viewer.open_run(writer.folder)  # type: ignore[arg-type]
    assert run.called(np.array([1, 2])).tolist() == [1, 2]
    assert any("sample ids of 'val': val.parquet must be a Parquet file of sample ids" in fault for fault in run.faults)
    path.write_bytes(whole)
    writer.epoch(1, val=(truth, truth * 0.5))
    run.refresh()
    assert run.called(np.array([1, 2])).tolist() == ["b", "c"]
    assert run.faults == []
    assert run.sample_ids("train") is None
    writer.close()
