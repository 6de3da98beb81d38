"""What a program asks of a run beyond formulas: an operating point, and what became of each sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, four_counts, kind_of
from recorder.runfile.names import listed

from ..formulas import Formula, Spec
from ..formulas.class_names import class_index
from ..points import one, point_of, points
from ..reading.columns import enough_memory
from ..statistics.choice import Choice, choice_of
from ..statistics.dynamics import dynamics_of
from ..statistics.dynamics_tables import RunDynamics
from ..statistics.goal import Conditions, Goal
from ..statistics.scored import scored_of
from ..statistics.suspects import suspects_of
from ..statistics.tracks import TrackTable
from .tables import Run

STRETCH_BYTES = 2**27  # of histograms that are held at once
MOST = 2**28  # bytes of those of one class over epochs, of which several times as much is made: 15,000 usual ones


def choose(
    run: Run,
    goal: Goal | str | Formula | Spec | Callable[..., Any] | None = None,
    *,
    epoch: int | str = "best",
    split: str = "val",
    output: str | None = None,
    label: int | str | None = None,
    level: float = 0.95,
    repeats: int = 20,
    seed: int = 0,
    random_state: int | None = None,
    **conditions: Unpack[Conditions],
) -> Choice:
    """The threshold (and the epoch) that is best for a goal, and how well it does on samples that did not choose it.

    Every recorded threshold is tried on the counts of all samples of the split; the result on these same samples is
    optimistic. Where samples were recorded, the choice is repeated on one half of them and measured on the other half.
    Counts are of samples, not of their weights. Where groups of samples were recorded, intervals and halves
    are of these.

        viewer.choose(run, "mcc")
        viewer.choose(run, recall=0.9)  # the highest precision with a recall of 0.9 or more
        viewer.choose(run, cost_fp=1, cost_fn=20, prevalence=0.005, epoch="last")

    Args:
        run: as `viewer.open_run` gives it.
        goal: a formula to optimise, or a `Goal`; None for what conditions leave open, F1 without any.
        epoch: "best", "last", a number in the run's unit, `step:1200` or `epoch:3`.
        split: "val", "train" or the name of a probe. On training samples every figure is optimistic.
        output: name of the output; the first one if None.
        label: the class to tell from the rest, by number or name; for a binary output it is the positive class.
        level: of the credible intervals, in (0, 1).
        repeats: how often the samples are split into halves.
        seed: of these splits; the same seed gives the same figures.
        random_state: another name of `seed`, as scikit-learn has it; goes before it.
        conditions: what `Goal` takes: cost_fp, cost_fn, alerts, precision, recall, prevalence.

    Raises:
        UnreachableGoalError: No threshold meets the conditions; it names the nearest.
        ValueError: An argument breaks its rule.
    """
    wanted = replace(goal, **conditions) if isinstance(goal, Goal) else Goal(formula=goal, **conditions)
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1). Received: {level}")
    stated, number = run.output(output), _class_number(run.output(output), label)
    run.check_split(split, stated.name)
    positions = _positions(run, epoch, split, stated)
    several = points(run.unit, len(positions))
    with enough_memory(f"{several} with {len(stated.thresholds):,} thresholds each (name {one(run.unit)})"):
        histograms = _histograms(run, positions, split, stated, number)
        records, groups = run.sample_records(split, output=stated.name, positions=positions), run.sample_groups(split)
        return choice_of(
            wanted,
            four_counts(histograms),
            np.asarray(stated.thresholds, np.float32),
            run.epoch_numbers[positions],
            scored=scored_of(records, stated, number, run.unit, groups=None if groups is None else groups.of),
            unit=run.unit,
            near=stated.decision_threshold,
            level=level,
            repeats=repeats,
            seed=seed if random_state is None else random_state,
        )


def _class_number(output: Output, label: int | str | None) -> int:
    """Which histogram is the class's."""
    kind, scored = kind_of(output), kind_of(output).scored(output.classes)
    if label is None and len(scored) > 1:
        raise ValueError(
            "a class must be named that is told from the rest, with label= or --class, "
            f"of {listed(output.classes)}. Received: none"
        )
    found = 0 if label is None else kind.histogram_of(class_index(label, output.classes))
    if found is None:
        raise ValueError(f"a {kind.name} output has thresholds for its positive class. Received: {label!r}")
    return found


def _positions(run: Run, epoch: int | str, split: str, output: Output) -> list[int]:
    """Where the epochs stand that may be chosen."""
    if epoch not in ("best", "last"):
        return [run.position(str(point_of(epoch, also="best, last")))]
    newest = run.newest(split, output.name)
    if newest is None:
        raise ValueError(f"a threshold can be chosen once {one(run.unit)} of the split has counts. Received: {split!r}")
    return list(range(newest + 1)) if epoch == "best" else [newest]


def _histograms(run: Run, positions: list[int], split: str, output: Output, number: int) -> npt.NDArray[np.int64]:
    """int64 [positions, 2, bins] of one class; of all classes no more than a stretch of epochs is held at once."""
    bins = len(output.thresholds) + 1
    if len(positions) * bins * 16 > MOST:
        raise ValueError(
            f"a threshold can be chosen among {MOST // 16:,} counts at most. "
            f"Received: {points(run.unit, len(positions))} of {bins:,} (name {one(run.unit)})"
        )
    together = max(STRETCH_BYTES // (16 * kind_of(output).scores(len(output.classes)) * bins), 1)
    stretches = [positions[start : start + together] for start in range(0, len(positions), together)]
    return np.concatenate([run.histograms(split, stretch, output=output.name)[:, number] for stretch in stretches])


def dynamics(run: Run, split: str = "val", *, output: str | None = None, epoch: int | str | None = None) -> RunDynamics:
    """What became of each recorded sample: the data map, forgetting, learning, churn, suspects of label errors.

    Args:
        run: as `viewer.open_run` gives it.
        split: "val" or the name of a probe.
        output: name of the output; the first one if None.
        epoch: as things stood then, as `Run.position` takes it; the newest if None.

    Raises:
        ValueError: No samples were recorded, or the data set was changed under the run.
    """
    stated = run.output(output)
    positions = None if epoch is None else range(run.position(epoch) + 1)
    table, newest, of_newest = TrackTable(stated, run.unit), -1, None
    for at, samples in run.sample_records(split, output=output, positions=positions):
        table.put(at, samples)
        if at > newest:
            newest, of_newest = at, samples
    if of_newest is None:
        raise ValueError(f"samples must have been recorded for this (max_samples, or a probe). Received: {split!r}")
    tracks = table.tracks()
    return RunDynamics(
        numbers=dynamics_of(tracks), suspects=suspects_of(of_newest, stated), output=stated, unit=run.unit,
        ids=None if run.sample_ids(split) is None else run.called(tracks.sample, split),
    )  # fmt: skip
