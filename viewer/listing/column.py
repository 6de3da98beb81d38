"""What a column of a list of runs asks of each run."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from recorder.runfile import from_iso
from recorder.runfile.names import listed

from ..formulas import FORMULAS, FormulaError, Spec, parse_spec
from ..formulas.best import best_position, direction
from ..formulas.query import Where
from ..index.known import KnownRun
from ..reading.flat_config import flat
from ..reading.gaps import first_fault
from ..run import Run, UnreadableRun, usual_split
from ..run.pace import example_rate, lately, seconds_each, step_rate, validation_share
from . import known_column
from .known_column import ASK, NONE, keep, question_of, with_kept

FIELDS: dict[str, Callable[[Run], Any]] = {
    "run": lambda run: run.folder.name,
    "name": lambda run: run.name,
    "group": lambda run: run.group,
    "status": lambda run: run.status,
    "epochs": lambda run: _epochs(run),
    "steps": lambda run: _steps(run),
    "points": lambda run: len(run.epoch_numbers),
    "unit": lambda run: run.unit,
    "planned": lambda run: run.planned_epochs,
    "created": lambda run: run.manifest.created,
    "age": lambda run: age(run.manifest.created, time.time()),
    "seconds": lambda run: lately(seconds_each(run)),
    "step_rate": lambda run: lately(step_rate(run)),
    "example_rate": lambda run: lately(example_rate(run)),
    "validation_share": lambda run: lately(validation_share(run)),
    "problem": lambda run: first_fault(run.faults_so_far),
}
OF_UNREADABLE: dict[str, Callable[[UnreadableRun], Any]] = {
    "run": lambda run: run.folder.name,
    "status": lambda _: "unreadable",
    "problem": lambda run: run.reason,
}
CONFIG = "config."
AnyRun = Run | UnreadableRun | KnownRun
Floats = npt.NDArray[np.float64]
_AGGREGATED = re.compile(r"(last|best|min|max)\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Args:
        text: as it was asked for.
        of: its value of a run; None or NaN where the run has none. Raises FormulaError or ValueError where the run
            cannot have one.
        higher_is_better: which end comes first when runs are sorted by it; None where neither is good.
        over: the values over epochs of which `of` takes one, float64 [epochs]; None where there are none.
            Raises as `of`.
        known: the values of runs that the index knows, or that they gave earlier.
        question: gives all that its values depend on beside the run, for who keeps them; "" where that is not said.
        of_open: the values of open runs, of many at once.
    """

    text: str
    of: Callable[[Run], Any]
    higher_is_better: bool | None = None
    over: Callable[[Run], Floats] | None = None
    known: known_column.Known = known_column.ask_all
    question: Callable[[], str] = str
    of_open: known_column.OfOpen = known_column.ask_all

    def down(self, *, reverse: bool = False) -> bool:
        """Whether the largest values come first when runs are sorted by it: the better end does."""
        return (self.higher_is_better is True) != reverse

    def value(self, run: Run | UnreadableRun) -> Any:
        """Its value of a run, None where there is none; of one that cannot be read, its folder and why.

        Raises:
            ValueError: The run cannot have one.
        """
        value = self.of(run) if isinstance(run, Run) else OF_UNREADABLE.get(self.text, _nothing)(run)
        return None if isinstance(value, float) and value != value else value

    def values(self, runs: Sequence[AnyRun]) -> list[Any]:
        """`value` of each run; those that the index knows are opened where it does not keep that.

        Raises:
            ValueError: No run can have one.
        """
        found, fault, answered = self._known(runs), None, dict[KnownRun, Any]()
        for place, run in enumerate(runs):
            if found[place] is ASK:
                try:
                    found[place] = self.value(run.opened if isinstance(run, KnownRun) else run)
                except ValueError as error:
                    fault, found[place] = fault or error, None
                if isinstance(run, KnownRun):
                    answered[run] = found[place]
        if answered:
            keep(self.question(), answered)
        lacking = [place for place, value in enumerate(found) if value is NONE]
        for place in lacking:
            found[place] = None
        if all(value is None for value in found):
            fault = fault or self._why(runs[place] for place in lacking[:1])
            if fault is not None:
                raise unknown_name(self.text, runs) or fault
        return found

    def _known(self, runs: Sequence[AnyRun]) -> list[Any]:
        """What is known of many at once, by place: a value, that there is none, or that the run must be asked."""
        found: list[Any] = [ASK] * len(runs)
        for kind, ask in ((KnownRun, self.known), (Run, self.of_open)):
            own: dict[int, Any] = {place: run for place, run in enumerate(runs) if isinstance(run, kind)}
            for place, value in zip(own, ask(list(own.values())), strict=True):
                found[place] = None if isinstance(value, float) and value != value else value
        return found

    def _why(self, lacking: Iterable[AnyRun]) -> ValueError | None:
        """What a run says itself of what it has not."""
        for run in lacking:
            try:
                self.value(run.opened if isinstance(run, KnownRun) else run)
            except ValueError as error:
                return error
        return None


