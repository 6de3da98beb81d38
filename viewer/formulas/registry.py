"""The registry of formulas."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, overload

COUNTS = ("tp", "fp", "tn", "fn")
DECIDED = "@matrix"  # no name of a count or log


class FormulaError(ValueError):
    """A formula is unknown, malformed, or cannot be evaluated on this run."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and what a panel must know of it.

    Args:
        name: under which it is registered.
        function: takes arrays by the names in `needs`, and `constants` by keyword.
        needs: names of counts (`tp fp tn fn`), `matrix`, or logs.
        constants: keyword arguments with their defaults, such as beta.
        matrix_function: of `matrix` [..., K, K], for multi-class outputs; None where classes are averaged instead.
        low: smallest value, None if there is none.
        high: largest value, None if there is none.
        higher_is_better: None where neither end is good.
        label: for legends.
        source: where the definition comes from.
        on_decision: `function` also takes the matrix, as `DECIDED`, where argmax decides and no average is asked for:
            an expression of formulas that have a `matrix_function`.
    """

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    constants: Mapping[str, float] = field(default_factory=dict)
    matrix_function: Callable[[Any], Any] | None = None
    low: float | None = None
    high: float | None = None
    higher_is_better: bool | None = None
    label: str = ""
    source: str = ""
    on_decision: bool = False

    @property
    def of_counts(self) -> bool:
        """Whether it takes counts; one of logs alone is the same for every split."""
        return not {*COUNTS, "matrix"}.isdisjoint(self.needs)


class Registry(Mapping[str, Formula]):
    """Formulas by name and alias; an unknown name raises with the nearest known ones first."""

    def __init__(self) -> None:
        self._formulas: dict[str, Formula] = {}
        self._aliases: dict[str, str] = {}

    def register(self, item: Formula, *aliases: str) -> None:
        """Adds a formula; a later one of the same name takes its place."""
        self._formulas[item.name] = item
        self._aliases.pop(item.name, None)
        self._aliases.update(dict.fromkeys(aliases, item.name))

    def __getitem__(self, name: str) -> Formula:
        found = self._formulas.get(self._aliases.get(name, name))
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._formulas or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._formulas)

    def __len__(self) -> int:
        return len(self._formulas)

    def unknown(self, name: str, others: tuple[str, ...] = ()) -> FormulaError:
        """The error for a name that is neither here nor among the `others`."""
        known = [*self._formulas, *self._aliases, *COUNTS, *others]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        nearest = f"nearest: {', '.join(near)}; " if near else ""
        everything = ", ".join([*self._formulas, *others])
        return FormulaError(
            f"a name must be a formula, a count or a log ({nearest}known: {everything}). Received: {name!r}"
        )


FORMULAS = Registry()


@overload
def formula(function: Callable[..., Any], /) -> Callable[..., Any]: ...
@overload
def formula(*aliases: str, **metadata: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def formula(*arguments: Any, **metadata: Any) -> Any:
    """Registers a function under its name, with or without metadata.

    Args:
        arguments: the function, or other names for it.
        metadata: fields of `Formula`: low, high, higher_is_better, label, source, matrix_function, name.
    """
    if len(arguments) == 1 and callable(arguments[0]):
        FORMULAS.register(formula_of(arguments[0]))
        return arguments[0]

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        FORMULAS.register(formula_of(function, **metadata), *arguments)
        return function

    return register


def formula_of(function: Callable[..., Any], **metadata: Any) -> Formula:
    """A function as a formula: parameters without a default are what it needs, the others are constants."""
    parameters = inspect.signature(function).parameters.values()
    bad = [p.name for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY)]
    if bad:
        raise FormulaError(f"a formula's parameters must have names that say what they take. Received: {bad}")
    name = metadata.pop("name", function.__name__)
    return Formula(
        name=name,
        function=function,
        needs=tuple(p.name for p in parameters if p.default is p.empty),
        constants={p.name: p.default for p in parameters if p.default is not p.empty},
        label=metadata.pop("label", name),
        **metadata,
    )
