"""How often bands and differences of grouped samples have the truth, over many validation sets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.viewer.statistics.test_clusters import BINARY, covered
from viewer.formulas import evaluate, parse_spec
from viewer.statistics.bootstrap import paired_difference
from viewer.statistics.paired import cells_of

from ..conftest import Effort
from .conftest import Figures

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize("groups", [10, 30, 100])
@pytest.mark.parametrize("formula", ["accuracy", "recall", "precision", "f1", "mcc"])
def test_coverage_of_bands_over_many_validation_sets(
    groups: int, formula: str, effort: Effort, figures: Figures
) -> None:
    """Within what chance allows: 92% or more, of ten groups 88%; of samples taken as independent far less."""
    runs = effort(100, 2_000)
    grouped, apart = covered(groups, 40, formula, runs=runs)
    figures(groups=groups, formula=formula, covered=grouped, as_independent=apart)
    assert grouped >= (0.88 if groups == 10 else 0.92) - 3 * np.sqrt(0.05 * 0.95 / runs)
    assert apart < grouped


@pytest.mark.parametrize("groups", [8, 20, 60])
def test_differences_of_alike_classifiers_are_found_by_chance_alone(
    groups: int, effort: Effort, figures: Figures
) -> None:
    """Two classifiers that are worth the same: the interval of B - A has 0, and p is not small, as often as stated."""
    runs, spec = effort(60, 1_000), parse_spec("f1")
    rng, found = np.random.default_rng(2), np.zeros(3)
    for number in range(runs):
        group, truth, first, second = alike(rng, groups)
        outcome = [BINARY.outcome(truth[:, None], decided[:, None]) for decided in (first, second)]
        for at, own in enumerate((group, None)):
            made = paired_difference(
                cells_of(*outcome, 4, own),
                lambda totals: evaluate(spec, BINARY.inputs(totals, {}))[None],
                draws=400,
                seed=number,
            )
            if at == 0:
                found[:2] += made.low[0] <= 0 <= made.high[0], made.p[0] < 0.05
            else:
                found[2] += made.p[0] < 0.05
    covered_zero, alarms, as_independent = found / runs
    figures(groups=groups, interval_has_0=covered_zero, false_alarms=alarms, as_independent=as_independent)
    chance = 3 * np.sqrt(0.05 * 0.95 / runs)
    assert covered_zero >= 0.92 - chance
    assert alarms <= 0.05 + chance
    assert as_independent > 0.2


def alike(rng: np.random.Generator, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Group, label, and the decisions of two classifiers, each of which is off in groups of its own."""
    group = np.repeat(np.arange(groups), rng.integers(15, 46, groups))
    truth = (rng.random(len(group)) < rng.beta(1.2, 2.8, groups)[group]).astype(int)
    both = 2 * truth - 1 + rng.normal(0, 0.7, groups)[group]
    first, second = (
        (both + rng.normal(0, 0.7, groups)[group] + rng.normal(0, 0.7, len(group)) > 0).astype(int) for _ in range(2)
    )
    return group, truth, first, second
