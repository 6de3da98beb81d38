"""Tallies of single epochs: what is asked for one after the other is read together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import PartReader, read_records
from viewer.reading import recent_tallies
from viewer.reading.recent_tallies import TOGETHER, RecentTallies

EPOCHS = 40


def test_epochs_in_a_row_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forwards and backwards, with the ghosts behind the cursor: each epoch is its own, in a few reads a part."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path, thresholds=[0.25, 0.5, 0.75]) as writer:
        for epoch in range(EPOCHS):
            writer.epoch(epoch, val=(rng.integers(0, 2, 50), rng.random(50)))
    recorded = [record.tallies[0].histogram for record in read_records(writer.folder)]
    looks = []
    read = PartReader.read
    monkeypatch.setattr(
        PartReader, "read", lambda *given, **options: looks.append(given[1:]) or read(*given, **options)
    )
    for order in (range(EPOCHS), range(EPOCHS - 1, -1, -1)):
        run: Any = viewer.open_run(writer.folder)
        looks.clear()
        for position in order:
            for ago in (0, TOGETHER):
                at = max(position - ago, 0)
                np.testing.assert_array_equal(run.histogram("val", at), recorded[at])
        assert len(looks) <= 2 * EPOCHS // TOGETHER + 4


def test_one_epoch_alone_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of each of many runs, say: nothing is read that nobody asked for."""
    with RunWriter(tmp_path, thresholds=[0.5]) as writer:
        for epoch in range(10):
            writer.epoch(epoch, val=([0, 1], [0.1, 0.9]))
    asked = []
    read = PartReader.read
    monkeypatch.setattr(
        PartReader, "read", lambda *given, **options: asked.append(len(given[2])) or read(*given, **options)
    )
    run = viewer.open_run(writer.folder)
    run.histogram("val", 9)
    run.histogram("val", 2)
    assert asked == [1, 1]


def test_no_more_bytes_stay_than_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However one moves: so many epochs as fit, the newest asked for among them, and one that is too large alone."""
    with RunWriter(tmp_path, thresholds=[0.5]) as writer:
        for epoch in range(EPOCHS):
            writer.epoch(epoch, val=([0, 1], [0.1, 0.9]))
    table: Any = viewer.open_run(writer.folder)._table
    (output,) = table.outputs()
    each = table._recent.at("val", output, 0).histogram.nbytes
    for fitting in (0, 3, 10):
        monkeypatch.setattr(recent_tallies, "HELD", fitting * each)
        kept = RecentTallies(table._scanner)
        for slot in [*range(EPOCHS), *range(EPOCHS - 1, -1, -3), 7, 7, 30]:
            assert kept.at("val", output, slot) is not None
            assert len(kept._kept) <= max(fitting, 1)
        assert len(kept._kept) == max(fitting, 1)
