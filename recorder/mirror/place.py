"""A place in object storage: the few things that are asked of it, with errors that may be shown."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .address import RemoteError, check_package, remote_error

T = TypeVar("T")
CONNECT, SILENCE = 10, 20  # seconds that S3 may take to take a call, and then to say a word; s3fs asks five times
GAP = 2**16  # bytes between two ranges that come with them: another request takes longer
_STAMPS = ("ETag", "etag", "content_md5", "md5Hash", "LastModified", "last_modified", "mtime", "created")
# Kinds with real folders, where half a file has a name too: written under another one, then renamed.
_FOLDERS = {"file", "local", "sftp", "ssh", "ftp", "smb", "hdfs", "webhdfs"}


@dataclass(frozen=True, slots=True)
class Found:
    """An object.

    Args:
        size: bytes.
        stamp: another one once it was replaced, as far as the storage tells.
    """

    size: int
    stamp: str


class Place:
    """What is at an address and below it; names are relative to it, with slashes.

    Args:
        url: as `checked_address` gives it.
        to_read: nothing is put there, so that a storage that stays silent is given up; who sends much over a slow line
            waits long for an answer.

    Raises:
        ValueError, ModuleNotFoundError: as `check_package`.
    """

    def __init__(self, url: str, *, to_read: bool = False) -> None:
        check_package(url)
        self.url = url
        self._fs, self._path = _asked(f"{url} cannot be opened", lambda: _opened(url, to_read))
        self._path = self._path.rstrip("/")
        self._renames = url.partition("://")[0] in _FOLDERS

    def within(self, name: str) -> Place:
        """The place of that name in this one."""
        other = object.__new__(Place)
        other.url, other._fs, other._path = f"{self.url}/{name}", self._fs, f"{self._path}/{name}"
        other._renames = self._renames
        return other

    def listed(self) -> dict[str, Found]:
        """Everything there is, by name; nothing where there is nothing. Raises RemoteError."""

        def look() -> dict[str, Found]:
            self._fs.invalidate_cache()
            found = self._fs.find(self._path, detail=True)
            return {self._relative(path): _found(info) for path, info in found.items() if self._is_below(path)}

        try:
            return _asked(f"{self.url} cannot be listed", look)
        except _MissingError as error:
            if self._renames:  # a folder that is still to come
                return {}
            raise RemoteError(str(error)) from None

    def put(self, name: str, data: bytes) -> None:
        """An object of these bytes. Raises RemoteError."""
        self._written(name, lambda path: self._fs.pipe_file(path, data))

    def put_file(self, name: str, path: Path) -> None:
        """An object that holds what a file does.

        Raises:
            FileNotFoundError: The file is not there any more.
            RemoteError: It could not be sent.
        """
        path.stat()  # else its absence would be that of the place
        try:
            self._written(name, lambda target: self._fs.put_file(str(path), target))
        except RemoteError:
            path.stat()  # it went while it was being sent
            raise

    def get(self, name: str) -> bytes:
        """The bytes of an object. Raises RemoteError."""
        return bytes(_asked(f"{self.url}/{name} cannot be fetched", lambda: self._fs.cat_file(f"{self._path}/{name}")))

    def ranges(self, name: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, bytes]]:
        """Some bytes of an object, by where they begin and end; of spans that are near one another those between too.

        Returns:
            Where each begins, and its bytes, in order.

        Raises:
            RemoteError: They could not be fetched, or it has not as many.
        """
        from fsspec.utils import merge_offset_ranges

        what, wanted = f"{self.url}/{name} cannot be fetched", list(spans)
        firsts, lasts = [first for first, _ in wanted], [last for _, last in wanted]
        several = merge_offset_ranges([f"{self._path}/{name}"] * len(wanted), firsts, lasts, max_gap=GAP)
        texts = _asked(what, lambda: self._fs.cat_ranges(*several, on_error="raise"))
        found = list(zip(several[1], map(bytes, texts), strict=True))
        for (first, text), last in zip(found, several[2], strict=True):
            if first + len(text) != last:
                raise RemoteError(f"{what}: {len(text):,} bytes came of {last - first:,}")
        return found

    def fetch(self, name: str, target: Path, size: int) -> None:
        """A file that holds what an object does; it is there whole or not at all.

        Raises:
            RemoteError: It could not be fetched, or has not the size that it should have.
        """
        temporary = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(3)}.tmp")
        try:
            what = f"{self.url}/{name} cannot be fetched"
            _asked(what, lambda: self._fs.get_file(f"{self._path}/{name}", str(temporary)))
            if temporary.stat().st_size != size:
                raise RemoteError(f"{what}: it has {temporary.stat().st_size:,} bytes of {size:,} so far")
            temporary.replace(target)
        finally:
            with suppress(OSError):
                temporary.unlink()

    def remove(self, names: Iterable[str]) -> None:
        """Takes objects away. Raises RemoteError."""
        paths = [f"{self._path}/{name}" for name in names]
        if paths:
            _asked(f"{self.url} lets nothing be removed", lambda: self._fs.rm(paths))

    def _written(self, name: str, write: Callable[[str], Any]) -> None:
        path = f"{self._path}/{name}"

        def put() -> None:
            if not self._renames:
                write(path)
                return
            folder, _, last = path.rpartition("/")
            self._fs.makedirs(folder, exist_ok=True)
            write(f"{folder}/.{last}.tmp")
            self._fs.mv(f"{folder}/.{last}.tmp", path)

        _asked(f"{self.url}/{name} cannot be written", put)

    def _is_below(self, path: str) -> bool:
        return path.strip("/").startswith(f"{self._path.strip('/')}/")

    def _relative(self, path: str) -> str:
        return path.strip("/")[len(self._path.strip("/")) + 1 :]


class _MissingError(RemoteError):
    """There is no such place."""


def _opened(url: str, to_read: bool) -> Any:
    import fsspec

    options = _bounds(url.partition("://")[0], fsspec.config.conf) if to_read else {}
    return fsspec.core.url_to_fs(url, skip_instance_cache=True, **options)  # with what the environment says now


def _bounds(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Options by which a storage that stays silent is given up in two minutes.

    Of themselves botocore asks five times, a minute each, within each of the five tries of s3fs.

    Args:
        kind: of the storage.
        settings: of fsspec, the user's own among them; what they say holds.
    """
    if kind not in ("s3", "s3a") or "config_kwargs" in settings.get(kind, {}):
        return {}
    bounds: dict[str, Any] = {"connect_timeout": CONNECT, "read_timeout": SILENCE}
    if "AWS_MAX_ATTEMPTS" not in os.environ:
        bounds["retries"] = {"total_max_attempts": 1}
    return {"config_kwargs": bounds}


def _found(info: Any) -> Found:
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    return Found(int(info.get("size") or 0), stamp)


def _asked(what: str, ask: Callable[[], T]) -> T:
    """What somebody else's storage answers; of its many errors one, without credentials."""
    try:
        return ask()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _MissingError(str(remote_error(what, error))) from None
    except Exception as error:  # noqa: BLE001 - each kind of storage has errors of its own
        raise remote_error(what, error) from None
