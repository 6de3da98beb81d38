"""What formulas are evaluated on, and the views of it: some epochs, one class, all classes pooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import ONE_VS_REST, OutputKind
from recorder.runfile.names import listed

from ..counts.prevalence import at_prevalence, histogram_at_prevalence
from ..counts.scores import Scores
from ..counts.whole_samples import WholeSamples
from .class_names import AVERAGE, class_index
from .registry import FormulaError

Array = npt.NDArray[Any]
Sampled = tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What formulas are evaluated on.

    Args:
        tp: [scores, ..., epochs]: a class each; the positive one alone for a binary output.
        fp: as tp.
        tn: as tp.
        fn: as tp.
        matrix: [epochs, K, K], rows = true class; None where there is none.
        logs: float64 [epochs] by name.
        kind: of the output.
        classes: names, as the output has them.
        argmax: the counts are those of the argmax decision.
        scores: histogram [classes, epochs, 2, bins]; None where they were not loaded.
        samples: for each epoch y_true, bool, and y_score, float32, both [samples, classes], NaN for what was not kept;
            None of an epoch without samples, and in place of all where they were not loaded.
        whole: what was counted of samples as a whole; None where it was not loaded.
    """

    tp: Array
    fp: Array
    tn: Array
    fn: Array
    matrix: Array | None
    logs: Mapping[str, Array]
    kind: OutputKind
    classes: Sequence[str]
    argmax: bool
    scores: Scores | None = None
    samples: Sequence[Sampled | None] | None = None
    whole: WholeSamples | None = None

    @property
    def counts(self) -> tuple[Array, Array, Array, Array]:
        """tp, fp, tn, fn."""
        return self.tp, self.fp, self.tn, self.fn

    def with_counts(self, tp: Array, fp: Array, tn: Array, fn: Array, **changes: Any) -> Inputs:
        """The same with other counts."""
        return replace(self, tp=tp, fp=fp, tn=tn, fn=fn, **changes)

    def of_epochs(self, positions: Array) -> Inputs:
        """Some of the epochs."""
        return self.with_counts(
            *(count[..., positions] for count in self.counts),
            matrix=None if self.matrix is None else self.matrix[positions],
            logs={name: values[positions] for name, values in self.logs.items()},
            scores=None if self.scores is None else self.scores[:, positions],
            samples=None if self.samples is None else [self.samples[at] for at in positions.tolist()],
            whole=None if self.whole is None else self.whole.of_epochs(positions),
        )

    def of_named(self, average: int | str) -> Inputs:
        """One class against the rest, by its name or number as it stands in the place of an average.

        Raises:
            FormulaError: There is no such class.
        """
        return self.of_class(class_index(average, self.classes, AVERAGE))

    def of_class(self, number: int) -> Inputs:
        """One class against the rest, as a binary output."""
        place = self.kind.histogram_of(number)
        one = slice(place or 0, (place or 0) + 1)
        own = self.with_counts(
            *(count[one] for count in self.counts),
            matrix=None,
            kind=ONE_VS_REST,
            classes=("rest", self.classes[number]),
            argmax=False,
            scores=None if self.scores is None else self.scores[one],
            samples=_each(self.samples, lambda y_true, y_score: (y_true[:, one], y_score[:, one])),
            whole=None if self.whole is None else self.whole.of_class(one),
        )
        return own._swapped() if place is None else own

    def pooled(self) -> Inputs:
        """Every sample once for each class: counts and histograms are summed over the classes.

        Raises:
            FormulaError: The scores of the classes lie in different bins.
        """
        scores, mirrored = self.scores, not self.each_scored
        if scores is not None and mirrored:
            raise FormulaError("micro needs the scores of all classes in the same bins. Received: a binary output")
        return self.with_counts(
            *self.kind.pooled(*self.counts),
            scores=None if scores is None else scores.pooled(),
            samples=self._pooled_samples() if mirrored else _each(self.samples, _side_by_side),
            whole=None if self.whole is None else self.whole.pooled(),
        )

    @property
    def each_scored(self) -> bool:
        """Whether each class has scores of its own, and is not the mirror image of another one."""
        return self.kind.scores(len(self.classes)) == len(self.classes)

    def at_prevalence(self, prevalence: float) -> Inputs:
        """The same with another share of positives, the scores within each class as they are.

        Raises:
            FormulaError: Several classes share the samples, so that no one prevalence says how often each occurs.
            ValueError: The prevalence is not in (0, 1).
        """
        if self.kind.shares_samples(len(self.classes)):
            raise FormulaError(
                "prevalence is of one class: take a binary or multi-label output, or one class (@CLASS). "
                f"Received: all of {listed(self.classes)}"
            )
        scores = self.scores
        if scores is not None:
            scores = replace(scores, histogram=histogram_at_prevalence(scores.histogram, prevalence))
        return self.with_counts(*at_prevalence(*self.counts, prevalence), scores=scores, samples=None, whole=None)

    def _pooled_samples(self) -> Sequence[Sampled | None] | None:
        """Of all classes one below the other, those that are mirror images of another one among them."""
        if self.samples is None:
            return None
        each = [self.of_class(number).samples or () for number in range(len(self.classes))]
        return [None if epoch[0] is None else _stacked(epoch) for epoch in zip(*each, strict=True)]

    def _swapped(self) -> Inputs:
        return self.with_counts(
            *(self.tn, self.fn, self.tp, self.fp),
            matrix=None,
            scores=None if self.scores is None else self.scores.swapped(),
            samples=_each(self.samples, lambda y_true, y_score: (~y_true, 1 - y_score)),
        )


def _side_by_side(y_true: Array, y_score: Array) -> Sampled:
    return y_true.reshape(-1, 1), y_score.reshape(-1, 1)


def _stacked(classes: Sequence[Sampled | None]) -> Sampled:
    sides = [one for one in classes if one is not None]
    return np.concatenate([y_true for y_true, _ in sides]), np.concatenate([y_score for _, y_score in sides])


def _each(
    samples: Sequence[Sampled | None] | None, change: Callable[[Array, Array], Sampled]
) -> Sequence[Sampled | None] | None:
    if samples is None:
        return None
    return [None if sampled is None else change(*sampled) for sampled in samples]
