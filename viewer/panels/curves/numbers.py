"""Numbers of the curves over epochs: formulas of the counts, and logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...formulas import FORMULAS, FormulaError, Spec, parse_spec
from ...formulas.best import direction
from ...frame.bounds import bounded_at
from ...frame.class_counts import COUNTS
from ...frame.curve import Curve, CurvesNumbers
from ...frame.frame import Frame
from ...points import named
from ...run import Run
from ..in_words import brief, listed

Array = npt.NDArray[Any]
MOST_LOGS = 8
RATE = "learning_rate"
TALLY = "mcc"  # what `ConfusionTally` is called, and gives, in Keras's logs
INK = ("loss",)  # logs without a colour of their own


def curves(
    frame: Frame, names: Sequence[str | Spec] = (), *, bands: bool = True, logged: bool = False
) -> CurvesNumbers:
    """The curves of formulas or logs by name; of the frame's own formulas where none is named.

    Where several runs are shown there is one curve a formula and run, of the frame's split, and the style is the run's.

    Args:
        frame: with the runs.
        names: of formulas or logs.
        bands: with credible bands.
        logged: a log goes before a formula of its name, such as Keras's own accuracy.
    """
    found = curves_alone(frame, names, bands=bands, logged=logged)
    now = tuple(replace(curve, now=_now(frame, curve)) for curve in found.curves)
    return replace(found, curves=now)


def curves_alone(
    frame: Frame, names: Sequence[str | Spec] = (), *, bands: bool = True, logged: bool = False
) -> CurvesNumbers:
    """The same without the values at the cursor, `now`: the same object wherever the cursor is.

    So who draws them sees that nothing of them has changed.
    """
    asked = tuple(names or own(frame))
    key = ("curves", asked, bands, logged, frame.unit, tuple(map(id, frame.runs)), frame.effective, frame.split)
    found: CurvesNumbers = frame.remember_bands(key, lambda: _curves(frame, asked, bands, logged))
    return found


def _curves(frame: Frame, asked_for: Sequence[str | Spec], bands: bool, logged: bool) -> CurvesNumbers:
    found: list[Curve] = []
    faults: list[str] = []
    at, mixed, taken = False, False, set[int | None]()
    best_by = _best_by(frame, faults)
    for question in asked_for:
        try:
            asked = _asked(frame, question, logged)
            style = _style(frame, asked)
            while style is not None and style in taken:
                style += 1
            found += _overlaid(frame, asked, bands) if len(frame.runs) > 1 else _splits(frame, asked, style, bands)
            at |= isinstance(asked, Spec) and _follows_threshold(frame, asked)
            mixed |= isinstance(asked, Spec) and asked.threshold not in (None, frame.threshold)
            taken.add(style)
        except (FormulaError, ValueError) as error:
            faults.append(str(error))
    return CurvesNumbers(
        curves=tuple(found),
        faults=tuple(dict.fromkeys(faults)),
        threshold=frame.threshold if at else None,
        mixed=mixed,
        best_by=best_by,
    )


def in_words(shown: Sequence[Curve], epoch: int | None) -> str:
    """The value of each main curve at an epoch, and its best one."""
    return listed(_curve_in_words(curve, epoch) for curve in shown if curve.main)


def _curve_in_words(curve: Curve, epoch: int | None) -> str:
    name = " ".join(part for part in (curve.run, curve.words) if part)
    best = curve.best
    behind = (
        "" if best is None else f" (best {brief(float(curve.at(best)))} in {named(curve.unit, curve.epochs[best])})"
    )
    return f"{name} {brief(curve.at_epoch(epoch))}{behind}"


def own(frame: Frame) -> Sequence[str | Spec]:
    """The frame's formulas; of a run of logs only its logs, without the loss."""
    if frame.metrics:
        return frame.metrics
    return [name for name in log_names(frame) if name not in ("loss", RATE)][:MOST_LOGS]


