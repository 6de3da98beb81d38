"""Columns of many runs at once, those that the index knows and those that are open: the values that each run gives."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, kind_of

from ..formulas import BUILT_IN, Inputs, Spec, evaluate, is_elementwise
from ..formulas.query import Where, query_of
from ..formulas.registry import COUNTS
from ..formulas.spec import AVERAGES
from ..index.known import KnownRun
from ..reading.flat_config import flat

if TYPE_CHECKING:
    from ..index.book import Book
    from ..reading.decision_counts import CountsOverEpochs
    from ..run import Run

Array = npt.NDArray[Any]


class Unknown(Enum):
    """Why the index has no value."""

    ASK = "the run itself must be asked"
    NONE = "the run has no such thing, and says so in its own words"


ASK, NONE = Unknown.ASK, Unknown.NONE
Known = Callable[[Sequence[KnownRun]], list[Any]]  # a value each, or one of the two
OfOpen = Callable[[Sequence["Run"]], list[Any]]
OfCounts = Callable[["Book", Output, str, Array], Iterator[tuple[Array, Array]]]  # rows of runs, and their values


def _plain(column: str) -> Known:
    return lambda runs: _said(runs, column)


def _said(runs: Sequence[KnownRun], column: str) -> list[Any]:
    """What stands in a column of the index: of ten thousand runs of one index in a third of the time of `says`."""
    books = {run.book for run in runs}
    if len(books) != 1:
        return [run.says(column) for run in runs]
    found = books.pop().column(column)
    return [found[run.row] for run in runs]


FIELDS: dict[str, Known] = {
    "run": lambda runs: [run.folder_name for run in runs],
    **{name: _plain(name) for name in ("name", "group", "unit", "points", "epochs", "steps", "planned", "created")},
    "status": lambda runs: [run.book.statuses[run.row] for run in runs],
    "problem": lambda runs: [None] * len(runs),  # one of which anything is wrong is not known
}


def ask_all(runs: Sequence[Any]) -> list[Any]:
    """Of a column that is asked of each run by itself."""
    return [ASK] * len(runs)


def ages(age: Callable[[str, float], float]) -> Known:
    """Seconds since the runs began."""
    now = time.time()
    return lambda runs: [age(run.says("created"), now) for run in runs]


def config(key: str) -> Known:
    """A setting of the runs."""
    return lambda runs: [flat(run.config).get(key, NONE) for run in runs]


def last(spec: Spec, split: str | None, where: Where) -> Known:
    """The newest value of a formula or log."""

    def of_counts(book: Book, output: Output, chosen: str, among: Array) -> Iterator[tuple[Array, Array]]:
        newest = book.newest(output.name, chosen, among)
        each = [newest.counts]
        if not is_elementwise(spec.formula):  # who looks at all that is given sees one run at a time
            each = list(zip(*(np.split(count, len(newest.rows), axis=1) for count in newest.counts), strict=True))
        yield newest.rows, np.concatenate([_evaluated(counts, output, spec, chosen, where) for counts in each])

    return _known(spec, split, where, "newest_logs", of_counts)


def last_of_open(spec: Spec, split: str | None, where: Where) -> OfOpen:
    """The newest value of a formula of counts, of runs that are open: it is evaluated once for all that are alike."""
    if not _at_decision(spec, where) or not spec.formula.of_counts or not is_elementwise(spec.formula):
        return ask_all

    def of(runs: Sequence[Run]) -> list[Any]:
        found: list[Any] = [ASK] * len(runs)
        alike: dict[Any, list[tuple[int, Output, CountsOverEpochs]]] = defaultdict(list)
        for place, run in enumerate(runs):
            with suppress(ValueError):  # which the run says itself when it is asked
                stated = _stated(run, spec, split, where)
                if stated is not None:
                    chosen, output, at = stated
                    alike[chosen, output.kind, *output.classes].append((place, output, at))
        for (chosen, *_), several in alike.items():
            places, (output, *_), counts = zip(*several, strict=True)
            tp, fp, tn, fn = (np.concatenate([getattr(at, name) for at in counts], axis=1) for name in COUNTS)
            with suppress(ValueError):
                values = _evaluated((tp, fp, tn, fn), output, spec, chosen, where)
                for place, value in zip(places, values.tolist(), strict=True):
                    found[place] = value
        return found

    return of


def _stated(run: Run, spec: Spec, split: str | None, where: Where) -> tuple[str, Output, CountsOverEpochs] | None:
    """Split, output and counts of the newest value of a run, where its lines state all that it is made of."""
    output, item = run.output(where.get("output")), spec.formula
    of_matrix = kind_of(output).argmax and (item.matrix_function is not None or item.on_decision)
    averaged = spec.average is not None or where.get("average") is not None
    if _from_counts(spec, output, where) and (averaged or not of_matrix):
        for chosen in [asked] if (asked := spec.split or split) else ["val", "train"]:
            at = run.newest_counts(chosen, output.name)
            if at is not None:
                return chosen, output, at
            if run.newest(chosen, output.name) is not None:  # in a line that does not state all classes
                return None
    return None


def extreme(spec: Spec, split: str | None, where: Where, higher: bool) -> Known:
    """The best value over all points of a formula or log: the highest or the lowest that is finite."""
    if spec.formula.of_counts and not is_elementwise(spec.formula):
        return ask_all  # it may look at epochs too in which nothing was counted
    best, worst = (np.maximum, -np.inf) if higher else (np.minimum, np.inf)

    def of_counts(book: Book, output: Output, chosen: str, among: Array) -> Iterator[tuple[Array, Array]]:
        for points in book.points(output.name, chosen, among, kind_of(output).scores(len(output.classes))):
            values = _evaluated(points.counts, output, spec, chosen, where)
            starts = np.flatnonzero(np.diff(points.rows, prepend=-1))
            found = best.reduceat(np.where(np.isfinite(values), values, worst), starts)
            yield points.rows[starts], np.where(np.isfinite(found), found, np.nan)

    return _known(spec, split, where, "highest_logs" if higher else "lowest_logs", of_counts)


def _known(spec: Spec, split: str | None, where: Where, logs: str, of_counts: OfCounts) -> Known:
    """The values of a formula or log, in whatever way they are had from counts, or from a column of logs."""
    if not _at_decision(spec, where):
        return ask_all

    def of(runs: Sequence[KnownRun]) -> list[Any]:
        if not runs:
            return []
        (book,) = {run.book for run in runs}
        found: Array = np.full(len(book), ASK, object)
        for outputs, rows in book.by_outputs():
            if spec.formula.of_counts and outputs:
                found[rows] = _from_splits(book, rows, outputs, spec, split, where, of_counts)
            else:
                found[rows] = _of_logs(book, rows, spec, logs)
        empty = np.array(book.column("points")) == 0
        found[empty] = np.nan
        return found[[run.row for run in runs]].tolist()

    return of


def _at_decision(spec: Spec, where: Where) -> bool:
    """Whether nothing that a line does not state is asked for."""
    asked = [value for name, value in where.items() if name not in ("average", "output")]
    return not any(value is not None and value is not False for value in asked) and spec.threshold is None


def _of_logs(book: Book, rows: Array, spec: Spec, column: str) -> Any:
    """A single log by its name; formulas of several are asked of the run."""
    name = spec.name.strip("`")
    plain = spec.formula.needs == (name,)
    if not plain and not (spec.formula.of_counts and (spec.average is None or spec.average in AVERAGES)):
        return ASK
    if spec.split is not None:
        return ASK
    values, known = book.log(name, column)
    found: Array = np.full(len(rows), NONE, object)
    if plain:
        found[known[rows]] = values[rows][known[rows]]
        return found
    countless = set(spec.formula.needs) <= set(COUNTS)  # a formula of counts where there are none
    found[:] = np.nan if countless else ASK
    found[known[rows]] = ASK
    return found


def _from_splits(
    book: Book, rows: Array, outputs: Sequence[Output], spec: Spec, split: str | None, where: Where, of_counts: OfCounts
) -> Array:
    found: Array = np.full(len(book), NONE, object)
    name = where.get("output")
    output = next((one for one in outputs if name is None or one.name == name), None)
    if output is None:
        return found[rows]
    if not _from_counts(spec, output, where):
        return np.full(len(rows), ASK, object)
    for chosen, among in _splits(book, rows, output.name, spec.split or split):
        try:
            for own, values in of_counts(book, output, chosen, among):
                found[own] = values
        except ValueError:  # of the formula, or of the index
            found[among] = ASK
    return found[rows]


def _from_counts(spec: Spec, output: Output, where: Where) -> bool:
    """Whether the four counts of each class at the decision are all that the value is made of."""
    item, kind = spec.formula, kind_of(output)
    if not set(item.needs) <= set(COUNTS) or item.bounds is not None:
        return False
    averaged = spec.average is not None or where.get("average") is not None
    of_matrix = item.matrix_function is not None and item.classes_function is None
    return not kind.argmax or averaged or not (of_matrix or item.on_decision)


def _splits(book: Book, rows: Array, output: str, split: str | None) -> Iterator[tuple[str, Array]]:
    """Splits, and the runs of which each is meant: the one that is asked for, or else the usual one."""
    there = book.splits(output)
    left = np.zeros(len(book), np.bool_)
    left[rows] = True
    usual = ["val", "train", *sorted(name for name in there if name not in ("val", "train"))]
    for name in [split] if split else usual:
        if name in there and (among := left & there[name]).any():
            yield name, among
            left &= ~among


def _evaluated(counts: tuple[Array, ...], output: Output, spec: Spec, split: str, where: Where) -> Array:
    """The formula, float64 [points], of tp, fp, tn and fn: points of all runs stand where those of one do."""
    kind = kind_of(output)
    tp, fp, tn, fn = counts
    inputs = Inputs(
        tp=tp, fp=fp, tn=tn, fn=fn, matrix=None, logs={}, kind=kind, classes=tuple(output.classes), argmax=kind.argmax,
    )  # fmt: skip
    query = query_of(spec, split, **where)
    return np.array(np.broadcast_to(evaluate(*query.narrowed(inputs)), tp.shape[-1:]))


def with_kept(known: Known, question: Callable[[], str]) -> Known:
    """The same values, and in place of asking a run what it answered earlier.

    Args:
        known: of the index alone.
        question: as `question_of` has it.
    """

    def of(runs: Sequence[KnownRun]) -> list[Any]:
        found = known(runs)
        asked = [place for place, value in enumerate(found) if value is ASK]
        if asked and (words := question()):
            from ..index.answers import Answers  # with what reads an index

            kept = Answers(runs[0].root, words).of([runs[place] for place in asked])
            for place, value in zip(asked, kept, strict=True):
                found[place] = ASK if value is None else value
        return found

    return of


def keep(question: str, values: Mapping[KnownRun, Any]) -> None:
    """Keeps what is a number, of runs of which nothing that was asked is missing or broken."""
    numbers = {run: value for run, value in values.items() if isinstance(value, float) and run.is_whole}
    if question and numbers:
        from ..index.answers import Answers

        Answers(next(iter(numbers)).root, question).keep(numbers)


def question_of(how: str, spec: Spec, split: str | None, where: Where) -> str:
    """All that a value depends on beside the run; "" of what is not this program's own: a user's formula may change."""
    if spec.formula not in BUILT_IN:
        return ""
    from importlib import metadata  # with the whole of `email`

    try:
        version = metadata.version("epochreel")
    except metadata.PackageNotFoundError:  # it was not installed, but lies there
        return ""
    # The text too: a run of logs alone may have one that is called so, or as an alias is.
    asked = [version, how, spec.formula.name, spec.threshold, spec.average, spec.split, spec.text, split]
    said = sorted((name, value) for name, value in where.items() if value is not None and value is not False)
    return json.dumps([*asked, said], default=str)
