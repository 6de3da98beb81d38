"""Settings: arguments over environment over `epochreel.toml` over defaults, and where each value comes from."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

FILE, PREFIX = "epochreel.toml", "EPOCHREEL_"
Unit = msgspec.Meta(ge=0, le=1)


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What can be set; the environment variable of `theme` is `EPOCHREEL_THEME`.

    Args:
        dir: folder of runs.
        metrics: formulas, as behind `-m`.
        split: of distributions and matrices; validation where there is any if not set.
        threshold: above it a score is positive; the decision's if not set.
        band: level of the credible bands, 0 for none.
        prevalence: formulas as if positives were that rare.
        layout: of the dashboard; the default of the run's kind if not set.
        theme: light or dark.
        formulas: Python files with formulas and panels of one's own.
        every: draw every n-th new epoch.
        address: that the browser surface listens on.
        port: of the browser surface; 0 takes a free one.
        fps: pictures a second: of films, and at most of the notebook.
        size: pixels of pictures and films, WIDTHxHEIGHT.
        dpi: pixels an inch; text grows with it.
    """

    dir: str = "runs"
    metrics: list[str] = []
    split: str | None = None
    threshold: float | None = None
    band: float = 0.95
    prevalence: float | None = None
    layout: str | None = None
    theme: Literal["light", "dark"] = "light"
    formulas: list[str] = []
    every: int = 1
    address: str = "127.0.0.1"
    port: int = 0
    fps: float = 10.0
    size: str = "1280x720"
    dpi: int = 100


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings in force.

    Args:
        settings: the values.
        sources: where each comes from, by name: "argument", the variable, the file, or "default".
    """

    settings: Settings
    sources: Mapping[str, str]


def resolve(
    arguments: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    files: list[Path] | None = None,
) -> Resolved:
    """The settings in force.

    Args:
        arguments: by name; None means not given.
        environment: of the process if None.
        files: `epochreel.toml` files, the strongest first; those beside the work and of the user if None.

    Raises:
        ValueError: A key is unknown, a value is of the wrong kind, or a file is no TOML.
    """
    values: dict[str, Any] = {}
    sources = dict.fromkeys(_names(), "default")
    layers = [(str(path), _from_file(path)) for path in reversed(config_files() if files is None else files)]
    layers += [
        (PREFIX + name.upper(), {name: value}) for name, value in _from_environment(environment or os.environ).items()
    ]
    layers.append(("argument", {name: value for name, value in (arguments or {}).items() if value is not None}))
    for source, layer in layers:
        for name, value in layer.items():
            values[name] = _checked(name, value, source)
            sources[name] = source
    return Resolved(Settings(**values), sources)


def config_files() -> list[Path]:
    """The `epochreel.toml` beside the work, then the user's own, where they exist."""
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "epochreel" / FILE
    return [path for path in (Path(FILE).absolute(), own) if path.is_file()]


def _names() -> list[str]:
    return [field.name for field in msgspec.structs.fields(Settings)]


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} must be TOML. Received: {error}") from error
    for name in found:
        if name not in _names():
            near = difflib.get_close_matches(name, _names(), n=1, cutoff=0.4)
            nearest = f"nearest: {near[0]}; " if near else ""
            known = ", ".join(_names())
            raise ValueError(f"a key of {path.name} must be known ({nearest}known: {known}). Received: {name!r}")
    if "formulas" in found and isinstance(found["formulas"], list):
        found["formulas"] = [str(path.parent / str(item)) for item in found["formulas"]]
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    given = {name: environment[PREFIX + name.upper()] for name in _names() if PREFIX + name.upper() in environment}
    return {
        name: [part.strip() for part in text.split(",")] if name in ("metrics", "formulas") else text
        for name, text in given.items()
    }


def _checked(name: str, value: Any, source: str) -> Any:
    kind = next(field.type for field in msgspec.structs.fields(Settings) if field.name == name)
    try:
        found = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name} must be what it is for: {error}. Received: {value!r} (from {source})") from error
    low, high = {"threshold": (0, 1), "band": (0, 0.9999), "prevalence": (0, 1), "every": (1, None), "fps": (0.1, 60),
                 "port": (0, 65535), "dpi": (50, 400)}.get(name, (None, None))  # fmt: skip
    if found is not None and ((low is not None and found < low) or (high is not None and found > high)):
        rule = f"in [{low}, {high}]" if high is not None else f"{low} or more"
        raise ValueError(f"{name} must be {rule}. Received: {value!r} (from {source})")
    return found
