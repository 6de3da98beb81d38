"""`epochreel samples`: the samples asked for, in their order, on the terminal and in files."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 90)
    told = np.where(np.arange(90) < 6, (truth + 1) % 3, truth)  # the first six are labelled wrongly
    with RunWriter(tmp_path_factory.mktemp("runs"), class_names=["cat", "dog", "owl"]) as writer:
        for epoch in range(5):
            odds = np.exp(rng.normal(size=(90, 3)) + (1 + epoch / 2) * (truth[:, None] == np.arange(3)))
            writer.epoch(epoch, val=(told, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)))
    return writer.folder


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    return viewer.dynamics(viewer.open_run(folder)).samples


def asked(folder: Path, *words: str) -> str:
    result = invoke(["samples", str(folder), *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def listed(folder: Path, *words: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(asked(folder, *words, "--format", "csv")), index_col="sample")


def test_hardest_have_the_lowest_confidence(folder: Path, table: pd.DataFrame) -> None:
    """So many as are asked for, hardest first, with ids that lead back to the data."""
    found = listed(folder, "--hardest", "7")
    assert found.index.tolist() == table["confidence"].sort_values().index[:7].tolist()


@pytest.mark.parametrize(("option", "column"), [("--forgotten", "forgotten"), ("--flipped", "flips")])
def test_events_come_most_often_first(folder: Path, table: pd.DataFrame, option: str, column: str) -> None:
    """All samples with an event and no other, most events first; --limit cuts."""
    found = listed(folder, option)
    assert set(found.index) == set(table.index[table[column] > 0])
    assert found[column].is_monotonic_decreasing
    assert listed(folder, option, "--limit", "3").index.tolist() == found.index[:3].tolist()


def test_suspects_are_the_wrongly_labelled(folder: Path) -> None:
    """Most of what is suspected is what was labelled wrongly, surest first."""
    found = listed(folder, "--suspects")
    assert found["margin"].is_monotonic_decreasing
    assert set(found.index[:3]) <= set(range(6))


def test_a_class_and_an_epoch_can_be_asked_for(folder: Path) -> None:
    """Only samples of that true class, as things stood at that epoch."""
    expected = viewer.dynamics(viewer.open_run(folder), epoch=2).samples
    found = listed(folder, "--class", "dog", "--epoch", "2", "--hardest", "90")
    assert found.index.tolist() == expected[expected["class"] == "dog"].sort_values("confidence").index.tolist()
    with pytest.raises(
        ValueError, match=r"^--class must be one of \['cat', 'dog', 'owl'\], or its number\. Received: 'bat'$"
    ):
        asked(folder, "--class", "bat")


def test_labels_are_asked_for_by_name(tmp_path: Path) -> None:
    """Of a multi-label output --class names the label, and the id is sample and label."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path, kind="multilabel", class_names=["red", "big"]) as writer:
        writer.epoch(0, val=(rng.integers(0, 2, (8, 2)), rng.random((8, 2)).astype(np.float32)))
    found = json.loads(asked(writer.folder, "--class", "big", "--format", "json"))
    assert sorted((row["sample"], row["label"]) for row in found) == [(sample, "big") for sample in range(8)]


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_files_hold_every_sample_and_column(folder: Path, table: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    """--to writes the whole table, hardest first, in each format."""
    to = tmp_path / f"samples.{ending}"
    asked(folder, "--to", str(to))
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[ending](to)
    found = read if ending == "parquet" else read.set_index("sample")
    expected = table.sort_values("confidence")
    assert found.index.tolist() == expected.index.tolist()
    assert found.columns.tolist() == expected.columns.tolist()
    np.testing.assert_allclose(found["variability"], expected["variability"])
    assert found["learnt"].fillna(-1).tolist() == expected["learnt"].fillna(-1).tolist()


def test_a_table_shows_twenty_and_says_so(folder: Path) -> None:
    """Without a choice the twenty hardest, with a word on the rest; never a wall of rows."""
    result = invoke(["samples", str(folder)], catch_exceptions=False)
    assert len(re.findall(r"^│ \d+ ", result.stdout, re.MULTILINE)) == 20
    assert "20 of 90; --limit shows more, --to writes all" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--forgotten", "--flipped"], "one of --hardest, --forgotten, --flipped and --suspects, not several"),
        (["--to", "samples.xlsx"], "--to must end in one of .csv .parquet .json. Received: samples.xlsx"),
        (["--format", "xml"], "--format must be table, csv or json. Received: xml"),
        (["--split", "test"], "split must be one of ['val']. Received: 'test'"),
    ],
)
def test_wrong_words_are_refused(folder: Path, words: list[str], message: str) -> None:
    """Each with its rule."""
    with pytest.raises(ValueError, match=re.escape(message)):
        asked(folder, *words)


def test_two_runs_are_asked_what_one_alone_gets_right(folder: Path, tmp_path: Path) -> None:
    """Each row is a sample that one gets right and the other wrong; a line says which run is A and which B."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 90)
    told = np.where(np.arange(90) < 6, (truth + 1) % 3, truth)
    with RunWriter(tmp_path, name="other", class_names=["cat", "dog", "owl"]) as writer:
        writer.epoch(0, val=(told, rng.dirichlet(np.ones(3), 90).astype(np.float32)))
    result = invoke(["samples", str(folder), str(writer.folder), "--format", "csv"], catch_exceptions=False)
    found = pd.read_csv(io.StringIO(result.stdout), index_col="sample")
    right = np.where(found["right"] == "A", found["predicted_a"], found["predicted_b"])
    assert (right == found["class"]).all()
    assert (np.where(found["right"] == "A", found["predicted_b"], found["predicted_a"]) != found["class"]).all()
    assert set(found["right"]) == {"A", "B"}
    assert f"A: {folder.name}, epoch 4; B: {writer.folder.name}, epoch 0" in result.stderr
    shown = asked(folder, str(writer.folder), "--class", "owl")
    assert "predicted_b" in shown
    assert " cat " not in [line.split("│")[2] for line in shown.splitlines() if line.startswith("│")]
    with pytest.raises(ValueError, match=r"^a list must be of one run, or of what two runs disagree on\. Received: 2 "):
        asked(folder, str(writer.folder), "--forgotten")
