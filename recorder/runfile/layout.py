"""Names of everything in a run folder, made and parsed here only."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .door import check_folder, entries
from .names import path_part, slug

MANIFEST = "run.json"
LINES = "epochs.jsonl"
PENDING = "pending"
BATCHES = "batches"
ATTEMPTS = "attempts"
IDS = "sample_ids"
ADDITIONS = "additions"
KINDS = ("tallies", "samples", "observed")
FOLDERS = (PENDING, "tallies", "samples")  # that every run has
EPOCHS_IN_A_PART = 64  # that is merged

_RUN = re.compile(r"\d{8}-\d{6}-(?P<name>.+)-[0-9a-f]{4}")
_PENDING = re.compile(r"(?P<epoch>\d{6,12})-a(?P<attempt>\d{1,9})\.(?P<kind>tallies|samples|observed)\.parquet")
_BATCH = re.compile(
    r"(?P<first>\d{6,12})-(?P<last>\d{6,12})-a(?P<attempt>\d{1,9})\.(?P<kind>tallies|samples|observed)\.parquet"
)
_ADDITION = re.compile(r"(?P<epoch>\d{6,12})-a(?P<of>\d{1,9})-(?P<number>\d{3,9})\.json")
_STATED = re.compile(r"outputs-(?P<number>\d{3,9})\.json")
_ENDED = re.compile(r"end-a(?P<attempt>\d{1,9})\.json")
_CLAIM = re.compile(r"(?P<attempt>\d{6,12})\.json")
_MERGED = re.compile(r"(?P<first>\d{6,12})-(?P<last>\d{6,12})-a(?P<attempt>\d{1,9})\.parquet")


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a run: the epochs `first` to `last` of one attempt."""

    kind: str
    attempt: int
    first: int
    last: int
    path: Path

    def is_within(self, other: Part) -> bool:
        """Whether the other has these epochs of this kind and attempt too."""
        same = (self.kind, self.attempt) == (other.kind, other.attempt)
        return same and other.first <= self.first <= self.last <= other.last


def new_run_id(name: str, now: float) -> str:
    """A folder name that sorts by start: date-time in UTC, name, four random hex digits."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{slug(name)}-{os.urandom(2).hex()}"


def name_in_folder(folder: str) -> str:
    """What a run is called in the name of its folder; all of one that is no `new_run_id`.

    >>> name_in_folder("20261123-103005-baseline-3f9a")
    'baseline'
    """
    found = _RUN.fullmatch(folder)
    return found["name"] if found else folder


def is_run(folder: Path) -> bool:
    """Whether `folder` is a run: something in it has the manifest's name. What that is shows when it is opened."""
    return os.path.lexists(folder / MANIFEST)


def check_folders(folder: Path) -> None:
    """Raises RunFormatError where a folder that is written to is a link: what it leads to may be anybody's."""
    for name in (PENDING, BATCHES, *KINDS, ADDITIONS, ATTEMPTS, IDS):
        with suppress(FileNotFoundError):
            check_folder(folder / name)


def pending_path(folder: Path, kind: str, attempt: int, epoch: int) -> Path:
    """Where the part of one epoch waits to be merged."""
    return folder / PENDING / f"{epoch:06d}-a{attempt}.{kind}.parquet"


def batch_path(folder: Path, kind: str, attempt: int, first: int, last: int) -> Path:
    """Where a part of several epochs waits to be merged with others of its kind."""
    return folder / BATCHES / f"{first:06d}-{last:06d}-a{attempt}.{kind}.parquet"


def merged_path(folder: Path, kind: str, attempt: int, first: int, last: int) -> Path:
    """Where the merged part of the epochs `first` to `last` stands."""
    return folder / kind / f"{first:06d}-{last:06d}-a{attempt}.parquet"


def ids_path(folder: Path, split: str) -> Path:
    """Where the user's own names of the samples of a split stand."""
    return folder / IDS / f"{path_part(split)}.parquet"


def claim_path(folder: Path, attempt: int) -> Path:
    """The file that claims an attempt."""
    return folder / ATTEMPTS / f"{attempt:06d}.json"


def claims(folder: Path) -> dict[int, Path]:
    """The files that claim attempts, by attempt."""
    found = ((_CLAIM.fullmatch(path.name), path) for path in entries(folder / ATTEMPTS))
    return {int(match["attempt"]): path for match, path in found if match}


@dataclass(frozen=True, slots=True)
class Addition:
    """A file of what was added to a point: the `number`-th, from 0, of what epoch `epoch` of attempt `of` was given."""

    epoch: int
    of: int
    number: int
    path: Path


def addition_path(folder: Path, of: int, epoch: int, number: int) -> Path:
    """Where what is added to a point stands."""
    return folder / ADDITIONS / f"{epoch:06d}-a{of}-{number:03d}.json"


