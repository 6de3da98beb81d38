"""What is done to a run: to its bytes, its lines, its JSON, its Parquet, its files and folders."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from . import hostile
from .tables import false_parquet, other_table

Mutation = Callable[[Path, Random, list[Path]], None]
CUTS = (1, 2, 8, 64, 4_096)


def damage(run: Path, random: Random, corpus: list[Path]) -> list[str]:
    """Does one to three things to a run; their names."""
    done = []
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        mutation = random.choices(list(MUTATIONS), list(MUTATIONS.values()))[0]
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            mutation(run, random, corpus)  # else what it would change is gone, or damaged already
            done.append(mutation.__name__)
    return done


def bytes_changed(run: Path, random: Random, corpus: list[Path]) -> None:
    """A file is cut, has other bits, bytes more, bytes less, or bytes twice."""
    path = _file(run, random)
    _put(path, bytes_of(path.read_bytes(), random))


def bytes_of(found: bytes, random: Random) -> bytes:
    """Bytes that are cut, have other bits, bytes more, bytes less, or bytes twice."""
    data = bytearray(found)
    at, size = random.randrange(len(data) + 1), random.choice(CUTS)
    how = random.randrange(7)
    if how == 0:
        del data[at:]
    elif how == 1:
        for _ in range(size % 100):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    elif how == 2:
        data[at:at] = random.randbytes(size)
    elif how == 3:
        del data[at : at + size]
    elif how == 4:
        data[at:at] = data[at : at + size] * random.choice([1, 2, 100])
    elif how == 5:
        data[at : at + size] = bytes(size)
    else:
        near = max(len(data) - random.randrange(1, 40), 0)  # the length of a footer, the end of a line
        data[near : near + 4] = random.randbytes(4)
    return bytes(data)


def lines_changed(run: Path, random: Random, corpus: list[Path]) -> None:
    """Lines out of order, twice, gone, run together, of another run, or very many."""
    path = run / "epochs.jsonl"
    lines = _bytes(path).splitlines(keepends=True)
    how = random.randrange(7)
    if how == 0:
        random.shuffle(lines)
    elif how == 1:
        lines += [random.choice(lines)] * random.choice([1, 2, 500])
    elif how == 2:
        lines.remove(random.choice(lines))
    elif how == 3:
        lines[random.randrange(len(lines))] = random.choice(lines).rstrip()
    elif how == 4:
        lines += (random.choice(corpus) / "epochs.jsonl").read_bytes().splitlines(keepends=True)
    elif how == 5:
        lines.insert(random.randrange(len(lines)), b"\n" * random.choice([1, 1_000]))
    else:
        lines = lines[::-1]
    _put(path, b"".join(lines))


def json_changed(run: Path, random: Random, corpus: list[Path]) -> None:
    """The manifest, or some lines, are JSON of another shape, or hardly JSON."""
    if random.random() < 0.5:
        manifest = json.loads(_bytes(run / "run.json"))
        part = random.choice([manifest, manifest, manifest["outputs"]])
        hostile.changed(part, random)
        _put(run / "run.json", hostile.encoded(manifest, random, indent=random.choice([None, 2])))
        return
    path = run / "epochs.jsonl"
    lines = _bytes(path).splitlines()
    for _ in range(random.choice([1, 1, 3])):
        at = random.randrange(len(lines))
        with suppress(ValueError):
            lines[at] = hostile.encoded(hostile.changed(json.loads(lines[at]), random), random)
    _put(path, b"\n".join(lines) + b"\n")


def outputs_changed(run: Path, random: Random, corpus: list[Path]) -> None:
    """A manifest with very many classes or thresholds, outputs twice, thresholds that do not increase, another kind."""
    manifest = json.loads(_bytes(run / "run.json"))
    output = random.choice(manifest["outputs"])
    how = random.randrange(6)
    if how == 0:
        output["classes"] = [str(at) for at in range(random.choice([0, 1, 2, 10_000, 100_000]))]
    elif how == 1:
        many = random.choice([1, 2, 10_000, 300_000])
        output["thresholds"] = [at / many for at in range(many)]
    elif how == 2:
        manifest["outputs"].append(output | {"kind": random.choice(["binary", "multiclass", "multilabel"])})
    elif how == 3:
        random.shuffle(output["thresholds"])
    elif how == 4:
        output["kind"] = random.choice(["binary", "multiclass", "multilabel"])
    else:
        output |= {"name": hostile.value(random), "matrix": random.choice([True, False])}
    _put(run / "run.json", hostile.encoded(manifest, random))


def parquet_false(run: Path, random: Random, corpus: list[Path]) -> None:
    """A part whose footer or pages say something else than they hold."""
    path = _part(run, random)
    _put(path, false_parquet(path.read_bytes(), random))


def parquet_other(run: Path, random: Random, corpus: list[Path]) -> None:
    """A part with columns of other types, values, lengths or order."""
    path = _part(run, random)
    _put(path, other_table(path, random))


def swapped(run: Path, random: Random, corpus: list[Path]) -> None:
    """A file of another run, or another file of this one, in the place of a file."""
    path = _file(run, random)
    other = random.choice([run, *random.choices(corpus, k=3)])
    alike = [found for found in _files(other) if found.suffix == path.suffix]
    _put(path, random.choice(alike if alike and random.random() < 0.8 else _files(other)).read_bytes())


def renamed(run: Path, random: Random, corpus: list[Path]) -> None:
    """A part under another name: of other epochs, of very many, of another attempt."""
    path = _part(run, random)
    first, last = random.choice([(0, 0), (0, 63), (5, 2), (0, 10**12 - 1), (10**11, 10**11)])
    name = f"{first:06d}-{last:06d}-a{random.choice([0, 1, 999_999_999])}.parquet"
    folder = run / random.choice(["tallies", "samples", "observed"])
    if random.random() < 0.3:
        folder, name = run / "pending", f"{first:06d}-a0.{random.choice(['tallies', 'samples'])}.parquet"
    folder.mkdir(exist_ok=True)
    path.rename(folder / name)


def replaced(run: Path, random: Random, corpus: list[Path]) -> None:
    """A pipe, a socket, a link, a folder, a file of 50 GB, or nothing in the place of a file or a folder."""
    place = random.choice([*_files(run), *(path for path in run.iterdir() if path.is_dir())])
    gone = place.with_name(f".gone{random.randrange(10**9)}")
    place.rename(gone)
    how = random.randrange(9)
    if how == 0:
        os.mkfifo(place)
    elif how == 1:
        here = Path.cwd()
        os.chdir(place.parent)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(place.name)
        os.chdir(here)
    elif how == 2:
        place.symlink_to(random.choice(["/dev/zero", "/dev/null", "/etc/hostname", place, run, run.parent, "/nowhere"]))
    elif how == 3:
        place.mkdir()
    elif how == 4:
        place.touch()
        os.truncate(place, random.choice([0, 2**20, 5 * 10**10]))
    elif how == 5:
        place.symlink_to(gone)
    elif how == 6:
        os.link(next(iter(_files(run))), place)
    elif how == 7:
        place.write_bytes(random.randbytes(200))


def crowded(run: Path, random: Random, corpus: list[Path]) -> None:
    """Very many files, with any names."""
    folder = random.choice([run, *(path for path in run.iterdir() if path.is_dir())])
    names = [f"{at:06d}-{at:06d}-a0.parquet" for at in range(random.choice([3, 300]))]
    names += ["a\nb", "\x1b[2J", ".hidden.parquet", "ü.parquet", "x" * 250, "run.json", "000000-a0.tallies.parquet"]
    for name in names:
        with suppress(FileExistsError):
            os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    with suppress(OSError):
        os.close(os.open(os.fsencode(folder) + b"/\xff\xfe.parquet", os.O_CREAT | os.O_WRONLY))


# Each with how often it is drawn.
MUTATIONS: dict[Mutation, int] = {
    bytes_changed: 6, lines_changed: 3, json_changed: 6, outputs_changed: 3, parquet_false: 6, parquet_other: 5,
    swapped: 3, renamed: 1, replaced: 2, crowded: 1,
}  # fmt: skip


def _files(run: Path) -> list[Path]:
    found = [path for path in run.rglob("*") if path.is_file() and not path.is_symlink() and path.name[0] != "."]
    return sorted(path for path in found if path.stat().st_size < 2**22)


def _file(run: Path, random: Random) -> Path:
    return random.choice(_files(run))


def _part(run: Path, random: Random) -> Path:
    return random.choice([path for path in _files(run) if path.suffix == ".parquet"])


def _bytes(path: Path) -> bytes:
    """What is in a file; nothing of what an earlier change put in its place: a pipe, a device, a link to one."""
    if not path.is_file() or path.stat().st_size >= 2**22:
        raise OSError(f"no small regular file: {path.name}")
    return path.read_bytes()


def _put(path: Path, data: bytes) -> None:
    path.unlink()  # it may be the same file as that of the corpus
    path.write_bytes(data)