def log_names(frame: Frame) -> list[str]:
    """Every log of the runs shown, a validation one under the name of its training: the loss first, the rate last.

    Left out are the four counts and the tally's own value where there are counts, and a rate that never changes.
    """
    logs: dict[str, Array] = {}
    for run in frame.runs:
        logs |= _logs(frame, run)
    names = dict.fromkeys(name.removeprefix("val_") for name in logs)
    rates = np.unique(values[np.isfinite(values)]) if (values := logs.get(RATE)) is not None else ()
    tallies = {TALLY, *(f"{output.name}_{TALLY}" for output in frame.run.outputs)}
    left_out = {*((*COUNTS, *tallies) if frame.splits else ()), *((RATE,) if len(rates) < 2 and len(names) > 1 else ())}
    return sorted((name for name in names if name not in left_out), key=lambda name: (name == RATE) - (name == "loss"))


def style_of(frame: Frame, spec: Spec, otherwise: int = 0) -> int:
    """The number of a formula's colour: its place among the frame's formulas, so that it is the same in every panel."""
    for number, known in enumerate(frame.metrics):
        if (known.formula, known.threshold, known.average, known.split) == (
            spec.formula, spec.threshold, spec.average, spec.split,
        ):  # fmt: skip
            return number
    return len(frame.metrics) + otherwise


def _style(frame: Frame, asked: str | Spec) -> int | None:
    if isinstance(asked, Spec):
        return style_of(frame, asked)
    names = [name for name in frame.logs if name.removeprefix("val_") not in INK]
    return None if asked in INK else len(frame.metrics) + names.index(asked if asked in names else f"val_{asked}")


def _asked(frame: Frame, question: str | Spec, logged: bool = False) -> str | Spec:
    """The name of a log as it is, everything else parsed; where counts are known a formula goes before such a log."""
    name = question if isinstance(question, str) else question.label.strip("`")
    formula = not logged and name in FORMULAS and bool(frame.splits)
    if not formula and (name in frame.logs or f"val_{name}" in frame.logs):
        return name
    return parse_spec(question)


def _follows_threshold(frame: Frame, spec: Spec) -> bool:
    needs = set(spec.formula.needs)
    return spec.threshold is None and frame.threshold is not None and not needs.isdisjoint({*COUNTS, "exact_matches"})


def _splits(frame: Frame, asked: str | Spec, style: int | None, bands: bool) -> Iterator[Curve]:
    if isinstance(asked, str):
        yield from _log(frame, asked, style)
        return
    spec = asked
    if spec.formula.needs and not spec.formula.of_counts and all(need in frame.logs for need in spec.formula.needs):
        yield _curve(frame, frame.run, spec, "", style)
        return
    own = spec.split or frame.split
    yield _curve(frame, frame.run, spec, own, style, band=frame.band(spec, own) if bands else None)
    for split in frame.splits if spec.split is None else ():
        if split != own:
            try:
                yield _curve(frame, frame.run, spec, split, style, main=False)
            except (FormulaError, ValueError):
                continue  # a formula of samples, where this split has none


def _curve(
    frame: Frame,
    run: Run,
    spec: Spec,
    split: str,
    style: int | None,
    *,
    main: bool = True,
    band: Any = None,
    name: str = "",
) -> Curve:
    if spec.formula.of_counts and not split:
        raise FormulaError(f"a formula of counts needs a run with counts. Received: {spec.label!r} of logs only")
    epochs, values, query = _epochs(frame, run), frame.values(spec, split, run), frame.query(spec, split)
    return Curve(
        unit=frame.unit,
        label=spec.label,
        split=split,
        epochs=epochs,
        values=values,
        bounded=None if spec.formula.bounds is None else partial(bounded_at, frame, run, query),
        style=style,
        low=spec.formula.low,
        high=spec.formula.high,
        band=band,
        drawn="" if band is None else frame.band_of(spec, split),
        best=_star(frame, run, values, spec) if main else None,
        main=main,
        run=name,
        edge=_edge(frame, run, spec, split),
    )


def _edge(frame: Frame, run: Run, spec: Spec, split: str) -> str:
    """Where the run's own edge is not the one in the title, or not the one that the formula asks for."""
    return run.edge_note(frame.query(spec, split))


