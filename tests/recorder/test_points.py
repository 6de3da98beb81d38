"""Points in time: epochs, steps, and one beside the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import read_manifest, read_records

BY = "a point must be given "
BESIDE, EPOCH_BESIDE = "the step beside each epoch must", "the epoch beside each step must not decrease; the last was"
VAL = (np.array([0, 1, 1]), np.array([0.2, 0.7, 0.4]))


def written(root: Path, points: list[dict[str, Any]], **given: Any) -> Path:
    """A run of some points."""
    with RunWriter(root, name="points", **given) as run:
        for number, point in enumerate(points):
            run.epoch(**point, logs={"loss": float(number)}, val=VAL)
    assert run.folder is not None
    return run.folder


@pytest.mark.parametrize(
    ("points", "given", "unit", "numbers", "steps", "in_epochs"),
    [
        ([{"epoch": 0}, {"epoch": 3}], {}, "epoch", [0, 3], [np.nan] * 2, [0, 3]),
        ([{"step": 0}, {"step": 500}], {}, "step", [0, 500], [0, 500], [np.nan] * 2),
        ([{"step": 5, "epoch": 0}, {"step": 9, "epoch": 0}], {}, "step", [5, 9], [5, 9], [0, 0]),
        ([{"step": 5, "epoch": 0}, {"epoch": 1, "step": 5}], {"unit": "epoch"}, "epoch", [0, 1], [5, 5], [0, 1]),
        ([{"epoch": 0}, {"epoch": 1, "step": 2**40}], {}, "epoch", [0, 1], [np.nan, 2**40], [0, 1]),
        ([{"step": 1}, {"step": 2, "epoch": 7}], {}, "step", [1, 2], [1, 2], [np.nan, 7]),
    ],
)
def test_the_first_point_says_what_the_run_counts_in(
    tmp_path: Path, points: Any, given: Any, unit: str, numbers: Any, steps: Any, in_epochs: Any
) -> None:
    """Epochs alone, steps alone, or both: what was given is what the records, the lines and the viewer say."""
    folder = written(tmp_path, points, **given)
    assert read_manifest(folder).unit == unit
    assert [(record.epoch, record.unit) for record in read_records(folder)] == [(each, unit) for each in numbers]
    run = viewer.open_run(folder)
    assert (run.unit, run.epoch_numbers.tolist()) == (unit, numbers)
    np.testing.assert_equal(run.steps, steps)
    np.testing.assert_equal(run.in_epochs, in_epochs)
    assert run.values("recall", split="val").tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("points", "given", "error"),
    [
        ([{}], {}, "a point must be given epoch= or step=, or both. Received: neither"),
        ([{}], {"unit": "step"}, "a point must be given epoch= or step=, or both. Received: neither"),
        ([{"epoch": 1}, {"step": 2}], {}, f"{BY}epoch=, as the points of this run are epochs. Received: step=2"),
        ([{"epoch": 1}], {"unit": "step"}, f"{BY}step=, as the points of this run are steps. Received: epoch=1"),
        ([{"step": 4}, {"step": 4}], {}, "steps of one attempt must increase; the last was 4. Received: 4"),
        ([{"step": -1}], {}, "step must be 0 or more. Received: -1"),
        ([{"step": 2**31}], {}, "step must be below 2,147,483,648, as the columns of a part are. Received: 2147483648"),
        (
            [{"epoch": 0, "step": 9}, {"epoch": 1}, {"epoch": 2, "step": 8}],
            {"unit": "epoch"},
            f"{BESIDE} not decrease; the last was 9. Received: 8",
        ),
        ([{"epoch": 0, "step": -3}], {"unit": "epoch"}, f"{BESIDE} be in [0, 2^63). Received: -3"),
        ([{"step": 3, "epoch": 2}, {"step": 4, "epoch": 1}], {}, f"{EPOCH_BESIDE} 2. Received: 1"),
        ([], {"unit": "batch"}, "unit must be \"epoch\" or \"step\", or None. Received: 'batch'"),
    ],
)  # fmt: skip
def test_a_point_that_breaks_a_rule_is_one_error(tmp_path: Path, points: Any, given: Any, error: str) -> None:
    """The rule and what came, and the points before it stay."""
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        written(tmp_path, points, **given)
    for folder in tmp_path.iterdir():
        assert len(read_records(folder)) == len(points) - 1


def test_a_point_that_is_no_number_is_one_error(tmp_path: Path) -> None:
    """Arrays under the name of the step are no split."""
    with pytest.raises(TypeError, match=r"step must be a whole number\. Received: \(array"):
        RunWriter(tmp_path).epoch(0, step=VAL)


@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_a_resumed_run_keeps_its_unit(tmp_path: Path, unit: str) -> None:
    """The next attempt counts in what the first one did, where both numbers are given, and refuses the other alone."""
    folder = written(tmp_path, [{"epoch": 0, "step": 10}, {"epoch": 1, "step": 20}], unit=unit)
    with RunWriter(tmp_path, name="points", resume="must") as run:
        other = {"epoch": "step", "step": "epoch"}[unit]
        with pytest.raises(ValueError, match=f"must be given {unit}=, as the points of this run are {unit}s"):
            run.epoch(**{other: 30})
        run.epoch(2, step=30)
    opened = viewer.open_run(folder)
    assert (opened.unit, opened.steps.tolist(), opened.in_epochs.tolist()) == (unit, [10, 20, 30], [0, 1, 2])


def test_a_run_without_a_point_may_get_another_unit(tmp_path: Path) -> None:
    """What was promised at the start binds nobody before the first point is on the disk."""
    with RunWriter(tmp_path, name="points", unit="step"):
        pass
    with RunWriter(tmp_path, name="points", resume="must") as run:
        run.epoch(0)
    assert run.folder is not None
    assert read_manifest(run.folder).unit == "epoch"


class Elements:
    """A tensor of several numbers, as PyTorch's is."""

    def item(self) -> float:
        raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")

    def __repr__(self) -> str:
        return "tensor([1., 2.])"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"logs": {"loss": "x"}}, "logs must be single numbers by name. Received: 'loss': 'x'"),
        ({"logs": {"loss": None}}, "logs must be single numbers by name. Received: 'loss': None"),
        ({"logs": {"loss": Elements()}}, "logs must be single numbers by name. Received: 'loss': tensor([1., 2.])"),
        ({"logs": {"loss": 10**400}}, f"logs must be single numbers by name. Received: 'loss': 1{'0' * 199}"),
        ({"logs": 5}, "logs must be single numbers by name. Received: 5"),
        ({"logs": {"half \ud800": 1.0}}, "a name in logs must be a string. Received: 'half \\ud800'"),
        ({"logs": {None: 1.0}}, "a name in logs must be a string. Received: None"),
        ({"seconds": {"epoch": "long"}}, "seconds must be single numbers by name. Received: 'epoch': 'long'"),
        (
            {"observed": {"w": [[1], [1, 2]]}},
            "observed must be arrays of numbers by name. Received: 'w': [[1], [1, 2]]",
        ),
        ({"observed": [1]}, "observed must be arrays of numbers by name. Received: [1]"),
        ({"val": (VAL[0], VAL[1], ["a"])}, "sample_weight must be numbers. Received: ['a']"),
        ({"half \ud800": VAL}, "the name of a split must be a string. Received: 'half \\ud800'"),
    ],
)
def test_what_is_no_number_or_no_name_is_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    """With the rule and what came; nothing of it is recorded, and the same point may be given again."""
    with RunWriter(tmp_path) as run:
        run.epoch(0, val=VAL)
        with pytest.raises(ValueError, match="Received") as refused:
            run.epoch(1, **{"val": VAL} | given)
        assert str(refused.value) == said
        run.epoch(1, logs={"loss": np.array([0.5]), 3: 1}, val=VAL)
    assert [(record.epoch, dict(record.logs)) for record in read_records(run.folder)] == [
        (0, {}), (1, {"loss": 0.5, "3": 1.0}),
    ]  # fmt: skip
