"""Runs of CSVLogger files: what Keras logged, epoch by epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import viewer
from viewer.cli import app
from viewer.importers import import_csv

from .conftest import EPOCHS, Training


def test_every_log_of_a_real_file_is_there(training: Training, tmp_path: Path) -> None:
    """Each column is Keras's own history, whatever the separator."""
    run = viewer.open_run(import_csv(training.csv, tmp_path).folder)
    assert run.status == "finished"
    assert run.epoch_numbers.tolist() == list(range(EPOCHS))
    assert set(run.logs) == set(training.history)
    for name, values in training.history.items():
        np.testing.assert_allclose(run.logs[name], values, rtol=1e-6)


def test_four_counts_among_the_logs_make_every_formula(training: Training, tmp_path: Path, truth: Any) -> None:
    """tp, fp, tn, fn and their val_ are counts of both splits; the formulas are scikit-learn's on the same scores."""
    from sklearn.metrics import balanced_accuracy_score, matthews_corrcoef

    run = viewer.open_run(import_csv(training.csv, tmp_path).folder)
    assert run.splits() == ["train", "val"]
    said = [scores > 0.5 for scores in training.scores]
    np.testing.assert_allclose(run.metric("mcc"), [matthews_corrcoef(truth, one) for one in said])
    np.testing.assert_allclose(run.metric("balanced_accuracy"), [balanced_accuracy_score(truth, one) for one in said])
    np.testing.assert_allclose(run.metric("accuracy", "train"), training.history["accuracy"], rtol=1e-6)


def test_epochs_that_start_again_are_a_new_attempt(tmp_path: Path) -> None:
    """As `append=True` writes them: the later attempt wins, the earlier epochs beyond it stay."""
    import keras

    file = tmp_path / "log.csv"
    for losses in ([4.0, 3.0, 2.0], [1.0]):
        logger = keras.callbacks.CSVLogger(file, append=True)
        logger.set_model(keras.Sequential())
        logger.on_train_begin()
        for epoch, loss in enumerate(losses):
            logger.on_epoch_end(epoch, {"loss": loss})
        logger.on_train_end()
    run = viewer.open_run(import_csv(file, tmp_path / "runs").folder)
    assert run.logs["loss"].tolist() == [1.0, 3.0, 2.0]
    assert run.epochs["attempt"].tolist() == [1, 0, 0]


def test_what_is_no_number_is_a_gap_or_left_out(tmp_path: Path) -> None:
    """ "NA" is a gap, NaN is NaN, a torn row lacks its end; a column of other things is named."""
    file = tmp_path / "log.csv"
    file.write_text('epoch,loss,val_loss,note\n0,1.5,NA,"[1, 2]"\n1,nan,0.5,x\n2,0.25\n')
    found = import_csv(file, tmp_path / "runs", name="mine")
    run = viewer.open_run(found.folder)
    assert run.name == "mine"
    np.testing.assert_equal(run.logs["loss"], [1.5, np.nan, 0.25])
    np.testing.assert_equal(run.logs["val_loss"], [np.nan, 0.5, np.nan])
    assert found.left_out == ("columns without a number: note",)
    assert run.splits() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a CSVLogger file must begin with a header that has the column epoch. Received: ''"),
        ("loss,acc\n1,2\n", "must begin with a header that has the column epoch. Received: 'loss,acc'"),
        ("epoch,loss\n1.5,2\n", "an epoch must be a whole number of 0 or more. Received: '1.5' in row 2"),
        ("epoch,loss\n0,1\n-1,2\n", "an epoch must be a whole number of 0 or more. Received: '-1' in row 3"),
        ("epoch,loss\nnan,1\n", "an epoch must be a whole number of 0 or more. Received: 'nan' in row 2"),
    ],
)
def test_what_is_no_such_file_is_refused_and_leaves_nothing(tmp_path: Path, text: str, said: str) -> None:
    """The rule, and what came; no run."""
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(ValueError, match=r".*") as caught:
        import_csv(tmp_path / "log.csv", tmp_path / "runs")
    assert said in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_second_import_is_a_second_run(training: Training, tmp_path: Path) -> None:
    """Nothing is overwritten, the file stays as it is; the command says where the run is."""
    before = training.csv.read_bytes()
    folders = []
    for _ in range(2):
        result = CliRunner().invoke(app, ["import", "csv", str(training.csv), "--to", str(tmp_path)])
        assert result.exit_code == 0
        folders.append(Path(result.stdout.strip()))
    assert folders[0] != folders[1]
    assert sorted(folders) == sorted(run.folder for run in viewer.open_runs(tmp_path))
    assert training.csv.read_bytes() == before
    texts = [path.read_text() for path in folders[0].glob("*.json*")]
    assert not any(str(training.csv.parent) in text for text in texts)
