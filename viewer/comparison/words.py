"""What a comparison found, and what it does not say, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..counts.bounded import Bounded
from ..formulas import parse_spec
from ..points import named, parse_point
from .axis import STEP_LOGS
from .compared_run import ComparedRun
from .comparison_query import At, ComparisonQuery
from .pairs import GROUPED, INDEPENDENT, MOST_RUNS, NONE, PAIRED, Finding, Pair

SPLITS = {"val": "validation", "train": "training"}
NAMED = 6  # names in a sentence
COVERS = (
    "An interval covers one thing: that other validation samples of the same kind might have been drawn. It does not "
    "cover other seeds or another training (record several runs as one group), samples that are duplicates or depend "
    "on one another, or data that change later."
)
COVERS_GROUPS = (
    "An interval covers one thing: that other validation groups (images, patients, documents) of the same kind might "
    "have been drawn, each with all of its samples. It does not cover other seeds or another training (record several "
    "runs as one group), groups that depend on one another, or data that change later."
)
COVERS_BRIEFLY = (
    "An interval covers that other validation samples might have been drawn; not other seeds, duplicates, or data that "
    "change later."
)
COVERS_GROUPS_BRIEFLY = (
    "An interval covers that other validation groups (images, patients, documents), each with all of its samples, "
    "might have been drawn; not other seeds, duplicates, or data that change later."
)
SELECTED = (
    "Epochs or steps were chosen by their values on these same samples, so the values are a little too good, the more "
    "so the more there were to choose from."
)


def finding(one: Finding, query: ComparisonQuery) -> str:
    """`MCC: B +0.0197 against A, 95% interval +0.0025 to +0.0375, p 0.15 after correction: may be chance.`"""
    pair, found = one.pair, one.row.estimate
    what = f"{one.row.formula}: {pair.b} {signed(found.difference)} against {pair.a}"
    if np.isnan(found.low):
        return f"{what}; no interval can be had."
    within = f"{what}, {100 * query.level:.4g}% interval {signed(found.low)} to {signed(found.high)}"
    if np.isnan(one.p_holm):
        return f"{within}: 0 is {'not ' if found.low > 0 or found.high < 0 else ''}in it."
    verdict = "more than chance" if one.beyond_chance else "may be chance"
    return f"{within}, p {one.p_holm:.2g} after correction: {verdict}."


def notes(compared_runs: Sequence[ComparedRun], pairs: Sequence[Pair], query: ComparisonQuery, tests: int) -> list[str]:
    """Sentences about the whole comparison."""
    found = [
        *_faults(compared_runs, query),
        *_outputs(compared_runs, query),
        *_edges(compared_runs, query),
        *_reasons(pairs),
        *_without(pairs, query),
        *_kept(pairs),
    ]
    if len(compared_runs) > MOST_RUNS and 0 < len(pairs) < len(compared_runs) - 1:
        found.append(
            f"Of {len(compared_runs):,} runs only the best is compared in pairs, with the {len(pairs)} that come next."
        )
    if query.align == "step":
        found.append(
            f"Steps: as recorded; of a run without a log named {', '.join(STEP_LOGS)}, else as many an epoch as the "
            "config says."
        )
    found += _grouped(pairs)
    if any(row.method in (PAIRED, GROUPED) for pair in pairs for row in pair.rows):
        found.append(
            f"p is the probability of a difference at least as large if it made no difference which of the two runs "
            f"decided a sample; McNemar's is exact. p_holm is corrected (Holm) for all {tests} tests of these tables."
        )
    if any(row.method == INDEPENDENT for pair in pairs for row in pair.rows):
        found.append(f"{INDEPENDENT.capitalize()} have wider intervals than a comparison sample by sample, and no p.")
    if any(np.isfinite(row.estimate.low) for pair in pairs for row in pair.rows):
        found.append(COVERS_GROUPS if _all_grouped(pairs) else COVERS)
        if any(isinstance(compared.at, str) and compared.at != "last" for compared in compared_runs):
            found.append(SELECTED)
    return found


def covers_briefly(pairs: Sequence[Pair]) -> str:
    """What an interval covers and what it does not."""
    return COVERS_GROUPS_BRIEFLY if _all_grouped(pairs) else COVERS_BRIEFLY


def _all_grouped(pairs: Sequence[Pair]) -> bool:
    return any(pair.groups for pair in pairs) and all(pair.groups for pair in pairs if not pair.reason)


def facts(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> str:
    """Split, threshold and epochs, in a line: `validation · threshold 0.5 · each at best MCC`."""
    ats = list(dict.fromkeys(compared.at for compared in compared_runs))
    unit = unit_of(compared_runs)
    at = _at(ats[0], compared_runs, unit) if len(ats) == 1 else f"each at its own {unit}"
    thresholds = list(dict.fromkeys(compared.threshold() for compared in compared_runs))
    one = thresholds[0] if len(thresholds) == 1 else None
    parts = [SPLITS.get(query.split, query.split), at, "" if one is None else f"threshold {one:.4g}"]
    return " · ".join(part for part in parts if part)


def _at(at: At, compared_runs: Sequence[ComparedRun], unit: str) -> str:
    point = parse_point(at)
    if point is not None:
        return f"at {named(point.unit or unit, point.number)}"
    how, _, formula = str(at).partition(":")
    if formula:
        return f"each at its {unit} of {how} {parse_spec(formula).label}"
    whole = compared_runs if at == "best" else ()  # of the last epoch nobody need know by what the best is the best
    by = " or ".join(dict.fromkeys(compared.best_by for compared in whole if compared.best_by))
    return f"each at its {at} {unit}" + (f", by {by}" if by else "")


def unit_of(compared_runs: Sequence[ComparedRun]) -> str:
    """What all runs count in; `point` where they differ."""
    units: set[str] = {compared.source.unit for compared in compared_runs if compared.source.has_points}
    return units.pop() if len(units) == 1 else "point" if units else "epoch"


def signed(value: float) -> str:
    """With its sign and four decimals, or as many as are known and how far it may be off: `+0.02 ±0.03`."""
    if not np.isfinite(value):
        return "undefined"
    text = value.text("+.4f") if isinstance(value, Bounded) else f"{value:+.4f}"
    return ("" if text[0] in "+-" else "+") + text.replace("-", "−")


def _faults(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> Iterator[str]:
    by_fault: dict[tuple[str, str], list[str]] = {}
    for compared in compared_runs:
        for label in [spec.label for spec in query.formulas if not compared.has(spec)]:
            by_fault.setdefault((label, compared.faults[label]), []).append(compared.name)
        if compared.x_fault:
            by_fault.setdefault((f"curve along {query.align}s", compared.x_fault), []).append(compared.name)
        if not compared.source.has_points:
            by_fault.setdefault(("", f"no {compared.source.unit} yet"), []).append(compared.name)
    for (label, fault), names in by_fault.items():
        yield f"{_some(names)}: {f'no {label}: ' if label else ''}{fault}."


def _outputs(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> Iterator[str]:
    """Which output is compared, where models have several; and where they have not the same ones."""
    has: dict[tuple[str, ...], list[str]] = {}
    for compared in compared_runs:
        has.setdefault(tuple(output.name for output in compared.source.outputs), []).append(compared.name)
    several = {outputs: names for outputs, names in has.items() if outputs}
    if len(several) == 1 and len(outputs := next(iter(several))) > 1:
        yield f"Of the outputs {', '.join(outputs)} the one compared is {query.output or outputs[0]}."
    elif len(several) > 1:
        each = "; ".join(f"{_some(names)}: {_named_outputs(outputs)}" for outputs, names in several.items())
        which = "the first of each" if query.output is None else query.output
        yield f"The runs have not the same outputs, compared is {which}. {each}."


def _named_outputs(outputs: Sequence[str]) -> str:
    return ", ".join(outputs) if any(outputs) else "one without a name"


def _edges(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> Iterator[str]:
    """Where counts are not known at the threshold that is asked for."""
    by_edge: dict[str, list[str]] = {}
    asked_at = [asked for asked in map(query.query, query.formulas) if asked.threshold is not None]
    for compared in compared_runs:
        for asked in asked_at:
            edge = compared.run.edge_note(asked)
            if edge:
                by_edge.setdefault(f"{asked.spec.label}{edge}", []).append(compared.name)
    for edge, names in by_edge.items():
        yield f"{_some(names)}: {edge}, the nearest threshold of which the counts are known."


def _reasons(pairs: Sequence[Pair]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.reason:
            by_reason.setdefault(pair.reason, []).append(f"{pair.a} with {pair.b}")
    for reason, names in by_reason.items():
        yield f"Not compared sample by sample: {_some(names)}; {reason}."


def _without(pairs: Sequence[Pair], query: ComparisonQuery) -> Iterator[str]:
    """Formulas of samples taken whole that have no interval, as single values do not tell how samples differ."""
    together = [spec.label for spec in query.formulas if spec.formula.of_whole_samples]
    by_label: dict[str, list[str]] = {}
    for pair in pairs:
        for row in pair.rows:
            if row.formula in together and row.method == NONE and np.isfinite(row.estimate.difference):
                by_label.setdefault(row.formula, []).append(f"{pair.a} with {pair.b}")
    for label, names in by_label.items():
        yield (
            f"No interval of {label}, which takes the same samples in both runs, recorded with the scores of all "
            f"classes: {_some(names)}."
        )


def _kept(pairs: Sequence[Pair]) -> Iterator[str]:
    by_size: dict[tuple[int, int], list[str]] = {}
    for pair in pairs:
        if 0 < pair.samples < pair.counted:
            by_size.setdefault((pair.samples, pair.counted), []).append(f"{pair.a} with {pair.b}")
    for (samples, counted), names in by_size.items():
        yield f"Compared on the {samples:,} recorded of {counted:,} samples, values too: {_some(names)}."


def _grouped(pairs: Sequence[Pair]) -> Iterator[str]:
    """Where samples belong together, and what was made of that."""
    by_size: dict[tuple[int, int], list[str]] = {}
    for pair in pairs:
        if pair.groups:
            by_size.setdefault((pair.groups, pair.samples), []).append(f"{pair.a} with {pair.b}")
    for (groups, samples), names in by_size.items():
        if groups == 1:
            yield f"All {samples:,} samples are of one group, and what another would show is open: {_some(names)}."
        else:
            yield (
                f"The {samples:,} samples are of {groups:,} groups: these, not single samples, were drawn again and "
                f"swapped: {_some(names)}."
            )
    differ = [f"{pair.a} with {pair.b}" for pair in pairs if pair.joined]
    if differ:
        yield (
            "These runs do not state the same groups, and samples that either puts together were kept together: "
            f"{_some(differ)}."
        )
    if len({pair.groups > 0 for pair in pairs if not pair.reason}) > 1:
        yield "Of pairs without groups, samples are taken as independent."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
