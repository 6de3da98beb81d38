"""Runs of CSVLogger files: what Keras logged, epoch by epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from tests.commands import invoke
from viewer.importers import Imported, import_csv

from .conftest import EPOCHS, Training


def the_only(found: list[Imported]) -> Any:
    (one,) = found
    return one


def test_every_log_of_a_real_file_is_there(training: Training, tmp_path: Path) -> None:
    """Each column is Keras's own history, whatever the separator."""
    run = viewer.open_run(the_only(import_csv(training.csv, tmp_path)).folder)
    assert run.status == "finished"
    assert run.epoch_numbers.tolist() == list(range(EPOCHS))
    assert set(run.logs) == set(training.history)
    for name, values in training.history.items():
        np.testing.assert_allclose(run.logs[name], values, rtol=1e-6)


def test_four_counts_among_the_logs_make_every_formula(training: Training, tmp_path: Path, truth: Any) -> None:
    """tp, fp, tn, fn and their val_ are counts of both splits; the formulas are scikit-learn's on the same scores."""
    from sklearn.metrics import balanced_accuracy_score, matthews_corrcoef

    run = viewer.open_run(the_only(import_csv(training.csv, tmp_path)).folder)
    assert run.splits() == ["train", "val"]
    said = [scores > 0.5 for scores in training.scores]
    np.testing.assert_allclose(run.metric("mcc"), [matthews_corrcoef(truth, one) for one in said])
    np.testing.assert_allclose(run.metric("balanced_accuracy"), [balanced_accuracy_score(truth, one) for one in said])
    np.testing.assert_allclose(run.metric("accuracy", "train"), training.history["accuracy"], rtol=1e-6)


def logged(file: Path, first: int, losses: list[float]) -> None:
    """A training of Keras's CSVLogger, behind what is in the file already."""
    import keras

    logger = keras.callbacks.CSVLogger(file, append=True)
    logger.set_model(keras.Sequential())
    logger.on_train_begin()
    for epoch, loss in enumerate(losses, start=first):
        logger.on_epoch_end(epoch, {"loss": loss})
    logger.on_train_end()


def test_a_second_training_in_a_file_is_another_run(tmp_path: Path) -> None:
    """Where epochs start again from the first one, as `append=True` writes them, no curve is made of two trainings."""
    for losses in ([4.0, 3.0, 2.0], [1.0], [7.0, 8.0]):
        logged(tmp_path / "log.csv", 0, losses)
    runs = [viewer.open_run(one.folder) for one in import_csv(tmp_path / "log.csv", tmp_path / "runs") if one.folder]
    assert [run.logs["loss"].tolist() for run in runs] == [[4.0, 3.0, 2.0], [1.0], [7.0, 8.0]]
    assert [run.name for run in runs] == ["log", "log-2", "log-3"]


def test_a_training_that_was_resumed_is_another_attempt(tmp_path: Path) -> None:
    """Where epochs go back, but not to the first one, the later attempt hides what the earlier has from there on."""
    logged(tmp_path / "log.csv", 0, [4.0, 3.0, 2.0])
    logged(tmp_path / "log.csv", 1, [1.0])
    run = viewer.open_run(the_only(import_csv(tmp_path / "log.csv", tmp_path / "runs")).folder)
    assert run.logs["loss"][:2].tolist() == [4.0, 1.0]
    assert run.epochs["attempt"].tolist()[:2] == [0, 1]


def test_what_is_no_number_is_a_gap_or_left_out(tmp_path: Path) -> None:
    """ "NA" is a gap, NaN is NaN; a column of other things is named."""
    file = tmp_path / "log.csv"
    file.write_text('epoch,loss,val_loss,note\n0,1.5,NA,"[1, 2]"\n1,nan,0.5,x\n2,0.25,1,\n')
    found = the_only(import_csv(file, tmp_path / "runs", name="mine"))
    run = viewer.open_run(found.folder)
    assert run.name == "mine"
    np.testing.assert_equal(run.logs["loss"], [1.5, np.nan, 0.25])
    np.testing.assert_equal(run.logs["val_loss"], [np.nan, 0.5, 1])
    assert found.left_out == ("columns without a number: note",)
    assert run.splits() == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["0,1,2", "1,5", "2,3,4"], "rows with more or fewer cells than the header: 3"),
        (["0,1,2", "1,7,8,9", "2,3,4"], "rows with more or fewer cells than the header: 3"),
        (["0,1,2", "1,5", "1,7,8,9", "2,3,4"], "rows with more or fewer cells than the header: 3, 4"),
        (["0,1,2", '1,"a\nb"', "2,3,4"], "rows with more or fewer cells than the header: 4"),
    ],
)
def test_a_row_with_other_cells_puts_no_value_under_a_wrong_name(tmp_path: Path, rows: list[str], said: str) -> None:
    """It is left out by its number, and the other rows are what they are."""
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["epoch,loss,val_loss", *rows, ""]))
    found = the_only(import_csv(file, tmp_path / "runs"))
    run = viewer.open_run(found.folder)
    assert run.epoch_numbers.tolist() == [0, 2]
    assert (run.logs["loss"].tolist(), run.logs["val_loss"].tolist()) == ([1.0, 3.0], [2.0, 4.0])
    assert found.left_out == (said,)


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_torn_last_row_is_no_epoch(tmp_path: Path, cut: int) -> None:
    """Without its end of line nobody knows whether `1,0.` was to be 0.0 or 0.75; it is left out and said."""
    file = tmp_path / "log.csv"
    file.write_text("epoch,loss\n0,0.5\n1,0.75\n"[:-cut])
    found = the_only(import_csv(file, tmp_path / "runs"))
    assert viewer.open_run(found.folder).logs["loss"].tolist() == [0.5]
    assert found.left_out == ("the last row, which has no end of line: 3",)


