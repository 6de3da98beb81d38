"""What was recorded as no number is told from what was not recorded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from viewer.reading.columns import ScalarColumns

VALUES = st.sampled_from([0.5, "NaN", "Infinity", "-Infinity"])


@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), min_size=1, max_size=12), pieces=st.data())
def test_only_what_was_recorded_is_not_finite(rows: list[Mapping[str, float | str]], pieces: st.DataObject) -> None:
    """Of every name and slot, in whatever pieces the lines come, and when a slot is put again."""
    columns, start = ScalarColumns(), 0
    while start < len(rows):
        stop = pieces.draw(st.integers(start + 1, len(rows)))
        columns.put(range(start, stop), rows[start:stop])
        start = stop
    columns.put([0], rows[:1])
    for name in columns.names():
        expected = [not np.isfinite(float(row.get(name, 0.0))) for row in rows]
        assert columns.not_finite(name).tolist() == expected


def test_a_loss_that_was_never_a_number_is_told_from_its_first_epoch(tmp_path: Path) -> None:
    """However long it is; and a log that is no loss, which has no alert, is marked where it was recorded."""
    logs = {"loss": float("nan"), "nll": float("nan")}
    with RunWriter(tmp_path, name="run") as writer:
        for epoch in range(100):
            writer.epoch(epoch, logs=logs if epoch % 2 else logs | {"val_loss": 1.0, "rare": 2.0})
    run = viewer.open_run(writer.folder)
    assert [alert.text for alert in run.alerts] == ["loss is NaN since epoch 0"]
    assert run.not_finite("nll").all()
    assert not run.not_finite("rare").any()
    assert not run.not_finite("val_loss").any()
