"""The index: what is listed from it is what the runs say, it is read anew where they differ, and nothing trusts it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke
from tests.conftest import later
from viewer.comparison import picture
from viewer.formulas import FORMULAS
from viewer.index import known, known_runs, store
from viewer.index.refreshing import refresh
from viewer.listing.column import Column, parse_column
from viewer.reading.find import INDEX, find_runs
from viewer.run import Run, UnreadableRun, open_all

from .lists import asked, listed, opened

COLUMNS = [
    "loss", "val_loss", "mcc", "f1", "recall@macro", "precision@micro", "f1@weighted", "accuracy", "kappa",
    "hamming_loss", "train:mcc", "f1@0.3", "tn / (tn + fn)", "1 - accuracy", "best(mcc)", "min(loss)", "max(loss)",
    "best(f1@macro)", "max(recall@micro)", "best(lr_minus)", "max(auc)", "points", "epochs", "steps", "unit",
    "created", "planned", "problem", "seconds", "auc", "2 * loss",
]  # fmt: skip


def error(*words: object) -> str:
    with pytest.raises(ValueError, match=r".") as raised:
        invoke(list(map(str, words)), catch_exceptions=False)
    return str(raised.value)


def test_a_list_is_the_same_with_the_index_and_without(runs: Path, copy: Path) -> None:
    """Every column, filter and order, of every kind of run: the index changes how fast the answer is, and no digit."""
    words = [word for column in COLUMNS for word in ("-m", column)]
    for more in (
        ["-m", "top_k_accuracy"],
        ["--split", "train"],
        ["--sort", "mcc"],
        ["--where", "points > 1 and mcc < 0.2"],
        ["--output", "b"],
    ):
        assert listed(copy, *words, *more) == listed(runs, *words, *more), more
    assert asked("list", copy) == asked("list", runs)


@pytest.mark.parametrize("split", [None, "train", "probe", "nobody"])
@pytest.mark.parametrize("output", ["b", *later(None, "a")])
def test_many_runs_at_once_say_what_each_says_by_itself(runs: Path, split: str | None, output: str | None) -> None:
    """Without an index: a formula that is evaluated for all runs of a kind together gives each its own digits."""
    for text in COLUMNS:
        column = parse_column(text, split, output=output)
        alone = [_by_itself(column, run) for run in open_all(runs)]
        if any(value is not None for value in alone):
            assert column.values(open_all(runs)) == alone, text


def test_a_formula_of_the_user_is_asked_of_each_run(runs: Path, copy: Path) -> None:
    """It may look at all the numbers it is given, such as the largest: those of other runs are none of them."""
    with FORMULAS.layer("test"):

        @viewer.formula
        def share(tp: np.ndarray) -> np.ndarray:
            return tp / tp.max()

    try:
        asked = [word for text in ("share", "1 - share", "min(share)", "max(2 * share)") for word in ("-m", text)]
        rows = {row["name"]: row for row in listed(runs, *asked)}
        assert [*rows.values()] == listed(copy, *asked)
    finally:
        FORMULAS.drop("test")
    assert {(rows[name]["share"], rows[name]["1 - share"]) for name in ("plain", "wide", "resumed")} == {(1.0, 0.0)}
    assert rows["resumed"]["max(2 * share)"] == 2.0


def _by_itself(column: Column, run: Run | UnreadableRun) -> object:
    try:
        return column.value(run)
    except ValueError:
        return None


def test_what_the_index_has_is_not_opened(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the run that cannot be read is looked at, for the usual columns and for formulas of counts."""
    _, met = opened(copy, monkeypatch, "-m", "f1", "-m", "loss", "-m", "recall@macro", "-m", "points")
    assert met == ["20260101-000000-broken-0000"]


@pytest.mark.parametrize("words", ["-m los", "-m config.rl", "-m f1@nobody", "-m f1 --split exam"])
def test_a_mistake_is_told_in_the_same_words(runs: Path, copy: Path, words: str) -> None:
    """A column that no run has is one error, whether the runs were opened or not."""
    assert error("list", copy, *words.split()) == error("list", runs, *words.split())


