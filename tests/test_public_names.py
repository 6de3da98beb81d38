"""What `recorder` and `viewer` offer: how it is called, what it says of itself, and what Tab shows of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import recorder
import viewer
from recorder import ConfusionTally, RunRecorder, RunWriter
from viewer.listing.table import listing_of

LONGEST = 200  # characters
KERAS_CALLS_IT_SO = {"ConfusionTally.update_state"}  # y_true, y_pred, sample_weight, as every metric of Keras
INTERNAL = {
    "recorder.ConfusionTally": {
        "classes",
        "met",
        "open_tap",
        "outside",
        "probabilities",
        "read",
        "resets",
        "samples",
        "tap",
    },
    "viewer.FORMULAS": {"layer", "unknown", "version"},
    "viewer.Comparison": {"band_of", "compared_runs", "groups_of", "pairs", "ranked", "rows"},
    "viewer.Run": {"argmax_counts", "changed", "histograms", "line", "newest", "read_ahead", "sample_records"},
}


def callables(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """Functions, constructors and public methods by name; errors are called by nobody."""
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing) and issubclass(thing, Exception):
            continue
        if callable(thing):
            yield name, thing
        kind = thing if inspect.isclass(thing) else None if callable(thing) else type(thing)
        for method in sorted(set(dir(kind)) if kind is not None else ()):
            found = inspect.getattr_static(kind, method)
            found = getattr(found, "__func__", found)
            inherited = (getattr(found, "__module__", None) or "").split(".")[0] == keras.__name__
            if not method.startswith("_") and inspect.isfunction(found) and not inherited:
                yield f"{name}.{method}", found


CALLABLES = [*callables(recorder), *callables(viewer)]


@pytest.mark.parametrize(("name", "called"), CALLABLES, ids=[name for name, _ in CALLABLES])
def test_at_most_two_arguments_have_no_name(name: str, called: Any) -> None:
    """Whoever reads a call sees what its third value is."""
    given = [
        each.name
        for each in inspect.signature(called).parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) and each.name not in ("self", "cls")
    ]
    assert len(given) <= 2 or name in KERAS_CALLS_IT_SO, given


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each, of runs with long names and many formulas."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    for number in range(2):
        with RunWriter(root, name=f"<b>{'wide ' * 60}{number}", group="g" * 300) as writer:
            for epoch in range(3):
                scores = np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1)
                writer.epoch(epoch, logs={"loss": 1.0}, val=(truth, scores))
    runs = viewer.open_runs(root)
    formulas = list(viewer.FORMULAS)[:20]
    return {
        "recorder.RunWriter": writer,
        "recorder.RunRecorder": RunRecorder(root),
        "recorder.ConfusionTally": ConfusionTally(),
        "viewer.FORMULAS": viewer.FORMULAS,
        "viewer.FORMULAS[...]": viewer.FORMULAS["f1"],
        "viewer.Run": runs[0],
        "Run.manifest": runs[0].manifest,
        "Run.outputs[...]": runs[0].outputs[0],
        "viewer.Comparison": viewer.compare(runs, formulas, draws=20),
        "viewer.Goal": viewer.Goal(precision=0.9),
        "viewer.choose(...)": viewer.choose(runs[0], "f1"),
        "viewer.dynamics(...)": viewer.dynamics(runs[0]),
        "listing": listing_of(runs, formulas),
    }


NAMES = [
    "recorder.RunWriter", "recorder.RunRecorder", "recorder.ConfusionTally", "viewer.FORMULAS", "viewer.FORMULAS[...]",
    "viewer.Run", "Run.manifest", "Run.outputs[...]", "viewer.Comparison", "viewer.Goal", "viewer.choose(...)",
    "viewer.dynamics(...)", "listing",
]  # fmt: skip
TABLES = {
    "viewer.FORMULAS", "viewer.FORMULAS[...]", "viewer.Run", "viewer.Comparison", "viewer.choose(...)",
    "viewer.dynamics(...)", "listing",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_in_a_line(things: dict[str, Any], name: str) -> None:
    """Short, without an address in memory; a table in a notebook; at Tab what somebody may want alone."""
    thing = things[name]
    text = repr(thing)
    assert "\n" not in text
    assert len(text) <= LONGEST, text
    assert " at 0x" not in text
    if name in TABLES:
        page = thing._repr_html_()
        assert "<table" in page
        assert "<b>wide" not in page
    offered = {word for word in dir(thing) if not word.startswith("_")}
    assert offered & INTERNAL.get(name, set()) == set()
    assert all(hasattr(thing, word) for word in offered)


@pytest.mark.parametrize("package", [recorder, viewer], ids=["recorder", "viewer"])
def test_tab_offers_the_public_names_alone(package: ModuleType) -> None:
    """The rooms of a package are no part of what it offers."""
    assert dir(package) == sorted(package.__all__)


def test_a_writer_says_which_run_it_writes(things: dict[str, Any]) -> None:
    """The start of its folder's name; a recorder has none before training."""
    writer = things["recorder.RunWriter"]
    assert repr(writer) == f"RunWriter({writer.folder.name[:60]!r})"
    assert repr(things["recorder.RunRecorder"]) == "RunRecorder(not started)"
