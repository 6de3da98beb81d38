"""`compare`: from runs or paths and what is asked of them to a comparison."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from recorder.runfile import is_run
from recorder.runfile.names import is_address

from ..formulas import FormulaError, Spec
from ..formulas.spec import FormulaLike, FormulasLike, distinct
from ..index.known import KnownRun, Source, run_of
from ..index.opening import open_known
from ..kinds import view_of
from ..reading.find import find_runs
from ..reading.naming import SeveralRunsError, run_named
from ..run import Run, local_folder, open_run
from ..run.opening import readable
from .axis import ALIGNS, usual_align
from .compared_run import ComparedRun, unique_names
from .comparison_query import At, ComparisonQuery, check_at
from .result import Comparison

Runs = str | Path | Sequence[str | Path | Run]


def compare(
    runs: Runs,
    metrics: FormulasLike = (),
    *,
    split: str = "val",
    at: At | Sequence[At] = "last",
    best: FormulaLike | None = None,
    align: str | None = None,
    threshold: float | None = None,
    output: str | None = None,
    baseline: str | Path | Run | None = None,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    random_state: int | None = None,
) -> Comparison:
    """Compares runs: their curves, values at one epoch each, configurations, and each pair on the same samples.

    Args:
        runs: a folder of runs, or runs, names of runs (as `open_run` takes them), and paths of runs or folders; at
            least two runs in all.
        metrics: formulas and logs, the first of which ranks the runs; the formulas of the dashboard if empty.
        split: "val", "train" or the name of a probe.
        at: the epoch at which runs are compared: "last" (the last one that has values), "best" (as `best` has it),
            "best:mcc" (by any formula of which one end is good), "max:FORMULA", "min:FORMULA", a number in the run's
            own unit, "step:1200" or "epoch:3"; for all runs, or one for each.
        best: what decides which epoch is a run's best, as `Run.best` takes it; None for the validation loss where there
            is one, else MCC.
        align: horizontal axis of the curves: "epoch", "step" (of training; rounds of boosting) or "time" (seconds since
            the start); None for the unit that the runs count in, of runs of different units steps, where all know them.
        threshold: above it a score is positive; None for each run's own decision.
        output: name of the output; the first one if None.
        baseline: the run that each other one is compared with in pairs.
        level: of the intervals, in (0, 1).
        draws: resamples of an interval.
        seed: of the resamples; the same seed gives the same intervals.
        random_state: another name of `seed`, as scikit-learn has it; goes before it.

    Raises:
        ValueError: An argument breaks its rule, or no run has what is asked.
        FileNotFoundError: There is no run at a path.
    """
    found = _found(runs)
    align = usual_align(found) if align is None else align
    if align not in ALIGNS:
        raise ValueError(f"align must be one of {', '.join(ALIGNS)}. Received: {align!r}")
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be in [0, 1]. Received: {threshold}")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1). Received: {level}")
    formulas = distinct(metrics or _usual(found, output))
    query = ComparisonQuery(
        formulas=formulas, split=split, threshold=threshold, output=output, align=align, level=level, draws=draws,
        best=best, seed=seed if random_state is None else random_state,
    )  # fmt: skip
    names = unique_names(found)
    compared_runs = tuple(
        ComparedRun(source, name, one, query)
        for source, name, one in zip(found, names, _each(at, len(found)), strict=True)
    )
    if any(isinstance(source, KnownRun) for source in found):
        from .newest import take_newest  # with what evaluates formulas of an index

        take_newest(compared_runs, query)
    _check(compared_runs, query)
    return Comparison(compared_runs, query, baseline=None if baseline is None else _named(compared_runs, baseline))


def _found(runs: Runs) -> list[Source]:
    given = [runs] if isinstance(runs, str | Path) else runs
    found = [run for one in given for run in _of(one)]
    parent = lru_cache(Path.resolve)  # of a thousand runs of one folder once

    def place(folder: Path) -> Path:
        return folder.resolve() if folder.is_symlink() else parent(folder.parent) / folder.name

    kept = list({place(run.folder.absolute()): run for run in found}.values())
    if len(kept) < 2:
        raise ValueError(f"a comparison needs two runs or more. Received: {len(kept)}")
    return kept


def _of(one: str | Path | Run) -> Iterable[Source]:
    if isinstance(one, Run):
        return [one]
    folder = local_folder(one)
    several = folder.is_dir() and not is_run(folder) and (find_runs(folder) or not is_address(one))
    return readable(open_known(folder, _warn)) if several else [open_run(one)]


def _warn(sentence: str) -> None:
    warnings.warn(sentence, RuntimeWarning, stacklevel=3)


def _usual(sources: Sequence[Source], output: str | None) -> Sequence[str]:
    for source in sources:
        run = run_of(source)
        if run.splits(output):
            return view_of(run.output(output)).formulas
    logs = next((source.logs for source in sources if source.logs), ())
    return [name for name in ("val_loss", "loss") if name in logs][:1] or list(logs)[:1] or ["loss"]


def _each(at: At | Sequence[At], runs: int) -> Sequence[At]:
    every = [at] * runs if isinstance(at, str | int) else list(at)
    if len(every) != runs:
        raise ValueError(f"at must be one for all runs, or one for each of the {runs}. Received: {len(every)}")
    for one in every:
        check_at(one)
    return every


def _check(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> None:
    """What no run has is a mistake of who asks; what some lack is a gap."""
    for spec in query.formulas:
        if not any(compared.has(spec) for compared in compared_runs):
            raise FormulaError(compared_runs[0].faults[spec.label])
    if all(compared.x_fault for compared in compared_runs):
        fault = f"{compared_runs[0].name}: {compared_runs[0].x_fault}"
        raise ValueError(f"curves along {query.align}s need a run that knows them. Received: none; {fault}")
    if query.best is not None and all(compared.best_fault for compared in compared_runs):
        raise FormulaError(compared_runs[0].best_fault)


def _named(compared_runs: Sequence[ComparedRun], baseline: str | Path | Run) -> ComparedRun:
    """A run of the comparison by itself, its path, or its name."""
    for compared in compared_runs:
        if baseline is compared.source or str(baseline) in (compared.name, compared.source.folder.name):
            return compared
        if isinstance(baseline, str | Path) and Path(baseline).resolve() == compared.source.folder.resolve():
            return compared
    names = [compared.name for compared in compared_runs[:20]]
    wrong = f"baseline must be one of the compared runs: {names}. Received: {baseline!r}"
    if isinstance(baseline, Run):
        raise ValueError(wrong)
    folders = {compared.source.folder: compared for compared in compared_runs}
    try:
        return folders[run_named(str(baseline), sorted(folders, key=lambda folder: folder.name))]
    except FileNotFoundError as error:
        raise ValueError(str(error) if isinstance(error, SeveralRunsError) else wrong) from None


__all__ = ["Comparison", "Spec", "compare"]
