"""Where the runs of an index are read: in this process, or on the workers of a cluster that sees the same folder.

Runs are independent of each other: chunks of them are mapped, and one process writes what comes back. Of the engines
that a laboratory may have, this is for Dask: it is plain Python that installs beside everything else here, its workers
are processes of one's own, it starts under Slurm, PBS, Kubernetes or SSH by launchers of its own, and a task is any
function, so that nothing was written anew for it. Ray would do the same beside daemons and an object store of its own,
which a few kilobytes a run do not need; Spark wants a JVM on each machine, and is made for rows, not for files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from .rows import Tables, tables_of

T = TypeVar("T")
Mapped = Callable[[Callable[[T], Tables], Sequence[T]], Iterator[Tables]]
SCHEME = "dask://"
CHUNK = 250  # runs that are read together: a quarter of a second's work, and some 100 KB of rows


def read_runs(root: str, runs: Sequence[str], engine: str = "") -> Iterator[Tables]:
    """The rows of runs, some runs at a time, in no order.

    Args:
        root: the folder of runs.
        runs: their paths below it.
        engine: "" for this process, `dask://host:port` for a scheduler, `dask://` for as many workers on this machine
            as it has cores.
    """
    chunks = [runs[start : start + CHUNK] for start in range(0, len(runs), CHUNK)]
    work = partial(tables_of, root)
    if not engine:
        yield from map(work, chunks)
        return
    with _cluster(engine) as client:
        from ..needs.distributed import as_completed

        futures = client.map(work, chunks, pure=False)
        for future in as_completed(futures):
            yield future.result()
            future.release()


def check_engine(engine: str) -> None:
    """Raises ValueError where there is no such engine, and ModuleNotFoundError where it is not installed."""
    if engine and not engine.startswith(SCHEME):
        raise ValueError(f"--engine must be dask://HOST:PORT, or dask:// for this machine. Received: {engine!r}")
    if engine:
        from ..needs import distributed  # noqa: F401 - said before anything is written


@contextmanager
def _cluster(engine: str) -> Iterator[Any]:
    from ..needs.distributed import Client

    address = engine.removeprefix(SCHEME)
    place = {"address": f"tcp://{address}"} if address else {"threads_per_worker": 1, "dashboard_address": None}
    with Client(**place) as client:
        yield client
