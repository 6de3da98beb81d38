"""What was counted of samples taken whole, epoch by epoch: lists of numbers that each stand for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Tally, TallyRows, counted_ks

from .tally_scanner import TallyScanner, check_width, classes_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Column = Literal["top_k", "exact_matches", "ranking_sums"]
COLUMNS: tuple[Column, ...] = ("top_k", "exact_matches", "ranking_sums")


def shape_of(column: Column, output: Output) -> tuple[int, int]:
    """How many lists an epoch has, and how long each is."""
    if column == "top_k":
        classes = classes_of(output)
        return classes, len(counted_ks(classes))
    return 1, len(output.thresholds) + 1 if column == "exact_matches" else 3


def scanned(scanner: TallyScanner, column: Column, split: str, output: Output, slots: Ints) -> Floats:
    """float64 [slots, lists, numbers], read from the parts each time; NaN where there are none."""
    found = np.full((len(slots), *shape_of(column, output)), np.nan)
    places = {slot: place for place, slot in enumerate(slots.tolist())}

    def take(rows: TallyRows, stated: Output, at: Ints) -> None:
        if (rows.split, rows.output) != (split, output.name):
            return
        there, lists = rows.lists(column)
        there &= at >= 0
        if column != "top_k":
            there &= rows.label == 0
        if there.any():
            _check(column, lists.shape[1], rows.label[there], stated)
            found[[places[slot] for slot in at[there].tolist()], rows.label[there]] = lists[there]

    scanner.scan(column, list(places), rows_columns(column), take)
    return found


def of_tallies(tallies: Sequence[Tally | None], column: Column, output: Output) -> Floats:
    """The same of tallies that were read already."""
    found = np.full((len(tallies), *shape_of(column, output)), np.nan)
    for place, tally in enumerate(tallies):
        values = None if tally is None else getattr(tally, column)
        if values is not None:
            found[place] = values
    return found


def rows_columns(column: Column) -> tuple[str, ...]:
    """What is read of a row."""
    return ("attempt", "epoch", "split", "output", "label", column)


def check_whole(tally: Tally, output: Output) -> None:
    """Raises RunFormatError where lists of a tally are not as long as the manifest says."""
    for column in COLUMNS:
        values = getattr(tally, column)
        if values is not None:
            _check(column, values.shape[-1], np.arange(len(tally.histogram)), output)


def _check(column: Column, received: int, labels: Ints, output: Output) -> None:
    check_width(column, received=received, expected=shape_of(column, output)[1], labels=labels, output=output)
