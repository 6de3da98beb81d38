"""The callback says what goes wrong in the terminal that trains, where it is asked to."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from recorder import RunRecorder
from tests.conftest import later

from .trainings import At, fit


def spoil(model: object, epoch: int) -> None:
    """From the second epoch on nothing is a number."""
    if epoch == 1:
        model.set_weights([weight * float("nan") for weight in model.get_weights()])  # type: ignore[attr-defined]


@pytest.mark.campaign
@pytest.mark.parametrize("alerts", [True, *later(False)])
def test_a_loss_that_is_no_number_is_said_where_it_is_asked_for(tmp_path: Path, *, alerts: bool) -> None:
    """Once, and each fit anew; without being asked nothing is said of it."""
    recorder = RunRecorder(tmp_path, alerts=alerts, verbose=0)
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit(recorder, At(spoil))
        said = [str(warning.message) for warning in caught if "loss is NaN" in str(warning.message)]
        assert len(said) == 2 * alerts
        assert all(line.startswith("epochreel: ") and line.endswith(".") for line in said)
