"""Bands and choices of a run whose samples come in groups, and what is said of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import viewer
from recorder import RunWriter, open_writer
from viewer.cli import main
from viewer.drawing.captions import note
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.frame.knobs import Knobs
from viewer.panels.curves.numbers import curves

N, SIZE = 1_200, 20
GROUP = np.repeat(np.arange(N // SIZE), SIZE)
GRID = np.linspace(0, 1, 41)
Recorded = Callable[..., viewer.Run]


def scores(classes: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that are off together in each group."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, max(classes, 2), N)
    if classes == 1:
        z = 2.0 * truth - 1 + rng.normal(0, 1.5, GROUP.max() + 1)[GROUP] + rng.normal(0, 1, N)
        return truth, 1 / (1 + np.exp(-z))
    z = (
        np.eye(classes)[truth] * 2
        + rng.normal(0, 1.5, (GROUP.max() + 1, classes))[GROUP]
        + rng.normal(0, 1, (N, classes))
    )
    return truth, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    def recorded(arrays: Any, epochs: int = 2, **options: Any) -> viewer.Run:
        with RunWriter(tmp_path, thresholds=GRID, **options) as run:
            for epoch in range(epochs):
                run.epoch(epoch, val=arrays, train=arrays[:2])
        return viewer.open_run(run.folder)

    return recorded


def width(run: viewer.Run, formula: str, **where: Any) -> float:
    found = run.metric(formula, band=0.95, **where).iloc[-1]
    return float(found["high"] - found["low"])


@pytest.mark.parametrize("formula", ["accuracy", "f1@0.3", "mcc", "recall@macro", "tp"])
@pytest.mark.parametrize("classes", [1, 4])
def test_a_band_of_grouped_samples_is_wider_and_values_stay(recorded: Recorded, formula: str, classes: int) -> None:
    arrays = scores(classes)
    grouped, plain = recorded(arrays, groups=GROUP), recorded(arrays)
    assert (grouped.values(formula) == plain.values(formula)).all()
    assert width(grouped, formula) > 1.3 * width(plain, formula)
    assert (grouped.band_of(formula), plain.band_of(formula)) == ("60 groups", "")
    for run in (grouped, plain):
        low, high = run.metric(formula, band=0.95).iloc[-1][["low", "high"]]
        value = run.values(formula)[-1]
        assert abs((low + high) / 2 - value) < 0.2 * (high - low), "it lies around the value"


def test_the_band_of_a_count_is_that_of_its_share_of_the_samples(recorded: Recorded) -> None:
    """Of four classes the true positives of all are the accuracy times the samples, and so is their band."""
    run = recorded(scores(4), groups=GROUP)
    count, share = (run.metric(name, band=0.95).iloc[-1] for name in ("tp@micro", "accuracy"))
    for end in ("low", "high"):
        assert count[end] == pytest.approx(N * share[end], rel=1e-6)


def test_labels_of_a_sample_go_together_too(recorded: Recorded) -> None:
    """Of a multi-label output each label of all samples of a group is of that group."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (N, 3))
    hard = rng.normal(0, 1.5, GROUP.max() + 1)[GROUP][:, None]
    arrays = truth, 1 / (1 + np.exp(-(2.0 * truth - 1 + hard + rng.normal(0, 1, (N, 3)))))
    options = {"kind": "multilabel"}
    assert width(recorded(arrays, groups=GROUP, **options), "f1") > 1.5 * width(recorded(arrays, **options), "f1")


def test_where_each_sample_is_its_own_group_the_band_is_that_of_no_groups(recorded: Recorded) -> None:
    arrays = scores()
    apart, plain = recorded(arrays, groups=np.arange(N)), recorded(arrays)
    for formula in ("accuracy", "f1", "mcc"):
        assert apart.metric(formula, band=0.95).equals(plain.metric(formula, band=0.95))
    assert repr(viewer.choose(apart, "f1").measures) == repr(viewer.choose(plain, "f1").measures)


def test_one_group_has_no_band_and_no_assessment(recorded: Recorded) -> None:
    run = recorded(scores(), groups=np.zeros(N, int))
    assert np.isnan(width(run, "f1"))
    assert run.band_of("f1") == "1 group"
    choice = viewer.choose(run, "f1")
    assert choice.groups == 1
    assert choice.assessment is None
    assert np.isnan(choice.measures["F1"].low)


def test_of_a_part_of_the_samples_the_band_is_no_narrower_than_of_all(recorded: Recorded) -> None:
    arrays = scores()
    whole, part = recorded(arrays, groups=GROUP), recorded(arrays, groups=GROUP, max_samples=300)
    assert len(part.samples(epoch=0)) < N
    assert width(whole, "accuracy") < 1.05 * width(part, "accuracy") < 1.6 * width(whole, "accuracy")


def test_ignored_samples_and_scores_that_are_nan_have_no_part(recorded: Recorded) -> None:
    """The share is that of the samples that count, recorded alone."""
    truth, score = scores()
    truth, score = truth.astype(float), score.copy()
    truth[::7], score[3::11] = 9, np.nan
    kept = (truth != 9) & ~np.isnan(score)
    with pytest.warns(RuntimeWarning, match="NaN"):
        whole = recorded((truth, score), groups=GROUP, ignore_label=9)
    alone = recorded((truth[kept], score[kept]), groups=GROUP[kept])
    assert width(whole, "f1") == pytest.approx(width(alone, "f1"), rel=1e-6)


