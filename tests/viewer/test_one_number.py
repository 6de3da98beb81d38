"""One number has one meaning: whoever is asked for a formula, average and class gives the same figure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.export.report import report
from viewer.formulas import FormulaError, parse_spec
from viewer.frame import Framer, Knobs
from viewer.listing.table import listing_of
from viewer.panels.classes.numbers import classes
from viewer.panels.curves.numbers import curves
from viewer.panels.threshold.numbers import against_threshold
from viewer.run import Run

EPOCHS, NAMES = 3, ("cat", "dog", "owl")
FORMULAS = (
    "precision",
    "recall",
    "f1",
    "mcc",
    "accuracy",
    "kappa",
    "balanced_accuracy",
    "tn / (tn + fn)",
    "1 - accuracy",
)
OF_SCORES = ("roc_auc", "average_precision", "brier")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, join_outputs: Callable[..., Path]) -> Path:
    """A run of one output of each kind, on training and validation samples."""
    root, rng, parts = tmp_path_factory.mktemp("runs"), np.random.default_rng(3), {}
    for kind in ("binary", "multiclass", "multilabel", "pair"):
        names = ["no", "yes"] if kind in ("binary", "pair") else list(NAMES)
        width = 1 if kind == "binary" else len(names)
        written: Any = "multiclass" if kind == "pair" else kind
        with RunWriter(tmp_path_factory.mktemp("part"), kind=written, class_names=names) as writer:
            for epoch in range(EPOCHS):
                splits = {}
                for split, samples in (("train", 40), ("val", 70)):
                    truth = (
                        rng.integers(0, 2, (samples, width))
                        if kind == "multilabel"
                        else rng.integers(0, len(names), samples)
                    )
                    own = (
                        truth if kind == "multilabel" else truth[:, None] if kind == "binary" else np.eye(width)[truth]
                    )
                    scores = np.clip(rng.normal(0.35 + (0.1 + epoch / 10) * own, 0.2), 0.001, 0.999)
                    if written == "multiclass":
                        scores = scores / scores.sum(axis=1, keepdims=True)
                    splits[split] = (truth, scores.astype(np.float32))
                writer.epoch(epoch, logs={"loss": 1.0}, **splits)
        parts[kind] = viewer.open_run(writer.folder)
    return join_outputs(root, parts)


def command(*words: str) -> str:
    result = invoke(list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def column_of(table: pd.DataFrame, name: str) -> float:
    """The last value of a column, whose name may end in the edge that was used; a bound stands in one of its own."""
    return float(table[next(column for column in table if column.startswith(name))].iloc[-1])


def told(
    run: Run, output: str, split: str, question: str, options: dict[str, Any], folder: Path, out: Path
) -> dict[str, Any]:
    """The last value as everybody gives it who can be asked, by who it is."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    words += ["--output", output]
    asked = {"output": output, **options}
    metrics = pd.read_csv(
        io.StringIO(command("metrics", str(folder), "-m", question, "--split", split, *words, "--format", "csv"))
    )
    listed = pd.read_csv(
        io.StringIO(command("list", str(folder), "-m", f"{split}:{question}", *words, "--format", "csv"))
    )
    command("export", str(folder), "-m", f"{split}:{question}", *words, "--to", str(out / "table.csv"))
    frame = Framer(run, Knobs(metrics=(parse_spec(question),), split=split, band=0.0, **asked)).frame()
    found = {
        "value": run.value(question, split, **asked),
        "metric": run.metric(question, split, **asked).iloc[-1],
        "split:formula": run.values(f"{split}:{question}", **asked)[-1],
        "metrics": column_of(metrics, f"{split}:{question}"),
        "list": column_of(listed, f"{split}:{question}"),
        "export": column_of(pd.read_csv(out / "table.csv"), f"{split}:{question}"),
        "listing": listing_of([run], [f"{split}:{question}"], **asked).columns[f"{split}:{question}"][0],
    }
    shown = curves(frame)
    assert not shown.faults
    found["curves"] = next(curve.now for curve in shown.curves if curve.main)
    return found


