"""Numbers at one epoch with how far the counts in bins leave them open, computed once for each state of the run."""

from __future__ import annotations

import numpy as np

from ..counts.bounded import Bounded
from ..formulas import FORMULAS, FormulaError
from ..formulas.query import Query, Where
from ..run import Run
from .frame import Frame
from .views import View, scores_of


def bounded_at(frame: Frame, run: Run, query: Query, position: int) -> Bounded:
    """A formula of one of the runs shown, by the epoch's position in its `epoch_numbers`."""
    found: Bounded = frame.remember(
        ("bounded", id(run), query, position), lambda: run.bounded(query, position=position)
    )
    return found


def bounded_of(frame: Frame, view: View, question: str) -> Bounded:
    """A formula of scores, of the classes that are shown: the number that a table of the run has too."""
    knobs, position = frame.knobs, frame.position

    def measured() -> Bounded:
        where: Where = {"average": view.average, "prevalence": knobs.prevalence, "output": frame.output_name}
        try:
            return frame.run.bounded(question, frame.split, position=position, **where)
        except FormulaError:  # several classes pooled, at a prevalence of each
            formula, scores = FORMULAS[question], scores_of(frame, view.histogram)
            low, high = (float(end) for end in formula.bounds(scores)) if formula.bounds else (np.nan, np.nan)
            return Bounded(float(formula.function(scores)), low, high)

    key = ("bounded", question, id(frame.run), frame.split, position, view.average, knobs.prevalence)
    found: Bounded = frame.remember(key, measured)
    return found
