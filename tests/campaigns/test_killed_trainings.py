"""Real trainings that are killed with SIGKILL, over and over, and resumed."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recorder.runfile import EpochLine, read_lines, read_records

pytestmark = pytest.mark.campaign

TRAIN = """
import sys
import keras, numpy as np
from recorder import ConfusionTally, RunRecorder

x = np.random.default_rng(0).normal(size=(96, 4)).astype(np.float32)
y = (x[:, 0] > 0.5).astype(np.float32)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=[ConfusionTally()])
done = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, flush=True))
recorder = RunRecorder(sys.argv[1], name="killed", resume="allow")
first = int(sys.argv[2])
options = {"initial_epoch": first, "epochs": first + 10_000, "verbose": 0}
model.fit(x, y, validation_data=(x[:40], y[:40]), callbacks=[recorder, done], **options)
"""


@pytest.mark.timeout(900)
def test_a_training_killed_and_resumed_four_times_loses_nothing(tmp_path: Path) -> None:
    """Every epoch whose `on_epoch_end` returned is read back whole, across kills at random moments and resumes."""
    chance = random.Random(0)
    said: list[tuple[int, int]] = []  # attempt and epoch
    for attempt in range(5):
        first = said[-1][1] + 1 if said else 0
        process = subprocess.Popen(
            [sys.executable, "-c", TRAIN, str(tmp_path), str(first)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        stop_at = first + chance.randrange(1, 90)
        for line in process.stdout:
            said.append((attempt, int(line)))
            if said[-1][1] == stop_at:
                process.kill()
        process.wait()
    (folder,) = tmp_path.iterdir()
    lines = {(line.attempt, line.epoch) for line in read_lines(folder) if isinstance(line, EpochLine)}
    assert lines >= set(said)
    assert len(lines - set(said)) <= 5, "at most the epoch that was being announced, for each kill"
    records = read_records(folder)
    assert [record.epoch for record in records] == list(range(len(records)))
    for record in records:
        assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {"train": 96, "val": 40}
        np.testing.assert_array_equal(record.samples[0].sample, np.arange(40))
