"""`Frame`: one epoch of a run as its panels see it, every number computed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from recorder.runfile import ONE_VS_REST, Output, OutputKind, Unit, kind_of
from recorder.runfile.alerts import Alert
from recorder.runfile.names import shown

from ..formulas import Spec, parse_spec
from ..formulas.query import Query
from ..formulas.spec import FormulaLike
from ..kinds import view_of
from ..points import along, named
from ..run import BestEpoch, Run, usual_split
from ..run.alerts import Symptoms, symptoms
from ..run.best import best_epoch
from ..run.patience import Patience
from .knobs import Knobs
from .memo import Memo

Array = npt.NDArray[Any]
Band = tuple[Array, Array]


class Frame:
    """One picture of a run: where the cursor is, what is set, and the numbers that follow.

    Args:
        run: in focus.
        knobs: what is set.
        position: of the cursor in `epochs`; -1 without epochs.
        memo: what earlier frames have computed.
        runs: all that are shown, the one in focus among them.
        patience: how long to compute bands, of which the rest is NaN; None for all.
    """

    def __init__(
        self, run: Run, knobs: Knobs, position: int, memo: Memo, runs: tuple[Run, ...] = (),
        patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self.run, self.knobs, self.position = run, knobs, position
        self.runs = runs or (run,)
        self._memo, self._patience = memo, patience
        self._whole = True  # whether all bands that were asked for lately are

    def of(self, number: int) -> Frame:
        """The frame of one of several runs, from 1, at the newest epoch that is not after this one's.

        Of a run of which it is not known how it stands to this one's it is the newest of all.

        Raises:
            ValueError: So many runs are not shown.
        """
        if not 1 <= number <= len(self.runs):
            raise ValueError(f"a panel must be of one of the {len(self.runs)} runs shown. Received: {number}")
        run = self.runs[number - 1]
        position = -1
        if self.epoch is not None and len(run.epoch_numbers):
            x = self.x_of(run)
            reached = np.flatnonzero(x <= self.epoch)
            position = int(reached[-1]) if len(reached) else 0 if np.isfinite(x).any() else len(x) - 1
        return Frame(run, self.knobs, position, self._memo, patience=self._patience)

    @cached_property
    def epochs(self) -> Array:
        """int64 [epochs]: numbers of the recorded epochs, increasing."""
        return self.remember(("epochs", id(self.run)), lambda: self.run.epoch_numbers)

    @property
    def unit(self) -> Unit:
        """What the points of the run in focus are counted in: "epoch" or "step"."""
        return self.run.unit

    @property
    def named(self) -> str:
        """The point under the cursor: `epoch 12`, `step 1,200`; "" where there is none yet."""
        return "" if self.epoch is None else named(self.unit, self.epoch)

    @property
    def planned(self) -> int | None:
        """How many numbers the axis is to hold at the end, from the first on; None where the run has ended."""
        planned = self.run.planned_epochs if self.run.status == "running" else None
        if planned is None or self.unit == "epoch" or not len(self.epochs):
            return planned
        return max(planned - int(self.epochs[0]) + 1, 1)

    def x_of(self, run: Run) -> Array:
        """float64 [points]: where the points of a run that is shown stand on the axis of the one in focus.

        NaN where they are counted in another unit, and theirs of this unit are not known.
        """
        return self.remember(("x", id(run), self.unit), lambda: along(run.timeline, self.unit))

    @property
    def unplaced(self) -> list[str]:
        """Names of the runs shown that have no place on the axis of the one in focus."""
        there = (run for run in self.runs if len(run.epoch_numbers))
        return [shown(run.name) for run in there if run is not self.run and not np.isfinite(self.x_of(run)).any()]

    @property
    def epoch(self) -> int | None:
        """The epoch under the cursor; None where there is none yet."""
        return int(self.epochs[self.position]) if self.position >= 0 else None

    @cached_property
    def output(self) -> Output | None:
        """The output that is looked at, the first one where nobody said which; None for a run of logs only."""
        outputs = {output.name: output for output in self.run.outputs}
        chosen = self.knobs.output
        return outputs.get(next(iter(outputs), "") if chosen is None or chosen not in outputs else chosen)

    @cached_property
    def splits(self) -> list[str]:
        """The splits that have counts."""
        return self.run.splits(self.output.name) if self.output is not None else []

    @cached_property
    def split(self) -> str:
        """The split that distributions and matrices show; "" for a run of logs only."""
        splits = self.splits
        return self.knobs.split if self.knobs.split in splits else usual_split(splits)

    @cached_property
    def kind(self) -> OutputKind:
        """Of the output; of a run of logs only there is nothing that asks for it."""
        return ONE_VS_REST if self.output is None else kind_of(self.output)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes as they may be drawn; for binary the negative, then the positive one."""
        return () if self.output is None else tuple(map(shown, self.output.classes))

    @cached_property
    def scored(self) -> Sequence[int]:
        """Numbers of the classes that have scores of their own: the positive one alone for binary."""
        return self.kind.scored(range(len(self.classes)))

    @property
    def each_scored(self) -> bool:
        """Whether that is every class, so that one may be looked at against the rest."""
        return len(self.scored) == len(self.classes)

    @cached_property
    def thresholds(self) -> Array:
        """float32 [thresholds], increasing: the edges at which counts are known; none for a run of logs only."""
        return self.remember(
            ("thresholds", id(self.run)),
            lambda: np.asarray([] if self.output is None else self.output.thresholds, np.float32),
        )

    @cached_property
    def threshold(self) -> float | None:
        """The edge that is used; None where argmax decides, and without counts."""
        if not self.splits or self.output is None or (self.kind.argmax and self.knobs.threshold is None):
            return None
        chosen = self.output.decision_threshold if self.knobs.threshold is None else self.knobs.threshold
        return self.run.snap(chosen, self.output.name)

    @cached_property
    def metrics(self) -> tuple[Spec, ...]:
        """The formulas that were asked for, no two of one label, or the defaults; none for a run of logs only."""
        if self.knobs.metrics or not self.splits or self.output is None:
            return self.knobs.metrics
        return tuple(parse_spec(name) for name in view_of(self.output).formulas)

    @property
    def logs(self) -> dict[str, Array]:
        """Every log over all epochs, float64 [epochs]."""
        found: dict[str, Array] = self.remember(("logs", id(self.run)), lambda: self.run.logs)
        return found

    def query(self, question: FormulaLike, split: str | None = None) -> Query:
        """A formula under what is set, of this output."""
        return self.effective.query(question, split or self.split or "val", self.output_name)

    @cached_property
    def effective(self) -> Knobs:
        """What is set, at the edge that is used: many thresholds lead to one, and its numbers are computed once."""
        snapped = self.knobs.threshold is not None and self.threshold is not None
        return replace(self.knobs, threshold=self.threshold) if snapped else self.knobs

    def values(self, question: FormulaLike, split: str | None = None, run: Run | None = None) -> Array:
        """A formula over all epochs, float64 [epochs]; NaN where undefined.

        Raises:
            FormulaError: It needs what the run has not, or fails.
        """
        asked, query = run or self.run, self.query(question, split)
        return self.remember(("values", id(asked), query), lambda: asked.values(query))

    def band(self, question: FormulaLike, split: str | None = None) -> Band | None:
        """Ends of the credible band over all epochs; None where there is none, or it is switched off.

        In a picture that waits for no band it is NaN at the epochs that are still to be computed.
        """
        if not self.knobs.band or self.knobs.prevalence is not None:
            return None
        query, patience = self.query(question, split), self._patience
        key = (id(self.run), self.output_name, ("band", query))
        if patience is None:
            return cast("Band | None", self._memo(key, lambda: self.run.band(query)))
        return cast("Band | None", self._memo.whole(key, lambda: self._band_so_far(query, patience)))

    def _band_so_far(self, query: Query, patience: Patience) -> tuple[Band | None, bool]:
        found, whole = patience.asked(lambda: self.run.band_so_far(query, patience))
        self._whole &= whole
        return found, whole

    def band_of(self, question: FormulaLike, split: str | None = None) -> str:
        """What that band takes as drawn at random, in words, as `Run.band_of` says it."""
        query = self.query(question, split)
        found: str = self.remember(("band of", query), lambda: self.run.band_of(query))
        return found

    def best(self, run: Run | None = None) -> BestEpoch | None:
        """The best epoch of a run that is shown, by what the knobs say; None where nothing tells it.

        Raises:
            FormulaError: The run has not what is asked for.
        """
        asked = run or self.run
        found: BestEpoch | None = self.remember(("best", id(asked), self.effective), lambda: self._best(asked))
        return found

    @property
    def alerts(self) -> list[Alert]:
        """What goes wrong in the run as far as the cursor."""
        if self.epoch is None:
            return []
        if self.position == len(self.epochs) - 1:
            return self.all_alerts(self.run)
        seen = self.symptoms(self.run)
        found: list[Alert] = self.remember(("alerts", id(self.run), self.epoch), lambda: seen.alerts(self.epoch))
        return found

    def all_alerts(self, run: Run) -> list[Alert]:
        """What goes wrong in one of the runs shown, in all that is known of it."""
        found: list[Alert] = self.remember(("all alerts", id(run)), lambda: self.symptoms(run).alerts())
        return found

    def symptoms(self, run: Run) -> Symptoms:
        """What alerts of one of the runs shown are told from."""
        found: Symptoms = self.remember(("symptoms", id(run)), lambda: symptoms(run))
        return found

    def _best(self, run: Run) -> BestEpoch | None:
        return best_epoch(
            self.knobs.best,
            unit=run.unit,
            epochs=run.epoch_numbers,
            logs=run.logs,
            splits=run.splits(self.output_name) if run is self.run else run.splits(),
            values=lambda spec, split: self.values(spec, split, run),
        )

    def histogram(self, split: str | None = None, *, ago: int = 0) -> Array:
        """int64 [classes, 2, bins] of the epoch under the cursor, or of that recorded `ago` epochs before it."""
        position, chosen = self.position - ago, split or self.split
        return self.remember(
            ("histogram", id(self.run), chosen, position),
            lambda: self.run.histogram(chosen, position, output=self.output_name),
        )

    def histograms(self, positions: Array, split: str | None = None) -> Array:
        """int64 [positions, classes, 2, bins] of several epochs, by their positions in `epochs`."""
        return self.run.histograms(split or self.split, positions.tolist(), output=self.output_name)

    def confusion(self, split: str | None = None) -> Array | None:
        """int64 [K, K], rows = true class, at this epoch; None where there is none."""
        if self.position < 0 or not self.splits:
            return None
        chosen, threshold = split or self.split, self.knobs.threshold
        return self.run.confusion(chosen, self.position, threshold=threshold, output=self.output_name)

    def samples(self, split: str | None = None) -> Any:
        """DataFrame of this epoch's prediction samples, as `Run.samples` gives them."""
        chosen = split or self.split
        return self.remember(
            ("samples", id(self.run), chosen, self.epoch),
            lambda: self.run.samples(chosen, epoch=self.epoch, output=self.output_name),
        )

    def observed(self, name: str) -> Array | None:
        """What the recorder's `observe` saved at this epoch; None where there is nothing."""
        saved = self.remember(("observed", id(self.run), name), lambda: self.run.observed(name))
        found: Array | None = saved.get(self.epoch)
        return found

    @property
    def output_name(self) -> str | None:
        """Of the output; None for a run of logs only."""
        return None if self.output is None else self.output.name

    def remember(self, key: Any, compute: Callable[[], Any]) -> Any:
        """The value of `compute`, kept for later frames under `key` until the run grows."""
        return self._memo((id(self.run), self.output_name, key), compute)

    def remember_bands(self, key: Any, compute: Callable[[], Any]) -> Any:
        """The same of what has bands in it: while these are not whole, it is computed again for each frame."""

        def computed() -> tuple[Any, bool]:
            self._whole = True
            return compute(), self._whole

        return self._memo.whole((id(self.run), self.output_name, key), computed)

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, kept under `key` also when the run grows, such as a reader that knows how far it is."""
        return self._memo.keep((id(self.run), self.output_name, key), make)
