"""Finding and reading the rows of epochs in the parts of a run, wherever they stand at the moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .additions import read_manifest
from .door import check_folder
from .errors import RunFormatError
from .footers import check_footer
from .layout import EPOCHS_IN_A_PART, PENDING, Part, all_parts, pending_path
from .ledger import Ledger
from .parquet_footer import Footer
from .part_files import Check, Range, read_part, scan_part
from .parts import split_epochs
from .schema import Output

Key = tuple[int, int]  # attempt, epoch
FEW = 2  # epochs that are looked for one by one: the newest, or the one in the picture


class PartReader:
    """Finds and reads the rows of given epochs, as many as the lines say.

    A part may be merged between the look and the reading; then the look is taken again. A part that is broken does no
    harm where another one has its rows: for a while after a merge there are two.

    Args:
        folder: the run.
        outputs: those of the manifest, where somebody has read them already.
    """

    def __init__(self, folder: Path, outputs: Callable[[], Sequence[Output]] | None = None) -> None:
        self._folder = folder
        self._ledger = Ledger(folder)
        self._outputs = outputs or self._read_outputs

    def read(self, kind: str, keys: Collection[Key], *, faults: list[str] | None = None) -> Iterator[tuple[Key, Any]]:
        """The rows of each wanted (attempt, epoch) that has any, once each, in the order of the files.

        Args:
            kind: "tallies", "samples" or "observed".
            keys: (attempt, epoch) of the wanted epochs.
            faults: takes a sentence for each part that cannot be read, which is then passed over.

        Raises:
            RunFormatError: A part is broken and `faults` is None; what was yielded before stands.
        """
        wanted = self._with_rows(kind, keys)

        def tables(part: Part, check: Check) -> list[Any]:
            return [read_part(part.path, kind, span_in(part, wanted), check=check)]

        for table in self._tables(kind, wanted, faults, tables):
            for key, rows in split_epochs(table):
                if key in wanted:
                    wanted.discard(key)
                    if self._whole(kind, key, len(rows), faults):
                        yield key, rows

    def scan(
        self, kind: str, keys: Collection[Key], *, columns: Sequence[str], faults: list[str] | None = None
    ) -> Iterator[Any]:
        """Tables of some columns that together hold every row of the wanted keys, among others.

        The rows of an epoch may stand in several tables, and twice where it is merged at this moment: for a taker
        that puts each row where it belongs.

        Args:
            kind: as in `read`.
            keys: as in `read`.
            columns: names, `attempt` and `epoch` among them.
            faults: as in `read`.
        """
        wanted, met = self._with_rows(kind, keys), Counter[Key]()
        asked = frozenset(wanted)

        def tables(part: Part, check: Check) -> Iterator[Any]:
            return scan_part(part.path, kind, span_in(part, wanted), columns=columns, check=check)

        for table in self._tables(kind, wanted, faults, tables):
            for key, rows in split_epochs(table):
                wanted.discard(key)
                met[key] += len(rows)
            yield table
        for key in asked & met.keys():
            # Twice as many where it was met twice.
            self._whole(kind, key, met[key], faults, least=True)

    def promised(self, kind: str, key: Key) -> int:
        """How many rows of an (attempt, epoch) there are, as the lines say."""
        return self._ledger.rows(kind, *key)

    def _with_rows(self, kind: str, keys: Collection[Key]) -> set[Key]:
        """Those of the keys that have rows, as the lines say."""
        return {(attempt, epoch) for attempt, epoch in keys if self._ledger.rows(kind, attempt, epoch)}

    def _whole(self, kind: str, key: Key, rows: int, faults: list[str] | None, *, least: bool = False) -> bool:
        """Whether an epoch has as many rows as its line says, or at least as many."""
        stated = self._ledger.rows(kind, *key)
        if rows == stated or (least and rows > stated):
            return True
        _tell(RunFormatError(f"epoch {key[1]} must have {stated} rows of {kind}. Received: {rows}"), faults)
        return False

    def _tables(
        self, kind: str, wanted: set[Key], faults: list[str] | None, read: Callable[[Part, Check], Iterable[Any]]
    ) -> Iterator[Any]:
        """What `read` makes of each part that may hold wanted keys; the caller takes out of `wanted` what it met."""
        broken: dict[str, tuple[Part, RunFormatError]] = {}
        first = len(wanted) <= FEW
        for look in self._looks(kind, wanted):
            vanished = False
            try:
                for part in look():
                    try:
                        yield from read(part, self._check_of(part)) if may_hold(part, wanted) else ()
                    except FileNotFoundError:
                        vanished = True
                    except RunFormatError as error:
                        broken[part.path.name] = part, error
            except FileNotFoundError:
                vanished = True  # the folder, of a run that somebody copied without it
            except RunFormatError as error:
                _tell(error, faults)
                return
            if not vanished and not (broken and first):
                break
            first = False
        for part, fault in broken.values():
            if may_hold(part, wanted):
                _tell(fault, faults)

    def _looks(self, kind: str, wanted: set[Key]) -> Iterator[Callable[[], list[Part]]]:
        if 0 < len(wanted) <= FEW:  # in pending, most likely: no need to list folders
            yield partial(self._expected, kind, wanted)
        for _ in range(3):
            if wanted:
                yield partial(all_parts, self._folder, kind)

    def _expected(self, kind: str, wanted: set[Key]) -> list[Part]:
        """The pending parts of some epochs, there or not."""
        check_folder(self._folder / PENDING)
        places = ((*key, pending_path(self._folder, kind, *key)) for key in sorted(wanted))
        return [Part(kind, attempt, epoch, epoch, path) for attempt, epoch, path in places]

    def _check_of(self, part: Part) -> Check:
        def check(footer: Footer, size: int) -> None:
            self._ledger.check(part, footer.rows)
            check_footer(part.kind, footer, size, self._outputs)

        return check

    def _read_outputs(self) -> Sequence[Output]:
        return read_manifest(self._folder).outputs


def _tell(error: RunFormatError, faults: list[str] | None) -> None:
    if faults is None:
        raise error
    faults.append(str(error))


def span_in(part: Part, wanted: Collection[Key]) -> Range | None:
    """First and last of the wanted epochs in a part; None where these are many."""
    if len(wanted) > EPOCHS_IN_A_PART:
        return None
    epochs = [epoch for attempt, epoch in wanted if attempt == part.attempt and part.first <= epoch <= part.last]
    return min(epochs), max(epochs)


def may_hold(part: Part, wanted: Collection[Key]) -> bool:
    """Whether some of the wanted epochs may be in a part."""
    if part.last - part.first < len(wanted):
        return any((part.attempt, epoch) in wanted for epoch in range(part.first, part.last + 1))
    return any(attempt == part.attempt and part.first <= epoch <= part.last for attempt, epoch in wanted)
