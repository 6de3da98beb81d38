"""Confusion matrices: the same numbers whether all are kept, some, or none; and how much memory they take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import viewer
from recorder import RunWriter
from recorder.runfile import EpochRecord, Output, RunFileWriter, Tally, begin_line
from recorder.runfile.schema import Manifest
from viewer.frame import Framer
from viewer.panels.matrix.numbers import confusion
from viewer.reading import matrices
from viewer.run import inputs

CLASSES = 20  # more than the lines state
FORMULAS = ("accuracy", "mcc", "f1@macro", "recall@micro", "cohen_kappa", "precision@3", "tp / (tp + fn)")


def write(writer: RunWriter, epochs: range) -> None:
    rng = np.random.default_rng(epochs.start)
    for epoch in epochs:
        truth = rng.integers(0, CLASSES, 50)
        writer.epoch(epoch, logs={"loss": 1.0}, val=(truth, rng.dirichlet(np.ones(CLASSES), 50)))


def answers(run: viewer.Run) -> dict[str, Any]:
    found: dict[str, Any] = {text: run.values(text) for text in FORMULAS}
    found["mean"] = run.values(lambda matrix: matrix.mean(axis=(-2, -1)))
    found["counts"] = run.counts(label=7).to_numpy()
    found["band"] = run.band("f1@4")
    found["confusion"] = [run.confusion("val", at) for at in range(len(run.epoch_numbers))]
    return found


@pytest.mark.parametrize("held", [0, CLASSES**2 * 4 * 9])
def test_what_does_not_fit_into_memory_has_the_same_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    """None kept, or all until the run grows: formulas, counts, bands and single matrices, as of a run that is small."""
    writer = RunWriter(tmp_path, thresholds=[0.25, 0.5], max_samples=0)
    write(writer, range(9))
    plain = answers(viewer.open_run(writer.folder))
    monkeypatch.setattr(matrices, "HELD", held)
    monkeypatch.setattr(inputs, "MATRICES", CLASSES**2 * 8 * 2)
    run = viewer.open_run(writer.folder)
    np.testing.assert_equal(answers(run), plain)
    write(writer, range(9, 15))
    run.refresh()
    grown = answers(run)
    monkeypatch.undo()
    np.testing.assert_equal(grown, answers(viewer.open_run(writer.folder)))


def test_a_formula_of_each_class_is_scikit_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed some epochs at a time."""
    monkeypatch.setattr(matrices, "HELD", 0)
    monkeypatch.setattr(inputs, "MATRICES", 1)
    rng = np.random.default_rng(3)
    with RunWriter(tmp_path, thresholds=[0.5], max_samples=0) as writer:
        expected = []
        for epoch in range(4):
            truth, scores = rng.integers(0, CLASSES, 80), rng.dirichlet(np.ones(CLASSES), 80).astype(np.float32)
            writer.epoch(epoch, val=(truth, scores))
            called = scores.argmax(axis=1)
            expected.append([sk.matthews_corrcoef(truth, called), sk.accuracy_score(truth, called)])
    run = viewer.open_run(writer.folder)
    np.testing.assert_allclose(np.transpose([run.values("mcc"), run.values("accuracy")]), expected, rtol=1e-12)


def record_wide(root: Path, *, classes: int, epochs: int, with_matrix: bool) -> Path:
    """Many classes, two thresholds."""
    output = Output(kind="multiclass", classes=[str(label) for label in range(classes)], thresholds=[0.25, 0.5])
    manifest = Manifest(run_id="wide", name="wide", created="2026-11-23T10:30:05Z", outputs=[output])
    writer = RunFileWriter.create(root, manifest, begin_line())
    rng = np.random.default_rng(0)
    for epoch in range(epochs):
        matrix = None
        if with_matrix:
            matrix = np.zeros((classes, classes), np.int64)
            np.add.at(matrix, tuple(rng.integers(0, classes, (2, 5 * classes))), 1)
        histogram = rng.integers(0, 9, (classes, 2, 3))
        tally = Tally(split="val", histogram=histogram, nan=np.zeros((classes, 2), np.int64), matrix=matrix)
        writer.append(EpochRecord(epoch=epoch, logs={"loss": 1.0}, tallies=(tally,)))
    writer.close()
    return writer.folder


PROGRAM = """
import sys
import numpy as np
import viewer, viewer.run
from tests.memory import peak
before = peak()
run = viewer.open_run(sys.argv[1])
for text in ("accuracy", "mcc", "f1@macro"):
    assert np.isfinite(run.values(text)).all()
assert not run.faults
print((peak() - before) // 2**20)
"""


@pytest.mark.campaign
def test_many_epochs_of_a_thousand_classes_take_no_more_than_is_stated(tmp_path: Path) -> None:
    """40 matrices of 1,000 classes are 320 MB, and a formula takes as much again; here it is 16 at a time."""
    folder = record_wide(tmp_path, classes=1_000, epochs=40, with_matrix=True)
    environment = {"PYTHONPATH": str(Path(viewer.__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 320


def test_a_run_without_matrices_opens_and_says_so(tmp_path: Path) -> None:
    """As the recorder drops them where there are very many classes: counts at a threshold, and no matrix panel."""
    run = viewer.open_run(record_wide(tmp_path, classes=30, epochs=2, with_matrix=False))
    assert run.confusion("val", 0) is None
    assert np.isfinite(run.values("f1@macro@0.5")).all()
    frame = Framer(run).frame()
    assert confusion(frame) is None
    assert run.faults == []
