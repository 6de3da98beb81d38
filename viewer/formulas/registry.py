"""The registry of formulas."""

from __future__ import annotations

import difflib
import html
import inspect
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, overload

from recorder.runfile import SentenceError

from .layers import Layers

COUNTS = ("tp", "fp", "tn", "fn")
SHOWN = 8  # formulas named in what a registry says of itself
FOR_THE_VIEWER = {"aliases", "layer", "nearest", "unknown", "version"}
SAMPLES = ("y_true", "y_score")
LABEL_SETS = frozenset({"exact_matches", "ranking"})  # of all labels of a sample together
WHOLE = LABEL_SETS | {"top_k"}
COUNTED = frozenset({*COUNTS, *SAMPLES, *WHOLE, "matrix", "scores"})
_DECIDED_COUNTS = frozenset({*COUNTS, "matrix", "exact_matches"})
DECIDED = "@matrix"  # no name of a count or log


class FormulaError(SentenceError):
    """A formula is unknown, malformed, or cannot be evaluated on this run."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formula:
    """A formula and what a panel must know of it; equal to itself alone.

    Args:
        name: under which it is registered.
        function: takes arrays by the names in `needs`, and `constants` by keyword.
        needs: names of counts (`tp fp tn fn`), `matrix`, `scores`, `top_k`, `exact_matches`, `ranking`, `y_true` and
            `y_score`, or logs.
        constants: keyword arguments with their defaults, such as beta.
        matrix_function: of `matrix` [..., K, K], for multi-class outputs; None where classes are averaged instead.
        classes_function: the same of tp, fp, tn, fn [classes, ...] by argmax, which are there without a matrix too;
            None where it takes more than these.
        low: smallest value, None if there is none.
        high: largest value, None if there is none.
        higher_is_better: None where neither end is good.
        label: for legends.
        source: where the definition comes from.
        on_decision: `function` also takes the matrix, as `DECIDED`, where argmax decides and no average is asked for:
            an expression of formulas that have a `matrix_function`.
        pooled: where no average is asked for, and argmax does not decide by a `matrix_function`, it is of all classes
            together ("micro"), not a mean over them.
        macro_of: name of the formula whose macro average the `matrix_function` is; "" where it is none.
        bounds: takes what `function` takes and gives the lowest and the highest value that the scores in their bins
            allow; None where nothing is lost by binning.
    """

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    constants: Mapping[str, float] = field(default_factory=dict)
    matrix_function: Callable[[Any], Any] | None = None
    classes_function: Callable[..., Any] | None = None
    low: float | None = None
    high: float | None = None
    higher_is_better: bool | None = None
    label: str = ""
    source: str = ""
    on_decision: bool = False
    bounds: Callable[..., tuple[Any, Any]] | None = None
    macro_of: str = ""
    pooled: bool = False

    def __repr__(self) -> str:
        return f"Formula({self.name!r}, of {', '.join(self.needs) or 'nothing'})"

    def _repr_html_(self) -> str:
        return _rows([self])

    @property
    def identity(self) -> Hashable:
        """What its values depend on: equal for formulas that give the same, whatever their names are.

        Functions are told apart as objects, which live as long as this does: two lambdas of one name are two.
        """
        functions = (self.function, self.matrix_function, self.bounds)
        return (*map(_Same, functions), self.needs, tuple(sorted(self.constants.items())), self.on_decision)

    @property
    def of_counts(self) -> bool:
        """Whether it takes what was counted or sampled; one of logs alone is the same for every split."""
        return not COUNTED.isdisjoint(self.needs)

    @property
    def of_label_sets(self) -> bool:
        """Whether it takes, beside logs, what is of all labels of a sample together alone: nothing is of a class."""
        return not LABEL_SETS.isdisjoint(self.needs) and (COUNTED - LABEL_SETS).isdisjoint(self.needs)

    @property
    def of_whole_samples(self) -> bool:
        """Whether it takes, beside logs, nothing but what is of samples as a whole."""
        return self.of_label_sets or COUNTED.intersection(self.needs) == {"top_k"}

    @property
    def at_threshold(self) -> bool:
        """Whether it is of what is decided at a threshold."""
        return not _DECIDED_COUNTS.isdisjoint(self.needs)


class _Same:
    """Equal to another one of the same object."""

    __slots__ = ("_it",)

    def __init__(self, it: object) -> None:
        self._it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._it is other._it

    def __hash__(self) -> int:
        return id(self._it)


class Registry(Mapping[str, Formula]):
    """Formulas by name and alias; an unknown name raises with the nearest known ones first."""

    def __init__(self) -> None:
        self._entries: Layers[Formula | str] = Layers()  # an alias has the name that it stands for

    def register(self, item: Formula, *aliases: str) -> None:
        """Adds a formula; a later one of the same name takes its place."""
        self._entries[item.name] = item
        self._entries.update({alias: item.name for alias in aliases if alias != item.name})

    @property
    def version(self) -> int:
        """Another number whenever something was registered or taken back."""
        return self._entries.version

    def layer(self, key: str) -> AbstractContextManager[None]:
        """As `Layers.layer`: what is registered inside is known by a key, and can be replaced or dropped."""
        return self._entries.layer(key)

    def drop(self, key: str) -> None:
        """Takes back what was registered in a layer."""
        self._entries.drop(key)

    def __getitem__(self, name: str) -> Formula:
        found = self._entries[name]
        return self[found] if isinstance(found, str) else found

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, entry in self._entries.items() if isinstance(entry, Formula))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        shown = ", ".join(list(self)[:SHOWN])
        return f"Registry({len(self)} formulas: {shown}{', …' if len(self) > SHOWN else ''})"

    def __dir__(self) -> list[str]:
        """What somebody at a prompt may want; what other parts of the viewer ask goes without."""
        return [name for name in super().__dir__() if name not in FOR_THE_VIEWER]

    def _repr_html_(self) -> str:
        return _rows([self[name] for name in self])

    def nearest(self, name: str) -> str:
        """Behind a sentence about a formula: ` (nearest: mcc)` of a name that is none, else nothing."""
        near = [] if name in self or not name.isidentifier() else self._near(name)
        return f" (nearest: {', '.join(near)})" if near else ""

    def aliases(self, name: str) -> list[str]:
        """The other names of a formula."""
        return [alias for alias, entry in self._entries.items() if entry == name]

    def _near(self, name: str, others: tuple[str, ...] = ()) -> list[str]:
        return difflib.get_close_matches(name, [*self._entries, *COUNTS, *others], n=3, cutoff=0.5)

    def unknown(self, name: str, others: tuple[str, ...] = ()) -> FormulaError:
        """The error for a name that is neither here nor among the `others`."""
        near = self._near(name, others)
        nearest = f"nearest: {', '.join(near)}; " if near else ""
        beside = f"logs: {', '.join(others)}; " if 0 < len(others) <= SHOWN else ""
        return FormulaError(
            f"a name must be a formula, a count or a log ({nearest}{beside}all formulas: epochreel formulas). "
            f"Received: {name!r}"
        )


def _rows(formulas: Iterable[Formula]) -> str:
    """A table for notebooks: the name, what it takes, its equation."""
    rows = [
        (item.name, ", ".join(item.needs), (inspect.getdoc(item.function) or item.label).partition("\n")[0])
        for item in formulas
    ]
    cells = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><tr><th>formula</th><th>takes</th><th>is</th></tr>{body}</table>"


FORMULAS = Registry()


@overload
def formula(function: Callable[..., Any], /) -> Callable[..., Any]: ...
@overload
def formula(*aliases: str, **metadata: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def formula(*arguments: Any, **metadata: Any) -> Any:
    """Registers a function under its name, with or without metadata.

    Args:
        arguments: the function, or other names for it.
        metadata: fields of `Formula`: low, high, higher_is_better, label, source, matrix_function, bounds, name.
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
    called = getattr(function, "func", function)  # of a partial, what it calls
    name = metadata.pop("name", getattr(called, "__name__", type(called).__name__))
    return Formula(
        name=name,
        function=function,
        needs=tuple(p.name for p in parameters if p.default is p.empty),
        constants={p.name: p.default for p in parameters if p.default is not p.empty},
        label=metadata.pop("label", name),
        **metadata,
    )
