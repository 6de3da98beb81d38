"""Whether a run has what a question names, told before anything is computed or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formulas import FORMULAS, parse_spec
from ..formulas.class_names import AVERAGE, class_index
from ..formulas.registry import COUNTED, DECIDED
from ..formulas.spec import AVERAGES, FormulaLike

if TYPE_CHECKING:
    from .tables import Run


def check_names(run: Run, question: FormulaLike, output: str | None = None) -> None:
    """Raises where a question is malformed, or names a formula, log, class or split that neither we nor the run have.

    Args:
        run: that has an epoch: before, nobody knows its logs.
        question: a formula or the name of a log.
        output: of several; None for the first.

    Raises:
        FormulaError: It names what is not known; the message has what is nearest.
        ValueError: It is of a split that the run does not have.
    """
    logs = run.logs
    if isinstance(question, str) and (question in logs or f"val_{question}" in logs):
        return
    spec = parse_spec(question)
    for need in spec.formula.needs:
        if need not in {*COUNTED, DECIDED, *logs} and f"val_{need}" not in logs:
            raise FORMULAS.unknown(need, tuple(logs))
    if not run.outputs:
        return
    if spec.average is not None and spec.average not in AVERAGES:
        class_index(spec.average, run.output(output).classes, AVERAGE)
    if spec.split is not None and spec.formula.of_counts:
        run.check_split(spec.split, run.output(output).name)
