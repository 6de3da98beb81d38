"""Of so many classes that no matrix was kept: what the counts of each class say is the same, the rest says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter, counting
from viewer.export.look import Look, drawn
from viewer.formulas import FormulaError
from viewer.frame import Framer
from viewer.panels.classes.numbers import classes
from viewer.run import Run

CLASSES, EPOCHS = 20, 3


def record(root: Path, bound: int) -> Run:
    rng = np.random.default_rng(8)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "BOUND", bound)
        with RunWriter(root, thresholds=[0.25, 0.5, 0.75]) as writer:
            for epoch in range(EPOCHS):
                truth = rng.integers(0, CLASSES, 300)
                own = 1 + (2 + epoch) * np.eye(CLASSES)[truth]
                writer.epoch(epoch, val=(truth, np.stack([rng.dirichlet(row) for row in own])))
    return viewer.open_run(writer.folder)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The same predictions with the matrix, and without."""
    whole, without = (record(tmp_path_factory.mktemp("runs"), bound) for bound in (counting.BOUND, 2_000))
    assert (whole.output().matrix, without.output().matrix) == (True, False)
    return whole, without


@pytest.mark.parametrize(
    "question", ["accuracy", "balanced_accuracy", "mcc", "kappa", "f1@macro", "f1@micro", "recall@3", "f1@macro@0.5"]
)
def test_values_are_those_of_the_matrix(both: tuple[Run, Run], question: str) -> None:
    """Over all epochs and of one: each comes from what argmax made of each class."""
    whole, without = both
    np.testing.assert_allclose(without.values(question), whole.values(question), rtol=1e-12)
    assert without.value(question) == pytest.approx(whole.value(question), rel=1e-12)


@pytest.mark.parametrize("question", ["matrix", "1 - accuracy"])
def test_what_needs_the_matrix_says_why_it_is_not_there(both: tuple[Run, Run], question: str) -> None:
    """In a sentence, never a number of something else."""
    message = (
        r"^the confusion matrix must have been kept for this; of so many classes it was not, only the counts of each"
    )
    with pytest.raises(FormulaError, match=message):
        both[1].values(question)


def test_bands_are_of_what_is_known(both: tuple[Run, Run]) -> None:
    """A formula of all cells together has none without them; an average over classes has one."""
    assert both[1].band("mcc") is None
    low, high = both[1].band("f1@macro") or (np.nan, np.nan)
    assert (low < both[1].values("f1@macro")).all()
    assert (high > both[1].values("f1@macro")).all()


def test_panels_show_each_class_and_say_that_there_is_no_matrix(both: tuple[Run, Run]) -> None:
    """The panel of classes has the same bars; that of the matrix has a sentence, and nothing fails."""
    whole, without = (classes(Framer(run).frame()) for run in both)
    assert whole is not None
    assert without is not None
    assert (without.names, without.support.tolist()) == (whole.names, whole.support.tolist())
    for one, other in zip(without.formulas, whole.formulas, strict=True):
        np.testing.assert_allclose(one.values, other.values)
    dashboard = drawn(Framer(both[1]).frame(), Look(size=(1000, 640), layout="curves matrix / classes scores"))
    dashboard.update(Framer(both[1]).frame())
    said = " ".join(
        text.get_text() for text in dashboard.figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    )
    assert "of 20 classes the matrix was" in " ".join(said.split())
    assert "failed" not in said
