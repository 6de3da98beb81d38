"""Whatever is done to a run, in whatever order, it is what a plain dict says that it is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viewer
from recorder import RunWriter, open_writer
from recorder.adding import RunAdder
from recorder.runfile import read_records
from viewer.doctor.verify import verify

GRID = [0.0, 0.5, 1.0]
SPLITS = ("test", "night")
Action = tuple[Literal["point", "add", "resume", "kill", "close adder", "kill adder", "look"], int, int]
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["point", "point", "add", "add", "resume", "kill", "close adder", "kill adder", "look"]),
        st.integers(0, 7),
        st.integers(0, 1),
    ),
    max_size=25,
)


class Driven:
    """A run, and beside it the plain model: of each point, splits with their number of samples, and logs."""

    def __init__(self, root: Path, unit: str, *, beside: bool) -> None:
        self.root, self.unit, self.beside = root, unit, beside
        self.model: dict[int, dict[str, Any]] = {}
        self.adder: RunAdder | None = None
        self.samples, self.next = 2, 0
        self.writer = self.started("never")
        assert self.writer.folder is not None
        self.folder = self.writer.folder
        self.followed = viewer.open_run(self.folder)

    def started(self, resume: Any) -> RunWriter:
        return RunWriter(self.root, name="run", thresholds=GRID, unit=self.unit, resume=resume)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        self.samples += 1
        return np.arange(self.samples) % 2, np.linspace(0, 1, self.samples)

    def point(self, ahead: int, _: int) -> None:
        epoch, self.next = self.next + ahead, self.next + ahead + 1
        other = {"step": "epoch", "epoch": "step"}[self.unit]
        beside = {other: epoch // 3} if self.beside else {}
        self.writer.epoch(**{self.unit: epoch}, **beside, logs={"loss": float(epoch)}, val=self.arrays())
        self.model = {at: what for at, what in self.model.items() if at < epoch}
        self.model[epoch] = {"val": self.samples, "logs": {"loss": float(epoch)}, "beside": beside.get(other)}

    def add(self, at: int, split: int) -> None:
        self.adder = self.adder or open_writer(self.folder)
        name, epochs = SPLITS[split], sorted(self.model)
        epoch = epochs[at % len(epochs)] if epochs else at
        given = {self.unit: epoch, "logs": {f"{name}_loss": float(at)}, name: self.arrays()}
        if name in self.model.get(epoch, {name: 0}):
            with pytest.raises(ValueError, match="must be"):
                self.adder.add(**given)
            return
        self.adder.add(**given)
        self.model[epoch] |= {name: self.samples}
        self.model[epoch]["logs"][f"{name}_loss"] = float(at)

    def resume(self, back: int, clean: int) -> None:
        if clean:
            self.writer.close()
        self.writer = self.started("must")
        self.next = max(self.next - back, 0)

    def kill(self, back: int, _: int) -> None:
        """Nothing is merged or ended; the next start finds what is there."""
        self.writer._unended.detach()
        self.resume(back, 0)

    def close_adder(self, *_: int) -> None:
        if self.adder is not None:
            self.adder.close()
        self.adder = None

    def kill_adder(self, *_: int) -> None:
        if self.adder is not None:
            self.adder._unended.detach()
        self.adder = None

    def look(self, *_: int) -> None:
        self.followed.refresh()
        self.check(self.followed)

    def check(self, run: Any) -> None:
        assert run.epoch_numbers.tolist() == sorted(self.model)
        points = [self.model[epoch] for epoch in sorted(self.model)]
        beside = run.steps if self.unit == "epoch" else run.in_epochs
        np.testing.assert_equal(beside, [np.nan if point["beside"] is None else point["beside"] for point in points])
        for name in {name for point in points for name in point["logs"]}:
            np.testing.assert_equal(run.logs[name], [point["logs"].get(name, np.nan) for point in points])
        splits = {split for point in points for split in point} - {"logs", "beside"}
        assert set(run.splits()) == splits
        for split in splits:
            for threshold in (0.0, 0.5):  # of the parts, and of the lines
                counts = [run.values(cell, split=split, threshold=threshold) for cell in ("tp", "fp", "tn", "fn")]
                np.testing.assert_equal(np.sum(counts, axis=0), [point.get(split, np.nan) for point in points])
        assert not run.faults


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(unit=st.sampled_from(["epoch", "step"]), beside=st.booleans(), actions=ACTIONS)
def test_a_run_is_what_a_plain_model_is(unit: str, beside: bool, actions: list[Action]) -> None:
    """Points, additions, resumes and kills: records, a fresh viewer and one that followed say what the model says."""
    with tempfile.TemporaryDirectory() as folder:
        driven = Driven(Path(folder), unit, beside=beside)
        for action, first, second in actions:
            getattr(driven, action.replace(" ", "_"))(first, second)
        driven.look()
        driven.close_adder()
        driven.writer.close()
        driven.look()
        driven.check(viewer.open_run(driven.folder))
        found = {
            record.epoch: {tally.split: int(tally.histogram.sum()) for tally in record.tallies}
            for record in read_records(driven.folder)
        }
        kept = {
            epoch: {split: value for split, value in point.items() if split not in ("logs", "beside")}
            for epoch, point in driven.model.items()
        }
        assert found == kept
        assert verify(driven.folder).ok
