"""What a person asks of a live table, and what is known of the answer so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from .column import CONFIG, FIELDS, Column, unknown
from .order import ranked
from .row import RUN, Row
from .where import parse_where


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks of the table.

    Args:
        columns: that are shown, as `parse_column` takes them.
        where: a filter; "" for none.
        sort: a column. Folders' names begin with the time of their start.
        reverse: the other way round than `list_runs` has it.
        group: a column, whose values make the groups; "" for none.
        folded: names of groups whose runs are not shown.
    """

    columns: tuple[str, ...] = ()
    where: str = ""
    sort: str = RUN
    reverse: bool = True
    group: str = ""
    folded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heading:
    """A group in the table.

    Args:
        name: of the group, "" for the runs that are in none.
        runs: how many are in it.
        folded: whether they are hidden.
    """

    name: str
    runs: int
    folded: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The table as far as it is known.

    Args:
        entries: headings of groups, and runs, in order.
        runs: how many pass the filter.
        left_out: how many do not.
        waiting: how many are not read yet of which the place is not known, or whether they pass.
        faults: what is wrong with the question, by "where" or a column's text.
    """

    entries: Sequence[Heading | Row] = ()
    runs: int = 0
    left_out: int = 0
    waiting: int = 0
    faults: Mapping[str, str] = field(default_factory=dict)


def names_of(question: Question) -> list[str]:
    """The columns whose values decide which runs are shown, and where.

    Raises:
        ValueError: The filter is malformed.
    """
    _, names = parse_where(question.where) if question.where.strip() else (None, [])
    return list(dict.fromkeys([*names, question.sort, *([question.group] if question.group else [])]))


def answer(rows: Sequence[Row], question: Question, column: Callable[[str], Column], now: float) -> Answer:
    """The answer from what is known of the rows.

    Args:
        rows: of all runs.
        question: what is asked.
        column: parses one.
        now: seconds since 1970.
    """
    faults: dict[str, str] = {}
    shown = dict(_parsed([*question.columns, question.sort, question.group], column, faults))
    try:
        test, names = parse_where(question.where) if question.where.strip() else (None, [])
        deciding = [column(name) for name in names]
    except ValueError as error:
        test, deciding, faults["where"] = None, [], str(error)
    known = [row for row in rows if all(row.knows(one.text) for one in deciding)]
    passed = known if test is None else [row for row in known if test(partial(row.value, now=now))]
    decided = next((fault for one in deciding if (fault := _fault(rows, one))), "")
    faults |= {"where": decided} if decided else {}
    faults |= {text: fault for text, one in shown.items() if (fault := _fault(rows, one))}
    by, unsorted = shown.get(question.sort), 0
    if by is not None:
        unsorted = sum(not row.knows(by.text) for row in passed)
        passed = ranked(passed, partial(_value, text=by.text, now=now), down=by.down(reverse=question.reverse))
    entries = list(_grouped(passed, question, now)) if question.group else passed
    return Answer(entries, len(passed), len(known) - len(passed), len(rows) - len(known) + unsorted, faults)


def _parsed(
    texts: Iterable[str], column: Callable[[str], Column], faults: dict[str, str]
) -> Iterator[tuple[str, Column]]:
    """Columns by their texts; what is wrong with the others goes to `faults`."""
    for text in filter(None, dict.fromkeys(texts)):
        try:
            yield text, column(text)
        except ValueError as error:
            faults[text] = str(error)


def _value(row: Row, text: str, now: float) -> object:
    return row.value(text, now)


def _fault(rows: Sequence[Row], column: Column) -> str:
    """Why no run has a value, once that is known; "" where one has, or may have."""
    text = column.text
    if text in FIELDS or not all(row.read for row in rows):
        return ""
    asked = [row for row in rows if row.knows(text)]
    if not asked or any(row.value(text) is not None for row in asked):
        return ""
    fault = next((row.faults[text] for row in asked if text in row.faults), "")
    if not fault and not text.startswith(CONFIG):
        return ""
    names = {CONFIG + key for row in rows for key in row.config} | {log for row in rows for log in row.logs}
    return str(unknown(text, names) or (fault if len(asked) == len(rows) else ""))


def _grouped(rows: Sequence[Row], question: Question, now: float) -> Iterator[Heading | Row]:
    """Groups in the order of their first runs; those that are in none come last."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        value = row.value(question.group, now)
        groups.setdefault("" if value is None else str(value), []).append(row)
    for name in sorted(groups, key=lambda name: name == ""):
        folded = name in question.folded
        yield Heading(name, len(groups[name]), folded)
        if not folded:
            yield from groups[name]
