"""Formulas of counts and logs: named, written as expressions, or functions with telling parameter names.

@viewer.formula
def fbeta2(tp, fp, fn):
    return 5 * tp / (5 * tp + 4 * fn + fp)
"""

from . import builtin as _builtin  # registers the confusion-matrix family
from .evaluate import Inputs, evaluate
from .expression import compile_expression
from .registry import FORMULAS, Formula, FormulaError, formula
from .spec import Spec, parse_spec

__all__ = [
    "FORMULAS",
    "Formula",
    "FormulaError",
    "Inputs",
    "Spec",
    "compile_expression",
    "evaluate",
    "formula",
    "parse_spec",
]
del _builtin
