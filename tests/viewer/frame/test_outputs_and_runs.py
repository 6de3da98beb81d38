"""What is kept of one output, or of one run, is not shown as another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import viewer
from recorder.runfile import EpochRecord, Output, RunFileWriter, Samples, Tally, begin_line
from recorder.runfile.schema import Manifest
from viewer.frame import Framer
from viewer.panels.calibration.numbers import calibration
from viewer.panels.pr_roc.numbers import roc
from viewer.panels.samples.numbers import samples
from viewer.panels.scores.numbers import distribution
from viewer.panels.surface.numbers import surface
from viewer.panels.threshold.numbers import against_threshold

GRID = np.linspace(0, 1, 21).astype(np.float32).tolist()


def recorded(root: Path) -> viewer.Run:
    """Two binary outputs of other scores."""
    outputs = [Output(name=name, thresholds=GRID) for name in ("a", "b")]
    manifest = Manifest(run_id="run", name="run", created="2026-11-23T10:30:05Z", outputs=outputs)
    writer, rng = RunFileWriter.create(root, manifest, begin_line()), np.random.default_rng(1)
    for epoch in range(3):
        tallies, kept = [], []
        for number, output in enumerate(outputs):
            histogram = rng.integers(0, 9 + 90 * number, (1, 2, len(GRID) + 1))
            tallies.append(Tally(split="val", output=output.name, histogram=histogram, nan=np.zeros((1, 2), int)))
            ids, scores = np.arange(5), rng.random(5).astype(np.float32)
            kept.append(Samples(split="val", output=output.name, sample=ids, y_true=ids % 2, y_score=scores))
        writer.append(EpochRecord(epoch=epoch, logs={"loss": 1.0}, tallies=tuple(tallies), samples=tuple(kept)))
    writer.close()
    return viewer.open_run(writer.folder)


def numbers(framer: Framer) -> list[Any]:
    """Something of every panel that keeps values."""
    frame = framer.frame()
    heights = surface(frame)
    found = [distribution(frame), calibration(frame), roc(frame), against_threshold(frame), samples(frame)]
    assert heights is not None
    assert all(one is not None for one in found)
    return [repr(one) for one in found] + [heights.values, frame.values("f1"), frame.histogram()]


def test_an_output_shows_its_own_numbers_after_another_was_shown(tmp_path: Path) -> None:
    """In every panel that keeps values: as in a viewer that has never shown the other one."""
    run = recorded(tmp_path)
    framer = Framer(run)
    first = numbers(framer)
    framer.turn(output="b")
    fresh = Framer(viewer.open_run(run.folder))
    fresh.turn(output="b")
    np.testing.assert_equal(numbers(framer), numbers(fresh))
    assert all(one != other for one, other in zip(first[:5], numbers(framer)[:5], strict=True))


def test_what_a_panel_of_ones_own_keeps_of_a_run_is_not_anothers(tmp_path: Path) -> None:
    """`frame.remember` with one key, of two runs that are shown side by side."""
    one, other = recorded(tmp_path / "one"), recorded(tmp_path / "other")
    frame = Framer(one, others=(other,)).frame()
    names = [frame.of(number).remember("name", lambda n=number: n) for number in (1, 2)]
    assert names == [1, 2]