@settings(max_examples=40)
@given(
    output=st.sampled_from(["binary", "multiclass", "multilabel", "pair"]),
    formula=st.sampled_from([*FORMULAS, *OF_SCORES]),
    average=st.sampled_from(["", "macro", "micro", "weighted", "0", "1", "name"]),
    split=st.sampled_from(["train", "val"]),
    threshold=st.sampled_from([None, 0.2, 0.5]),
    prevalence=st.sampled_from([None, None, 0.1]),
)
def test_everybody_gives_the_same_figure(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, output: str, formula: str, average: str, split: str,
    threshold: float | None, prevalence: float | None,
) -> None:  # fmt: skip
    """A program, a panel, the command line, a list and an exported table, over kinds, formulas and averages."""
    run = viewer.open_run(folder)
    name = run.output(output).classes[1] if average == "name" else average
    question = formula + (f"@{name}" if name else "")
    given = {"threshold": threshold, "prevalence": prevalence}
    options = {key: value for key, value in given.items() if value is not None}
    try:
        expected = run.values(question, split, output=output, **options)[-1]
    except FormulaError:
        return
    for who, value in told(run, output, split, question, options, folder, tmp_path_factory.mktemp("out")).items():
        np.testing.assert_allclose(np.nan if value is None else value, expected, rtol=1e-12, err_msg=who)


@pytest.mark.parametrize("prevalence", [None, 0.1])
@pytest.mark.parametrize("threshold", [None, 0.3])
@pytest.mark.parametrize("output", ["binary", "multiclass", "multilabel", "pair"])
def test_panels_of_classes_and_thresholds_give_it_too(
    folder: Path, output: str, threshold: float | None, prevalence: float | None
) -> None:
    """Bars of classes are `formula@CLASS`; a point over the threshold is the formula there, of the class in view."""
    run = viewer.open_run(folder)
    names = run.output(output).classes
    knobs = Knobs(
        metrics=tuple(map(parse_spec, ("f1", "recall"))), output=output, threshold=threshold, prevalence=prevalence
    )
    bars = classes(Framer(run, knobs).frame())
    assert bars is not None
    for formula, label in zip(bars.formulas, ("f1", "recall"), strict=True):
        for value, name in zip(formula.values, bars.names, strict=True):
            asked = {"output": output, "threshold": threshold, "prevalence": prevalence, "average": name}
            np.testing.assert_allclose(value, run.value(label, **asked), rtol=1e-12)
    swept = against_threshold(Framer(run, replaced(knobs, label=1)).frame())
    assert swept is not None
    own = None if output == "binary" else names[1]
    at = swept.position(0.3)
    expected = run.value("f1", output=output, threshold=float(swept.thresholds[at]), prevalence=prevalence, average=own)
    np.testing.assert_allclose(swept.curves[0].values[at], expected, rtol=1e-12)


def replaced(knobs: Knobs, **changes: Any) -> Knobs:
    return Knobs(**{name: getattr(knobs, name) for name in Knobs.__dataclass_fields__} | changes)


def test_several_classes_have_no_one_prevalence_over_thresholds_either(folder: Path) -> None:
    """What `run.metric` refuses, the panel refuses in the same words."""
    run = viewer.open_run(folder)
    frame = Framer(run, Knobs(metrics=(parse_spec("f1"),), output="multiclass", prevalence=0.1)).frame()
    with pytest.raises(FormulaError) as error:
        run.values("f1", output="multiclass", prevalence=0.1)
    shown = against_threshold(frame)
    assert shown is not None
    assert (shown.curves, shown.faults) == ((), (str(error.value),))


def test_a_report_says_the_same(folder: Path, tmp_path: Path) -> None:
    """Its table has the values of `run.metric`, and names the output that they are of."""
    run = viewer.open_run(folder)
    report(Framer(run, Knobs(metrics=(parse_spec("f1@macro"),), output="multilabel")), tmp_path / "report.html")
    text = re.sub(r"\s+", " ", (tmp_path / "report.html").read_text())
    assert f"{run.value('f1@macro', output='multilabel'):.4f}" in text
    assert "output multilabel, 3 of 4" in text


def test_two_functions_of_one_name_are_both_shown(folder: Path) -> None:
    """Two lambdas are both called `<lambda>`; each has its own values and a label that tells it from the other."""
    run = viewer.open_run(folder)
    one, other = parse_spec(lambda tp: tp), parse_spec(lambda tp, fn: tp + fn)
    shown = curves(Framer(run, Knobs(metrics=(one, other), band=0.0)).frame()).curves
    main = {curve.label: curve.now for curve in shown if curve.main}
    assert main == {"<lambda>": run.value(one), "<lambda> (2)": run.value(other)}
    found = viewer.compare([run, viewer.open_run(join(folder))], [lambda tp: tp, lambda tp, fn: tp + fn])
    assert found.summary[["<lambda>", "<lambda> (2)"]].iloc[0].tolist() == [run.value(one), run.value(other)]


def join(folder: Path) -> Path:
    """The same run once more, under another path."""
    import shutil

    other = folder.parent / "copy"
    if not other.exists():
        shutil.copytree(folder, other)
    return other
