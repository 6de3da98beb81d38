"""`epochreel choose`: the best threshold for a formula, or under conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recorder.runfile import Unit

from ..points import named, span
from ..run.shown import shown
from .app import app
from .looking import load_formulas, opened, settings_of
from .options import NUMBER, Formulas, OutputName, Prevalence, RunFolder, Split
from .printing import check_format, out, out_json, print_frame, print_table

if TYPE_CHECKING:
    from ..statistics.choice import Assessment, Choice, Estimate


@app.command()
def choose(
    context: typer.Context,
    run: RunFolder,
    formula: Annotated[
        str | None,
        typer.Option("--for", help="The formula to maximise: f1, mcc, '5*tp / (5*tp + 4*fn + fp)' (default: f1)."),
    ] = None,
    cost_fp: Annotated[
        float | None, typer.Option(help="Cost of a false positive, in any unit; the lowest total cost is best.")
    ] = None,
    cost_fn: Annotated[float | None, typer.Option(help="Cost of a false negative, in the same unit.")] = None,
    alerts: Annotated[float | None, typer.Option(help="Call at most this many of 10,000 samples positive.")] = None,
    precision: Annotated[float | None, typer.Option(help="Reach at least this precision.")] = None,
    recall: Annotated[float | None, typer.Option(help="Reach at least this recall.")] = None,
    prevalence: Prevalence = None,
    epoch: Annotated[
        str, typer.Option("--at", "--epoch", help=f"The epoch to choose a threshold for: best, last, {NUMBER}.")
    ] = "best",
    label: Annotated[str | None, typer.Option("--class", help="The class to tell from the rest.")] = None,
    split: Split = None,
    output: OutputName = None,
    repeats: Annotated[
        int,
        typer.Option(
            min=1, help="How often the samples are split into halves, to choose on one and measure on the other."
        ),
    ] = 20,
    seed: Annotated[int, typer.Option(help="Seed of these splits; the same seed gives the same figures.")] = 0,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """Choose a threshold and an epoch, and estimate how well they do on samples that did not choose them.

    Without --for, a condition decides what is best: at a given --recall the highest precision, at a given --precision
    or number of --alerts the highest recall.

    Examples:

    epochreel choose RUN --for mcc

    epochreel choose RUN --recall 0.9 --prevalence 0.005

    epochreel choose RUN --cost-fp 1 --cost-fn 20 --at last
    """
    from ..run import studies
    from ..statistics.goal import Goal

    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    goal = Goal(
        formula=formula, cost_fp=cost_fp, cost_fn=cost_fn, alerts=alerts, precision=precision, recall=recall,
        prevalence=settings.prevalence,
    )  # fmt: skip
    chosen, wanted = opened(context, run), settings.split or "val"
    found = studies.choose(
        chosen, goal, epoch=epoch, split=wanted, output=settings.output, label=label, repeats=repeats, seed=seed
    )
    if format == "json":
        out_json(as_json(found))
    elif format == "csv":
        print_frame(found.table.assign(**{found.unit: found.epoch}, threshold=found.threshold), format)
    else:
        out(f"{chosen.name}, {wanted}: {found.goal}")
        _print(found)


def as_json(found: Choice) -> str:
    """All that was found, as one JSON object; undefined is null."""
    import msgspec

    whole: dict[str, Any] = {
        "goal": str(found.goal),
        "prevalence": found.goal.prevalence,
        "unit": found.unit,
        **{name: getattr(found, name) for name in ("epoch", "threshold", "tp", "fp", "tn", "fn", "level", "measures")},
        "assessment": found.assessment,
        "groups": found.groups,
    }
    return msgspec.json.encode(whole).decode()


def _print(found: Choice) -> None:
    out(f"threshold {found.threshold:.4g} at {named(found.unit, found.epoch)}: ", end="")
    out(f"tp {found.tp:,}, fp {found.fp:,}, tn {found.tn:,}, fn {found.fn:,}")
    others = {} if found.assessment is None else found.assessment.measures
    rows = [[label, *_cells(one), *_cells(others.get(label))] for label, one in found.measures.items()]
    interval = f"{100 * found.level:g}% interval"
    print_table(["", "on the samples that chose", interval, "on other samples", interval], rows)
    if found.goal.prevalence is not None:
        out(f"As if {100 * found.goal.prevalence:g}% were positive, with the scores within each class as recorded.")
    if found.groups:
        out(
            f"The intervals take {found.groups:,} groups of samples as drawn at random, and no group is in both halves."
        )
    if found.assessment is None:
        what = f"too few groups (of {found.groups:,})" if found.groups else "too few predictions"
        out(f"These figures are optimistic: they are of the samples that chose, and {what} were recorded")
        out("to measure the choice on others.")
    else:
        _print_assessment(found.assessment, found.unit, conditions=bool(found.goal.conditions))
    what = "groups" if found.groups else "samples"
    out(f"The intervals cover which {what} happened to be drawn, not another seed or other data.")


def _cells(one: Estimate | None) -> tuple[str, str]:
    if one is None:
        return "", ""
    interval = f"{shown(one.low)} to {shown(one.high)}" if one.low == one.low else ""
    return shown(one.value), interval


def _print_assessment(found: Assessment, unit: Unit, *, conditions: bool) -> None:
    (low, high), (first, last) = found.thresholds, found.epochs
    out(
        "Figures on the samples that chose are optimistic. On others: chosen on one half and measured on the other, "
        f"of {found.samples:,} recorded samples, {found.repeats} times; "
        f"the halves chose thresholds of {_range(low, high)} at {span(unit, first, last)}."
    )
    if conditions:
        out(f"On the half that did not choose, the conditions held in {found.met:.0%} of cases.")


def _range(low: float, high: float) -> str:
    return shown(low) if low == high else f"{shown(low)} to {shown(high)}"