def additions(folder: Path) -> list[Addition]:
    """What was added to the points of a run, in the order of points and numbers."""
    found = ((_ADDITION.fullmatch(path.name), path) for path in entries(folder / ADDITIONS))
    return sorted(
        (Addition(int(match["epoch"]), int(match["of"]), int(match["number"]), path) for match, path in found if match),
        key=lambda one: (one.epoch, one.of, one.number),
    )


def stated_path(folder: Path, number: int) -> Path:
    """Where an addition says which outputs it has that the manifest names not."""
    return folder / ADDITIONS / f"outputs-{number:03d}.json"


def stated(folder: Path) -> dict[int, Path]:
    """The files that say so, by number, in order."""
    found = ((_STATED.fullmatch(path.name), path) for path in entries(folder / ADDITIONS))
    return dict(sorted((int(match["number"]), path) for match, path in found if match))


def ended_path(folder: Path, attempt: int) -> Path:
    """Where the end of an attempt stands that adds to others."""
    return folder / ADDITIONS / f"end-a{attempt}.json"


def ended(folder: Path) -> dict[int, Path]:
    """The files of such ends, by attempt."""
    found = ((_ENDED.fullmatch(path.name), path) for path in entries(folder / ADDITIONS))
    return {int(match["attempt"]): path for match, path in found if match}


def hidden(path: Path) -> Path:
    """The temporary name under which `path` is written; no glob for Parquet files meets it."""
    return path.with_name(f".{path.name}.tmp")


def pending_parts(folder: Path) -> list[Part]:
    """The parts in `pending/`, whether committed or not."""
    parts = []
    for path in entries(folder / PENDING):
        if match := _PENDING.fullmatch(path.name):
            epoch = int(match["epoch"])
            parts.append(Part(match["kind"], int(match["attempt"]), epoch, epoch, path))
    return parts


def batches(folder: Path) -> list[Part]:
    """The parts of several epochs in `batches/`."""
    parts = []
    for path in entries(folder / BATCHES):
        if match := _BATCH.fullmatch(path.name):
            first, last = int(match["first"]), int(match["last"])
            parts.append(Part(match["kind"], int(match["attempt"]), first, last, path))
    return parts


def part_at(folder: Path, name: str) -> Part | None:
    """The part of that path within the run, with slashes; None where it is the name of none."""
    within, _, last = name.rpartition("/")
    pattern = {PENDING: _PENDING, BATCHES: _BATCH}.get(within, _MERGED if within in KINDS else None)
    match = None if pattern is None else pattern.fullmatch(last)
    if match is None:
        return None
    said = {"kind": within} | match.groupdict()
    first, last_epoch = (int(said.get(place, said.get("epoch", 0))) for place in ("first", "last"))
    return Part(said["kind"], int(said["attempt"]), first, last_epoch, folder / name)


def all_parts(folder: Path, kind: str) -> list[Part]:
    """All parts of a kind, the largest first; listed in the other order: what is merged meanwhile is seen twice."""
    pending = [part for part in pending_parts(folder) if part.kind == kind]
    waiting = [part for part in batches(folder) if part.kind == kind]
    return [*merged_parts(folder, kind), *waiting, *pending]


def unmerged_parts(folder: Path) -> list[Part]:
    """The parts that wait to be merged: those of one epoch, and batches."""
    return [*pending_parts(folder), *batches(folder)]


def merged_parts(folder: Path, kind: str) -> list[Part]:
    """The merged parts of one kind."""
    parts = []
    for path in entries(folder / kind):
        if match := _MERGED.fullmatch(path.name):
            parts.append(Part(kind, int(match["attempt"]), int(match["first"]), int(match["last"]), path))
    return parts


def merged_nowhere(folder: Path) -> list[Part]:
    """The parts that wait to be merged and are in no merged one: of others Windows may refuse to remove the file."""
    waiting = unmerged_parts(folder)
    merged = [part for kind in {part.kind for part in waiting} for part in merged_parts(folder, kind)]
    return [part for part in waiting if not any(part.is_within(other) for other in merged)]


def left_behind(folder: Path) -> list[tuple[int | None, Path]]:
    """Files under hidden names, those that a kill left half written, each with its attempt where its name tells."""
    within = (PENDING, BATCHES, ATTEMPTS, IDS, *KINDS)  # additions have no such names
    found = []
    for path in (path for each in (folder, *(folder / name for name in within)) for path in entries(each)):
        if path.name.startswith(".") and path.suffix == ".tmp":
            name = path.name[1:].removesuffix(".tmp")
            match = _PENDING.fullmatch(name) or _MERGED.fullmatch(name)
            found.append((int(match["attempt"]) if match else None, path))
    return found
