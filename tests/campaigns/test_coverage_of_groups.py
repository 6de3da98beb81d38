"""How often bands of grouped samples have the truth, over many validation sets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.viewer.statistics.test_clusters import covered

from .conftest import Effort, Figures

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
