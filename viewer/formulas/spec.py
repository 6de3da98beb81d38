"""What a user types: `f1@0.3`, `recall@macro`, `precision@cat`, `train:f1`, `tn / (tn + fn)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, overload

from .expression import compile_expression
from .registry import FORMULAS, Formula, FormulaError, formula_of
from .syntax import check_length

AVERAGES = ("macro", "micro", "weighted")
_AT = re.compile(r"@(?=(?:[^`]*`[^`]*`)*[^`]*$)")  # not within backticks
_OF_SPLIT = re.compile(r"\s*([^:@`()]*[^:@`()\s])\s*:(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spec:
    """A formula, and where and how it is to be taken.

    Args:
        formula: what.
        threshold: in [0, 1]; None for the decision.
        average: "macro", "micro", "weighted" or a class; None for the formula's own way.
        split: that is asked for (`train:f1`); None for the one that all else is of.
        label: for legends.
        text: as it was typed; "" where it was no text.
    """

    formula: Formula
    threshold: float | None = None
    average: str | int | None = None
    label: str = ""
    text: str = ""
    split: str | None = None

    @property
    def key(self) -> Hashable:
        """What its values depend on, for caches."""
        return self.formula.identity, self.threshold, self.average, self.split

    @property
    def name(self) -> str:
        """What was typed of the formula alone, without its split; "" where it was no text."""
        return self.text if self.split is None else self.text.partition(":")[2].strip()


FormulaLike = str | Formula | Spec | Callable[..., Any]
FormulasLike = FormulaLike | Iterable[FormulaLike]


@overload
def as_formulas(given: str | Iterable[str]) -> tuple[str, ...]: ...
@overload
def as_formulas(given: FormulasLike) -> tuple[FormulaLike, ...]: ...
def as_formulas(given: Any) -> tuple[Any, ...]:
    """One formula, or several, as several: the letters of a name are no formulas.

    >>> as_formulas("mcc"), as_formulas(["mcc", "f1"])
    (('mcc',), ('mcc', 'f1'))
    """
    return (given,) if isinstance(given, str | Formula | Spec) or callable(given) else tuple(given)


def parse_spec(question: FormulaLike) -> Spec:
    """A question as a user puts it, in whatever form.

    Raises:
        FormulaError: It is malformed or names what is not known.
    """
    if isinstance(question, Spec):
        return question
    if isinstance(question, Formula):
        return Spec(question, label=question.label)
    if callable(question):
        found = formula_of(question)
        return Spec(found, label=found.label)
    check_length(question, what="a formula")
    of_split = _OF_SPLIT.fullmatch(question)
    split, rest = (of_split[1], of_split[2]) if of_split else (None, question)
    head, *tail = [part.strip() for part in _AT.split(rest)]
    if not all((head, *tail)):
        raise FormulaError(f"a formula, and what stands behind an @, must not be empty. Received: {question!r}")
    threshold: float | None = None
    average: str | None = None
    for part in tail:
        number = None if part.isdecimal() else _number(part)  # `@2` is a class, `@0.2` a threshold
        if (average if number is None else threshold) is not None:
            raise FormulaError(f"a formula takes one threshold and one average or class. Received: {question!r}")
        if number is None:
            average = part
        elif 0 <= number <= 1:
            threshold = number
        else:
            raise FormulaError(f"threshold must be in [0, 1]. Received: {question!r}")
    found = FORMULAS[head] if head in FORMULAS else compile_expression(head)
    label = "@".join([found.label if head in FORMULAS else head, *tail])
    return Spec(found, threshold, average, label if split is None else f"{split}:{label}", question, split)


def distinct(questions: FormulasLike) -> tuple[Spec, ...]:
    """Each question once, no two under one label: what is shown, and kept, by its label is not another's.

    >>> [spec.label for spec in distinct([lambda tp: tp, lambda fp: fp, "f1", "f1"])]
    ['<lambda>', '<lambda> (2)', 'F1']
    """
    found: dict[str, Spec] = {}
    for spec in map(parse_spec, as_formulas(questions)):
        label, number = spec.label, 1
        while label in found and not _same(found[label], spec):
            number += 1
            label = f"{spec.label} ({number})"
        found.setdefault(label, replace(spec, label=label))
    return tuple(found.values())


def _same(one: Spec, other: Spec) -> bool:
    return (one.formula, one.threshold, one.average, one.split) == (
        other.formula, other.threshold, other.average, other.split,
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
