"""How a run is started, or gone on with."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import msgspec

from .retrying import RetryingWriter
from .runfile import Manifest, RunFileWriter, RunFormatError, begin_line, is_run, read_manifest
from .runfile.codec import iso_time
from .runfile.layout import new_run_id

Resume = Literal["never", "allow", "must"]


def start_run(
    root: str | Path,
    *,
    name: str | None = None,
    group: str = "",
    config: Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    resume: Resume = "never",
    sampling: Mapping[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    epochs: int | None = None,
) -> RetryingWriter:
    """A new run in `root`, or the next attempt of the newest one of that name.

    Args:
        root: folder of runs; made where it is missing.
        name: of the run; "run" if None.
        group: what it belongs to: the runs of several seeds or folds, say.
        config: anything JSON can hold, to be compared between runs.
        class_names: of the output's classes; for a binary output the negative, then the positive one.
        resume: "never" starts a new run; "allow" goes on with the newest run of that name, if there is one; "must"
            raises where there is none.
        sampling: how prediction samples are chosen.
        versions: of what took part, by name.
        epochs: how many are planned; None if that is not known.

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: `config` is not JSON-able.
        FileNotFoundError: `resume="must"`, and there is no run of that name.
        OSError: The folder cannot be made.
    """
    _check_arguments(name, group, config, class_names, resume)
    name = "run" if name is None else name
    root = Path(root)
    begin = begin_line(epochs=epochs)
    found = None if resume == "never" else _newest(root, name)
    if found is not None:
        return RetryingWriter(RunFileWriter.resume(found, begin))
    if resume == "must":
        raise FileNotFoundError(f'resume="must" needs a run named {name!r} to go on with. Received: {root}')
    manifest = Manifest(
        run_id="",
        name=name,
        group=group,
        created=iso_time(time.time()),
        config=dict(config or {}),
        class_names=None if class_names is None else list(class_names),
        sampling=dict(sampling or {}),
        versions=_versions() | dict(versions or {}),
        host=begin.host,
        pid=begin.pid,
    )
    while True:
        manifest.run_id = new_run_id(name, time.time())
        try:
            return RetryingWriter(RunFileWriter.create(root, manifest, begin))
        except FileExistsError:
            if not root.is_dir():
                raise


def check_whole(name: str, value: Any, *, least: int) -> int:
    """`value`, which must be an integer of `least` or more; raises ValueError if not."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer of {least} or more. Received: {value!r}")
    return value


def _check_arguments(
    name: str | None,
    group: str,
    config: Mapping[str, Any] | None,
    class_names: Sequence[str] | None,
    resume: str,
) -> None:
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise ValueError(f"name must be a string that is not empty. Received: {name!r}")
    if not isinstance(group, str):
        raise ValueError(f"group must be a string. Received: {group!r}")
    if resume not in ("never", "allow", "must"):
        raise ValueError(f'resume must be "never", "allow" or "must". Received: {resume!r}')
    if class_names is not None and (
        isinstance(class_names, str) or not all(isinstance(item, str) for item in class_names)
    ):
        raise ValueError(f"class_names must be a sequence of strings. Received: {class_names!r}")
    if config is not None and not isinstance(config, Mapping):
        raise TypeError(f"config must be a mapping that JSON can hold. Received: {type(config).__name__}")
    try:
        msgspec.json.decode(msgspec.json.encode(dict(config or {})), type=dict[str, Any])
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise TypeError(f"config must be a mapping that JSON can hold. Received: {config!r} ({error})") from error


def _newest(root: Path, name: str) -> Path | None:
    """The newest run of that name in `root`; what is no readable run is passed over."""
    for folder in sorted(root.iterdir(), reverse=True) if root.is_dir() else []:
        if is_run(folder):
            try:
                if read_manifest(folder).name == name:
                    return folder
            except (RunFormatError, OSError):
                continue
    return None


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("epochreel", "numpy", "pyarrow"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
