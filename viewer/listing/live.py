"""A table of all runs of a folder that keeps up with the disk, and computes what somebody looks at first."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Unpack

from ..formulas.query import Where
from ..run import Run, UnreadableRun, reason_of
from .answer import Question, answer, names_of
from .asked import Asked, rest
from .column import Column, parse_column
from .folder_rows import FolderRows
from .indexed_rows import IndexedRows
from .names import Names, names
from .row import AnyRun, Row, Stamp, stamp_of_run

OPEN = 64  # runs that are kept open
AGAIN = 2.0  # seconds after which it is asked again whether a run still runs
PROBLEMS = 10.0  # and after which a run with a problem is read again


class LiveRuns:
    """Rows of all runs, and answers to questions about them.

    It does one small piece of work with each `step`, what is on screen first, so that a thread can call it for as long
    as there is something to do. What others read of it (answers, rows) is replaced, never changed.

    Args:
        folder: a folder of runs, or a run; it may not exist yet.
        split: of formulas that name none; None for validation where there is any.
        clock: seconds that only grow.
        where: of formulas that do not say otherwise.

    Attributes:
        version: another number whenever something is known that was not.
        wanted: set by whoever asks something else, for a thread that waits for work.
        names: what can be asked of the runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        split: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        **where: Unpack[Where],
    ) -> None:
        self._folder, self._split, self._where, self._clock = FolderRows(folder, clock), split, where, clock
        self.version = 0
        self.wanted = threading.Event()
        self.names = Names()
        self._indexed: IndexedRows | None = None
        self._columns: dict[str, Column] = {}
        self._asked: tuple[Asked, ...] = ()
        self._open: OrderedDict[Path, tuple[Stamp, AnyRun]] = OrderedDict()
        self._backlog: deque[Row] = deque()
        self._needed: frozenset[str] = frozenset()
        self._stale: set[str] = set()
        self._turn = self._taken = False
        self._names_due = 0.0

    @property
    def rows(self) -> Sequence[Row]:
        """All of them, the oldest first."""
        return list(self._folder.rows.values())

    @property
    def waiting(self) -> str:
        """Why there is no run, in a sentence; "" where there are some."""
        return self._folder.waiting

    @property
    def unread(self) -> int:
        """How many runs are still to be read for what is asked."""
        return len(self._backlog)

    def ask(self) -> Asked:
        """Somebody who asks from now on."""
        asked = Asked()
        self._asked = (*self._asked, asked)
        return asked

    def leave(self, asked: Asked) -> None:
        """Somebody asks no longer."""
        self._asked = tuple(one for one in self._asked if one is not asked)

    def column(self, text: str) -> Column:
        """A column; raises ValueError where it is malformed."""
        if text not in self._columns:
            self._columns[text] = parse_column(text, self._split, **self._where)
        return self._columns[text]

    def forget(self) -> None:
        """Formulas mean something else from now on."""
        self._columns = {}
        for row in self.rows:
            row.forget()
        self._fill()
        self.version += 1

    def step(self) -> bool:
        """Does one piece of work; False where there is none."""
        if not self._asked:
            return False
        return self._look() or self._name() or self._answer() or self._read() or self._answer(rest=True)

    def settle(self) -> None:
        """Works until all that is asked is known."""
        while self.step():
            pass

    def _look(self) -> bool:
        before = self._folder.version
        changed = self._folder.look()
        if changed is None:
            return False
        now = self._clock()
        if self._indexed is None and changed:
            self._indexed = IndexedRows(self._folder.folder)
            self._indexed.take(changed, {row.key: stamp_of_run(row.path) for row in changed}, now)
            changed, self._taken = [row for row in changed if not row.read], True
        self._stale = {row.key for row in changed} | {row.key for row in self.rows if _again(row, now)}
        if self._indexed is not None:
            self._indexed.drop(self._stale)
        if self._stale or self._folder.version != before:
            self._fill()
        self.version += self._folder.version != before
        return True

    def _name(self) -> bool:
        """Learns the names of what the runs have that were read meanwhile."""
        start = self._clock()
        if not self._taken or (start < self._names_due and self._backlog):
            return False
        self._taken, found = False, names(self.rows)
        if found != self.names:
            self.names, self.version = found, self.version + 1
        end = self._clock()
        self._names_due = end + rest(end - start)
        return True

    def _fill(self) -> None:
        """Notes what is to be read, the newest runs first."""
        self._needed = frozenset(name for asked in self._asked for name in self._names(asked.question))
        if self._indexed is not None:
            self._indexed.ask(self.rows, map(self.column, self._needed))
        self._backlog = deque(row for row in reversed(self.rows) if self._lacks(row, self._needed))

    def _names(self, question: Question) -> Iterator[str]:
        """The columns that decide on the order, as far as they make sense."""
        try:
            names = names_of(question)
        except ValueError:
            names = [question.sort, question.group]
        yield from (name for name in names if name and self._makes_sense(name))

    def _makes_sense(self, text: str) -> bool:
        try:
            self.column(text)
        except ValueError:
            return False
        return True

    def _answer(self, *, rest: bool = False) -> bool:
        """Answers who is due; while there is nothing else to do, whoever has not the newest answer."""
        for asked in self._asked:
            start = self._clock()
            if asked.is_due(self.version, math.inf if rest else start):
                question, version = asked.question, self.version
                found = answer(self.rows, question, self.column, time.time())
                end = self._clock()
                asked.take(question, found, version, now=end, took=end - start)
                if any(name not in self._needed for name in self._names(question)):
                    self._fill()
                return True
        return False

    def _read(self) -> bool:
        """Reads for one run: values on screen first, then by turns curves on screen and what decides on the order."""
        self._turn = not self._turn
        ways: list[Callable[[], bool]] = [self._read_curves, self._read_backlog]
        return self._read_visible() or any(way() for way in (ways if self._turn else reversed(ways)))

    def _read_visible(self) -> bool:
        for asked in self._asked:
            for row in asked.rows:
                texts = [text for text in asked.answered.columns if self._makes_sense(text)]
                if self._lacks(row, texts):
                    return self._values(row, texts)
        return False

    def _read_curves(self) -> bool:
        for asked in self._asked:
            for row in asked.rows if asked.curves else ():
                columns = [self.column(text) for text in asked.answered.columns if self._makes_sense(text)]
                lacking = [one for one in columns if one.over is not None and not row.shows(one.text)]
                if lacking:
                    row.draw(self._run(row, stamp_of_run(row.path)), lacking[:1])
                    self.version += 1
                    return True
        return False

    def _read_backlog(self) -> bool:
        while self._backlog:
            row = self._backlog.popleft()
            if self._lacks(row, self._needed):
                return self._values(row, list(self._needed))
        return False

    def _lacks(self, row: Row, texts: Sequence[str] | frozenset[str]) -> bool:
        return row.key in self._stale or not all(map(row.knows, texts)) or not row.read

    def _values(self, row: Row, texts: Sequence[str]) -> bool:
        """Reads a run anew where it has changed, and what it lacks otherwise."""
        stamp = stamp_of_run(row.path)
        run = self._run(row, stamp)
        if row.key in self._stale or not row.read:
            self._stale.discard(row.key)
            wanted = {text for asked in self._asked for text in asked.answered.columns}
            known = [text for text in row.values if text in wanted]
            self._take(row, run, stamp, dict.fromkeys([*texts, *known, *self._needed]))
        else:
            row.ask(run, [self.column(text) for text in texts if not row.knows(text)])
        self.version += 1
        return True

    def _take(self, row: Row, run: AnyRun, stamp: Stamp, texts: Iterable[str]) -> None:
        try:
            row.take(run, stamp, map(self.column, texts))
        except Exception as error:  # noqa: BLE001 - a broken run is a row that says so, and the others go on
            row.take(UnreadableRun(row.path, f"{type(error).__name__}: {error}"), stamp, ())
        row.checked, self._taken = self._clock(), True

    def _run(self, row: Row, stamp: Stamp) -> AnyRun:
        """The run, opened, with what its files say by now."""
        before = self._open.pop(row.path, None)
        run = _opened(row.path) if before is None else before[1]
        if before is not None and before[0] != stamp:
            run = run if isinstance(run, Run) and _grown(before[0], stamp) else _opened(row.path)
        if isinstance(run, Run) and before is not None:
            run.refresh()
        self._open[row.path] = stamp, run
        while len(self._open) > OPEN:
            self._open.popitem(last=False)
        return run


def _again(row: Row, now: float) -> bool:
    """Whether a run is to be read again although its files have not changed."""
    since = now - row.checked
    running = row.fields.get("status") == "running" and since > AGAIN
    return row.read and (running or (bool(row.fields.get("problem")) and since > PROBLEMS))


def _grown(before: Stamp, now: Stamp) -> bool:
    """Whether files are the same, with something appended."""
    pairs = [(old, new) for old, new in zip(before, now, strict=True) if old is not None]
    return all(new is not None and new[2] == old[2] and new[0] >= old[0] for old, new in pairs)


def _opened(path: Path) -> AnyRun:
    try:
        return Run(path)
    except (OSError, ValueError) as error:
        return UnreadableRun(path, reason_of(error))
