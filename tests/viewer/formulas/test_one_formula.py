"""One formula where several may stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import viewer
from recorder import RunWriter
from viewer.export.asked import frame_of


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two runs."""
    for name, score in (("a", 0.4), ("b", 0.9)):
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, val=(np.array([0, 1, 1]), np.array([0.2, score, 0.7])))
    return tmp_path


def test_a_single_formula_is_not_taken_letter_by_letter(runs: Path) -> None:
    """`metrics="mcc"` means what `metrics=["mcc"]` does, and a function or a formula may stand alone as well."""
    for alone in ("mcc", viewer.FORMULAS["mcc"]):
        assert viewer.compare(runs, alone).summary.equals(viewer.compare(runs, ["mcc"]).summary)
    alone, several = (viewer.list_runs(runs, asked, sort=asked) for asked in ("mcc", ["mcc"]))
    pd.testing.assert_frame_equal(alone, several)
    run = viewer.open_run(next(runs.iterdir()))
    for alone, label in (("tp / (tp + fn)", "tp / (tp + fn)"), (lambda tp, fn: tp / (tp + fn), "<lambda>")):
        assert [spec.label for spec in frame_of(run, metrics=alone).metrics] == [label]
