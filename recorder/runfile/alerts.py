"""What goes wrong in a training, told from what is recorded of it: one set of rules for who trains and who looks.

    for alert in alerts({"loss": (epochs, losses), "val_loss": (epochs, val_losses)}):
        print(alert.text)

Nothing here is a proof. A sentence says what is seen and since when, and leaves it to its reader what to make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .kinds import kind_of
from .names import shown
from .schema import Output, Unit

Array = npt.NDArray[Any]
Series = tuple[Array, Array]  # epochs, int64, and what was recorded at each, float64
LOSS, VAL_LOSS = "loss", "val_loss"
KNOWN = 3  # values before a jump can be told from a start
JUMP = 2.0  # times the spread of all values before, by which a value is above the highest of them
STUCK = 3  # epochs in a row in which all are called the same
PATIENT = 5  # epochs since the best validation loss
WORSE = 0.2  # share of what validation had gained that is lost again


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that goes wrong.

    Args:
        what: "not finite", "diverged" (a jump), "risen", "one class" or "overfits"; with the name of the log or output
            where it is one of several.
        epoch: since when.
        text: a sentence.
        log: the log that shows it; "" where it is none.
    """

    what: str
    epoch: int
    text: str
    log: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """Counts of validation at the decision.

    Args:
        output: of which they are.
        epochs: int64 [epochs] in which they were counted, increasing.
        counts: tp, fp, tn, fn, each int64 [classes, epochs].
    """

    output: Output
    epochs: Array
    counts: tuple[Array, Array, Array, Array]

    def until(self, epoch: int) -> Decided:
        """The epochs up to one."""
        at = int(np.searchsorted(self.epochs, epoch, side="right"))
        tp, fp, tn, fn = (count[:, :at] for count in self.counts)
        return Decided(self.output, self.epochs[:at], (tp, fp, tn, fn))


def alerts(logs: Mapping[str, Series], decided: Sequence[Decided] = (), *, unit: Unit = "epoch") -> list[Alert]:
    """What goes wrong at the newest epoch, and where a loss once broke out; the gravest first.

    Args:
        logs: by name, the epochs at which each was recorded and its values. Those whose name ends in "loss" are losses.
        decided: the validation counts of each output.
        unit: what the numbers of epochs are: "epoch" or "step".
    """
    losses = {name: series for name, series in logs.items() if name.endswith(LOSS) and len(series[0])}
    with np.errstate(over="ignore"):  # a difference of numbers near the largest is infinite, and compared as such
        found = [
            *(alert for name, series in losses.items() for alert in _not_finite(name, *series, unit)),
            *(alert for name, series in losses.items() for alert in _diverged(name, *series, unit)),
            *(alert for one in decided for alert in _one_class(one, unit, several=len(decided) > 1)),
        ]
        if LOSS in losses and VAL_LOSS in losses:
            found += _overfits(losses[LOSS], losses[VAL_LOSS], unit)
    return found


def _not_finite(name: str, epochs: Array, values: Array, unit: Unit) -> Iterator[Alert]:
    broken = ~np.isfinite(values)
    if not broken.any():
        return
    first = _since(broken)
    if first is not None:
        word = "NaN" if np.isnan(values[-1]) else "infinite"
        since = f"{_words(name)} is {word} since {unit} {epochs[first]}"
        yield Alert(f"not finite {name}", int(epochs[first]), since, name)
        return
    times = int(broken.sum())
    last = epochs[np.flatnonzero(broken)[-1]]
    where = f"at {unit} {last}" if times == 1 else f"in {times} {unit}s, the last of them {last}"
    yield Alert(f"was not finite {name}", int(last), f"{_words(name)} was not finite {where}", name)


