"""What a process does to its files, as the system saw it (by strace), and what of it a kill or a power cut leaves."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest


def _strace_works() -> bool:
    """It is here, and this user may watch others with it."""
    return (
        shutil.which("strace") is not None
        and not subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode
    )


needs_strace = pytest.mark.skipif(not _strace_works(), reason="needs strace")
CHANGES = (
    "open,openat,creat,write,pwrite64,writev,lseek,close,fsync,fdatasync,sync_file_range,ftruncate,truncate,"
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,dup,dup2,dup3"
)
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+|\?).*")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


@dataclass(frozen=True)
class Call:
    """One system call that succeeded: whose, its name, the texts and the words among its arguments, its result."""

    thread: str
    name: str
    texts: tuple[bytes, ...]
    words: str
    result: int


def traced(command: Sequence[str], log: Path, *, calls: str = CHANGES, inject: str = "") -> int:
    """Runs a command under strace, and returns how it ended."""
    options = ["-f", "-xx", "-s", str(2**24), "-e", f"trace={calls}", "-e", "signal=none"]
    # Beside the quick way of watching, strace 6.1 injects nothing.
    options += ["-e", f"inject={inject}"] if inject else ["--seccomp-bpf"]
    return subprocess.run(
        ["strace", *options, "-o", str(log), *command], check=False, stdout=subprocess.DEVNULL
    ).returncode


def calls_in(log: Path) -> Iterator[Call]:
    """The calls of a log that succeeded, in the order in which they were over.

    Where another thread did something meanwhile, `close` counts from when it began, as its number may be another file's
    before it is over; and `fsync` has a call `begin_fsync` before it, as it promises what was written until then.
    """
    begun: dict[str, str] = {}
    with log.open() as lines:
        for line in lines:
            process, _, text = line.rstrip("\n").partition(" ")
            text = text.strip()
            if text.endswith("<unfinished ...>"):
                begun[process] = text.removesuffix("<unfinished ...>").rstrip()
                name, _, words = begun[process].partition("(")
                if name in ("close", "fsync", "fdatasync"):
                    yield Call(process, "close" if name == "close" else "begin_fsync", (), words.rstrip(")"), 0)
                continue
            if text.startswith("<..."):
                text = begun.pop(process) + text.partition("resumed>")[2]
                if text.startswith("close("):
                    continue
            found = _CALL.fullmatch(text)
            if found is None or found["result"] == "?" or int(found["result"]) < 0:
                continue
            texts = [bytes.fromhex(match[0].replace("\\x", "")) for match in _TEXT.findall(found["arguments"])]
            assert not any(match[1] for match in _TEXT.findall(found["arguments"])), "a text was cut short"
            yield Call(process, found["name"], tuple(texts), _TEXT.sub("", found["arguments"]), int(found["result"]))


@dataclass(eq=False)
class File:
    """The bytes of a file: as the process sees them, those that are on the disk, and how one came from the other."""

    now: bytearray = field(default_factory=bytearray)
    safe: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)  # where and what; None: cut there

    def write(self, at: int, data: bytes | None) -> None:
        self.since.append((at, data))
        _put(self.now, at, data)

    def sync(self, until: int | None = None) -> None:
        """All is safe, or the first so many of what came since."""
        safe, until = bytearray(self.safe), len(self.since) if until is None else until
        for at, data in self.since[:until]:
            _put(safe, at, data)
        self.safe, self.since = bytes(safe), self.since[until:]


@dataclass(eq=False)
class Folder:
    """The names in a folder, as above."""

    now: dict[bytes, File | Folder] = field(default_factory=dict)
    safe: dict[bytes, File | Folder] = field(default_factory=dict)
    since: list[dict[bytes, File | Folder | None]] = field(default_factory=list)  # names that came, or went, together

    def change(self, names: dict[bytes, File | Folder | None]) -> None:
        self.since.append(names)
        _rename(self.now, names)

    def sync(self, until: int | None = None) -> None:
        """As above."""
        until = len(self.since) if until is None else until
        for names in self.since[:until]:
            _rename(self.safe, names)
        self.since = self.since[until:]


class Machine:
    """A file system that follows system calls below one folder, and knows what of them the disk has for certain.

    Bytes are safe when their file was synced, names when their folder was, and nothing else is: no order holds between
    files, between folders, or between bytes and names. That is less than any file system in use gives.

    Args:
        top: a folder that is there, empty, and safe.
    """

    def __init__(self, top: Path) -> None:
        self._top, self.root = top, Folder()
        self._open: dict[int, tuple[File | Folder, int, bool]] = {}  # by descriptor: what, where, whether at the end
        self._begun: dict[str, int] = {}  # by thread, what had come when its `fsync` began
        self._seen = 0  # calls

    def follow(self, call: Call) -> bool:
        """Takes a call in; whether it was about a file or folder of this system."""
        before = self._seen
        getattr(self, f"_on_{call.name}", self._unknown)(call)
        return self._seen > before

    def write_back(self) -> None:
        """The system writes everything, as it does within half a minute."""
        for node in _all(self.root):
            node.sync()

    def killed(self) -> dict[str, bytes | None]:
        """What a kill leaves: all that was done. Bytes by path; None for folders."""
        return dict(_tree(self.root, lambda folder: folder.now, lambda file: bytes(file.now)))

    def cut(self, chance: random.Random) -> dict[str, bytes | None]:
        """What a power cut may leave: what is safe, and of all else this and that, bytes torn anywhere."""
        names, data = chance.choice(_MOODS), chance.choice(_MOODS)

        def some_names(folder: Folder) -> dict[bytes, File | Folder]:
            left = dict(folder.safe)
            for change in _some(folder.since, names, chance):
                _rename(left, change)
            return left

        def some_bytes(file: File) -> bytes:
            left = bytearray(file.safe)
            writes = list(_some(file.since, data, chance))
            for number, (at, written) in enumerate(writes):
                torn = written is not None and number == len(writes) - 1 and 0 < data < 1
                _put(left, at, written[: chance.randrange(len(written) + 1)] if torn and written else written)
            return bytes(left)

        return dict(_tree(self.root, some_names, some_bytes))

    def worst_cut(self) -> dict[str, bytes | None]:
        """The least that a power cut may leave: what is safe, without all that was removed."""

        def least_names(folder: Folder) -> dict[bytes, File | Folder]:
            left = dict(folder.safe)
            for change in folder.since:
                if not any(change.values()):
                    _rename(left, change)
            return left

        return dict(_tree(self.root, least_names, lambda file: file.safe))

    def _unknown(self, call: Call) -> None:
        raise AssertionError(f"a system call that is not followed: {call}")

    def _on_openat(self, call: Call) -> None:
        place = self._place(call.texts[0])
        if place is None:
            self._open.pop(call.result, None)
            return
        folder, name = place
        node = self.root if not name else folder.now.get(name)
        if node is None:
            node = File()
            folder.change({name: node})
        elif "O_TRUNC" in call.words and isinstance(node, File) and node.now:
            node.write(0, None)
        self._open[call.result] = (node, 0, "O_APPEND" in call.words)

    _on_open = _on_openat

    def _on_write(self, call: Call) -> None:
        number = _first(call.words)
        if self._is_open(number):
            node, at, append = self._open[number]
            assert isinstance(node, File)
            at = len(node.now) if append else at
            node.write(at, call.texts[0][: call.result])
            self._open[number] = (node, at + call.result, append)

    def _on_lseek(self, call: Call) -> None:
        number = _first(call.words)
        if number in self._open:
            node, _, append = self._open[number]
            self._open[number] = (node, call.result, append)

    def _on_close(self, call: Call) -> None:
        self._open.pop(_first(call.words), None)

    def _on_begin_fsync(self, call: Call) -> None:
        if self._is_open(_first(call.words)):
            self._begun[call.thread] = len(self._open[_first(call.words)][0].since)

    def _on_fsync(self, call: Call) -> None:
        until = self._begun.pop(call.thread, None)
        if self._is_open(_first(call.words)):
            self._open[_first(call.words)][0].sync(until)

    _on_fdatasync = _on_fsync

    def _on_truncate(self, call: Call) -> None:
        place = self._place(call.texts[0])
        if place is not None:
            node = place[0].now[place[1]]
            assert isinstance(node, File)
            node.write(int(call.words.rsplit(",")[-1]), None)

    def _on_mkdir(self, call: Call) -> None:
        place = self._place(call.texts[0])
        if place is not None:
            place[0].change({place[1]: Folder()})

    _on_mkdirat = _on_mkdir

    def _on_unlink(self, call: Call) -> None:
        place = self._place(call.texts[0])
        if place is not None:
            place[0].change({place[1]: None})

    _on_unlinkat = _on_rmdir = _on_unlink

    def _on_rename(self, call: Call) -> None:
        source, target = (self._place(text) for text in call.texts)
        if source is None or target is None:
            assert source is target, f"a file that comes from elsewhere: {call}"
            return
        node = source[0].now[source[1]]
        if source[0] is target[0]:
            source[0].change({source[1]: None, target[1]: node})
        else:
            target[0].change({target[1]: node})
            source[0].change({source[1]: None})

    _on_renameat = _on_renameat2 = _on_rename

    def _is_open(self, number: int) -> bool:
        self._seen += number in self._open
        return number in self._open

    def _place(self, path: bytes) -> tuple[Folder, bytes] | None:
        """Folder and name of a path below the top; None for others."""
        top = str(self._top).encode()
        if path != top and not path.startswith(top + b"/"):
            assert path.startswith(b"/") or not path.endswith((b".parquet", b".jsonl")), f"a relative path: {path!r}"
            return None
        self._seen += 1
        folder, parts = self.root, path[len(top) :].strip(b"/").split(b"/")
        for part in parts[:-1]:
            inner = folder.now[part]
            assert isinstance(inner, Folder)
            folder = inner
        return folder, parts[-1]


_MOODS = (0.0, 0.5, 0.9, 1.0)  # share of what is not safe that is there all the same


def laid_out(tree: dict[str, bytes | None], folder: Path) -> Path:
    """Such a tree as files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, data in tree.items():
        if data is None:
            (folder / path).mkdir(exist_ok=True)
        else:
            (folder / path).write_bytes(data)
    return folder


def _tree(folder: Folder, names, data, above: str = "") -> Iterator[tuple[str, bytes | None]]:
    for name, node in names(folder).items():
        path = f"{above}{name.decode()}"
        if isinstance(node, Folder):
            yield path, None
            yield from _tree(node, names, data, f"{path}/")
        else:
            yield path, data(node)


def _all(node: File | Folder) -> Iterator[File | Folder]:
    yield node
    if isinstance(node, Folder):
        for inner in node.now.values():
            yield from _all(inner)


def _some(since: Sequence, share: float, chance: random.Random) -> Iterator:
    """The first so many, or any of them: names and bytes may reach the disk in any order."""
    if chance.random() < 0.5:
        yield from since[: round(share * len(since))]
    else:
        yield from (one for one in since if chance.random() < share)


def _put(data: bytearray, at: int, written: bytes | None) -> None:
    if written is None:
        del data[at:]
    else:
        data.extend(bytes(max(at - len(data), 0)))
        data[at : at + len(written)] = written


def _rename(names: dict[bytes, File | Folder], change: dict[bytes, File | Folder | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _first(words: str) -> int:
    return int(words.partition(",")[0])
