"""Expressions such as `tn / (tn + fn)`: parsed, whitelisted, never `eval`ed."""

from __future__ import annotations

import ast
import operator
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from .registry import COUNTED, COUNTS, DECIDED, FORMULAS, Formula, FormulaError
from .syntax import check_depth, number, parse

LARGEST_EXPONENT = 64
_BINARY: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.true_divide,
    ast.Pow: np.power,
}
_UNARY: dict[type[ast.unaryop], Callable[..., Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "sqrt": (np.sqrt, 1),
    "log": (np.log, 1),
    "exp": (np.exp, 1),
    "abs": (np.abs, 1),
    "minimum": (np.minimum, 2),
    "maximum": (np.maximum, 2),
}
_QUOTED = re.compile(r"`(?P<quoted>[^`]*)`")


def compile_expression(text: str) -> Formula:
    """A formula of an expression over counts, logs and other formulas.

    Numbers, + - * / **, parentheses, names, `sqrt log exp abs minimum maximum`, and formulas with constants
    (`fbeta(beta=0.5)`). A log whose name is no identifier stands in backticks: `` `dense/acc` ``.

    Args:
        text: at most 1,000 characters, nested at most 40 deep, exponents at most 64.

    Raises:
        FormulaError: It is anything else.
    """
    return _compiled(text, FORMULAS.version)


@lru_cache(maxsize=256)
def _compiled(text: str, _version: int) -> Formula:
    """The same formula for the same text, until another formula is registered."""
    tree, quoted = parse(text, _QUOTED, what="an expression", rule="be arithmetic on names")
    compiler = _Compiler(text, quoted)
    function = compiler.node(tree, 0)
    return Formula(
        name=text,
        function=lambda **values: function(values),
        needs=tuple(compiler.needs),
        label=text,
        on_decision=compiler.on_decision,
        pooled=compiler.pooled and not {*COUNTED}.isdisjoint(compiler.needs),
    )


class _Compiler:
    """Turns a syntax tree into nested functions of the named values."""

    def __init__(self, text: str, quoted: Mapping[str, str]) -> None:
        self._text, self._quoted = text, quoted
        self.needs: dict[str, None] = {}
        self.on_decision = False
        self.pooled = True

    def node(self, node: ast.expr, depth: int) -> Callable[[Mapping[str, Any]], Any]:
        check_depth(depth, self._text, what="an expression")
        match node:
            case ast.Constant() if (number := _number(node)) is not None:
                return lambda _: number
            case ast.Name(id=name):
                return self._name(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self._binary(op, left, right, depth)
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
                apply, inner = _UNARY[type(sign)], self.node(operand, depth + 1)
                return lambda values: apply(inner(values))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                return self._call(name, arguments, keywords, depth)
        raise self._refused(node)

    def _name(self, name: str) -> Callable[[Mapping[str, Any]], Any]:
        if name in self._quoted:
            name = self._quoted[name]
        elif name in FORMULAS and name not in COUNTS:
            return self._formula(FORMULAS[name], {})
        self.needs[name] = None
        self.pooled &= name not in COUNTED
        return lambda values: values[name]

    def _binary(self, op: ast.operator, left: ast.expr, right: ast.expr, depth: int) -> Callable[..., Any]:
        if isinstance(op, ast.Pow):
            exponent = _number(right)
            if exponent is None or abs(exponent) > LARGEST_EXPONENT:
                raise FormulaError(f"an exponent must be a number up to {LARGEST_EXPONENT}. Received: {self._text!r}")
        apply, first, second = _BINARY[type(op)], self.node(left, depth + 1), self.node(right, depth + 1)
        return lambda values: apply(first(values), second(values))

    def _call(
        self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword], depth: int
    ) -> Callable[[Mapping[str, Any]], Any]:
        if name in _FUNCTIONS:
            apply, number = _FUNCTIONS[name]
            if len(arguments) != number or keywords:
                plural = "s" if number > 1 else ""
                raise FormulaError(f"{name} must have {number} argument{plural}. Received: {self._text!r}")
            inner = [self.node(argument, depth + 1) for argument in arguments]
            return lambda values: apply(*(argument(values) for argument in inner))
        if name not in FORMULAS:
            raise FORMULAS.unknown(name)
        constants = {}
        for keyword in keywords:
            known, value = FORMULAS[name].constants, _number(keyword.value)
            if keyword.arg not in known or value is None:
                raise FormulaError(f"{name} must be given numbers for {list(known)}. Received: {self._text!r}")
            constants[str(keyword.arg)] = value
        if arguments:
            raise FormulaError(f"{name} must be given its constants by name. Received: {self._text!r}")
        return self._formula(FORMULAS[name], constants)

    def _formula(self, formula: Formula, constants: Mapping[str, float]) -> Callable[[Mapping[str, Any]], Any]:
        self.needs.update(dict.fromkeys(formula.needs))
        given, whole = dict(constants), formula.matrix_function
        self.on_decision |= whole is not None or formula.on_decision
        self.pooled &= formula.pooled or not formula.of_counts

        def value(values: Mapping[str, Any]) -> Any:
            if whole is not None and DECIDED in values:
                return whole(values[DECIDED])
            return formula.function(**{need: values[need] for need in formula.needs}, **given)

        return value

    def _refused(self, node: ast.expr) -> FormulaError:
        what = type(node).__name__
        return FormulaError(
            f"an expression may hold numbers, + - * / **, names and {', '.join(_FUNCTIONS)}. "
            f"Received: {what} at column {node.col_offset} of {self._text!r}"
        )


def _number(node: ast.expr) -> float | None:
    """The value of a finite number, with or without a sign; None of anything else."""
    value = number(node)
    return float(value) if value is not None and abs(value) <= sys.float_info.max else None