def test_weights_and_groups_go_together(recorded: Recorded) -> None:
    """Equal weights are as none; groups whose samples weigh nothing are not there."""
    truth, score = scores()
    equal = recorded((truth, score, np.full(N, 2.0)), groups=GROUP)
    assert width(equal, "f1", weights=True) == pytest.approx(width(equal, "f1"), rel=0.01)
    half = (GROUP % 2).astype(float)
    weighted = recorded((truth, score, half), groups=GROUP)
    some = recorded((truth[half > 0], score[half > 0]), groups=GROUP[half > 0])
    assert width(weighted, "f1", weights=True) == pytest.approx(width(some, "f1"), rel=0.01)


def test_training_without_groups_is_said_to_be_taken_as_independent(recorded: Recorded) -> None:
    run, plain = recorded(scores(), groups=GROUP), recorded(scores())
    assert run.band_of("f1", "train") == "samples taken as independent"
    assert run.band("f1", "train")[0].tolist() == plain.band("f1", "train")[0].tolist()  # type: ignore[index]


def test_of_more_classes_than_scores_are_kept_of_argmax_has_groups_and_a_threshold_has_none(recorded: Recorded) -> None:
    run = recorded(scores(20), groups=GROUP)
    assert run.band_of("accuracy") == "60 groups"
    assert run.band_of("recall@0.2") == "samples taken as independent"
    assert np.isfinite(width(run, "accuracy"))


def test_a_run_that_goes_on_and_a_split_that_was_added_have_groups(recorded: Recorded, tmp_path: Path) -> None:
    arrays = scores()
    run = recorded(arrays, groups=GROUP, name="x")
    with RunWriter(tmp_path, name="x", groups=GROUP, thresholds=GRID, resume="must") as writer:
        writer.epoch(1, val=scores(seed=1))
    with open_writer(run.folder, groups={"test": GROUP.astype(str)}) as adder:
        adder.add(epoch=0, test=arrays)
    again = viewer.open_run(run.folder)
    assert np.isfinite(again.band("f1")[0]).all()  # type: ignore[index]
    assert again.band_of("f1", "test") == "60 groups"
    assert again.band("f1", "test")[0][0] == again.band("f1")[0][0]  # type: ignore[index]
    assert np.isnan(again.band("f1", "test")[0][1])  # type: ignore[index]


def test_new_epochs_join_bands_that_were_drawn(tmp_path: Path) -> None:
    with RunWriter(tmp_path, thresholds=GRID, groups=GROUP) as writer:
        writer.epoch(0, val=scores())
        run = viewer.open_run(writer.folder)
        first = run.band("f1")
        writer.epoch(1, val=scores(seed=1))
        run.refresh()
        both = run.band("f1")
    assert first is not None
    assert both is not None
    assert both[0][0] == first[0][0]
    assert np.isfinite(both[0]).all()


def test_samples_are_shown_with_their_group(recorded: Recorded) -> None:
    table = recorded(scores(), groups=[f"image {at}" for at in GROUP]).samples(epoch=1)
    assert table["group"].tolist() == [f"image {at}" for at in GROUP]
    assert "id" not in table


def test_a_choice_of_grouped_samples_is_measured_on_other_groups_and_says_so(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = scores()
    grouped, plain = recorded(arrays, groups=GROUP), recorded(arrays)
    choice, other = viewer.choose(grouped, "f1"), viewer.choose(plain, "f1")
    assert choice.groups == 60
    assert (choice.threshold, choice.measures["F1"].value) == (other.threshold, other.measures["F1"].value)
    assert choice.measures["F1"].high - choice.measures["F1"].low > 1.15 * (
        other.measures["F1"].high - other.measures["F1"].low
    )
    assert choice.assessment is not None
    monkeypatch.setattr("sys.argv", ["epochreel", "choose", str(grouped.folder)])
    with pytest.raises(SystemExit, match=r"^0$"):
        main()
    said = " ".join(capsys.readouterr().out.split())
    assert "The intervals take 60 groups of samples as drawn at random, and no group is in both halves." in said


def test_a_legend_says_what_a_band_is_of(recorded: Recorded) -> None:
    """Of the groups of the split that is shown; of no groups as ever."""
    for options, words in (({"groups": GROUP}, "band: 95% credible, of 60 groups"), ({}, "band: 95% credible · ")):
        frame = Framer(recorded(scores(), **options), Knobs(metrics=(parse_spec("f1"),))).frame()
        assert words in note(frame, curves(frame))


def test_a_report_and_a_terminal_say_what_a_band_is_of(recorded: Recorded, tmp_path: Path) -> None:
    run = recorded(scores(), groups=GROUP)
    run.save(tmp_path / "report.html", metrics=("f1",))
    report = " ".join((tmp_path / "report.html").read_text().split())
    assert "95% credible interval of the counts, of 60 groups" in report
    assert "the chance of which groups, each with all of its samples, were drawn" in report
    frame = Framer(run, Knobs(metrics=(parse_spec("f1"),))).frame()
    console = Console(width=160, height=50, record=True, file=io.StringIO())
    from viewer.surfaces.text.dashboard import _values

    console.print(_values(frame, 120, 20))
    assert "95%, of 60 groups" in console.export_text()
