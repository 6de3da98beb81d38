"""Groups of samples in a real training, of images too."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import viewer
from recorder import ConfusionTally, RunRecorder
from recorder.runfile import read_ids

from .trainings import VAL, X, Y, fit

GROUPS = [f"patient {n // 5}" for n in range(len(VAL[0]))]


def test_validation_and_probe_have_their_groups(tmp_path: Path) -> None:
    """Of the samples that the tap keeps; bands are of them, and training has none."""
    recorder = RunRecorder(
        tmp_path, max_samples=30, probe=(X[:20], Y[:20]), groups={"val": GROUPS, "probe": np.arange(20) // 4}
    )
    fit(recorder, epochs=2)
    assert recorder.folder is not None
    found = read_ids(recorder.folder, "val")
    assert found is not None
    assert found.group is not None
    assert found.group.tolist() == [GROUPS[n] for n in found.sample]
    run = viewer.open_run(recorder.folder)
    assert [run.band_of("accuracy", split) for split in ("val", "probe", "train")] == [
        f"{len(set(found.group)):,} groups",
        "5 groups",
        "samples taken as independent",
    ]


def test_groups_of_another_number_are_one_warning(tmp_path: Path) -> None:
    recorder = RunRecorder(tmp_path, groups=GROUPS[:-1])
    with pytest.warns(RuntimeWarning, match=r"groups must be .* Received: 99 for 100\. Training goes on\."):
        records = fit(recorder, epochs=2)
    assert [len(record.samples) for record in records] == [1, 1]


def test_of_images_one_group_for_each_is_that_of_all_its_pixels(tmp_path: Path) -> None:
    """Six masks of 8 x 8 pixels, of three patients."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.random((6, 8, 8, 1)), rng.integers(0, 2, (6, 8, 8, 1))
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")])
    model.compile(loss="binary_crossentropy", metrics=[ConfusionTally()])
    recorder = RunRecorder(tmp_path, groups=["a", "a", "b", "b", "c", "c"])
    with pytest.warns(UserWarning, match="6 were given for 384 samples, each of 64 in a row"):
        model.fit(x, y, validation_data=(x, y), epochs=1, verbose=0, callbacks=[recorder])
    table = viewer.open_run(recorder.folder).samples(epoch=0)
    assert table["group"].tolist() == ["abc"[at // 128] for at in table["sample"]]
    assert len(table) == 384
