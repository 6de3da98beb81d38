"""`epochreel choose`: the same numbers as `viewer.choose`, in three formats, and plain words beside them."""

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
from viewer.cli import main
from viewer.formulas import FORMULAS
from viewer.run.shown import shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    truth = np.arange(200) % 5 == 0
    with RunWriter(tmp_path_factory.mktemp("runs"), name="[bold]", thresholds=np.linspace(0, 1, 21)) as writer:
        for epoch in range(4):
            z = rng.normal(size=200) + (1 + epoch / 2) * truth - 1
            writer.epoch(epoch, val=(truth, (1 / (1 + np.exp(-z))).astype(np.float32)))
    return writer.folder


def asked(folder: Path, *words: str) -> str:
    result = invoke(["choose", str(folder), *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_json_holds_what_python_gives(folder: Path) -> None:
    """All of it: goal, place, counts, measures with intervals, and the assessment."""
    words = ["--cost-fp", "1", "--cost-fn", "9", "--prevalence", "0.02", "--epoch", "last", "--repeats", "3"]
    found = json.loads(asked(folder, *words, "--format", "json"))
    goal = viewer.Goal(cost_fp=1, cost_fn=9, prevalence=0.02)
    expected = viewer.choose(viewer.open_run(folder), goal, epoch="last", repeats=3)
    assert (found["epoch"], found["threshold"], found["goal"]) == (3, expected.threshold, "lowest cost per sample")
    assert [found[name] for name in ("tp", "fp", "tn", "fn")] == [expected.tp, expected.fp, expected.tn, expected.fn]
    assert expected.assessment is not None
    for told, meant in (
        (found["measures"], expected.measures), (found["assessment"]["measures"], expected.assessment.measures),
    ):  # fmt: skip
        assert list(told) == list(meant)
        for label, estimate in meant.items():
            assert told[label] == {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def test_csv_is_the_table_with_its_place(folder: Path) -> None:
    """One row a measure, with epoch and threshold."""
    frame = pd.read_csv(io.StringIO(asked(folder, "--for", "mcc", "--format", "csv")), index_col="measure")
    expected = viewer.choose(viewer.open_run(folder), "mcc")
    pd.testing.assert_frame_equal(frame[expected.table.columns], expected.table)
    assert set(frame["epoch"]) == {expected.epoch}
    assert set(frame["threshold"]) == {expected.threshold}


def test_the_table_says_in_words_what_flatters(folder: Path) -> None:
    """Place, counts, both figures, what the halves chose, how often the conditions held, and the what-if."""
    text = asked(folder, "--recall", "0.8", "--prevalence", "0.005")
    found = viewer.choose(viewer.open_run(folder), viewer.Goal(recall=0.8, prevalence=0.005))
    assert "[bold], val: highest precision with recall of at least 0.8" in text
    assert (
        f"threshold {found.threshold:.4g} at epoch {found.epoch}: tp {found.tp}, fp {found.fp}, tn {found.tn}" in text
    )
    assert found.assessment is not None
    for estimate in (found.measures["recall"], found.assessment.measures["recall"]):
        assert re.search(rf"{estimate.value:.4g} +│ {estimate.low:.4g} to {estimate.high:.4g}", text)
    assert "As if 0.5% were positive, with the scores within each class as recorded." in text
    assert "of 200 recorded samples, 20 times" in text
    assert f"the conditions held in {found.assessment.met:.0%} of cases" in text


def test_a_goal_out_of_reach_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback: the sentence with the nearest on standard error, nothing on standard output, and exit code 2."""
    monkeypatch.setattr("sys.argv", ["epochreel", "choose", str(folder), "--precision", "1", "--recall", "1"])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr()
    assert (left.value.code, told.out) == (2, "")
    assert re.fullmatch(
        r"epochreel: no threshold of any epoch gives .*; the nearest is .* with precision .*\n", told.err
    )


def test_help_says_what_a_prevalence_assumes() -> None:
    """The help of --prevalence says that the scores of each class are held as they are."""
    text = " ".join(re.sub(r"[│╭╰─╮╯]", " ", invoke(["choose", "--help"]).stdout).split())
    assert "The scores within each class stay as they were recorded" in text


def test_a_formula_of_ones_own_can_be_best(folder: Path, tmp_path: Path) -> None:
    """--formulas registers what --for then names."""
    file = tmp_path / "mine.py"
    file.write_text("import viewer\n\n@viewer.formula\ndef net(tp, fp):\n    return tp - 3 * fp\n")
    found = json.loads(asked(folder, "--formulas", str(file), "--for", "net", "--format", "json"))
    with FORMULAS.layer(str(file)):
        pass  # takes it back
    expected = viewer.choose(viewer.open_run(folder), "tp - 3 * fp")
    assert found["measures"]["net"]["value"] == expected.measures["tp - 3 * fp"].value
    assert "net" not in FORMULAS


def test_a_large_number_is_written_out() -> None:
    """Alerts of 10,000 stand beside those of 9,833."""
    assert [shown(value) for value in (10_000.0, 9833.4, 123.456, 0.28125, 1e9)] == [
        "10000",
        "9833",
        "123.5",
        "0.2812",
        "1e+09",
    ]