def parse_column(text: str, split: str | None = None, **where: Unpack[Where]) -> Column:
    """A column as a user names it.

    Args:
        text: a field (`name`, `status`, `epochs`, `steps`, `age`, `seconds`, `step_rate`, ...: see `FIELDS`),
            `config.lr`, a log (`val_loss`), or a formula with or without its split (`mcc`, `train:f1@0.3`). Of logs and
            formulas the last value is taken; `best(val:mcc)`, `min(loss)` and `max(...)` take another one.
        split: of formulas that name none; None for validation where there is any.
        where: of formulas that do not say otherwise: `threshold`, `prevalence` and what else `Where` has.

    Raises:
        FormulaError: It is malformed.
    """
    text = text.strip()
    if text in FIELDS:
        known = known_column.ages(age) if text == "age" else known_column.FIELDS.get(text, known_column.ask_all)
        return Column(text, FIELDS[text], known=known)
    if text.startswith(CONFIG):
        key = text.removeprefix(CONFIG)
        return Column(text, _config(key), known=known_column.config(key))
    aggregated = _AGGREGATED.fullmatch(text)
    how, inner = (aggregated[1], aggregated[2].strip()) if aggregated else ("last", text)
    spec = parse_spec(inner)
    better = {"min": False, "max": True}.get(how, direction(spec))

    def over(run: Run) -> Floats:
        return _over(run, spec, split, where)[1]

    if how == "last":
        return replace(newest(spec, split, where), text=text, higher_is_better=better, over=over)
    if better is None:
        near = FORMULAS.nearest(spec.formula.name)
        raise FormulaError(
            f"best needs a formula of which one end is good; say max({inner}) or min({inner}){near}. Received: {text!r}"
        )
    question = partial(question_of, how, spec, split, where)
    known = with_kept(known_column.extreme(spec, split, where, better), question)
    return Column(text, lambda run: _extreme(run, spec, split, where, better), better, over, known, question)


def newest(spec: Spec, split: str | None, where: Where) -> Column:
    """The newest value of a formula or log, as `parse_column` has it."""
    question = partial(question_of, "last", spec, split, where)
    known = with_kept(known_column.last(spec, split, where), question)
    of_open = known_column.last_of_open(spec, split, where)
    return Column(
        spec.text, lambda run: _last(run, spec, split, where), known=known, of_open=of_open, question=question
    )


def age(created: str, now: float) -> float:
    """Seconds since a time; NaN where it is none, 0 where the clock was set back meanwhile, or is another machine's."""
    return max(now - from_iso(created), 0.0)  # in this order, which leaves NaN


def _nothing(_: UnreadableRun) -> None:
    """A run that cannot be read has no other values."""


def _config(key: str) -> Callable[[Run], Any]:
    def of(run: Run) -> Any:
        config = flat(run.config)
        if key not in config:
            raise ValueError(f"a configuration must have the key. Received: {key!r}")
        return config[key]

    return of


def _last(run: Run, spec: Spec, split: str | None, where: Where) -> float:
    """At the newest epoch in which the split was counted, or the log was written."""
    if not len(run.epoch_numbers):
        return np.nan
    if spec.formula.of_counts and run.manifest.outputs:
        found, position = _newest(run, spec.split or split, where)
        return run.bounded(spec, found, position=position, **where)
    try:
        return run.value(spec)
    except FormulaError:
        values = run.values(spec)
        known = np.flatnonzero(~np.isnan(values))
        return float(values[known[-1]]) if len(known) else np.nan


def _extreme(run: Run, spec: Spec, split: str | None, where: Where, higher: bool) -> float:
    chosen, values = _over(run, spec, split, where)
    place = best_position(values, higher)
    if place is None:
        return np.nan
    counted = spec.formula.of_counts and bool(run.manifest.outputs)
    return run.bounded(spec, chosen, position=place, **where) if counted else float(values[place])


def _over(run: Run, spec: Spec, split: str | None, where: Where) -> tuple[str, Floats]:
    """Which split is meant, and the formula or log over epochs."""
    counted = spec.formula.of_counts and bool(run.manifest.outputs)
    chosen = _newest(run, spec.split or split, where)[0] if counted else "val"
    return chosen, run.values(spec, chosen, **where)


def _newest(run: Run, split: str | None, where: Where) -> tuple[str, int]:
    """The split that is asked for, or the usual one, and the newest epoch in which it was counted."""
    output = where.get("output")
    for name in [split] if split else ["val", "train"]:  # all lines need not be looked at for these
        position = run.newest(name, output)
        if position is not None:
            return name, position
    splits = run.splits(output)
    if split or not splits:
        raise ValueError(f"split must be one of {listed(splits)}. Received: {split!r}")
    return usual_split(splits), run.newest(usual_split(splits), output) or 0


def _epochs(run: Run) -> int | None:
    """How many are recorded; of a run of steps, in how many its points lie, None where that is not known."""
    if run.unit == "epoch":
        return len(run.epoch_numbers)
    last = run.line(len(run.epoch_numbers) - 1).in_epoch if len(run.epoch_numbers) else None
    return None if last is None else last + 1


def _steps(run: Run) -> int | None:
    """Training steps done at the newest point; None where that is not known."""
    if not len(run.epoch_numbers):
        return None
    return int(run.epoch_numbers[-1]) if run.unit == "step" else run.line(len(run.epoch_numbers) - 1).step


def unknown_name(text: str, runs: Sequence[AnyRun]) -> ValueError | None:
    """Of a single name that no run knows: what is nearest to it."""
    readable = [run for run in runs if not isinstance(run, UnreadableRun)]
    config = {CONFIG + key for run in readable for key in flat(run.config)}
    return unknown(text, config | {log for run in readable for log in run.logs})


def unknown(text: str, names: Iterable[str]) -> ValueError | None:
    """Of a single name that is none of those that runs have, nor a formula: what is nearest to it."""
    name = text.removeprefix("`").removesuffix("`")
    if not re.fullmatch(r"[\w./-]+", name) or name in FORMULAS:
        return None
    known = [*FIELDS, *sorted(names), *FORMULAS]
    key = CONFIG + name
    near = [key] if key in known else difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    nearest = f" (nearest: {', '.join(near)})" if near else ""
    return ValueError(f"a name must be a field, a config key, a log or a formula{nearest}. Received: {name!r}")