def test_a_run_that_went_on_is_read_itself(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its new epoch is listed at once; `refresh` reads it alone, and then it is known again."""
    two = np.arange(20) % 2
    with RunWriter(copy, name="plain", resume="allow") as run:
        run.epoch(4, logs={"loss": 0.125}, val=(two, two * 0.9))
    rows, met = opened(copy, monkeypatch, "-m", "loss", "-m", "f1")
    assert [(row["loss"], row["f1"]) for row in rows if row["name"] == "plain"] == [(0.125, 1.0)]
    assert met == [run.folder.name, "20260101-000000-broken-0000"] or set(met) == {
        run.folder.name,
        "20260101-000000-broken-0000",
    }
    done = refresh(copy)
    assert (done.read, done.gone) == (2, 0)
    assert opened(copy, monkeypatch, "-m", "loss")[1] == ["20260101-000000-broken-0000"]


def test_runs_come_and_go(copy: Path) -> None:
    """What was deleted is not listed, what is new is; the next refresh says how many."""
    gone = next(path for path in find_runs(copy) if "-wide-" in path.name)
    shutil.rmtree(gone)
    with RunWriter(copy, name="late") as run:
        run.epoch(0, logs={"loss": 1.0})
    names = [row["name"] for row in listed(copy)]
    assert "late" in names
    assert "wide" not in names
    done = refresh(copy)
    assert (done.read, done.gone) == (2, 1)
    assert [row["name"] for row in listed(copy)] == names


def test_an_index_that_was_copied_is_not_believed(copy: Path, tmp_path: Path) -> None:
    """Times and sizes may be copied; that of the last change cannot. One sentence, and the runs are read."""
    other = tmp_path / "other"
    shutil.copytree(copy, other)
    result = invoke(["list", str(other)], catch_exceptions=False)
    assert "is not used" in result.stderr
    assert "was copied" in result.stderr
    assert result.stdout == asked("list", copy)
    assert "was copied" in refresh(other).ignored
    assert invoke(["list", str(other)], catch_exceptions=False).stderr == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to give a file away")
def test_an_index_of_somebody_else_is_not_believed(copy: Path) -> None:
    """Who can write into a folder, but does not own it, does not say what is in others' runs."""
    os.chown(copy / INDEX / "index.json", 12_345, -1)
    result = invoke(["list", str(copy)], catch_exceptions=False)
    assert "it belongs to another user" in result.stderr
    os.chown(copy, 12_345, -1)
    assert invoke(["list", str(copy)], catch_exceptions=False).stderr == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged"),
        (b"\xff{", "damaged"),
        (b'{"version":4,"shards":[{"month":"..","name":"a/../../b","runs":1,"looks":[]}]}', "letters and digits"),
        (b'{"version":9,"everything":"else"}', "is of version 9, and this epochreel reads 4"),
    ],
)
def test_what_is_no_index_is_ignored(copy: Path, data: bytes, words: str) -> None:
    """Damaged, foreign or newer: one sentence that says so, and the list is as without."""
    before = asked("list", copy)
    (copy / INDEX / "index.json").write_bytes(data)
    result = invoke(["list", str(copy)], catch_exceptions=False)
    assert words in result.stderr
    assert result.stdout == before


