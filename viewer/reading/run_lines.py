"""The lines of a run: which of them count, and what they say."""

from __future__ import annotations

from pathlib import Path

from recorder.runfile import LINES, Additions, AddLine, EpochLine, RunFormatError, Tail, decode_line

from .index import EpochIndex
from .line_columns import LineColumns
from .lines import NEAR_THE_END, decode, last_lines


class RunLines:
    """What `epochs.jsonl` and additions say so far. To read it costs its bytes; they are decoded when somebody asks.

    Args:
        folder: the run.
        faults: takes a sentence for each line that cannot be read.
    """

    def __init__(self, folder: Path, faults: list[str]) -> None:
        self._tail, self._faults = Tail(folder / LINES), faults
        self._additions = Additions(folder)
        self._added: list[AddLine] = []  # to points that are not there yet, or not decoded
        self._news = False  # whether there is anything since the last `take`
        self._waiting: list[bytes] = []
        self._index = EpochIndex()
        self._columns = LineColumns(self._index, faults)

    def refresh(self) -> bool:
        """Reads what was appended; True if there was anything. Raises as `Tail.read`."""
        text = self._tail.read()
        if text:
            self._waiting.append(text)
        added = self._additions.read(self._faults)
        self._added += added
        self._news |= bool(text or added)
        return bool(text or added)

    @property
    def index(self) -> EpochIndex:
        """Which slot holds which epoch."""
        self.take()
        return self._index

    @property
    def columns(self) -> LineColumns:
        """Logs, durations and counts over slots."""
        self.take()
        return self._columns

    def newest(self) -> EpochLine | None:
        """The line of the last epoch, where it is known before all lines are decoded; None where it is not.

        Epochs of one attempt increase, so that in a first attempt the last one written is the last one there is.
        """
        if len(self._index) or len(self._waiting) != 1 or self._added:
            return None
        for raw in reversed(last_lines(self._waiting[0], NEAR_THE_END)):
            try:
                line = decode_line(raw)
            except RunFormatError:
                return None
            if isinstance(line, EpochLine):
                return line if line.attempt == 0 else None
        return None

    def take(self) -> None:
        """Decodes what waits: of epochs only their heads."""
        if not self._news:
            return
        waiting, self._waiting, self._news = self._waiting, [], False
        for text in waiting:
            decoded = decode(text)
            self._faults += decoded.faults
            self._index.add(decoded)
        self._added = self._index.attach(self._added)
