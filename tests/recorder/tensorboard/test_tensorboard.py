"""What TensorBoard's own reader finds beside a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorboard", reason="tensorboard is not installed")


def test_formulas_are_scalars_at_each_point(tmp_path: Path) -> None:
    """In a folder of the run's name, with a text that says which run it is; what is undefined is left out."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from recorder import RunWriter
    from recorder.tensorboard import TensorBoardTracker

    tracker = TensorBoardTracker(tmp_path / "logs", {"val_precision": lambda tp, fp: tp / (tp + fp)}, logs=True)
    with RunWriter(tmp_path / "runs", name="baseline", trackers=[tracker]) as run:
        run.epoch(step=100, logs={"loss": 2.0}, val=(np.array([0, 1, 1]), np.array([0.9, 0.8, 0.1])))
        run.epoch(step=250, val=(np.array([0, 1]), np.array([0.1, 0.2])))
    assert run.folder is not None
    (home,) = (tmp_path / "logs").iterdir()
    assert home.name == run.folder.name
    found = EventAccumulator(str(home)).Reload()
    assert [(event.step, event.value) for event in found.Scalars("val_precision")] == [(100, 0.5)]
    assert [(event.step, event.value) for event in found.Scalars("loss")] == [(100, 2.0)]
    (text,) = found.Tensors("epochreel/run")
    assert text.tensor_proto.string_val[0].decode() == run.folder.name


def test_a_start_that_goes_on_has_a_file_of_its_own(tmp_path: Path) -> None:
    """In the same folder: TensorBoard shows both as one run."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from recorder import RunWriter
    from recorder.tensorboard import TensorBoardTracker

    for epoch in (0, 1):
        tracker = TensorBoardTracker(tmp_path / "logs", {"val_tp": lambda tp: tp})
        with RunWriter(tmp_path / "runs", name="a", resume="allow", trackers=[tracker]) as run:
            run.epoch(epoch, val=(np.array([0, 1]), np.array([0.1, 0.7])))
    (home,) = (tmp_path / "logs").iterdir()
    assert [event.step for event in EventAccumulator(str(home)).Reload().Scalars("val_tp")] == [0, 1]


def test_points_that_are_recorded_again_take_the_place_of_the_earlier_ones(tmp_path: Path) -> None:
    """TensorBoard's reader has of a run that went on from an earlier point what the run itself has."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    import viewer
    from recorder import RunWriter
    from recorder.tensorboard import TensorBoardTracker

    for start, scores in ((0, [0.1, 0.7, 0.8]), (2, [0.1, 0.7, 0.2])):
        tracker = TensorBoardTracker(tmp_path / "logs", {"val_tp": lambda tp: tp})
        with RunWriter(tmp_path / "runs", name="a", resume="allow", trackers=[tracker]) as run:
            for epoch in range(start, 5 - start):
                run.epoch(epoch, val=(np.array([0, 1, 1]), np.array(scores)))
    assert run.folder is not None
    found = EventAccumulator(str(next((tmp_path / "logs").iterdir()))).Reload()
    expected = viewer.open_run(run.folder).metric("tp")
    assert [(event.step, event.value) for event in found.Scalars("val_tp")] == list(expected.items())
    assert found.Tensors("epochreel/run")[-1].tensor_proto.string_val[0].decode() == run.folder.name


def test_it_loads_neither_a_framework_nor_the_viewer() -> None:
    """In the process that trains there is no more than was there."""
    code = "import sys, recorder.tensorboard; print([n for n in ('tensorflow', 'keras', 'matplotlib', 'viewer', "
    code += "'pandas') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
