"""What a column asks of a run, whatever the clock does."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder import RunWriter
from recorder.runfile.codec import iso_time
from viewer.listing.column import FIELDS, age
from viewer.run import Run


@pytest.mark.parametrize(("created", "seconds"), [(1000.0, 60.0), (5000.0, 0.0)])
def test_no_run_is_younger_than_now(created: float, seconds: float) -> None:
    """A clock that was set back, or another machine's that is ahead, makes an age of 0; what is no time has none."""
    assert age(iso_time(created), 1060.0) == seconds
    assert age("yesterday", 1060.0) != age("yesterday", 1060.0), "NaN"


def test_a_run_from_the_future_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded while the clock was a year ahead: it has an age, and a state."""
    with monkeypatch.context() as patch:
        patch.setattr("time.time", lambda: 4_000_000_000.0)
        writer = RunWriter(tmp_path)
        writer.epoch(0, logs={"loss": 1.0})
    run = Run(writer.folder)
    assert (FIELDS["age"](run), run.status) == (0.0, "running")
