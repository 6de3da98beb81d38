"""A comparison in tables of words, each with a title, and in sentences; and as one JSON object for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..counts.bounded import OFF, Bounded
from ..points import named
from ..run.shown import shown
from . import words
from .compared_run import ComparedRun
from .result import Comparison

MANY, SHOWN, IDS = 6, 20, 5  # runs beyond which each has one row; rows and ids that are shown


@dataclass(frozen=True, slots=True)
class Section:
    """A table with a title."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def sections(found: Comparison) -> Iterator[Section]:
    """The tables that a person is shown; of many runs the best."""
    if len(found.compared_runs) <= MANY:
        yield from _few(found)
    else:
        yield _many(found)
    if len(found.groups):
        rows = [[*map(str, key), *map(shown, row)] for key, row in _rows(found.groups)]
        yield Section("Groups", ["group", "formula", "runs", "mean", "sd between runs"], rows)
    if found.pairs:
        interval = f"{100 * found.query.level:g}% interval"
        columns = ["A", "B", "formula", "of A", "of B", "B - A", interval, "p", "p Holm", "samples", "groups", "method"]
        yield Section("In pairs", columns, list(_paired(found)))
        columns = ["A", "B", "both", "A alone", "B alone", "neither", "p", "p Holm", "A alone: ids", "B alone: ids"]
        right = list(_right(found))
        if right:  # no two runs may have the same samples
            grouped = " of groups" if any(pair.groups for pair in found.pairs) else ""
            yield Section(f"Samples decided right, and McNemar's exact test{grouped}", columns, right)


def sentences(found: Comparison) -> list[str]:
    """What the first formula says of each pair, then the notes."""
    first = found.query.formulas[0].label
    return [one for one in found.findings if one.startswith(f"{first}: ")] + found.notes


def as_json(found: Comparison) -> str:
    """Every table and sentence as one JSON object; undefined is null."""
    tables = {
        name: msgspec.Raw(table.reset_index().to_json(orient="records", double_precision=15).encode())
        for name, table in found.tables().items()
    }
    return msgspec.json.encode({**tables, "findings": found.findings, "notes": found.notes}).decode()


def _few(found: Comparison) -> Iterator[Section]:
    labels = [spec.label for spec in found.query.formulas]
    rows = [[compared.name, *row] for compared in found.compared_runs for row in _standings(found, compared)]
    yield Section(
        f"Runs, {found.query.split}", ["run", "at", words.unit_of(found.compared_runs), "threshold", *labels], rows
    )
    if len(found.config):
        rows = [[str(key), *map(_setting, row)] for key, row in _rows(found.config)]
        yield Section("Config, where it differs", ["key", *found.names], rows)


def _standings(found: Comparison, compared: ComparedRun) -> Iterator[list[str]]:
    """Last, best and chosen; in one row where they are one epoch."""
    by_epoch: dict[int | None, list[str]] = {}
    for standing in ("last", "best", "chosen"):
        by_epoch.setdefault(compared.epoch(standing), []).append(standing)
    for epoch, standings in by_epoch.items():
        names = [f"best {compared.best_by}".strip() if standing == "best" else standing for standing in standings]
        values = [compared.value(spec, standings[0]) for spec in found.query.formulas]
        yield [", ".join(names), _number(found, compared, epoch), *map(shown, [compared.threshold(), *values])]


def _many(found: Comparison) -> Section:
    specs, keys = found.query.formulas, list(found.config.index[:MANY])
    rows = [
        [compared.name, _number(found, compared, compared.epoch("chosen")),
         *(shown(compared.value(spec)) for spec in specs),
         *(_setting(found.config.at[key, compared.name]) for key in keys)]
        for compared in found.ranked[:SHOWN]
    ]  # fmt: skip
    which = f"the best {len(rows)} of {len(found.compared_runs):,} runs by {specs[0].label}"
    columns = ["run", words.unit_of(found.compared_runs), *(spec.label for spec in specs), *map(str, keys)]
    return Section(f"{which}, {found.query.split}", columns, rows)


def _number(found: Comparison, compared: ComparedRun, epoch: int | None) -> str:
    """An epoch or step; with its word where another run of the table counts otherwise."""
    if epoch is None:
        return ""
    unit = compared.source.unit
    return f"{epoch:,}" if unit == words.unit_of(found.compared_runs) else named(unit, epoch)


def _paired(found: Comparison) -> Iterator[list[str]]:
    for row in found.paired.to_dict("records"):
        ends = f"{shown(row['low'])} to {shown(row['high'])}" if row["low"] == row["low"] else ""
        values = [shown(_open(row, name)) for name in ("value_a", "value_b", "difference")]
        tests = [shown(row[name]) for name in ("p", "p_holm", "samples")] + [shown(row["sample_groups"] or None)]
        yield [row["a"], row["b"], row["formula"], *values, ends, *tests, row["method"]]


def _right(found: Comparison) -> Iterator[list[str]]:
    for pair, p_holm in zip(found.pairs, found.mcnemar["p_holm"], strict=True):
        if not pair.reason:
            a, b = pair.right_a > 0, pair.right_b > 0
            alone = [_ids(pair.called[a & ~b]), _ids(pair.called[b & ~a])]
            yield [pair.a, pair.b, *map(str, pair.quarters), shown(pair.test.p), shown(p_holm), *alone]


def _open(row: Mapping[Any, Any], name: str) -> Bounded:
    """A number of a row, with how far it may be off where the table says that."""
    value, off = row[name], row.get(f"{name}{OFF}") or 0.0
    return Bounded(value, value - off, value + off)


def _ids(ids: Any) -> str:
    return ", ".join(map(str, ids[:IDS])) + (", …" if len(ids) > IDS else "")


def _setting(value: Any) -> str:
    return "" if value is None else str(value)


def _rows(table: Any) -> Iterator[tuple[Any, Any]]:
    return zip(table.index, table.to_numpy(), strict=True)