def test_a_kill_at_any_step_leaves_an_index(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever writing ends, what is listed afterwards is right, and the next refresh completes it."""
    for step in ("sync", "rename", "sync_folder", "write_whole", "remove"):
        with RunWriter(copy, name=step) as run:
            run.epoch(0, logs={"loss": 1.0})
        with monkeypatch.context() as patched:

            def die(*_: object, **__: object) -> None:
                raise KeyboardInterrupt

            patched.setattr(store, step, die)
            with pytest.raises(KeyboardInterrupt):
                refresh(copy)
        result = invoke(["list", str(copy)], catch_exceptions=False)
        assert step in result.stdout
        assert result.stderr == ""
    refresh(copy)
    files = {path.name.partition(".")[0] for path in (copy / INDEX).glob("month=*/*")}
    assert len(files) == len(json.loads((copy / INDEX / "index.json").read_bytes())["shards"])


def test_full_shards_stay_as_they_are(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a month with many runs only the last files, and those of runs that changed, are written anew."""
    monkeypatch.setattr("viewer.index.refreshing.RUNS_IN_A_SHARD", 3)
    shutil.rmtree(copy / INDEX)
    refresh(copy)
    before = {path: path.stat().st_mtime_ns for path in (copy / INDEX).glob("month=*/*.runs.parquet")}
    assert len(before) > 3
    with RunWriter(copy, name="one more") as run:
        run.epoch(0, logs={"loss": 1.0})
    refresh(copy)
    after = {path: path.stat().st_mtime_ns for path in (copy / INDEX).glob("month=*/*.runs.parquet")}
    assert len(before.items() & after.items()) >= len(before) - 2
    assert len(listed(copy)) == len(find_runs(copy))


def test_nobody_takes_it_for_a_run(copy: Path) -> None:
    """No walk through folders goes in, whatever lies there."""
    (copy / INDEX / "run.json").write_text("{}", encoding="utf-8")
    assert all(INDEX not in path.parts for path in find_runs(copy))
    assert len(viewer.list_runs(copy)) == len(find_runs(copy))


def test_one_run_has_no_index(runs: Path) -> None:
    """Nothing is written into a run."""
    with pytest.raises(ValueError, match=r"an index is of a folder of runs, not of one run. Received: .*-plain-"):
        refresh(next(path for path in find_runs(runs) if "-plain-" in path.name))


def test_the_command_says_what_it_did(copy: Path) -> None:
    """How many runs there are, were read, and are gone."""
    many = len(find_runs(copy))
    assert asked("index", copy) == f"{many} runs, 1 of them read now, 0 gone\n"


def test_many_new_runs_are_indexed_by_the_way(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that meets many runs that the index has not takes them in; a few it does not, nor what is broken."""
    before = (copy / INDEX / "index.json").read_bytes()
    listed(copy)
    assert (copy / INDEX / "index.json").read_bytes() == before
    base = next(path for path in find_runs(copy) if "-plain-" in path.name)
    for number in range(known_runs.FEW + 1):
        shutil.copytree(base, base.with_name(f"20260202-000000-copy-{number:04x}"))
    rows, met = opened(copy, monkeypatch, "-m", "f1")
    assert met == ["20260101-000000-broken-0000"]
    assert len(rows) == len(find_runs(copy))
    assert (copy / INDEX / "index.json").read_bytes() != before


def test_a_comparison_is_the_same_with_the_index_and_without(runs: Path, copy: Path) -> None:
    """Every table and sentence, of runs of every kind and of those that count alike; thresholds of 0 too."""
    for more in (
        [],
        ["--at", "best"],
        ["-m", "mcc", "-m", "val_loss"],
        ["-m", "loss"],
        ["-m", "f1", "--threshold", "0"],
    ):
        with pytest.warns(RuntimeWarning, match="is left out"):
            assert asked("compare", copy, *more) == asked("compare", runs, *more), more


def picture_of(root: Path) -> bytes:
    viewer.compare(root, ["mcc", "f1"]).save(root / "picture.png")
    return (root / "picture.png").read_bytes()


def test_a_comparison_opens_the_runs_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many runs those with a curve; of the others the index has the newest values, unless one of these is older."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 50)
    monkeypatch.setattr(picture, "MOST_FAINT", 3)
    for number in range(14):
        with RunWriter(tmp_path, name=f"run {number}") as run:
            run.epoch(0, val=(truth, rng.random(50)))
            if number == 7:  # at its newest epoch nothing was validated
                run.epoch(1, logs={"loss": 1.0}, train=(truth, rng.random(50)))
    without = picture_of(tmp_path)
    refresh(tmp_path)
    met: list[str] = []
    real = known.opened
    monkeypatch.setattr(known, "opened", lambda folder: met.append(folder.name) or real(folder))
    assert picture_of(tmp_path) == without
    assert len(met) == len(set(met))
    assert picture.NAMED_OF_MANY + 3 <= len(met) <= picture.NAMED_OF_MANY + 4
    assert any("-run-7-" in name for name in met)


def test_a_threshold_of_0_is_asked_for(copy: Path) -> None:
    """It is another one than the decision's, whatever an index keeps of that."""
    shutil.copytree(copy, bare := copy.parent / "bare", ignore=shutil.ignore_patterns(INDEX))
    words = ["-m", "recall", "-m", "fpr", "--threshold", "0"]
    assert listed(copy, *words) == listed(bare, *words)


@pytest.mark.filterwarnings("ignore:.* goes on with other values")
def test_settings_of_a_resume_are_the_same_everywhere(tmp_path: Path) -> None:
    """A run that went on with other settings and another group has those everywhere: run, list, comparison and SQL."""
    for epoch, (rate, group) in enumerate(((0.1, "before"), (0.5, "after"))):
        with RunWriter(tmp_path, name="run", config={"lr": rate}, group=group, resume="allow") as run:
            run.epoch(epoch, logs={"loss": 1.0})
    with RunWriter(tmp_path, name="other", config={"lr": 0.2}) as other:
        other.epoch(0, logs={"loss": 1.0})
    for _ in range(2):
        assert viewer.open_run(run.folder).config == {"lr": 0.5}
        assert viewer.open_run(run.folder).group == "after"
        listing = viewer.list_runs(tmp_path, ["config.lr"], where="name == 'run'")
        assert listing[["config.lr", "group"]].to_numpy().tolist() == [[0.5, "after"]]
        assert viewer.compare(tmp_path, ["loss"]).config.loc["lr", "run"] == 0.5
        refresh(tmp_path)  # the second time around the index says it
    with viewer.connect(tmp_path) as connection:
        found = connection.execute("""select "group", config->>'lr' from runs where name = 'run'""").fetchall()
    assert found == [("after", "0.5")]


@pytest.mark.parametrize("planted", [".", "month=2026-11", "lock", ".index.json.tmp"])
def test_a_link_in_the_place_of_the_index_leads_nowhere(runs: Path, tmp_path: Path, planted: str) -> None:
    """A folder of runs may come from somebody: nothing is written or removed where a link in it points to."""
    root, lake = tmp_path / "runs", tmp_path / "lake" / "month=2026-11"
    shutil.copytree(runs, root, ignore=shutil.ignore_patterns(INDEX))
    lake.mkdir(parents=True)
    for file in (lake / "part-0.parquet", lake / f"{0:012x}.runs.parquet"):
        file.write_text("mine")
    place = root / INDEX / planted
    place.parent.mkdir(exist_ok=True)
    place.symlink_to({".": lake.parent, "month=2026-11": lake}.get(planted, lake / "part-0.parquet"))
    before = {path: path.read_text() for path in lake.iterdir()}
    result = invoke(["index", root])
    assert {path: path.read_text() for path in lake.iterdir()} == before
    assert set(lake.parent.iterdir()) == {lake}
    if place.parent != root / INDEX or place.name.startswith("month"):
        assert "an index must be made of folders of its own" in str(result.exception)
    else:
        assert result.exit_code == 0
        assert not place.is_symlink()