def test_a_byte_order_mark_and_other_ends_of_line_are_fine(tmp_path: Path) -> None:
    """As Windows programs save such a file."""
    file = tmp_path / "log.csv"
    file.write_bytes(b"\xef\xbb\xbfepoch;loss\r\n0;0.5\r\n1;0.25\r\n")
    found = the_only(import_csv(file, tmp_path / "runs"))
    assert viewer.open_run(found.folder).logs["loss"].tolist() == [0.5, 0.25]
    assert found.left_out == ()


def test_a_second_header_names_the_rows_below_it(tmp_path: Path) -> None:
    """Two files one behind the other: each row by the header above it."""
    file = tmp_path / "log.csv"
    file.write_text("epoch,loss,acc\n0,0.5,0.9\nepoch,acc,loss\n0,0.8,0.25\n")
    runs = [viewer.open_run(one.folder) for one in import_csv(file, tmp_path / "runs") if one.folder]
    assert [(run.logs["loss"].item(), run.logs["acc"].item()) for run in runs] == [(0.5, 0.9), (0.25, 0.8)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a CSVLogger file must begin with a header that has the column epoch. Received: ''"),
        ("loss,acc\n1,2\n", "must begin with a header that has the column epoch. Received: 'loss,acc'"),
        ("epoch,loss\n1.5,2\n", "an epoch must be a whole number of 0 or more. Received: '1.5' in row 2"),
        ("epoch,loss\n0,1\n-1,2\n", "an epoch must be a whole number of 0 or more. Received: '-1' in row 3"),
        ("epoch,loss\nnan,1\n", "an epoch must be a whole number of 0 or more. Received: 'nan' in row 2"),
        ("epoch,loss\n", "a CSVLogger file must have an epoch. Received: none"),
        ("epoch,loss\n0,1", "a CSVLogger file must have an epoch. Received: left out the last row, which"),
        ("epoch,loss\n0\n", "Received: left out rows with more or fewer cells than the header: 2"),
        ("epoch,loss,loss\n0,1,2\n", "the columns of a CSVLogger file must differ. Received twice: loss"),
        ('epoch,loss\n0,"1\n', "a CSVLogger file must be a table of cells. Received: line 2 (unexpected end of data)"),
        ("epoch,loss\n0,\xff\n".encode("latin-1"), "a CSVLogger file must be text in UTF-8. Received: 'utf-8' codec"),
    ],
)
def test_what_is_no_such_file_is_refused_and_leaves_nothing(tmp_path: Path, text: str | bytes, said: str) -> None:
    """The rule, and what came; no run."""
    (tmp_path / "log.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ValueError, match=r".*") as caught:
        import_csv(tmp_path / "log.csv", tmp_path / "runs")
    assert str(caught.value).startswith("log.csv: ")
    assert said in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_second_import_is_a_second_run(training: Training, tmp_path: Path) -> None:
    """Nothing is overwritten, the file stays as it is; the command says where the run is."""
    before = training.csv.read_bytes()
    folders = []
    for _ in range(2):
        result = invoke(["import", "csv", str(training.csv), "--to", str(tmp_path)])
        assert result.exit_code == 0
        folders.append(Path(result.stdout.strip()))
    assert folders[0] != folders[1]
    assert sorted(folders) == sorted(run.folder for run in viewer.open_runs(tmp_path))
    assert training.csv.read_bytes() == before
    texts = [path.read_text() for path in folders[0].glob("*.json*")]
    assert not any(str(training.csv.parent) in text for text in texts)
