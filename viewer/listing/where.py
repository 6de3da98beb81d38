"""Filters such as `config.lr < 0.001 and val:mcc > 0.5`: parsed, whitelisted, never `eval`ed."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..formulas.syntax import check_depth, number, parse
from .column import CONFIG

Lookup = Callable[[str], Any]  # the value of a column of one run, by the column's text
Test = Callable[[Lookup], Any]
AGGREGATES = ("last", "best", "min", "max")
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda value, several: value in several,
    ast.NotIn: lambda value, several: value not in several,
}
# Strings stay; then what Python could not parse: `quoted`, split:formula@average, formula@0.3.
_NAMES = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`(?P<quoted>[^`]*)`"""
    r"""|(?P<name>[A-Za-z_]\w*:[A-Za-z_]\w*(?:@[\w.]+)*|[A-Za-z_]\w*(?:@[\w.]+)+)"""
)


def parse_where(text: str) -> tuple[Callable[[Lookup], bool], list[str]]:
    """A filter: what decides on a run, given the values of its columns, and the columns that it names.

    Comparisons of columns, numbers and strings, `in` for strings and lists, `and`, `or`, `not` and parentheses. A
    column is a field, `config.lr`, a log, or a formula with or without its split, as `parse_column` takes it; what is
    no plain name stands in backticks: `` `val:tn / (tn + fn)` > 0.9 ``. A run that lacks a column, or whose value is
    undefined or of another type, does not fulfil a comparison with it.

    Args:
        text: at most 1,000 characters, nested at most 40 deep.

    Raises:
        ValueError: It is anything else.
    """
    tree, quoted = parse(text, _NAMES, what="a filter", rule="compare columns with values")
    compiler = _Compiler(text, quoted)
    test = compiler.test(tree, 0)
    return lambda lookup: bool(test(lookup)), list(dict.fromkeys(compiler.columns))


class _Compiler:
    """Turns a syntax tree into nested functions of a lookup."""

    def __init__(self, text: str, quoted: Mapping[str, str]) -> None:
        self._text, self._quoted = text, quoted
        self.columns: list[str] = []

    def test(self, node: ast.expr, depth: int) -> Test:
        """What is true or false."""
        check_depth(depth, self._text, what="a filter")
        match node:
            case ast.BoolOp(op=op, values=parts):
                tests = [self.test(part, depth + 1) for part in parts]
                every = all if isinstance(op, ast.And) else any
                return lambda lookup: every(test(lookup) for test in tests)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.test(operand, depth + 1)
                return lambda lookup: not inner(lookup)
            case ast.Compare(left=left, ops=ops, comparators=rights) if all(type(op) in _COMPARED for op in ops):
                values = [self._value(part) for part in (left, *rights)]
                pairs = [(_COMPARED[type(op)], values[i], values[i + 1]) for i, op in enumerate(ops)]
                return lambda lookup: all(_holds(how, one(lookup), other(lookup)) for how, one, other in pairs)
            case ast.Name() | ast.Attribute():
                return self._value(node)
        raise self._refused(node)

    def _value(self, node: ast.expr) -> Test:
        match node:
            case ast.Name(id=name):
                return self._column(self._original(name))
            case ast.Attribute() if (name := self._dotted(node)).startswith(CONFIG):
                return self._column(name)
            case ast.Call(func=ast.Name(id=how), args=[ast.Name(id=name)], keywords=[]) if how in AGGREGATES:
                return self._column(f"{how}({self._original(name)})")
        constant = self._constant(node)
        return lambda _: constant

    def _column(self, text: str) -> Test:
        self.columns.append(text)
        return lambda lookup: lookup(text)

    def _original(self, name: str) -> str:
        return self._quoted.get(name, name)

    def _dotted(self, node: ast.expr) -> str:
        match node:
            case ast.Attribute(value=value, attr=name):
                return f"{self._dotted(value)}.{name}"
            case ast.Name(id=name):
                return name
        raise self._refused(node)

    def _constant(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool() | str() as value):
                return value
            case _ if (size := number(node)) is not None:
                return size
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple(self._constant(part) for part in parts)
        raise self._refused(node)

    def _refused(self, node: ast.expr) -> ValueError:
        return ValueError(
            "a filter may hold columns, numbers, strings, comparisons, in, and, or, not. "
            f"Received: {type(node).__name__} in {self._text!r}"
        )


def _holds(how: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    """A comparison; with nothing, or with what is of another type, it does not hold."""
    if one is None or other is None:
        return False
    try:
        return bool(how(one, other))
    except TypeError:
        return False
