"""Recorders and models that are copied, pickled, or used again and again, as tuners and k-fold loops do."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import EndLine, read_lines, read_manifest
from tests.conftest import later

from ...open_files import open_files
from .trainings import TRAIN, VAL, At, X, Y, fit, model_with, records_of, totals


def pickled(thing: Any) -> Any:
    """There and back."""
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.campaign
@pytest.mark.parametrize("copied", [copy.deepcopy, *later(copy.copy, pickled)])
def test_a_copy_of_a_recorder_has_not_started(tmp_path: Path, copied: Callable[[RunRecorder], RunRecorder]) -> None:
    """Whenever it was copied, also in the middle of a training: it records a run of its own, and ends nobody's."""
    recorder, copies = RunRecorder(tmp_path, name="first", config={"lr": 0.1}), list[RunRecorder]()
    fit(recorder, At(lambda model, epoch: copies.append(copied(recorder))), epochs=2)
    copies.append(copied(recorder))
    for one in copies[1:]:
        assert (one.folder, one.model) == (None, None)
        assert [totals(record) for record in fit(one, epochs=2)] == [{"train": 200, "val": 100}] * 2
        assert read_manifest(one.folder).config == {"lr": 0.1}
    assert len({recorder.folder, *(one.folder for one in copies[1:])}) == 3
    assert [record.epoch for record in records_of(recorder)] == [0, 1]


@pytest.mark.campaign
@pytest.mark.parametrize("copied", [copy.deepcopy, *later(pickled)])
def test_a_copy_of_a_model_counts_by_itself(tmp_path: Path, copied: Callable[[keras.Model], keras.Model]) -> None:
    """A model with a tally, copied while it is recorded: its copy is recorded with the counts of its own training."""
    copies: list[keras.Model] = []
    recorder = RunRecorder(tmp_path, name="first")
    records = fit(recorder, At(lambda model, epoch: copies.append(copied(model))), epochs=2)
    again = RunRecorder(tmp_path, name="copy")
    copies[0].fit(X[:80], Y[:80], validation_data=(X[80:100], Y[80:100]), verbose=0, callbacks=[again])
    assert [totals(record) for record in records] == [{"train": 200, "val": 100}] * 2
    assert [totals(record) for record in records_of(again)] == [{"train": 80, "val": 20}]


@pytest.mark.campaign
@pytest.mark.parametrize("one", [True, False])
def test_folds_are_runs(tmp_path: Path, one: bool) -> None:
    """One recorder for all, or one for each: ended runs of one group, each with its own counts, no file left open."""
    shared = RunRecorder(tmp_path, name="fold", group="cv", verbose=0)
    for fold in np.split(np.arange(300), 3):
        rest = np.setdiff1d(np.arange(300), fold)
        recorder = shared if one else RunRecorder(tmp_path, name="fold", group="cv", verbose=0)
        model = model_with([ConfusionTally()])
        data = {"validation_data": (X[fold], Y[fold]), "epochs": 1, "verbose": 0}
        model.fit(X[rest], Y[rest], callbacks=[recorder], **data)
        gc.collect()
        assert not open_files(tmp_path), "of a run that has ended"
        assert [totals(record) for record in records_of(recorder)] == [{"train": 200, "val": 100}]
    folders = list(tmp_path.iterdir())
    assert len(folders) == 3
    for folder in folders:
        assert [line.reason for line in read_lines(folder) if isinstance(line, EndLine)] == ["finished"]
        assert read_manifest(folder).group == "cv"


def test_a_recorder_that_goes_on_twice_is_one_run(tmp_path: Path) -> None:
    """Two `fit` of one recorder with `resume="allow"`: a second attempt of the same run, epochs one after the other."""
    recorder = RunRecorder(tmp_path, name="twice", resume="allow")
    model = model_with([ConfusionTally()])
    for first in (0, 2):
        model.fit(*TRAIN, validation_data=VAL, initial_epoch=first, epochs=first + 2, verbose=0, callbacks=[recorder])
    assert len(list(tmp_path.iterdir())) == 1
    assert [record.epoch for record in records_of(recorder)] == [0, 1, 2, 3]
    assert [line.attempt for line in read_lines(recorder.folder) if isinstance(line, EndLine)] == [0, 1]
