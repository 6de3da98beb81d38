"""Bringing an index up to date: what differs is read anew, all else stays."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.runfile import is_run

from ..reading.find import run_paths
from .engines import check_engine, read_runs
from .known import OWN
from .rows import DOUBTFUL, Tables, stamp_of_files
from .some_runs import by_month, joined, only, without
from .store import RUNS_IN_A_SHARD, Shard, Store

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was done.

    Args:
        runs: in the index.
        read: how many of them were read anew.
        gone: how many were in it that are no longer there.
        ignored: why the index that was there before was not used; "" where it was, or there was none.
    """

    runs: int
    read: int
    gone: int
    ignored: str = ""


def runs_below(folder: Path) -> dict[str, str]:
    """What the files of each run at or below a folder look like, by the run's path below it.

    A run whose path is no text is left out.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"a folder of runs must exist. Received: {folder}")
    root = str(folder.absolute())
    keys = {path: _key(path, root) for path in run_paths(folder)}
    return {key: stamp_of_files(path) for path, key in keys.items() if _is_text(key)}


def _key(path: str, root: str) -> str:
    """Where a run is below a folder, with slashes; of a folder that is a part of a run, the run."""
    inside = path.removeprefix(root.rstrip(os.sep) + os.sep)
    return OWN if inside == path else inside.replace(os.sep, "/")


def refresh(folder: Path, *, engine: str = "", progress: Progress | None = None) -> Refreshed:
    """Makes or refreshes the index of a folder of runs.

    Args:
        folder: of runs, at any level.
        engine: where the runs are read, as `read_runs` has it.
        progress: is called with how many runs are read, and of how many.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: It is a run.
        OSError: The index cannot be written.
    """
    if is_run(folder.absolute()) or is_run(folder.absolute().parent):
        raise ValueError(f"an index is of a folder of runs, not of one run. Received: {folder}")
    check_engine(engine)
    store, stamps = Store(folder), runs_below(folder)
    with store.alone():
        known = known_of(store, stamps)
        writing = _Writing(store, known)
        for tables in reading(folder, known.stale, engine, progress):
            writing.take(tables)
        if known.changed or known.ignored or not known.there:
            store.commit(writing.finished())
    return Refreshed(len(stamps), len(known.stale), len(known.gone), known.ignored)


@dataclass(frozen=True, slots=True)
class Known:
    """What an index holds, held against what there is.

    Args:
        there: whether there is an index at all.
        ignored: why it is not used; "" where it is.
        shards: the runs of each shard.
        stale: runs that are to be read.
        new: how many of these are new, or look different from outside; the others had something wrong with them.
        gone: runs that are no longer there.
    """

    there: bool
    ignored: str
    shards: Mapping[Shard, frozenset[str]]
    stale: Sequence[str]
    new: int
    gone: frozenset[str]

    @property
    def changed(self) -> frozenset[str]:
        """Runs of which the index must not be believed."""
        return self.gone.union(self.stale)


def known_of(store: Store, stamps: Mapping[str, str]) -> Known:
    """What the index of a folder is worth, given what the files of its runs look like now."""
    shards: dict[Shard, frozenset[str]] = {}
    known: dict[str, str] = {}
    try:
        catalog = store.catalog()
        for shard in catalog.shards if catalog is not None else ():
            table = store.read(shard, "runs", ["run", "stamp"])
            kept = dict(zip(table["run"].to_pylist(), table["stamp"].to_pylist(), strict=True))
            shards[shard] = frozenset(kept)
            known |= kept
    except ValueError as error:
        return Known(True, str(error), {}, list(stamps), len(stamps), frozenset())
    stale = [run for run, stamp in stamps.items() if known.get(run) != stamp]
    new = sum(known.get(run) != f"{DOUBTFUL}{stamps[run]}" for run in stale)
    return Known(catalog is not None, "", shards, stale, new, frozenset(known).difference(stamps))


def reading(folder: Path, runs: Sequence[str], engine: str, progress: Progress | None) -> Iterator[Tables]:
    """The rows of runs, some at a time."""
    done = 0
    for tables in read_runs(str(folder.absolute()), runs, engine):
        yield tables
        done += len(tables["runs"])
        if progress is not None:
            progress(done, len(runs))


class _Writing:
    """New shards: full ones as soon as there are enough runs of a month, so that few are in memory.

    Args:
        store: where they go.
        known: what is there; shards without a run that changed stay as they are.
    """

    def __init__(self, store: Store, known: Known) -> None:
        self._store, self._changed = store, known.changed
        self._kept = [shard for shard, runs in known.shards.items() if self._changed.isdisjoint(runs)]
        self._left = [shard for shard, runs in known.shards.items() if not self._changed.isdisjoint(runs)]
        self._waiting: dict[str, list[Tables]] = defaultdict(list)

    def take(self, tables: Tables) -> None:
        """Takes rows of runs that are in no shard that is kept."""
        months = by_month(tables)
        for month, own in months.items():
            self._waiting[month].append(own)
            if sum(len(one["runs"]) for one in self._waiting[month]) >= RUNS_IN_A_SHARD:
                self._write(month, whole=False)

    def finished(self) -> list[Shard]:
        """All shards that count from now on."""
        for shard in self._left:
            self.take(without(self._store.tables(shard), self._changed))
        for month in list(self._waiting):
            small = [shard for shard in self._kept if shard.month == month and shard.runs < RUNS_IN_A_SHARD]
            if self._waiting[month]:
                self._waiting[month] += [self._store.tables(shard) for shard in small]
                self._kept = [shard for shard in self._kept if shard not in small]
                self._write(month, whole=True)
        return self._kept

    def _write(self, month: str, *, whole: bool) -> None:
        """Writes full shards of a month, and the rest where that is all there is."""
        tables = joined(self._waiting[month])
        runs = tables["runs"]["run"].to_pylist()
        for start in range(0, len(runs), RUNS_IN_A_SHARD):
            some = frozenset(runs[start : start + RUNS_IN_A_SHARD])
            own = only(tables, some)
            if len(some) < RUNS_IN_A_SHARD and not whole:
                self._waiting[month] = [own]
                return
            self._kept.append(self._store.write(month, own))
        self._waiting[month] = []


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
