"""What an object says of itself, in a console and in a notebook: short, true, and no foreign HTML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[viewer.Run]:
    """Two runs on the same samples, one with a name that is markup."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    for name in ("plain", "<b>bold</b>"):
        with RunWriter(root, name=name) as writer:
            for epoch in range(3):
                writer.epoch(epoch, val=(truth, np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1)))
    return viewer.open_runs(root)


def test_everything_public_says_what_it_is_in_a_line(runs: list[viewer.Run], tmp_path: Path) -> None:
    """One line, and the numbers are those of the object."""
    choice, dynamics = viewer.choose(runs[0], "f1", random_state=3), viewer.dynamics(runs[0])
    compared = viewer.compare(runs, ["f1"], draws=50, random_state=3)
    shown = [repr(thing) for thing in (viewer.FORMULAS["f1"], choice, dynamics, compared, runs[0])]
    assert shown[0] == "Formula('f1', of tp, fp, fn)"
    f1 = next(iter(choice.measures.values())).value
    assert shown[1] == f"Choice(epoch {choice.epoch}, threshold {choice.threshold:.4g}, F1 {f1:.4g})"
    assert shown[2].startswith("RunDynamics(60 samples, 3 epochs, ")
    assert shown[3].startswith("Comparison(2 runs, F1, split='val'")
    assert all("\n" not in text and len(text) < 200 for text in shown)
    assert repr(viewer.FORMULAS).startswith(f"Registry({len(viewer.FORMULAS)} formulas: precision, ")


def test_notebooks_get_tables(runs: list[viewer.Run]) -> None:
    """With what a run says of itself escaped."""
    compared = viewer.compare(runs, ["f1"], draws=50)
    for thing in (viewer.FORMULAS, viewer.FORMULAS["f1"], viewer.choose(runs[0]), viewer.dynamics(runs[0]), compared):
        page = thing._repr_html_()  # type: ignore[attr-defined]
        assert "<table" in page
        assert "<b>bold" not in page


def test_a_seed_may_be_called_random_state(runs: list[viewer.Run]) -> None:
    """The same figures by either name."""
    one, other = (viewer.choose(runs[0], **{name: 7}) for name in ("seed", "random_state"))  # type: ignore[arg-type]
    assert one.table.equals(other.table)
