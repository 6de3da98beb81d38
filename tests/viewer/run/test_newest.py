"""The value of the newest epoch, before anything else of a run is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import RunWriter
from viewer.run import Run

FORMULAS = ("f1", "loss", "auc", "recall@0.3", "tp + loss")
writes = st.lists(
    st.one_of(st.tuples(st.just("epoch"), st.booleans()), st.tuples(st.just("resume"), st.integers(0, 3)))
)


def write(writer: RunWriter, epoch: int, seed: int, *, val: bool) -> None:
    """An epoch of random scores, or of logs alone."""
    rng = np.random.default_rng(seed)
    splits: dict[str, Any] = {"val": (rng.integers(0, 2, 9), rng.random(9))} if val else {}
    writer.epoch(epoch, logs={"loss": float("nan") if seed % 4 == 3 else rng.random()}, **splits)


def values(run: Run, *, whole: bool) -> list[float]:
    """Of the newest epoch, by itself or as the end of its curve; NaN where the formula cannot be had."""
    found = []
    for formula in FORMULAS:
        try:
            found.append(run.values(formula)[-1] if whole else run.value(formula))
        except ValueError:
            found.append(np.nan)
    return found


@pytest.mark.campaign
@settings(max_examples=40)
@given(written=writes, end=st.sampled_from(["open", "closed", "torn", "broken", "later"]))
def test_it_is_the_end_of_the_curve(tmp_path_factory: pytest.TempPathFactory, written: list[Any], end: str) -> None:
    """Whatever the lines are: several attempts, epochs recorded twice, splits that come and go, damage at the end."""
    root = tmp_path_factory.mktemp("runs")
    writer, epoch = RunWriter(root, name="run", resume="allow"), 0
    write(writer, epoch, 0, val=True)
    for seed, (what, how) in enumerate(written, 1):
        if what == "epoch":
            epoch += 1
            write(writer, epoch, seed, val=how)
        else:
            writer.close()
            writer, epoch = RunWriter(root, name="run", resume="allow"), max(min(how, epoch + 1) - 1, -1)
    if end == "closed":
        writer.close()
    added = {"torn": b'{"event":"epo', "broken": b'{"event":"epoch"}\n', "later": b'{"event":"pause"}\n'}
    with (writer.folder / "epochs.jsonl").open("ab") as file:
        file.write(added.get(end, b""))
    expected = values(Run(writer.folder), whole=True)
    run = Run(writer.folder)
    np.testing.assert_array_equal(values(run, whole=False), expected)
    np.testing.assert_array_equal(values(run, whole=True), expected)
    np.testing.assert_array_equal(values(run, whole=False), expected)
    if end != "closed":
        writer.close()


def test_a_new_epoch_is_the_newest_from_then_on(tmp_path: Path) -> None:
    """Before it is read the one before is, by itself or not."""
    with RunWriter(tmp_path, name="run") as writer:
        write(writer, 0, 0, val=True)
        run, first = Run(writer.folder), Run(writer.folder)
        alone = first.value("f1")
        write(writer, 1, 1, val=True)
        assert run.value("f1") == first.value("f1") == alone
        assert run.refresh()
        assert first.refresh()
        assert run.value("f1") == first.value("f1") == run.values("f1")[1]
        assert not run.refresh()
