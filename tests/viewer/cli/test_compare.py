"""`epochreel compare`: what is printed and written."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke

Ask = Callable[..., str]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of two runs on the same samples, and what differs between them."""
    truth = (np.arange(200) % 4 == 0).astype(int)
    for number, name in enumerate(["base", "a|[b]"]):
        rng = np.random.default_rng(number)
        with RunWriter(tmp_path / "runs", name=name, group="seeds", config={"lr": 0.1 * (number + 1)}) as run:
            for epoch in range(3):
                scores = np.clip(0.3 + 0.25 * truth + rng.normal(0, 0.15, 200), 0, 1)
                run.epoch(epoch, logs={"val_loss": 1 / (1 + epoch)}, val=(truth, scores))
    return tmp_path / "runs"


@pytest.fixture
def ask() -> Ask:
    """`ask("compare", ...)`: what the command prints on standard output."""

    def ask(*arguments: Any) -> str:
        result = invoke(["compare", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return ask


def test_the_table_has_what_a_person_needs(runs: Path, ask: Ask) -> None:
    """Runs with their epochs, the config where it differs, the group, pairs with their test, and what it all covers."""
    text = ask(runs, "-m", "mcc", "--at", "best:mcc", "--best", "mcc")
    for words in ("best MCC, chosen", "Config, where it differs", "sd between runs", "95% interval", "p Holm",
                  "McNemar's exact test", "paired bootstrap", "a|[b]", "does not cover other seeds"):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("what", ["summary", "curves", "paired", "mcnemar", "groups", "bands", "config"])
def test_csv_is_the_table_that_python_has(runs: Path, ask: Ask, what: str, tmp_path: Path) -> None:
    """Printed and written, each table is that of the result in Python, to the last digit."""
    expected = viewer.compare(runs, ["f1"]).tables()[what]
    printed = pd.read_csv(StringIO(ask(runs, "-m", "f1", "--format", "csv", "--what", what)))
    ask(runs, "-m", "f1", "--to", tmp_path / "t.csv", "--what", what)
    for found in (printed, pd.read_csv(tmp_path / "t.csv")):
        whole = expected.reset_index()
        for name in whole.select_dtypes("number"):
            np.testing.assert_allclose(found[name].astype(float), whole[name].astype(float))
        assert len(found) == len(expected)


def test_json_has_every_table_and_sentence(runs: Path, ask: Ask, tmp_path: Path) -> None:
    """One object; what is undefined is null."""
    found = json.loads(ask(runs, "-m", "f1", "-m", "val_loss", "--format", "json"))
    result = viewer.compare(runs, ["f1", "val_loss"])
    assert found.keys() == {*result.tables(), "findings", "notes"}
    assert found["findings"] == result.findings
    assert found["paired"][0]["difference"] == pytest.approx(result.paired["difference"].iloc[0], abs=1e-12)
    assert found["paired"][1]["low"] is None
    ask(runs, "-m", "f1", "-m", "val_loss", "--to", tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text()) == found


def test_markdown_has_tables_that_hold(runs: Path, ask: Ask, tmp_path: Path) -> None:
    """Each row has as many cells as its head, whatever the names of runs; titles are headings, sentences a list."""
    text = ask(runs, "-m", "f1", "--format", "markdown")
    rows = [line.replace("\\|", "") for line in text.splitlines() if line.startswith("|")]
    heads = [number for number, row in enumerate(rows) if set(row) <= {"|", "-"}]
    assert text.startswith("## Runs, val\n")
    assert text.count("## ") == len(heads)
    for head, stop in zip(heads, [*(number - 1 for number in heads[1:]), len(rows)], strict=True):
        assert {row.count("|") for row in rows[head - 1 : stop]} == {rows[head].count("|")}
    assert "- An interval covers one thing" in text
    ask(runs, "-m", "f1", "--to", tmp_path / "t.md")
    assert (tmp_path / "t.md").read_text(encoding="utf-8") == text


def test_each_run_may_stand_at_an_epoch_of_its_own(runs: Path, ask: Ask) -> None:
    """`--at` once a run, in their order."""
    found = json.loads(ask(runs, "-m", "f1", "--at", "0", "--at", "best:f1", "--best", "f1", "--format", "json"))
    chosen = [row["epoch"] for row in found["summary"] if row["at"] == "chosen"]
    best = [row["epoch"] for row in found["summary"] if row["at"] == "best"]
    assert chosen == [0, best[1]]


def test_of_many_runs_the_best_are_listed(tmp_path: Path, ask: Ask) -> None:
    """Beyond six runs each has one row, the best first, with its configuration; beyond twenty the rest is counted."""
    truth = (np.arange(88) % 4 == 0).astype(int)
    for number in range(22):
        with RunWriter(tmp_path / "runs", name=f"run{number}", config={"n": number}, max_samples=0) as run:
            scores = np.where(np.arange(88) <= 4 * number, truth, 0.2)
            run.epoch(0, val=(truth, scores))
    text = ask(tmp_path / "runs", "-m", "f1")
    assert "the best 20 of 22 runs by F1" in text
    assert text.index("run21") < text.index("run14")
    assert "run0 " not in text.split("In pairs")[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "xml"], r"^--format must be table, csv, json or markdown\. Received: xml$"),
        (["--what", "all"], r"^--what must be one of summary, .*\. Received: all$"),
        (["--to", "t.txt"], r"^--to must end in one of .*\. Received: t\.txt$"),
        (["--to", "missing/t.csv"], r"^the folder of --to must exist\. Received: missing/t\.csv$"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_read(ask: Ask, arguments: list[str], message: str) -> None:
    """The rule, then what came; no run is needed to say so."""
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        ask("no-such-folder", *arguments)
