"""`Frame`: one epoch of a run as its panels see it, every number computed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formulas import Spec, parse_spec
from ..formulas.spec import FormulaLike
from ..run import Run
from .memo import Memo

Array = npt.NDArray[Any]
DEFAULTS = {
    "binary": ("precision", "recall", "f1", "mcc"),
    "multiclass": ("accuracy", "f1@macro", "mcc"),
    "multilabel": ("f1@macro", "f1@micro", "recall@macro"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """What a person has set; the same for all panels.

    Args:
        metrics: formulas; none for the defaults of the output's kind.
        split: the one that distributions and matrices show; None for validation where there is any.
        threshold: above it a score is positive; None for the decision.
        label: the class that one-vs-rest panels show; None for the positive one, or for all.
        band: level of the credible bands, in (0, 1); 0 for none.
        prevalence: every formula as if positives were that rare; None for what was seen.
    """

    metrics: tuple[Spec, ...] = ()
    split: str | None = None
    threshold: float | None = None
    label: int | None = None
    band: float = 0.95
    prevalence: float | None = None


class Frame:
    """One picture of a run: where the cursor is, what is set, and the numbers that follow.

    Args:
        run: in focus.
        knobs: what is set.
        position: of the cursor in `epochs`; -1 without epochs.
        memo: what earlier frames have computed.
        runs: all that are shown, the one in focus among them.
    """

    def __init__(self, run: Run, knobs: Knobs, position: int, memo: Memo, runs: tuple[Run, ...] = ()) -> None:
        self.run, self.knobs, self.position = run, knobs, position
        self.runs = runs or (run,)
        self._memo = memo

    def of(self, number: int) -> Frame:
        """The frame of one of several runs, from 1, at the newest epoch that is not after this one's.

        Raises:
            ValueError: So many runs are not shown.
        """
        if not 1 <= number <= len(self.runs):
            raise ValueError(f"a panel must be of one of the {len(self.runs)} runs shown. Received: {number}")
        run = self.runs[number - 1]
        position = -1
        if self.epoch is not None and len(run.epoch_numbers):
            position = max(int(np.searchsorted(run.epoch_numbers, self.epoch, side="right")) - 1, 0)
        return Frame(run, self.knobs, position, self._memo)

    @cached_property
    def epochs(self) -> Array:
        """int64 [epochs]: numbers of the recorded epochs, increasing."""
        return self.remember(("epochs", id(self.run)), lambda: self.run.epoch_numbers)

    @property
    def epoch(self) -> int | None:
        """The epoch under the cursor; None where there is none yet."""
        return int(self.epochs[self.position]) if self.position >= 0 else None

    @cached_property
    def splits(self) -> list[str]:
        """The splits that have counts."""
        return self.run.splits()

    @cached_property
    def split(self) -> str:
        """The split that distributions and matrices show; "" for a run of logs only."""
        splits = self.splits
        if self.knobs.split is not None and self.knobs.split in splits:
            return self.knobs.split
        return "val" if "val" in splits else splits[0] if splits else ""

    @cached_property
    def kind(self) -> str:
        """ "binary", "multiclass", "multilabel", or "" for a run of logs only."""
        return self.run.output().kind if self.splits else ""

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; for binary the negative, then the positive one."""
        return tuple(self.run.output().classes) if self.splits else ()

    @cached_property
    def threshold(self) -> float | None:
        """The edge that is used; None where argmax decides, and without counts."""
        if not self.splits:
            return None
        output = self.run.output()
        if output.kind == "multiclass" and self.knobs.threshold is None:
            return None
        return self.run.snap(output.decision_threshold if self.knobs.threshold is None else self.knobs.threshold)

    @cached_property
    def metrics(self) -> tuple[Spec, ...]:
        """The formulas that were asked for, or the defaults; none for a run of logs only."""
        if self.knobs.metrics or not self.splits:
            return self.knobs.metrics
        return tuple(parse_spec(name) for name in DEFAULTS[self.kind])

    @property
    def logs(self) -> dict[str, Array]:
        """Every log over all epochs, float64 [epochs]."""
        found: dict[str, Array] = self.remember(("logs", id(self.run)), lambda: self.run.logs)
        return found

    def values(self, question: FormulaLike, split: str | None = None, run: Run | None = None) -> Array:
        """A formula over all epochs, float64 [epochs]; NaN where undefined.

        Raises:
            FormulaError: It needs what the run has not, or fails.
        """
        run, spec, split = run or self.run, parse_spec(question), split or self.split or "val"
        knobs = self.knobs
        asked: dict[str, Any] = {"split": split, "threshold": knobs.threshold, "prevalence": knobs.prevalence}
        return self.remember(("values", id(run), *_key(spec), *asked.values()), lambda: run.values(spec, **asked))

    def band(self, question: FormulaLike, split: str | None = None) -> tuple[Array, Array] | None:
        """Ends of the credible band over all epochs; None where there is none, or it is switched off."""
        spec, split, knobs = parse_spec(question), split or self.split, self.knobs
        if not knobs.band or knobs.prevalence is not None:
            return None
        key = ("band", id(self.run), *_key(spec), split, knobs.threshold, knobs.band)
        found: tuple[Array, Array] | None = self.remember(
            key, lambda: self.run.band(spec, split=split, threshold=knobs.threshold, level=knobs.band)
        )
        return found

    def histogram(self, split: str | None = None, *, ago: int = 0) -> Array:
        """int64 [classes, 2, bins] of the epoch under the cursor, or of so many recorded epochs before it."""
        position, chosen = self.position - ago, split or self.split
        return self.remember(
            ("histogram", id(self.run), chosen, position), lambda: self.run.histogram(chosen, position)
        )

    def confusion(self, split: str | None = None) -> Array | None:
        """int64 [K, K], rows = true class, at this epoch; None where there is none."""
        if self.position < 0 or not self.splits:
            return None
        return self.run.confusion(split or self.split, self.position, self.knobs.threshold)

    def samples(self, split: str | None = None) -> Any:
        """DataFrame of this epoch's prediction samples, as `Run.samples` gives them."""
        chosen = split or self.split
        return self.remember(
            ("samples", id(self.run), chosen, self.epoch), lambda: self.run.samples(chosen, epoch=self.epoch)
        )

    def observed(self, name: str) -> Array | None:
        """What the recorder's `observe` saved at this epoch; None where there is nothing."""
        saved = self.remember(("observed", id(self.run), name), lambda: self.run.observed(name))
        found: Array | None = saved.get(self.epoch)
        return found

    def remember(self, key: Any, compute: Callable[[], Any]) -> Any:
        """The value of `compute`, kept for later frames under `key` until the run grows."""
        return self._memo(key, compute)

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, kept under `key` also when the run grows, such as a reader that knows how far it is."""
        return self._memo.keep(key, make)


class Framer:
    """Makes the frames of a run; what does not depend on the cursor is computed once for each state of the run.

    Args:
        run: in focus.
        knobs: what is set at the start.
        others: runs that are overlaid.
    """

    def __init__(self, run: Run, knobs: Knobs | None = None, *, others: tuple[Run, ...] = ()) -> None:
        self.run, self.others = run, others
        self.knobs = knobs or Knobs()
        self._memo = Memo()

    @property
    def title(self) -> str:
        """What its films are called."""
        return self.run.name

    def refresh(self) -> bool:
        """Takes in what was recorded since; True if there was anything."""
        news = [run.refresh() for run in (self.run, *self.others)]
        if any(news):
            self._memo.clear()
        return any(news)

    def turn(self, **changes: Any) -> None:
        """Sets knobs by name."""
        self.knobs = replace(self.knobs, **changes)

    def forget(self) -> None:
        """Computes everything again: a formula has changed."""
        self._memo.clear()

    def __len__(self) -> int:
        return len(self.run.epoch_numbers)

    def read_ahead(self) -> None:
        """Reads at once what the frames of most epochs need."""
        for run in (self.run, *self.others):
            run.read_ahead()

    def position(self, epoch: int) -> int:
        """Where an epoch stands in `run.epoch_numbers`; raises ValueError where it is not recorded."""
        return self.run.position(epoch)

    def frame(self, position: int = -1) -> Frame:
        """The picture at a position in `run.epoch_numbers`, or the nearest; -1 is the newest."""
        length = len(self)
        at = -1 if not length else range(length)[int(np.clip(position, -length, length - 1))]
        return Frame(self.run, self.knobs, at, self._memo, (self.run, *self.others))


def _key(spec: Spec) -> tuple[Any, ...]:
    return spec.formula.name, spec.label, spec.threshold, spec.average
