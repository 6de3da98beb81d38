"""How a run is started, or gone on with."""

from __future__ import annotations

import operator
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from .guard import Guard, warn
from .json_values import plain_config, plain_names, plain_text
from .made_up_names import made_up_name
from .mirror.spool import address_of, spool_of
from .retrying import NOT_MENDED_BY_WAITING, Beside, RetryingWriter
from .runfile import (
    BeginLine,
    Durability,
    Manifest,
    RunFileWriter,
    RunFormatError,
    Unit,
    begin_line,
    from_iso,
    is_run,
    name_in_folder,
    read_manifest,
    slug,
)
from .runfile.codec import iso_time
from .runfile.layout import new_run_id
from .runfile.leftovers import remove_unmade
from .runfile.names import is_address
from .sample_ids import GivenIds
from .tracking import TrackedWriter, Tracker, check_trackers

Resume = Literal["never", "allow", "must"]
TOLD = {"class_names": "class names", "output_class_names": "class names"}
UNNAMED = "run"  # until it is made; format 1.0 left it at that


def start_run(
    root: str | Path,
    *,
    name: str | None = None,
    group: str = "",
    config: Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    output_class_names: Mapping[str, list[str]] | None = None,
    unit: Unit = "epoch",
    resume: Resume = "never",
    sampling: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    epochs: int | None = None,
    durability: Durability = "process",
    sample_ids: GivenIds | None = None,
    trackers: Sequence[Tracker] = (),
) -> RetryingWriter:
    """A new run in `root`, or the next attempt of the newest one of that name.

    A disk that is full or read-only is no error: the run is started once it takes something. Nor is a run that is too
    broken to go on with: unless it must be, a warning names it and a new one begins.

    Args:
        root: folder of runs; made where it is missing. Where it is an address of object storage (`s3://bucket/runs`),
            the run is recorded in a folder of this machine, and sent there by a thread beside the training.
        name: of the run; None for two words that are made up.
        group: what it belongs to: the runs of several seeds or folds, say.
        config: what `plain_config` takes, to be compared between runs.
        class_names: of the output's classes; for a binary output the negative, then the positive one.
        output_class_names: the same of several outputs, by name.
        unit: what its points are counted in, as far as that is known by now.
        resume: "never" starts a new run; "allow" goes on with the newest run of that name, if there is one; "must"
            raises where there is none. Without a name it is the newest that was given none.
        sampling: how prediction samples are chosen.
        versions: of what took part, by name.
        epochs: how many are planned; None if that is not known.
        durability: what an epoch on disk survives: "process" the death of the process, at once, and a power cut once
            the system has written it (half a minute, as a rule); "power" a power cut at once: each epoch then waits for
            the disk.
        sample_ids: what the user calls the samples; of a run that goes on they must be those that are recorded.
        trackers: what logs chosen values beside it.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `config` is not JSON-able, or `trackers` are none.
        FileNotFoundError: `resume="must"`, and there is no run of that name.
        RunBusyError: The run to go on with is being written by another process.
        OSError: `root` is a file, or in one.
    """
    root = checked_root(root)
    _check_one_of("resume", resume, ("never", "allow", "must"))
    _check_one_of("durability", durability, ("process", "power"))
    check_trackers(trackers)
    manifest = Manifest(
        run_id="",
        name=_checked_name(name),
        named=name is not None,
        group=plain_text("group", group),
        created=iso_time(time.time()),
        config=plain_config({} if config is None else config),
        class_names=None if class_names is None else plain_names("class_names", class_names),
        output_class_names=None if output_class_names is None else dict(output_class_names),
        unit=unit,
        sampling=plain_config(sampling or {}),
        versions=_own_versions() | {part: plain_text(part, version) for part, version in (versions or {}).items()},
    )
    begin = begin_line(
        epochs=epochs,
        config=manifest.config or None,
        group=manifest.group or None,
        class_names=manifest.class_names,
        output_class_names=manifest.output_class_names,
    )
    manifest.host, manifest.pid = begin.host, begin.pid
    passed_over = Guard()

    def broken(folder: Path, error: Exception) -> None:
        passed_over.once(folder.name, f"{folder.name} is too broken to go on with: {error}")

    def start() -> RunFileWriter:
        found = None if resume == "never" else _newest(root, manifest, broken)
        if found is None and resume == "must":
            wanted = f"named {manifest.name!r}" if manifest.named else "without a name"
            raise FileNotFoundError(f'resume="must" needs a run {wanted} to go on with. Received: {root}')
        if found is None:
            return _made(root, manifest, begin, durability)
        if sample_ids is not None:
            sample_ids.check(found)
        try:
            return _resumed(found, begin, durability)
        except (RunFormatError, *NOT_MENDED_BY_WAITING) as error:
            if resume == "must":
                raise
            broken(found, error)
            return _made(root, manifest, begin, durability)

    beside = _mirror_of(root)
    return TrackedWriter(root, start, trackers, beside) if trackers else RetryingWriter(root, start, beside)


