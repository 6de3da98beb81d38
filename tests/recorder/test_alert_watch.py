"""The terminal that trains is told what goes wrong, where it was asked for, and once."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

import viewer
from recorder import RunWriter
from viewer.export.look import Look, drawn
from viewer.frame import Framer

TRUTH = np.arange(60) % 5 == 0
NO = np.full(60, 0.1, np.float32)
LOSSES = [0.9, 0.8, 0.7, 1e6, 0.5, float("nan")]
EXPECTED = [
    "loss is NaN since epoch 5",
    "loss jumped to 1e+06 at epoch 3 and came back",
    "validation: only negative is predicted since epoch 0",
]


def trained(root: Path, *, alerts: bool) -> tuple[viewer.Run, list[str]]:
    with warnings.catch_warnings(record=True) as caught, RunWriter(root, alerts=alerts) as writer:
        warnings.simplefilter("always")
        for epoch, loss in enumerate(LOSSES):
            writer.epoch(epoch, logs={"loss": loss}, val=(TRUTH, NO))
    return viewer.open_run(writer.folder), [str(warning.message) for warning in caught]


def test_alerts_are_warned_of_once_and_only_where_they_are_asked_for(tmp_path: Path) -> None:
    """Each by a line of its own, as it comes."""
    _, quiet = trained(tmp_path, alerts=False)
    _, said = trained(tmp_path, alerts=True)
    assert quiet == []
    assert [line.removeprefix("epochreel: ") for line in said] == [
        "validation: only negative is predicted since epoch 0.",
        "loss jumped to 1e+06 at epoch 3 from 0.7.",
        "loss is NaN since epoch 5.",
    ]


def test_whoever_looks_is_told_the_same(tmp_path: Path) -> None:
    """From Python, and in the status panel as far as the cursor is; the curve has marks, and an axis one can read."""
    run, _ = trained(tmp_path, alerts=False)
    assert [alert.text for alert in run.alerts] == EXPECTED
    framer = Framer(run)
    assert [alert.text for alert in framer.frame(1).alerts] == []
    for position, count in ((5, 3), (3, 2)):
        dashboard = drawn(framer.frame(position), Look(size=(900, 500), layout="status curves:loss"))
        dashboard.update(framer.frame(position))
        words = " ".join(label.get_text() for label in dashboard.panels[0]._labels.values())  # type: ignore[attr-defined]
        assert words.count("⚠") == count
    (plot,) = dashboard.panels[1]._plots  # type: ignore[attr-defined]
    assert plot.axes.get_ylim()[1] < 10
    assert [place[0] for place in plot._strokes._beyond.places] == [3.0]
    assert [place[0] for place in plot._strokes._broken.places] == [5.0]
    assert "▲ breaks out · ✖ no number" in plot._note.get_text().replace("\n", " ")
