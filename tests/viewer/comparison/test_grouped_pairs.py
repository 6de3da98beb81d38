"""Pairs of runs whose samples come in groups."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import viewer
from viewer.comparison import sections
from viewer.comparison.predictions import joined
from viewer.comparison.words import COVERS, COVERS_GROUPS

from .conftest import Record

GROUPS = np.repeat(np.arange(12), 25)


def compared(binary: Record, groups: object, *, only: bool = False) -> viewer.Comparison:
    runs = [binary("a", 1, groups=groups), binary("b", 2, groups=None if only else groups)]
    return viewer.compare(runs, ["accuracy", "roc_auc"], draws=500)


def test_a_pair_of_grouped_samples_is_tested_group_by_group_and_says_so(binary: Record) -> None:
    """p of McNemar's is the share of all ways to swap whole groups with as large a difference, counted one by one."""
    found = compared(binary, [f"patient {at}" for at in GROUPS])
    pair, row = found.pairs[0], found.mcnemar.iloc[0]
    ahead = np.bincount(GROUPS, pair.right_a.astype(int) - pair.right_b)
    sums = np.array(list(itertools.product([1, -1], repeat=12))) @ ahead
    assert row["p"] == pytest.approx(np.mean(np.abs(sums) >= abs(ahead.sum())))
    assert found.paired["sample_groups"].tolist() == [12, 12]
    assert found.paired["method"].tolist() == ["paired bootstrap of groups"] * 2
    assert np.isfinite(found.paired[["low", "high", "p"]].to_numpy()).all()
    notes = " ".join(found.notes)
    assert (
        "The 300 samples are of 12 groups: these, not single samples, were drawn again and swapped: a with b." in notes
    )
    assert COVERS_GROUPS in found.notes
    assert COVERS not in found.notes
    titles = [section.title for section in sections.sections(found)]
    assert "Samples decided right, and McNemar's exact test of groups" in titles


def test_one_of_two_runs_with_groups_is_enough(binary: Record) -> None:
    assert compared(binary, GROUPS, only=True).paired["sample_groups"].tolist() == [12, 12]


def test_runs_that_name_their_samples_take_the_groups_of_these_along(record: Record) -> None:
    """Validated in another order, by name: the test is that of the same order."""
    rng, names = np.random.default_rng(0), [f"row {at}" for at in range(300)]
    truth, scores, order = rng.integers(0, 2, 300), rng.random((2, 300)), rng.permutation(300)
    found = []
    for name, rows in (("same", np.arange(300)), ("other", order)):
        options = [{"sample_ids": [names[at] for at in own], "groups": GROUPS[own]} for own in (np.arange(300), rows)]
        runs = [
            record(f"a {name}", [scores[0]], truth, **options[0]),
            record(f"b {name}", [scores[1][rows]], truth[rows], **options[1]),
        ]
        found.append(viewer.compare(runs, ["accuracy"], draws=300))
    assert [one.mcnemar.iloc[0]["p"] for one in found] == pytest.approx([found[0].mcnemar.iloc[0]["p"]] * 2)
    assert [one.paired.iloc[0]["sample_groups"] for one in found] == [12, 12]
    assert found[0].paired.iloc[0]["low"] == found[1].paired.iloc[0]["low"]


def test_groups_of_one_sample_are_as_none(binary: Record, tmp_path: Path) -> None:
    apart = compared(binary, np.arange(300))
    plain = viewer.compare([binary("c", 1), binary("d", 2)], ["accuracy", "roc_auc"], draws=500)
    columns = ["difference", "low", "high", "p", "method", "sample_groups"]
    assert apart.paired[columns].equals(plain.paired[columns])
    assert apart.mcnemar[["p", "mid_p"]].equals(plain.mcnemar[["p", "mid_p"]])
    assert COVERS in apart.notes


def test_one_group_alone_has_no_interval_and_no_test(binary: Record) -> None:
    found = compared(binary, np.zeros(300, int))
    assert found.paired[["low", "high", "p"]].isna().all(axis=None)
    assert np.isnan(found.mcnemar.iloc[0]["p"])
    assert "All 300 samples are of one group, and what another would show is open: a with b." in found.notes


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_what_either_puts_together_is_together(pairs: list[tuple[int, int]]) -> None:
    """The groups of two groupings are the connected components of the graph in which they are the nodes."""
    one, other = np.array(pairs, int).reshape(-1, 2).T
    found = joined(*(np.unique(each, return_inverse=True)[1] for each in (one, other)))
    _, wanted = connected_components(coo_array((np.ones(len(one)), (one, 10 + other)), shape=(20, 20)), directed=False)
    assert len({*zip(found, wanted[one], strict=True)}) == len({*found}) == len({*wanted[one]})


def test_runs_whose_groups_differ_say_so_and_keep_together_what_either_does(binary: Record) -> None:
    """Images of 5 in one run, patients of 25 in the other: patients, whichever comes first; of other names, no word."""
    images, patients = np.repeat(np.arange(60), 5), [f"patient {at}" for at in GROUPS]
    a, b, c = binary("a", 1, groups=images), binary("b", 2, groups=patients), binary("c", 2, groups=GROUPS)
    for runs in ([a, b], [b, a]):
        found = viewer.compare(runs, ["accuracy"], draws=200)
        assert found.paired["sample_groups"].tolist() == [12]
        assert any(note.startswith("These runs do not state the same groups") for note in found.notes)
    same = viewer.compare([b, c], ["accuracy"], draws=200)
    assert same.paired["sample_groups"].tolist() == [12]
    assert not any("the same groups" in note for note in same.notes)
