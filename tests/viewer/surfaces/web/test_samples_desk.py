"""What the page is answered about samples: of every kind of run, and what it remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from recorder import RunWriter
from viewer.frame import Framer
from viewer.kinds import LOGS_ALONE
from viewer.statistics.sample_lists import LISTS
from viewer.surfaces.web import samples_desk
from viewer.surfaces.web.samples_desk import Question, SamplesDesk

Runs = dict[str, Framer]


@pytest.fixture
def desk() -> Iterator[SamplesDesk]:
    found = SamplesDesk()
    yield found
    found.close()


def answer(desk: SamplesDesk, run: Any, *others: Any, **asked: Any) -> dict[str, Any]:
    paths = tuple(one if isinstance(one, Path) else one.run.folder for one in (run, *others))
    found = desk.ask(Question(paths=paths, **({"last": 20} | asked))).result(60)
    assert msgspec.json.decode(msgspec.json.encode(found))
    return found


@pytest.mark.parametrize("name", ["binary", "one", "multiclass", "hundred", "multilabel", "unscored"])
def test_every_kind_has_its_lists(runs: Runs, desk: SamplesDesk, name: str) -> None:
    """Counts, classes and cards of each list; of a class those alone; a stretch is that part of the whole."""
    samples, labels = {"multilabel": (300, " with 5 labels each")}.get(name, (0, ""))
    about = answer(desk, runs[name])["about"]
    assert about.endswith(f"validation samples{labels} were recorded")
    assert not samples or about.startswith(f"{samples} ")
    for which in LISTS:
        found = answer(desk, runs[name], which=which)
        assert found["fault"] == ""
        counts = {each["name"]: each["count"] for each in found["lists"]}
        assert counts[which] == found["count"] >= len(found["cards"])
        assert found["classes"] == list(runs[name].frame().classes)
        rest = answer(desk, runs[name], which=which, first=5, last=9)["cards"]
        assert rest == found["cards"][5:9]
        each = [answer(desk, runs[name], which=which, label=number)["count"] for number in range(len(found["classes"]))]
        assert sum(each) == found["count"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("counts", "no samples of val were recorded (max_samples, or a probe, records them)"),
        (
            "logs",
            f"the run must have counts for this; it has logs only: loss, val_loss, accuracy, learning_rate. "
            f"{LOGS_ALONE}",
        ),
        ("empty", "the run must have counts for this; it has none"),
    ],
)
def test_what_there_is_not_is_said(runs: Runs, desk: SamplesDesk, name: str, fault: str) -> None:
    """In a sentence, and no exception."""
    assert answer(desk, runs[name])["fault"].endswith(fault)


def test_wrong_questions_are_answered_with_their_rule(runs: Runs, desk: SamplesDesk) -> None:
    """Splits and outputs that are not there, runs that have nothing in common, a run that has gone."""
    assert "split must be one of" in answer(desk, runs["binary"], split="test")["fault"]
    assert "output must be one of" in answer(desk, runs["binary"], output="other")["fault"]
    assert "two runs must decide between the same classes" in answer(desk, runs["binary"], runs["multiclass"])["fault"]
    assert answer(desk, Path("gone"))["fault"]


def test_a_growing_run_is_answered_anew(tmp_path: Path, desk: SamplesDesk) -> None:
    """Each epoch as soon as it is there, and as things stood before when that is asked."""
    rng, truth = np.random.default_rng(0), np.arange(30) % 2
    with RunWriter(tmp_path) as writer:
        for epoch in range(3):
            writer.epoch(epoch, val=(truth, rng.random(30)))
            assert answer(desk, writer.folder)["facts"][0]["at"] == f"epoch {epoch}"
        assert answer(desk, writer.folder, epoch=1)["facts"][0]["at"] == "epoch 1"
        assert len(answer(desk, writer.folder)["cards"][0]["standings"][0]["history"]) == 3


def test_what_is_remembered_is_bounded(runs: Runs, desk: SamplesDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many predictions those of the two runs that were asked for last."""
    monkeypatch.setattr(samples_desk, "MOST_PREDICTIONS", 5_000)
    for name in ("multiclass", "binary", "short"):
        answer(desk, runs[name])
    assert [path.name for path in desk._runs] == [runs[name].run.folder.name for name in ("binary", "short")]
    assert {key[0] for key in desk._histories} == {*desk._runs}
