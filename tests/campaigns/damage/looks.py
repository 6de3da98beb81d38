"""What people do with a folder of which one run is damaged, and what may come of it: a reading, or our own error."""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any

import matplotlib

matplotlib.use("agg")

import viewer
from recorder.runfile import RunFormatError
from viewer.listing import listing_of
from viewer.run import Run, UnreadableRun, open_all

OURS = tuple(str(Path(viewer.__file__).parents[1] / name) for name in ("viewer", "recorder"))
MOVING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
QUESTIONS = ("f1", "f1@0.25", "roc_auc", "tn / (tn + fn)", "loss", "recall@macro", "mcc@micro", "train:ece", "log_loss")
Step = Callable[[], Any]


class WrongError(Exception):
    """What came is neither a reading nor an error of our own."""


def look(root: Path, bad: Path, random: Random, good: dict[str, Any]) -> str:
    """Does what people do; says what came of the damaged run: "read", "faults" or "refused".

    Args:
        root: the folder of runs.
        bad: the damaged one.
        random: decides on what is done only now and then.
        good: what the runs beside it must go on saying, by name; filled in at the first look.
    """
    thorough = random.random() < 0.1
    found = _allowed("open_all", lambda: open_all(root if thorough else bad))
    others = {one.folder.name: one for one in found if bad not in (one.folder, *one.folder.parents)}
    for name, run in others.items():
        value = run.metric("f1").tolist()
        if good.setdefault(name, value) != value:
            raise WrongError(f"{name} says {value}")
    mine = [one for one in found if one.folder == bad]
    if not mine:
        return "gone"  # its manifest
    outcome = _of_run(mine[0], random, thorough)
    if thorough:
        _allowed("list", lambda: _listed(found))
    if random.random() < 0.01:
        _commands(root, bad, random)
    return outcome


def _of_run(run: Run | UnreadableRun, random: Random, thorough: bool) -> str:
    if isinstance(run, UnreadableRun):
        if not re.search(r"run\.json|epochs\.jsonl|format|thresholds|classes|No such file", run.reason):
            raise WrongError(f"names no place: {run.reason[:300]!r}")
        return "refused"
    steps = list(_steps(run))
    for name, step in steps if thorough else random.sample(steps, min(len(steps), 3)):
        _allowed(name, step)
    faults = _allowed("faults", lambda: run.faults)
    for fault in faults:
        if not isinstance(fault, str) or not fault or len(fault) > 2_000:
            raise WrongError(f"no sentence: {str(fault)[:300]!r} of {len(fault)} characters")
    return "faults" if faults else "read"


def _steps(run: Run) -> Iterator[tuple[str, Step]]:
    yield "state", lambda: (run.status, run.epochs_done, run.planned_epochs, run.logs, run.seconds, run.alerts)
    yield "epochs", lambda: run.epochs
    yield "observed", lambda: run.observed("norm")
    yield "repr", lambda: (repr(run), run._repr_html_())
    yield "best", lambda: run.best()
    yield "refresh", lambda: run.refresh()
    for output in [*(each.name for each in run.outputs[:3]), None]:
        split = (_allowed("splits", lambda output=output: run.splits(output)) or ["val"])[-1]
        where: dict[str, Any] = {"output": output}
        for question in QUESTIONS:
            yield question, lambda q=question, s=split, w=where: run.metric(q, s, **w)
        yield "band", lambda s=split, w=where: run.metric("f1", s, band=0.9, **w)
        yield "weights", lambda s=split, w=where: run.metric("f1", s, weights=True, **w)
        yield "counts", lambda s=split, w=where: run.counts(s, 0.3, **w)
        yield "confusion", lambda s=split, w=where: run.confusion(s, len(run.epoch_numbers) - 1, **w)
        yield "samples", lambda s=split, w=where: run.samples(s, **w)
        yield "sample ids", lambda s=split: run.sample_ids(s)
        yield "dynamics", lambda s=split, w=where: viewer.dynamics(run, s, **w)
        yield "choose", lambda s=split, w=where: viewer.choose(run, "f1", split=s, repeats=2, **w)


def _listed(found: list[Any]) -> None:
    table = listing_of(found, ["loss", "val:f1", "best(val:mcc)", "config.lr"], sort=["val:f1"])
    table.frame()
    str(table._repr_html_())


COMMANDS = [
    "list ROOT", "list ROOT --format json --where 'epochs > 1 and loss < 2'", "list ROOT --format csv -m f1 -m problem",
    "metrics BAD", "metrics BAD -m f1@0.3 --format json", "samples BAD", "samples BAD --hardest 3 --format csv",
    "compare ROOT", "compare BAD GOOD --format json", "choose BAD --recall 0.5",
    "export BAD --to OUT.png --size 640x480", "export BAD --to OUT.svg --layout 'scores pr / matrix samples'",
    "export BAD --to OUT.csv", "export BAD --to OUT.html --size 400x300", "export BAD --to OUT-report.html",
    "compare BAD GOOD --to OUT.png", "doctor ROOT", "doctor BAD --format json", "verify BAD",
]  # fmt: skip


def _commands(root: Path, bad: Path, random: Random) -> None:
    import shlex

    from viewer.cli import main

    command = random.choice(COMMANDS)
    good = next(path for path in root.iterdir() if path != bad)
    names = {"ROOT": str(root), "BAD": str(bad), "GOOD": str(good), "OUT": str(root.parent / "out")}
    words = shlex.split(re.sub("ROOT|BAD|GOOD|OUT", lambda found: names[found[0]], command))
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, sys.argv = sys.argv, ["epochreel", *words]
    try:
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
            main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 99
    except Exception as error:
        raise WrongError(f"{command}: {named(error)}") from error
    finally:
        sys.argv = before
    said = out.getvalue() + err.getvalue()
    if code not in (0, 1, 2) or "Traceback" in said or MOVING.search(said.replace("\r\n", "\n")):
        raise WrongError(f"{command}: code {code}, {MOVING.findall(said)[:9]} {said[-300:]!r}")
    if "Warning" in err.getvalue() or "encountered in" in err.getvalue():
        raise WrongError(f"{command}: a warning: {err.getvalue()[-300:]!r}")


def _allowed(name: str, step: Step) -> Any:
    """What a step gives; None where it raised an error of our own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return step()
    except Exception as error:
        if _ours(error):
            return None
        raise WrongError(f"{name}: {named(error)}") from error


def _ours(error: Exception) -> bool:
    """Whether it was raised by our own code, and says something."""
    if isinstance(error, RunFormatError):
        return 0 < len(str(error)) < 2_000
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = trace.tb_frame.f_code.co_filename if trace is not None else ""
    return isinstance(error, ValueError) and place.startswith(OURS) and 0 < len(str(error)) < 5_000


def named(error: Exception) -> str:
    """What was raised, and where."""
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:200]} at {' '.join(places[-5:])}"
