"""What a person has set, for all panels at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..formulas import Spec
from ..formulas.query import Query
from ..formulas.spec import FormulaLike, distinct, parse_spec
from ..gallery.show_file import ShowFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """What a person has set; the same for all panels.

    Args:
        metrics: formulas; none for the defaults of the output's kind.
        output: of the model; None for the first one.
        split: the one that distributions and matrices show; None for validation where there is any.
        threshold: above it a score is positive; None for the decision.
        label: the class that one-vs-rest panels show; None for the positive one, or for all.
        band: level of the credible bands, in (0, 1); 0 for none.
        prevalence: every formula as if positives were that rare; None for what was seen.
        best: the formula or log that names the best epoch; None for what `viewer.run.best` takes.
        show: the user's file that says what samples look like; None where there is none.
        sample: the one that is looked at, by its position in the data set and, of a multi-label output, the number of
            the label; None for none.
    """

    metrics: tuple[Spec, ...] = ()
    output: str | None = None
    split: str | None = None
    threshold: float | None = None
    label: int | None = None
    band: float = 0.95
    prevalence: float | None = None
    best: str | None = None
    show: ShowFile | None = None
    sample: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", distinct(self.metrics))

    def query(self, formula: FormulaLike, split: str, output: str | None) -> Query:
        """The question of a formula, under what is set, of a split and output that a run has."""
        spec = parse_spec(formula)
        asked = Query(
            spec=spec, split=split, threshold=self.threshold, output=output, prevalence=self.prevalence,
            level=self.band or 0.95,
        )  # fmt: skip
        return asked.of(spec)