def checked_root(root: str | Path) -> Path:
    """The folder of runs as it stays, wherever the process goes: absolute, and with a home for `~`.

    Of an address of object storage it is the folder of this machine in which its runs are recorded first.

    Raises:
        ValueError: It is an address that names no place, or that nobody knows, or holds a NUL.
        ModuleNotFoundError: It is an address whose package is not installed.
        TypeError: It is no path.
    """
    if not isinstance(root, str | os.PathLike):
        raise TypeError(f"root must be a string or a path. Received: {root!r}")
    if "\0" in str(root):
        raise ValueError(f"root must be a path, without NUL. Received: {str(root)!r:.200}")
    if is_address(root):
        return spool_of(root)
    return Path(os.path.abspath(os.path.expanduser(root)))  # noqa: PTH100, PTH111 - a `~name` that is nobody stays one


def _mirror_of(root: Path) -> Beside | None:
    """What sends the runs of a folder to where they go; None where they stay."""
    url = address_of(root)
    if url is None:
        return None
    from .mirror.beside import Mirror

    return Mirror(url)


def _check_one_of(name: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        *others, last = (f'"{one}"' for one in known)
        raise ValueError(f"{name} must be {', '.join(others)} or {last}. Received: {value!r}")


def check_whole(name: str, value: Any, *, least: int) -> int:
    """`value`, which must be an integer of `least` or more; raises ValueError if not."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer of {least} or more. Received: {value!r}")
    return value


def whole(name: str, value: Any) -> int:
    """`value` as an int; raises TypeError where it is no whole number, of NumPy say."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number. Received: {value!r}") from None


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of packages by name; what is not installed is left out."""
    from importlib import metadata  # with the whole of `email`: half as long again to import `recorder`

    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except (metadata.PackageNotFoundError, OSError):  # the second where no file can be opened
            continue
    return found


def _own_versions() -> dict[str, str]:
    return {"python": platform.python_version()} | installed_versions(("epochreel", "numpy", "pyarrow"))


def _checked_name(name: str | None) -> str:
    if name is None:
        return UNNAMED
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"name must be a string that is not empty. Received: {name!r}")
    return plain_text("name", name)


def _resumed(found: Path, begin: BeginLine, durability: Durability) -> RunFileWriter:
    """The next attempt of a run."""
    writer = RunFileWriter.resume(found, begin, durability=durability)
    if writer.differs:
        told = " and ".join(dict.fromkeys(TOLD.get(part, part) for part in writer.differs))
        warn(f"epochreel: {found.name} goes on with other values of {told} than it began with; both are recorded.")
    return writer


def _made(root: Path, manifest: Manifest, begin: BeginLine, durability: Durability) -> RunFileWriter:
    """A new run, under a name that nobody has; of one that the disk cut short nothing stays."""
    if manifest.run_id:  # of an earlier call, of which the disk may have let nothing be removed
        remove_unmade(root / manifest.run_id)
    while True:
        if not manifest.named:
            manifest.name = made_up_name(root)
        manifest.run_id = new_run_id(manifest.name, from_iso(begin.time))
        try:
            return RunFileWriter.create(root, manifest, begin, durability=durability)
        except FileExistsError:
            manifest.run_id = ""  # that of somebody else's run, of which nothing may be removed
            if not root.is_dir():
                raise
        except OSError:
            remove_unmade(root / manifest.run_id)
            raise


def _newest(root: Path, wanted: Manifest, broken: Callable[[Path, Exception], None]) -> Path | None:
    """The newest run in `root` of that name, or of none as well.

    What is no readable run is passed over; `broken` is told of those that may be the one that is wanted.
    """
    for folder in sorted(root.iterdir(), reverse=True) if root.is_dir() else []:
        if is_run(folder):
            try:
                if _alike(read_manifest(folder), wanted):
                    return folder
            except (RunFormatError, OSError) as error:
                if not wanted.named or name_in_folder(folder.name) == slug(wanted.name):
                    broken(folder, error)
    return None


def _alike(found: Manifest, wanted: Manifest) -> bool:
    if wanted.named:
        return found.name == wanted.name
    return not found.named or (found.format == "1.0" and found.name == UNNAMED)
