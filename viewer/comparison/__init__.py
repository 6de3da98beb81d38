"""Several runs beside one another: tables, differences with their intervals, and a picture on request.

import viewer

result = viewer.compare(["runs/a", "runs/b"], ["mcc", "f1"], at="best:mcc")
result.summary
result.paired
print(*result.findings, *result.notes, sep="\\n")
"""

from .ask import compare
from .result import Comparison

__all__ = ["Comparison", "compare"]