def _log(frame: Frame, name: str, style: int | None, run: Run | None = None, shown: str = "") -> Iterator[Curve]:
    run = run or frame.run
    logs, epochs = _logs(frame, run), _epochs(frame, run)
    found = [key for key in (f"val_{name}", name) if key in logs]
    paired = any(f"val_{name}" in other.logs for other in frame.runs) if shown else len(found) > 1
    if shown:  # of several runs, one curve each
        found = found[:1]
    for key in found:
        main, values = key == found[0], logs[key]
        yield Curve(
            unit=frame.unit,
            label=name,
            split="" if not paired else "train" if key == name else "val",
            epochs=epochs,
            values=values,
            style=style,
            best=_star(frame, run, values, name) if main else None,
            main=main,
            counted=False,
            run=shown,
            broken=tuple(np.flatnonzero(run.not_finite(key)[: len(values)]).tolist()),
            diverged=_diverged(frame, run, key),
        )


def _best_by(frame: Frame, faults: list[str]) -> str:
    """By what the best epochs of the runs are the best, where that is the same; a fault where what was asked fails."""
    try:
        found = {best.by for best in map(frame.best, frame.runs) if best is not None}
    except (FormulaError, ValueError) as error:
        if frame.knobs.best is not None:  # MCC, which nobody has asked for, may not be there under what is set
            faults.append(str(error))
        return ""
    return found.pop() if len(found) == 1 else ""


def _star(frame: Frame, run: Run, values: Array, asked: str | Spec) -> int | None:
    """Position of the run's best epoch, where the curve has a value there and an end that is good."""
    try:
        best = frame.best(run)
    except (FormulaError, ValueError):
        return None
    there = best is not None and direction(asked) is not None and np.isfinite(values[best.position])
    return best.position if best is not None and there else None


def _diverged(frame: Frame, run: Run, name: str) -> int | None:
    """The epoch at which a loss broke out, in all that is known of the run."""
    found = frame.all_alerts(run)
    return next((alert.epoch for alert in found if alert.log == name and alert.what.startswith("diverged")), None)


def _overlaid(frame: Frame, asked: str | Spec, bands: bool) -> list[Curve]:
    found: list[Curve] = []
    fault: Exception | None = None
    for style, (run, name) in enumerate(zip(frame.runs, run_names(frame.runs), strict=True)):
        if len(run.epoch_numbers) and not np.isfinite(_epochs(frame, run)).any():
            fault = FormulaError(f"{name}: no {frame.unit} of it is known, it has {run.unit}s alone")
            continue
        try:
            found += _of_run(frame, asked, style, run, name, bands and run is frame.run)
        except (FormulaError, ValueError) as error:  # the others may have what this one has not
            fault = error
    if fault is not None and not found:
        raise fault
    return found


def _of_run(frame: Frame, asked: str | Spec, style: int, run: Run, name: str, bands: bool) -> Iterator[Curve]:
    if isinstance(asked, str):
        yield from _log(frame, asked, style, run, name)
        return
    splits = run.splits()
    split = frame.split if frame.split in splits else "val" if "val" in splits else splits[0] if splits else ""
    band = frame.band(asked, split) if bands else None
    yield _curve(frame, run, asked, split, style, band=band, name=name)


def run_names(runs: Sequence[Run]) -> list[str]:
    """Names of runs, with the end of their folder's name where two are the same."""
    names = [run.name for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} {run.folder.name[-4:]}"
        for name, run in zip(names, runs, strict=True)
    ]


def _logs(frame: Frame, run: Run) -> dict[str, Array]:
    found: dict[str, Array] = frame.remember(("logs", id(run)), lambda: run.logs)
    return found


def _epochs(frame: Frame, run: Run) -> Array:
    return frame.epochs if run is frame.run else frame.x_of(run)


def _now(frame: Frame, curve: Curve) -> float:
    """The value at the cursor, NaN where there is none."""
    if frame.epoch is None:
        return float("nan")
    at = int(np.searchsorted(curve.epochs, frame.epoch))
    known = at < len(curve.epochs) and curve.epochs[at] == frame.epoch
    return float(curve.values[at]) if known else float("nan")
