"""Formulas of counts, scores, samples and logs: named, written as expressions, or functions with telling parameters.

@viewer.formula
def fbeta2(tp, fp, fn):
    return 5 * tp / (5 * tp + 4 * fn + fp)
"""

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
    "parse_spec",
    "split_formulas",
]
del _builtin, _scores, _whole_samples
BUILT_IN = frozenset(FORMULAS.values())  # what is registered later is somebody else's, whatever its name
