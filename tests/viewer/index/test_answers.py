"""What runs were asked once is answered at once the next time, and never otherwise than by the runs."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter, open_writer
from recorder.runfile.layout import merged_parts
from viewer.formulas import FORMULAS, parse_spec
from viewer.index import answers
from viewer.index.refreshing import refresh
from viewer.listing import column
from viewer.reading.find import INDEX

from .lists import asked, listed, opened

BROKEN = "20260101-000000-broken-0000"
ASKED = ["-m", "roc_auc", "-m", "f1@0.3", "-m", "best(average_precision)", "-m", "max(roc_auc)"]


@pytest.fixture(autouse=True)
def _few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usually a few new ones are not worth a file."""
    monkeypatch.setattr(answers, "FEW", 1)
    monkeypatch.setattr(answers, "SHARE", 0.0)


def kept(root: Path) -> list[Path]:
    return sorted((root / INDEX / answers.FOLDER).iterdir())


@pytest.mark.parametrize("more", [[], ["--split", "train"], ["--threshold", "0.4"], ["--output", "b"]])
def test_the_same_question_opens_no_run_again(
    runs: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    """The values are those of the runs, the first time and later; only what has none is looked at."""
    rows = listed(runs, *ASKED, *more)
    assert listed(copy, *ASKED, *more) == rows
    again, met = opened(copy, monkeypatch, *ASKED, *more)
    assert again == rows
    lacking = {row["run"] for row in rows if any(row[name] is None for name in ASKED[1::2])}
    assert set(met) - {BROKEN} <= lacking


def test_bounds_are_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where samples are not recorded as a whole a value stands beside how far bins leave it open."""
    two, rng = np.arange(300) % 2, np.random.default_rng(0)
    for name in "ab":
        with RunWriter(tmp_path, name=name, max_samples=0) as run:
            run.epoch(0, val=(two, 0.5 + 1e-4 * rng.random(300)))
    rows = listed(tmp_path, "-m", "roc_auc")
    assert rows[0]["roc_auc ±"] > 0
    refresh(tmp_path)
    for _ in range(2):
        assert listed(tmp_path, "-m", "roc_auc") == rows
    assert opened(tmp_path, monkeypatch, "-m", "roc_auc") == (rows, [])


@pytest.mark.filterwarnings("ignore:.*is left out")
def test_a_comparison_takes_the_same_answers(runs: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ranks runs by their newest values; from its second look on, or that of a list, it asks no run for them."""
    without, met, real = asked("compare", runs, "-m", "roc_auc", "--format", "csv"), list[Path](), column._last
    monkeypatch.setattr(column, "_last", lambda run, *rest: met.append(run.folder) or real(run, *rest))
    assert asked("compare", copy, "-m", "roc_auc", "--format", "csv") == without
    first = len(met)
    assert asked("compare", copy, "-m", "roc_auc", "--format", "csv") == without
    assert len(met) - first < first / 2, "those that have no value"


def test_one_question_is_not_another(runs: Path, copy: Path) -> None:
    """Each split, threshold, end and prevalence has answers of its own."""
    for words in ("roc_auc", "train:roc_auc", "f1@0.3", "f1@0.4", "max(roc_auc)", "min(roc_auc)", "recall@2@0.3"):
        for more in ([], ["--prevalence", "0.3"]):
            assert listed(copy, "-m", words, *more) == listed(runs, "-m", words, *more), words
    assert len(kept(copy)) > 7


def test_a_run_that_went_on_is_asked_itself(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its new epoch has another value; that of all others is known."""
    listed(copy, "-m", "roc_auc")
    two = np.arange(20) % 2
    with RunWriter(copy, name="plain", resume="allow") as run:
        run.epoch(4, logs={"loss": 0.125}, val=(two, two * 0.9))
    rows, met = opened(copy, monkeypatch, "-m", "roc_auc")
    assert {row["run"]: row["roc_auc"] for row in rows}[run.folder.name] == 1.0
    assert run.folder.name in met
    assert not [name for name in met if "-wide-" in name]
    refresh(copy)
    assert {row["run"]: row["roc_auc"] for row in listed(copy, "-m", "roc_auc")}[run.folder.name] == 1.0


def test_of_what_is_not_here_as_a_whole_nothing_is_kept(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that comes late changes the answer, and none of the files that the index looks at."""
    (folder,) = copy.glob("*-wide-*")
    parts = [part.path for kind in ("tallies", "samples") for part in merged_parts(folder, kind)]
    for path in parts:
        path.rename(path.with_suffix(".late"))
    listed(copy, "-m", "roc_auc")
    for path in parts:
        path.with_suffix(".late").rename(path)
    rows, met = opened(copy, monkeypatch, "-m", "roc_auc")
    assert folder.name in met
    assert {row["run"]: row["roc_auc"] for row in rows}[folder.name] is not None


def test_a_formula_of_the_user_is_asked_each_time(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code may be another one the next time, under the same name."""
    file = tmp_path / "mine.py"
    for share in (0.25, 0.5):
        file.write_text(f"import viewer\n@viewer.formula\ndef mine(tp):\n    return 0.0 * tp + {share}\n")
        rows, met = opened(copy, monkeypatch, "-m", "mine@0.3", "--formulas", str(file))
        assert {row["mine@0.3"] for row in rows} >= {share}
        assert len(met) > 2
    assert not (copy / INDEX / answers.FOLDER).exists()


def test_a_log_may_be_called_as_formulas_are(tmp_path: Path) -> None:
    """In runs of logs alone an alias, and what stands behind an `@`, are names: two of them are two questions."""
    logs = {"dice": 0.1, "f1": 0.9, "f1@0.3": 0.5, "f1@0.30": 0.7}
    for name in "ab":
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, logs=logs)
    refresh(tmp_path)
    for _ in range(2):
        for name, value in logs.items():
            assert {row[name] for row in listed(tmp_path, "-m", name)} == {value}


def test_only_formulas_of_this_program_are_kept() -> None:
    """Whatever somebody else's is called, and wherever its function comes from: none is asked by its name alone."""
    built_in, made = FORMULAS["roc_auc"], {"viewer": viewer}
    assert column.question_of("last", parse_spec("roc_auc"), None, {})
    with FORMULAS.layer("test"):
        FORMULAS.register(replace(built_in, bounds=None))
        exec("@viewer.formula\ndef from_nowhere(tp, fp):\n    return tp / (tp + fp)", made)
        for name in ("roc_auc", "from_nowhere@0.3"):
            assert column.question_of("last", parse_spec(name), None, {}) == ""
    FORMULAS.drop("test")
    assert FORMULAS["roc_auc"] is built_in


def test_without_its_metadata_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was frozen, or only copied, does not know its version: then it asks each time."""

    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", none)
    assert column.question_of("last", parse_spec("roc_auc"), None, {}) == ""


def test_an_addition_that_was_half_there_is_seen_once_it_is_whole(tmp_path: Path) -> None:
    """Its folder looks the same from outside; the file does not."""
    two, asked_for = np.arange(60) % 2, ["-m", "mcc", "-m", "roc_auc"]
    for name in "ab":
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(0, val=(two, 1 - two * 0.5))
            run.epoch(1, train=(two, two * 0.9))
    with open_writer(run.folder) as adder:
        adder.add(epoch=1, val=(two, two * 0.9))
    (addition,) = [path for path in (run.folder / "additions").iterdir() if path.name.startswith("0")]
    whole = addition.read_bytes()
    os.truncate(addition, 20)
    refresh(tmp_path)
    assert [row["mcc"] for row in listed(tmp_path, *asked_for)] != [0, 1]
    with addition.open("r+b") as file:
        file.write(whole)
    rows = listed(tmp_path, *asked_for)
    assert [row["roc_auc"] for row in rows] == [0, 1]
    shutil.rmtree(tmp_path / INDEX)
    assert listed(tmp_path, *asked_for) == rows


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _of_text(path: Path) -> None:
    path.write_text("no JSON")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _linked(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("damage", [_truncated, _of_text, _pipe, _linked])
def test_answers_that_are_broken_are_none(runs: Path, copy: Path, damage: object) -> None:
    """The runs are asked, and nobody waits or hears of it."""
    listed(copy, "-m", "roc_auc")
    (path,) = kept(copy)
    damage(path)  # type: ignore[operator]
    assert listed(copy, "-m", "roc_auc") == listed(runs, "-m", "roc_auc")


@pytest.mark.parametrize("linked", [".", answers.FOLDER])
def test_a_link_leads_nowhere(
    runs: Path, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: str
) -> None:
    """Nothing is written or removed where somebody's link points to."""
    monkeypatch.setattr(answers, "MOST", 1)
    place = copy / INDEX / linked
    elsewhere = tmp_path / "elsewhere"
    if place.exists():
        place.rename(elsewhere)
    else:
        elsewhere.mkdir()
    place.symlink_to(elsewhere)
    theirs = {elsewhere / f"{number:024x}.json" for number in range(3)}
    for path in theirs:
        path.write_text("{}")
    before = set(elsewhere.rglob("*"))
    for question in ("roc_auc", "f1@0.3"):
        assert listed(copy, "-m", question) == listed(runs, "-m", question)
    assert set(elsewhere.rglob("*")) - before <= {elsewhere / answers.FOLDER}
    assert theirs <= set(elsewhere.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to give a file away")
def test_answers_of_somebody_else_are_none(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who can write into a folder, but does not own it, does not say what is in others' runs."""
    listed(copy, "-m", "roc_auc")
    (path,) = kept(copy)
    os.chown(path, 12_345, -1)
    assert len(opened(copy, monkeypatch, "-m", "roc_auc")[1]) > 2


def test_a_folder_that_cannot_be_written_is_read_all_the_same(
    runs: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be kept is asked again."""

    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(answers, "write_whole", full)
    assert listed(copy, "-m", "roc_auc") == listed(runs, "-m", "roc_auc")


def test_the_oldest_questions_go(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more than so many files."""
    monkeypatch.setattr(answers, "MOST", 3)
    for threshold in range(1, 7):
        listed(copy, "-m", f"f1@0.{threshold}")
    assert len(kept(copy)) == 3