def _diverged(name: str, epochs: Array, values: Array, unit: Unit) -> Iterator[Alert]:
    """A value far above all before it; it may have come back, or be above them still."""
    finite = np.isfinite(values)
    epochs, values = epochs[finite], values[finite]
    if len(values) <= KNOWN:
        return
    highest, lowest = np.maximum.accumulate(values)[:-1], np.minimum.accumulate(values)[:-1]
    above = values[1:] - highest
    far = (above > JUMP * (highest - lowest)) & (above > np.abs(highest)) & (np.arange(1, len(values)) >= KNOWN)
    if far.any():
        at = int(np.flatnonzero(far)[0]) + 1
        before, back = values[at - 1], values[-1] <= highest[at - 1]
        rest = "and came back" if back and at < len(values) - 1 else f"from {before:.3g}"
        text = f"{_words(name)} jumped to {values[at]:.3g} at {unit} {epochs[at]} {rest}"
        yield Alert(f"diverged {name}", int(epochs[at]), text, name)
        return
    started = values[:KNOWN].max()
    risen = values > started + 0.5 * (started - values.min())
    first = _since(risen)
    if first is not None and len(values) - first >= KNOWN:
        text = f"{_words(name)} is above where it started since {unit} {epochs[first]}"
        yield Alert(f"risen {name}", int(epochs[first]), text, name)


def _one_class(one: Decided, unit: Unit, *, several: bool) -> Iterator[Alert]:
    """All samples of validation called the same, while they are not."""
    if len(one.epochs) < STUCK:
        return
    kind, names = kind_of(one.output), [shown(name) for name in one.output.classes]
    tp, fp, tn, fn = kind.each_class(*one.counts)
    called, occurs = tp + fp, tp + fn
    samples = called + tn + fn
    where = f" of {shown(one.output.name)}" if several else ""
    if kind.labels_apart:
        told = {f"no label{where}": (called == 0).all(axis=0), f"every label{where}": (called == samples).all(axis=0)}
    else:
        told = {f"only {name}{where}": whole for name, whole in zip(names, called == samples, strict=True)}
    mixed = (occurs > 0).sum(axis=0) > 1 if not kind.labels_apart else (occurs > 0).any(axis=0)
    for words, same in told.items():
        first = _since(same & mixed & (samples > 0).all(axis=0))
        if first is not None and len(one.epochs) - first >= STUCK:
            epoch = int(one.epochs[first])
            yield Alert(f"one class{where}", epoch, f"validation: {words} is predicted since {unit} {epoch}")
            return


def _overfits(train: Series, val: Series, unit: Unit) -> Iterator[Alert]:
    """Validation long past its best while training goes on to get better."""
    both, train_loss, val_loss = train[0], train[1], val[1]
    if not np.array_equal(train[0], val[0]):
        both, at_train, at_val = np.intersect1d(train[0], val[0], return_indices=True)
        train_loss, val_loss = train[1][at_train], val[1][at_val]
    finite = np.isfinite(train_loss) & np.isfinite(val_loss)
    both, train_loss, val_loss = both[finite], train_loss[finite], val_loss[finite]
    if len(both) <= PATIENT:
        return
    best = int(val_loss.argmin())
    gained = max(val_loss[: best + 1].max() - val_loss[best], 0.05 * abs(val_loss[best]))
    since = val_loss[best + 1 :]
    bad = len(since) >= PATIENT and (since[-PATIENT:] > val_loss[best] + WORSE * gained).all()
    if bad and train_loss[-1] < train_loss[best]:
        text = f"validation loss has risen from {val_loss[best]:.3g} at {unit} {both[best]} to {val_loss[-1]:.3g}"
        yield Alert("overfits", int(both[best]), f"{text}, while training loss falls", VAL_LOSS)


def _since(true: Array) -> int | None:
    """Where the stretch begins in which it is true to the end; None where it is not at the end."""
    if not len(true) or not true[-1]:
        return None
    false = np.flatnonzero(~true)
    return int(false[-1]) + 1 if len(false) else 0


def _words(name: str) -> str:
    return f"validation {shown(name.removeprefix('val_'))}" if name.startswith("val_") else shown(name)
