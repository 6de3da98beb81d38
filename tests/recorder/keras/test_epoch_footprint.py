"""What an epoch of a recorded training asks of the system, counted and not timed: it fails when that grows.

Files are counted by the audit events of the interpreter, which stand for a system call each; bytes by their sizes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow.parquet as pq
import pytest

from recorder import ConfusionTally, RunRecorder

SAMPLES, EPOCHS = 2_000, 12
FROM = 3  # epochs until the parts have their templates
GRID = np.linspace(0, 1, 1_000, dtype=np.float32)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(SAMPLES, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)
CHANGES = (
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.listdir",
    "os.scandir",
    "os.link",
)
_watching: list[Counter[str]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in CHANGES:
        name = str(arguments[0])
        if "epochs.jsonl" in name or ".parquet" in name or "run.json" in name:
            _watching[-1][event] += 1


@pytest.fixture(scope="module", autouse=True)
def audited() -> None:
    """An audit hook stays for the life of a process; outside these tests it does nothing."""
    sys.addaudithook(_audit)


@contextmanager
def counted(into: Counter[str]) -> Iterator[None]:
    _watching.append(into)
    try:
        yield
    finally:
        _watching.pop()


class Footprint(keras.callbacks.Callback):
    """The recorder, and what each of its `on_epoch_end` did."""

    def __init__(self, recorder: RunRecorder) -> None:
        super().__init__()
        self.recorder, self.events, self.bytes = recorder, [], []

    def set_model(self, model: Any) -> None:
        self.recorder.set_model(model)

    def set_params(self, params: Any) -> None:
        self.recorder.set_params(params)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_") and name != "on_epoch_end":
            return getattr(object.__getattribute__(self, "recorder"), name)
        return super().__getattribute__(name)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        events: Counter[str] = Counter()
        lines = self.recorder.folder / "epochs.jsonl"
        before = lines.stat().st_size
        with counted(events):
            self.recorder.on_epoch_end(epoch, logs)
        parts = list(lines.parent.glob(f"pending/{epoch:06d}-a0.*"))
        self.events.append(events)
        self.bytes.append(lines.stat().st_size - before + sum(path.stat().st_size for path in parts))


def trained(folder: Path, **options: Any) -> Footprint:
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[ConfusionTally(GRID)])
    found = Footprint(RunRecorder(folder, verbose=0, **options))
    model.fit(X, Y, validation_data=(X, Y), epochs=EPOCHS, batch_size=SAMPLES, verbose=0, callbacks=[found])
    return found


@pytest.mark.parametrize(
    ("options", "parts", "most"),
    [({}, 2, 72_000), pytest.param({"max_samples": 0}, 1, 38_000, marks=pytest.mark.campaign)],
)
def test_an_epoch_makes_as_many_files_and_bytes_as_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, int], parts: int, most: int
) -> None:
    """A file for each part, renamed once, and a line; the epochs in between make no Parquet file by Arrow."""
    written: list[str] = []
    write_table = pq.write_table
    monkeypatch.setattr(pq, "write_table", lambda *args, **named: written.append("") or write_table(*args, **named))
    found = trained(tmp_path, **options)
    expected = {"open": parts + 1, "os.rename": parts}
    quiet = [epoch for epoch in range(FROM, EPOCHS) if (epoch + 1) % 8]  # at every eighth a row group is merged
    assert {epoch: dict(found.events[epoch]) for epoch in quiet} == dict.fromkeys(quiet, expected)
    assert {epoch: size for epoch, size in enumerate(found.bytes) if size > most} == {}
    assert len(written) == 3 * parts, "the first part, a template, and what it is held against"
