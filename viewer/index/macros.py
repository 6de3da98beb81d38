"""Formulas of the four counts as SQL, made of the functions themselves: called once with columns for numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..formulas import FORMULAS
from ..formulas.registry import COUNTS, Formula

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Column:
    """A piece of SQL that stands for a number, and takes part in arithmetic as one.

    >>> (2 * Column("tp") / (Column("tp") + 1)).sql
    '((2.0 * tp) / (tp + 1.0))'
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def __add__(self, other: Any) -> Column:
        return _joined(self, "+", other)

    def __radd__(self, other: Any) -> Column:
        return _joined(other, "+", self)

    def __sub__(self, other: Any) -> Column:
        return _joined(self, "-", other)

    def __rsub__(self, other: Any) -> Column:
        return _joined(other, "-", self)

    def __mul__(self, other: Any) -> Column:
        return _joined(self, "*", other)

    def __rmul__(self, other: Any) -> Column:
        return _joined(other, "*", self)

    def __truediv__(self, other: Any) -> Column:
        return _joined(self, "/", other)

    def __rtruediv__(self, other: Any) -> Column:
        return _joined(other, "/", self)

    def __pow__(self, other: Any) -> Column:
        return Column(f"pow({self.sql}, {_sql(other)})")

    def __neg__(self) -> Column:
        return Column(f"(-{self.sql})")

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **_: Any) -> Column:
        if function is np.sqrt and method == "__call__":
            return Column(f"sqrt({_sql(inputs[0])})")
        raise TypeError(f"SQL has no {function.__name__} here")


def macros() -> Iterator[str]:
    """A statement for each formula of tp, fp, tn and fn alone, and for each of its other names.

    Its parameters are those of the function; what has a default there has it here. Undefined is NULL, which averages
    pass over as they do everywhere in the viewer. The user's own formulas are among them, where they are arithmetic.
    """
    for name in FORMULAS:
        body = _body(FORMULAS[name])
        if body is None:
            continue
        item = FORMULAS[name]
        constants = (f'"{name}" := {float(value)!r}' for name, value in item.constants.items())
        parameters = ", ".join([*(f'"{name}"' for name in item.needs), *constants])
        for called in (name, *FORMULAS.aliases(name)):
            if _NAME.fullmatch(called):
                yield f'CREATE OR REPLACE TEMP MACRO "{called}"({parameters}) AS {body}'


def _body(item: Formula) -> str | None:
    """The SQL of a formula; None where it takes something else, or is no plain arithmetic."""
    names = (*item.needs, *item.constants)
    if not item.needs or not set(item.needs) <= set(COUNTS) or not all(map(_NAME.fullmatch, names)):
        return None
    try:
        made = item.function(**{name: Column(f'CAST("{name}" AS DOUBLE)') for name in names})
    except Exception:  # noqa: BLE001 - a function that needs numbers may fail in any way
        return None
    if not isinstance(made, Column):
        return None
    return f"nullif({made.sql}, CAST('NaN' AS DOUBLE))"  # which is equal to itself there


def _joined(one: Any, sign: str, other: Any) -> Column:
    return Column(f"({_sql(one)} {sign} {_sql(other)})")


def _sql(value: Any) -> str:
    return value.sql if isinstance(value, Column) else f"{float(value)!r}"
