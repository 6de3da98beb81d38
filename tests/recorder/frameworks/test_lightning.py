"""Lightning: what its own validations predict is what was counted, in one process and in two."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder.runfile import read_lines

from .oracle import check_counts, records_of

torch = pytest.importorskip("torch", reason="needs torch")
pl = pytest.importorskip("pytorch_lightning", reason="needs lightning")

from recorder.lightning import RunCallback  # noqa: E402 - where it is installed

from . import lightning_parts as parts  # noqa: E402 - where it is installed

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{about}")
    for about in (".*does not have many workers", ".*tensorboardX", ".*log_every_n_steps", ".*treespec", ".*isinstance")
]


@pytest.mark.parametrize("kind", list(parts.WIDTH))
def test_counts_equal_those_of_scikit_learn(tmp_path: Path, kind: Any) -> None:
    """Two validations an epoch, at every threshold: those at its end know what the epoch logs; no sanity check."""
    run, model, trainer = parts.trained(tmp_path, kind, val_check_interval=0.5)
    trainer.validate(model, parts.loader(kind, 0, 5), verbose=False)
    records, points = records_of(run.folder), [point for point in model.points if point[0]][:4]
    assert [(record.epoch, record.in_epoch) for record in records] == [(4, 0), (8, 0), (12, 1), (16, 1)]
    for record, (step, logits, labels) in zip(records, points, strict=True):
        assert record.epoch == step
        scores = logits.softmax(dim=-1) if kind == "multiclass" else logits.sigmoid()
        check_counts(record, run.folder, labels, scores)
        assert {tally.split: len(parts.X[:64]) for tally in record.tallies} == {"train": 64, "val": 64}
        train = next(tally for tally in record.tallies if tally.split == "train")
        assert train.histogram[0].sum() == 64
        assert "val_loss" in record.logs
        assert "val" in record.seconds
    assert "loss" in records[1].logs
    assert read_lines(run.folder)[-1].reason == "finished"


@pytest.mark.parametrize("kind", ["multiclass", "binary"])
def test_two_processes_count_what_one_does(tmp_path: Path, kind: str) -> None:
    """37 samples on two of 19: counts, samples by ids, and what is derived, equal those of one process; one run."""
    alone, _, _ = parts.trained(tmp_path / "one", kind, rate=0.0)
    root, project = tmp_path / "two", str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": project, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, parts.__file__, str(root), kind]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=240)
    (folder,) = root.iterdir()
    both = viewer.open_run(folder)
    np.testing.assert_allclose(both.metric("val_precise"), both.metric("precision"), rtol=1e-6)
    for one, two in zip(records_of(alone.folder), records_of(folder), strict=True):
        ours, theirs = (next(t for t in each.tallies if t.split == "val") for each in (one, two))
        np.testing.assert_array_equal(ours.histogram, theirs.histogram)
        assert ours.histogram[0].sum() == 37
        if kind == "multiclass":
            np.testing.assert_array_equal(ours.matrix, theirs.matrix)
        (mine,), (others,) = one.samples, two.samples
        order = np.argsort(others.sample)
        np.testing.assert_array_equal(mine.sample, others.sample[order])
        np.testing.assert_array_equal(mine.y_true, others.y_true[order])


def test_several_loaders_and_epochs_without_validation(tmp_path: Path) -> None:
    """Each loader is a split; an epoch that validates nothing has its training counts and logs."""
    run, _, _ = parts.trained(tmp_path, "binary", sets=2, check_val_every_n_epoch=2)
    found = [{tally.split: int(tally.histogram.sum()) for tally in each.tallies} for each in records_of(run.folder)]
    assert found == [{"train": 128}, {"train": 128, "val": 37, "val_1": 20}]


def test_batches_behind_the_last_validation_of_an_epoch_join_the_next_point(tmp_path: Path) -> None:
    """8 batches, validated after each 3: no point without a validation, and no training batch is lost between them."""
    run, _, _ = parts.trained(tmp_path, "binary", val_check_interval=3)
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [3, 6, 11, 14]
    train = [next(tally for tally in each.tallies if tally.split == "train") for each in records]
    assert [int(tally.histogram.sum()) for tally in train] == [48, 48, 80, 48]


def test_predict_finds_labels_and_scores(tmp_path: Path) -> None:
    """Of what a step returns and of its batch, with weights. What breaks a rule is one warning; training goes on."""

    def predict(outputs: Any, batch: Any) -> Any:
        return batch[1], outputs["preds"].softmax(dim=-1), torch.full((len(batch[1]),), 2.0)

    run = RunCallback(tmp_path / "a", predict=predict, verbose=0)
    parts.trained(tmp_path, "multiclass", run=run)
    val = next(tally for tally in records_of(run.folder)[-1].tallies if tally.split == "val")
    assert val.weights[0].sum() == 2 * 37
    bad = RunCallback(tmp_path / "b", predict=lambda outputs, batch: (batch[1][:1], outputs["preds"]), verbose=0)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        parts.trained(tmp_path, "multiclass", run=bad)
    assert len([each for each in met if "counting val failed and is left out" in str(each.message)]) == 1
    assert len(records_of(bad.folder)) == 2
    bad = RunCallback(tmp_path / "c", predict=lambda outputs, batch: (["a"], outputs["preds"]), verbose=0)
    with pytest.warns(RuntimeWarning, match="TypeError: y_true and y_score must be tensors"):
        parts.trained(tmp_path, "multiclass", run=bad)


class TrialPruned(Exception):  # noqa: N818 - by the name that Optuna gives it
    """A search gives the trial up."""


ENDS = [(KeyboardInterrupt, "interrupted"), (OSError, "stopped by OSError"), (TrialPruned, "pruned")]


@pytest.mark.parametrize(("error", "reason"), ENDS)
def test_an_error_ends_the_run(tmp_path: Path, error: Any, reason: str) -> None:
    """What was recorded before it stays, and the reason is there."""

    class Broken(pl.Callback):
        def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
            if trainer.current_epoch == 1:
                raise error

    run = RunCallback(tmp_path, kind="binary", from_logits=True, verbose=0)
    trainer = pl.Trainer(max_epochs=2, accelerator="cpu", callbacks=[run, Broken()], **parts.QUIET)
    with pytest.raises((error, SystemExit)):
        trainer.fit(parts.Classifier("binary"), parts.loader("binary", 0, 64), parts.loader("binary", 64, 90))
    assert len(records_of(run.folder)) == 1
    assert read_lines(run.folder)[-1].reason == reason


def test_early_stopping_follows_a_derived_value(tmp_path: Path) -> None:
    """It is that of the counts at every point, stands in the logs, and ends the training that does not get better."""
    from pytorch_lightning.callbacks import EarlyStopping

    derive = {"f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn), "broken": lambda tp: tp / [1, 2, 3]}
    stops = EarlyStopping("val_f1", mode="max", patience=1)
    run = RunCallback(tmp_path, kind="binary", from_logits=True, derive=derive, verbose=0)
    trainer = pl.Trainer(max_epochs=9, accelerator="cpu", callbacks=[run, stops], **parts.QUIET)
    with pytest.warns(RuntimeWarning, match=r"derive\['broken'\] failed"):
        trainer.fit(
            parts.Classifier("binary", rate=0.0), parts.loader("binary", 0, 64), parts.loader("binary", 64, 300)
        )
    found = viewer.open_run(run.folder or "")
    assert len(found.epochs) == 2, "one, and one that is no better"
    np.testing.assert_allclose(found.metric("val_f1"), found.metric("f1"), rtol=1e-6)
    with pytest.raises(TypeError, match="derive functions must take some of tp"):
        RunCallback(tmp_path, derive={"f1": lambda true: true})
