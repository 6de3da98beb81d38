"""Ids of samples in a real training: recorded once; where they do not fit, a warning, and the training goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recorder import RunRecorder
from recorder.runfile import read_ids

from .trainings import VAL, X, Y, fit

IDS = [f"row {n}" for n in range(len(VAL[0]))]


def test_validation_and_probe_have_their_ids(tmp_path: Path) -> None:
    """Of the samples that the tap keeps, once for each `fit`; the positions are those of the recorded samples."""
    recorder = RunRecorder(
        tmp_path, max_samples=30, probe=(X[:20], Y[:20]), sample_ids={"val": IDS, "probe": np.arange(20) * 7}
    )
    for _ in range(2):
        records = fit(recorder, epochs=2)
        assert recorder.folder is not None
        for samples in records[0].samples:
            found = read_ids(recorder.folder, samples.split)
            assert found is not None
            assert found.sample.tolist() == samples.sample.tolist()
            given = IDS if samples.split == "val" else list(range(0, 140, 7))
            assert found.id.tolist() == [given[n] for n in samples.sample]


@pytest.mark.campaign
def test_ids_of_another_number_are_one_warning(tmp_path: Path) -> None:
    """All else is recorded."""
    recorder = RunRecorder(tmp_path, sample_ids=IDS[:-1])
    with pytest.warns(RuntimeWarning, match=r"99 for the 100 of 'val'\. Training goes on\.") as caught:
        records = fit(recorder, epochs=3)
    assert len([one for one in caught if "sample_ids" in str(one.message)]) == 1
    assert [len(record.samples) for record in records] == [1, 1, 1]
    assert read_ids(recorder.folder, "val") is None  # type: ignore[arg-type]
