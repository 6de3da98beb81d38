"""Formulas of counts, scores, samples and logs: named, written as expressions, or functions with telling parameters.

@viewer.formula
def fbeta2(tp, fp, fn):
    return 5 * tp / (5 * tp + 4 * fn + fp)
"""

import re
from contextlib import suppress

from . import builtin as _builtin  # registers the confusion-matrix family
from . import scores as _scores  # registers what is read off whole score distributions
from . import whole_samples as _whole_samples  # registers what is of samples taken whole
from .evaluate import evaluate
from .expression import compile_expression
from .inputs import Inputs
from .lists import split_formulas
from .registry import FORMULAS, Formula, FormulaError, formula
from .spec import Spec, parse_spec

__all__ = [
    "BUILT_IN",
    "FORMULAS",
    "Formula",
    "FormulaError",
    "Inputs",
    "Spec",
    "compile_expression",
    "evaluate",
    "formula",
    "is_elementwise",
    "parse_spec",
    "split_formulas",
]
del _builtin, _scores, _whole_samples
BUILT_IN = frozenset(FORMULAS.values())  # what is registered later is somebody else's, whatever its name


def is_elementwise(formula: Formula) -> bool:
    """Whether each value depends on its own counts alone, so that points of several runs may stand side by side.

    It is so of the built-in formulas, and of expressions of these; what a function of the user looks at nobody knows.
    """
    if formula in BUILT_IN:
        return True
    with suppress(FormulaError):
        parts = (FORMULAS[word] for word in re.findall(r"\w+", formula.name) if word in FORMULAS)
        return compile_expression(formula.name) is formula and BUILT_IN.issuperset(parts)
    return False
