"""Runs in object storage: a copy on this machine, kept in step with them, that all else reads as it reads any run.

Manifests, lines and what was added are fetched at each look; parts when somebody asks for what they hold, of large ones
the ranges with that, and from then on as they come. Nothing here writes to the storage.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from recorder.mirror.address import RemoteError, checked_address, local_path
from recorder.mirror.place import Found, Place
from recorder.runfile import MANIFEST
from recorder.runfile.names import path_part

from ..needs import told
from .fetching_reader import FetchingReader
from .naming import SeveralRunsError, run_named
from .remote_run import MARK, CachedRun
from .slow import said_if_slow
from .tally_scanner import READERS

VARIABLE = "EPOCHREEL_CACHE"
DEEPEST = 3  # folders from an address to a run below it
POLL, SHARE = 2.0, 0.1  # seconds between two looks; a look takes at most this share of the time
AT_ONCE = 16  # runs that are fetched at the same time
_known: dict[str, RemoteRuns] = {}  # of this process, by address


class RemoteRuns:
    """The runs at or below an address.

    Args:
        url: as `checked_address` gives it.

    Attributes:
        folder: of the copy; where the address is that of a run, it is one.
        runs: by folder.
    """

    def __init__(self, url: str) -> None:
        self.url, self.folder = url, local_path(_cache(url), url)
        self.runs: dict[Path, CachedRun] = {}
        self._place: Place | None = None
        self._lock = threading.Lock()

    def sync(self, *, whole: bool = False) -> None:
        """Takes in what is new.

        Args:
            whole: all parts too.

        Raises:
            RemoteError: The storage could not be asked.
            ValueError, ModuleNotFoundError: as `Place`.
        """
        with self._lock:
            if self._place is None:
                self._place = Place(self.url, to_read=True)
            listed = self._place.listed()
            found = _by_run(listed)
            runs = {self._local(prefix): (prefix, objects) for prefix, objects in found.items()}
            for gone in _copies(self.folder) - runs.keys():
                shutil.rmtree(gone, ignore_errors=True)
                self.runs.pop(gone, None)
            for folder, (prefix, _) in runs.items():
                if folder not in self.runs:
                    self._take(CachedRun(folder, self._place.within(prefix) if prefix else self._place))
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="epochreel-fetch") as pool:
                jobs = [pool.submit(self.runs[folder].sync, objects, whole) for folder, (_, objects) in runs.items()]
            for job in jobs:
                job.result()

    def offline(self) -> bool:
        """Shows what was fetched earlier; whether there is anything."""
        for folder in _copies(self.folder) - self.runs.keys():
            self._take(CachedRun(folder, None))
        return bool(self.runs)

    def _take(self, run: CachedRun) -> None:
        self.runs[run.folder] = run
        READERS[run.folder] = partial(FetchingReader, run)

    def _local(self, prefix: str) -> Path:
        return self.folder.joinpath(*(path_part(part) for part in prefix.split("/") if part))


def local_of(path: str | os.PathLike[str], *, whole: bool = False, named: bool = False) -> Path:
    """The folder to read in place of an address: the copy of what is there, in step.

    Args:
        path: the address.
        whole: all parts too, for those who read files and ask nobody.
        named: where there is no run, its end may be a run's name, or a part of it, in what is above.

    Raises:
        FileNotFoundError: It is the name of several runs.
        RemoteError: The storage cannot be asked, and nothing was fetched earlier.
        ValueError, ModuleNotFoundError: as `Place`.
    """
    url = checked_address(path)
    remote = _remote(url)
    _in_step(remote, whole=whole)
    above, _, name = url.rpartition("/")
    if named and not remote.runs and above.partition("://")[2].strip("/"):
        parent = _remote(above)
        try:
            _in_step(parent, whole=False)
            found = run_named(name, sorted(parent.runs, key=lambda run: run.name))
        except SeveralRunsError:
            raise
        except (FileNotFoundError, RemoteError):
            pass  # no such run
        else:
            if whole:
                parent.runs[found].fetch_all()
                _tell_of(parent.runs[found])
            return found
    remote.folder.mkdir(parents=True, exist_ok=True)
    return remote.folder


@contextmanager
def kept_in_step(folder: Path) -> Iterator[None]:
    """While it lasts, a thread looks for what is new where a folder is a copy: every two seconds, where it can."""
    remotes = [one for one in _known.values() if folder.absolute() == one.folder or folder.absolute() in one.runs]
    closing = threading.Event()
    thread = threading.Thread(target=_keep, args=(remotes, closing), daemon=True, name="epochreel-poll")
    if remotes:
        thread.start()
    try:
        yield
    finally:
        closing.set()


def _keep(remotes: list[RemoteRuns], closing: threading.Event) -> None:
    took, lost = 0.0, set[str]()
    while not closing.wait(max(POLL, took / SHARE)):
        began = time.monotonic()
        for remote in remotes:
            try:
                remote.sync()
                lost.discard(remote.url)
            except OSError as error:  # the next look may find it
                if remote.url not in lost:
                    warnings.warn(f"{error}. What is shown stays as it is until then.", RuntimeWarning, stacklevel=2)
                lost.add(remote.url)
        took = time.monotonic() - began


def _in_step(remote: RemoteRuns, *, whole: bool) -> None:
    try:
        with said_if_slow(f"{remote.url} is still being asked what is new"):
            remote.sync(whole=whole)
        for run in remote.runs.values():
            _tell_of(run)
    except RemoteError as error:
        if not remote.offline():
            raise
        warnings.warn(f"{error}. What is shown was fetched earlier.", RuntimeWarning, stacklevel=2)


def _tell_of(run: CachedRun) -> None:
    if run.faults:
        first, many = next(iter(run.faults.values())), len(run.faults)
        more = f" (and {many - 1:,} more)" if many > 1 else ""
        warnings.warn(f"{run.folder.name} is not here as a whole: {first}{more}", RuntimeWarning, stacklevel=2)


def _remote(url: str) -> RemoteRuns:
    if url not in _known or _known[url].folder != local_path(_cache(url), url):
        _known[url] = RemoteRuns(url)
    return _known[url]


def _by_run(listed: dict[str, Found]) -> dict[str, dict[str, Found]]:
    """Objects by run and by name within it; the run at the address itself is ""."""
    prefixes = {name[: -len(MANIFEST)].rstrip("/") for name in listed if name.rpartition("/")[2] == MANIFEST}
    runs = {prefix: dict[str, Found]() for prefix in prefixes if prefix.count("/") < DEEPEST}
    for name, found in listed.items():
        parts = name.split("/")
        for depth in range(len(parts)):
            if (prefix := "/".join(parts[:depth])) in runs:
                runs[prefix]["/".join(parts[depth:])] = found
                break
    return runs


def _copies(folder: Path) -> set[Path]:
    """The copies of runs at or below a folder; those alone that were made here have the mark."""
    levels = ("", *("/".join("*" * depth) + "/" for depth in range(1, DEEPEST + 1)))
    return {mark.parent for level in levels for mark in folder.glob(f"{level}{MARK}")}


def _cache(url: str) -> Path:
    """Where copies are; those of different servers apart."""
    given = os.environ.get(VARIABLE)
    if given:
        root = Path(given).expanduser().absolute()
    else:
        with told():
            import platformdirs
        root = platformdirs.user_cache_path("epochreel", appauthor=False) / "remote"
    kind = url.partition("://")[0]
    server = os.environ.get(f"AWS_ENDPOINT_URL_{kind.upper()}") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return root / (f"{kind}-{sha256(server.encode()).hexdigest()[:8]}" if server else kind)
