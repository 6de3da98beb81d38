"""The index on disk: Parquet files of at most a thousand runs each, by month, and the one file that says which count.

    runs/.epochreel-index/
      index.json                          what counts; replaced whole: a kill leaves the old index or the new one
      month=2026-11/0007.runs.parquet     a row a run: what its files look like, its manifest, its newest values
      month=2026-11/0007.epochs.parquet   a row a point: logs and durations
      month=2026-11/0007.counts.parquet   a row a point, split, output and class: tp, fp, tn, fn at the decision
      answers/                            values that are made of more than that, see `answers`

It stands beside the runs because it belongs to whoever can read these, on whatever machine, and goes when they go. All
of it may be deleted at any time. Of each file `index.json` has size, number and time of the last change, which nobody
can set: an index that was copied, unpacked or damaged is not decoded at all, and is made anew at the next `refresh`.
Nor is one that neither the reader has made nor who owns the folder of runs: a stranger's could say what it likes.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from recorder.runfile import RunFormatError, read_regular
from recorder.runfile.disk import free, remove, rename, sync, sync_folder, write_whole
from recorder.runfile.door import check_folder
from recorder.runfile.layout import hidden

from ..reading.find import INDEX
from .rows import Tables
from .schema import SCHEMAS, TABLES, VERSION

CATALOG, LOCK = "index.json", "lock"
CATALOG_BYTES = 2**26
RUNS_IN_A_SHARD = 1_000
_NAME = re.compile(rf"\.?[0-9a-f]{{12}}\.({'|'.join(TABLES)})\.parquet(\.tmp)?")  # of a file, and while it is written


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """Some runs of one month.

    Args:
        month: in which they began, "2026-11".
        name: of its files.
        runs: how many.
        looks: of each file, in the order of `TABLES`: size, time of the last change, number.
    """

    month: str
    name: str
    runs: int
    looks: tuple[tuple[int, int, int], ...]


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Which files count."""

    version: int = VERSION
    shards: list[Shard] = []


@dataclass(frozen=True, slots=True)
class Store:
    """The index of a folder of runs.

    Args:
        folder: of the runs.
    """

    folder: Path

    @property
    def place(self) -> Path:
        """Where it stands."""
        return self.folder / INDEX

    @property
    def there(self) -> bool:
        """Whether there is one."""
        return os.path.lexists(self.place / CATALOG)

    def catalog(self) -> Catalog | None:
        """What counts; None where there is no index.

        Raises:
            ValueError: It cannot be used, and why.
        """
        try:
            return self._catalog()
        except ValueError:
            return self._catalog()  # another process may have replaced it between two looks

    def _catalog(self) -> Catalog | None:
        try:
            own_folder(self.place)
            data = read_regular(self.place / CATALOG, most=CATALOG_BYTES)
            self.check_owner(self.place / CATALOG)
            version = msgspec.json.decode(data, type=_Version).version
            if version != VERSION:
                raise ValueError(f"it is of version {version}, and this epochreel reads {VERSION}")
            found = msgspec.json.decode(data, type=Catalog)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RunFormatError, OSError) as error:
            raise ValueError(f"it is damaged ({error})") from error
        for shard in found.shards:
            if [_look(self.path(shard, table)) for table in TABLES] != list(shard.looks):
                raise ValueError(f"{shard.name} is not as it was written: it was copied, damaged or deleted")
        return found

    def check_owner(self, path: Path) -> None:
        """Raises ValueError where somebody else has made a file of it, in a folder of a third person."""
        if hasattr(os, "geteuid"):
            owner = os.lstat(path).st_uid
            if owner not in (os.geteuid(), 0, self.folder.stat().st_uid):
                raise ValueError("it belongs to another user, who does not own the folder of runs either")

    def path(self, shard: Shard, table: str) -> Path:
        """Of a file. What a catalog says of months and names is checked: nothing outside of the index is meant."""
        for part in (shard.month, shard.name):
            if not part.replace("-", "").isalnum():
                raise ValueError(f"a month and a name in it must be letters and digits. Received: {part!r}")
        return self.place / f"month={shard.month}" / f"{shard.name}.{table}.parquet"

    def read(self, shard: Shard, table: str, columns: Sequence[str] | None = None) -> Any:
        """A table of a shard.

        Raises:
            ValueError: It is not what this epochreel writes.
        """
        names = [name for name in SCHEMAS[table].names if columns is None or name in columns]
        texts = [name for name in names if pa.types.is_dictionary(SCHEMAS[table].field(name).type)]
        try:
            with pq.ParquetFile(self.path(shard, table), read_dictionary=texts) as file:
                return file.read(columns=names, use_threads=False)
        except (pa.ArrowException, OSError, KeyError) as error:
            raise ValueError(f"{shard.name} is damaged ({error})") from error

    def tables(self, shard: Shard) -> Tables:
        """All tables of a shard. Raises as `read`."""
        return {table: self.read(shard, table) for table in TABLES}

    def write(self, month: str, tables: Tables) -> Shard:
        """New files, which count once a catalog names them."""
        shard = Shard(month=month, name=secrets.token_hex(6), runs=len(tables["runs"]), looks=())
        folder = self.place / f"month={month}"
        folder.mkdir(parents=True, exist_ok=True)
        own_folder(folder)
        for table in TABLES:
            path = self.path(shard, table)
            pq.write_table(tables[table], hidden(path), compression="zstd")
            sync(hidden(path))
            rename(hidden(path), path)
        sync_folder(folder)
        return msgspec.structs.replace(shard, looks=tuple(_look(self.path(shard, table)) for table in TABLES))

    def commit(self, shards: Sequence[Shard]) -> None:
        """From now on these count; the files of others go."""
        write_whole(self.place / CATALOG, msgspec.json.encode(Catalog(shards=list(shards))) + b"\n", synced=True)
        sync_folder(self.place)
        counting = {self.path(shard, table) for shard in shards for table in TABLES}
        for folder in self.place.glob("month=*"):
            with suppress(OSError, ValueError):  # others are in it, or somebody's link to where others' files are
                own_folder(folder)
                for path in folder.iterdir():
                    if path not in counting and _NAME.fullmatch(path.name):
                        remove(path)
                folder.rmdir()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While one process writes, others wait; the lock of one that dies goes with it.

        Raises:
            OSError: The folder cannot be written to.
            ValueError: It is a link.
        """
        self.place.mkdir(exist_ok=True)
        own_folder(self.place)
        free(self.place / LOCK)  # a link of that name
        with (self.place / LOCK).open("a") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def own_folder(path: Path) -> None:
    """Raises ValueError where a folder of the index is a link: a folder of runs may come from anywhere.

    Nothing is written, and above all nothing is removed, where somebody's link points to.
    """
    try:
        check_folder(path)
    except RunFormatError as error:
        raise ValueError(f"an index must be made of folders of its own. Received: {path}, a link or a file") from error


class _Version(msgspec.Struct):
    version: int


def _look(path: Path) -> tuple[int, int, int]:
    try:
        state = os.lstat(path)
    except OSError:
        return -1, -1, -1
    return state.st_size, state.st_ctime_ns, state.st_ino


try:
    import fcntl
except ImportError:  # Windows: the last one to commit counts
    fcntl = None  # type: ignore[assignment]
