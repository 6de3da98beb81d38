"""From rows of Parquet to slots, checked against the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, PartReader, RunFormatError, Tally, TallyRows, kind_of, tallies_of, tally_rows

from ..points import span
from .gaps import Gaps
from .index import EpochIndex, Key
from .run_lines import RunLines

Ints = npt.NDArray[np.int64]
Take = Callable[[TallyRows, Output, Ints], None]
T = TypeVar("T")
READERS: dict[Path, Callable[[], PartReader]] = {}  # by folder: of copies, whose parts are fetched first


class TallyScanner:
    """Reads the tallies of many epochs, some columns of them.

    Args:
        folder: the run.
        lines: of the run.
        outputs: those of the manifest, as far as it states them.
        gaps: takes what is not there, or cannot be read.

    Attributes:
        reader: of the parts; it remembers what the lines say of them.
    """

    def __init__(self, folder: Path, lines: RunLines, outputs: Callable[[], list[Output]], gaps: Gaps) -> None:
        self._lines, self.outputs = lines, outputs
        self.reader, self._gaps = READERS.get(folder.absolute(), lambda: PartReader(folder))(), gaps

    @property
    def index(self) -> EpochIndex:
        """Which slot holds which epoch."""
        return self._lines.index

    def scan(self, reader: str, slots: Sequence[int], columns: Sequence[str], take: Take) -> None:
        """Calls `take` with rows of one output and split, and the slot of each: -1 where it is not wanted.

        What is missing or broken, such as rows that `take` refuses, is a gap of the `reader`, to be read again when
        there is something new.
        """
        keys, outputs = self.index.keys(slots), self._outputs_by_name()
        met: set[Key] = set()
        broken: dict[int, str] = {}
        faults: list[str] = []
        for table in readable(self.reader.scan("tallies", keys, columns=columns, faults=faults), faults):
            for rows in tally_rows(table):
                epochs = rows.epoch.tolist()
                of_rows = list(zip(rows.attempt.tolist(), epochs, strict=True))
                places = [keys.get(key, -1) for key in of_rows]
                met.update(of_rows)
                with _sentences(broken, places, span(self._gaps.unit(), epochs[0], epochs[-1])):
                    take(rows, stated(rows.output, outputs), np.array(places))
        self._gaps.settle(reader, "tallies", keys, met & keys.keys(), broken=broken, faults=faults)

    def tallies(self, slots: Sequence[int], check: Callable[[Tally, Output], None]) -> dict[int, list[Tally]]:
        """The tallies of some slots that pass the check, which raises RunFormatError; none of a slot without."""
        outputs, keys = self._outputs_by_name(), self.index.keys(slots)
        found: dict[int, list[Tally]] = {slot: [] for slot in slots}
        met: set[Key] = set()
        broken: dict[int, str] = {}
        faults: list[str] = []
        for key, rows in readable(self.reader.read("tallies", keys, faults=faults), faults):
            slot = keys[key]
            met.add(key)
            with _sentences(broken, [slot], span(self._gaps.unit(), key[1], key[1])):
                for tally in tallies_of(rows):
                    check(tally, stated(tally.output, outputs))
                    found[slot].append(tally)
        self._gaps.settle("epoch", "tallies", keys, met, broken=broken, faults=faults)
        return found

    def _outputs_by_name(self) -> dict[str, Output]:
        return {output.name: output for output in self.outputs()}


def readable(found: Iterable[T], faults: list[str]) -> Iterator[T]:
    """What a reader of parts finds, up to where it cannot go on; a sentence for that.

    Such as a folder of parts that is none, or that a disk does not give.
    """
    try:
        yield from found
    except (OSError, RunFormatError) as error:
        faults.append(str(error))


@contextmanager
def _sentences(broken: dict[int, str], slots: Iterable[int], which: str) -> Iterator[None]:
    """What makes no sense is told of the slots that it is of."""
    try:
        yield
    except (ValueError, TypeError) as error:  # not what the format says: nulls, lists of another length
        broken.update(dict.fromkeys((slot for slot in slots if slot >= 0), f"{which}: {error}"))


def classes_of(output: Output) -> int:
    """How many histograms an epoch has of an output."""
    return kind_of(output).scores(len(output.classes))


def stated(name: str, outputs: dict[str, Output]) -> Output:
    """The output of that name; raises RunFormatError where the manifest has none."""
    if name not in outputs:
        raise RunFormatError(f"an output with counts must be in the manifest. Received: {name!r}")
    return outputs[name]


def check_width(what: str, *, received: int, expected: int, labels: Ints, output: Output) -> None:
    """Raises RunFormatError where rows have other bins or classes than the manifest says."""
    classes = classes_of(output)
    if received != expected or not ((labels >= 0) & (labels < classes)).all():
        raise RunFormatError(
            f"{what} must have {expected} numbers for each of {classes} classes, as the manifest says. "
            f"Received: {received} for classes {labels.min()} to {labels.max()} of {output.name!r}"
        )
