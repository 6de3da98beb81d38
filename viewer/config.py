"""Settings: arguments over environment over `epochreel.toml` over defaults, and where each value comes from."""

from __future__ import annotations

import difflib
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from .trust import NEED_TRUST, is_trusted, trust, user_folder

FILE, PREFIX = "epochreel.toml", "EPOCHREEL_"
PATHS = ("samples", "certificate", "key")  # which a file names from where it is
LISTS = ("metrics", "formulas")
ANY = -math.inf, math.inf
RULES: dict[str, tuple[str, float, float]] = {  # in words, and the lowest and highest number
    "dir": ("a path", *ANY),
    "metrics": ("a list of formulas", *ANY),
    "output": ("the name of an output", *ANY),
    "split": ("the name of a split", *ANY),
    "threshold": ("in [0, 1]", 0, 1),
    "band": ("in [0, 0.9999]", 0, 0.9999),
    "prevalence": ("in [0, 1]", 0, 1),
    "best": ("a formula or log of which one end is good, or max(...) or min(...) of any", *ANY),
    "layout": ("panels, as --layout takes them", *ANY),
    "theme": ("light or dark", *ANY),
    "formulas": ("a list of Python files", *ANY),
    "samples": ("a Python file with a function show(sample)", *ANY),
    "every": ("a whole number, 1 or more", 1, math.inf),
    "address": ("an address or the name of a host", *ANY),
    "port": ("a whole number in [0, 65535]", 0, 65535),
    "certificate": ("a PEM file", *ANY),
    "key": ("a PEM file", *ANY),
    "fps": ("in [0.1, 60]", 0.1, 60),
    "size": ("WIDTHxHEIGHT in pixels", *ANY),
    "dpi": ("a whole number in [50, 400]", 50, 400),
}


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """What can be set; the environment variable of `theme` is `EPOCHREEL_THEME`.

    Args:
        dir: folder of runs.
        metrics: formulas, as behind `-m`.
        output: of the model, by name; the first one if not set.
        split: samples that distributions and matrices show; validation, where there is any, if not set.
        threshold: a score above it counts as positive; the decision threshold if not set.
        band: level of the credible bands, 0 for none.
        prevalence: share of positives that formulas are evaluated for; the recorded one if not set.
        best: formula or log that names the best epoch; the validation loss where there is one, else MCC, if not set.
        layout: of the dashboard; the default of the run's kind if not set.
        theme: light or dark.
        formulas: Python files with formulas and panels of one's own.
        samples: Python file whose function `show(sample)` says what a sample looks like.
        every: draw only every n-th new epoch.
        address: that the page for the browser listens on.
        port: of that page; 0 takes a free one.
        certificate: file of the certificate that encrypts the page.
        key: file of the certificate's private key.
        fps: epochs per second of films.
        size: pixels of pictures and films, WIDTHxHEIGHT.
        dpi: pixels per inch; a larger number makes the text larger.
    """

    dir: str = "runs"
    metrics: list[str] = []
    output: str | None = None
    split: str | None = None
    threshold: float | None = None
    band: float = 0.95
    prevalence: float | None = None
    best: str | None = None
    layout: str | None = None
    theme: Literal["light", "dark"] = "light"
    formulas: list[str] = []
    samples: str | None = None
    every: int = 1
    address: str = "127.0.0.1"
    port: int = 0
    certificate: str | None = None
    key: str | None = None
    fps: float = 10.0
    size: str = "1280x720"
    dpi: int = 100


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings in force.

    Args:
        settings: the values.
        sources: where each comes from, by name: "argument", the variable, the file, or "default".
        not_taken: what a file says that its user has not trusted, by name of the setting.
    """

    settings: Settings
    sources: Mapping[str, str]
    not_taken: Mapping[str, Path] = field(default_factory=dict)

    @property
    def warning(self) -> str:
        """One line on what was not taken and how it would be; "" where there is nothing to say."""
        if not self.not_taken:
            return ""
        path, names = next(iter(self.not_taken.values())), ", ".join(self.not_taken)
        return f"not taken from {path}: {names}; read it, then trust it as it is with: epochreel config --trust"


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
        files: `epochreel.toml` files, the strongest first; that of the current folder and the user's own if None.
            What runs code or lets others in is taken from the user's own and from those that they have trusted.

    Raises:
        ValueError: A key is unknown, a value is of the wrong kind, or a file is no TOML.
    """
    values: dict[str, Any] = {}
    sources = dict.fromkeys(setting_names(), "default")
    layers: list[tuple[str, dict[str, Any]]] = []
    not_taken: dict[str, Path] = {}
    for path in reversed(config_files() if files is None else files):
        taken, refused = _trusted_part(path)
        layers.append((str(path), taken))
        not_taken |= dict.fromkeys(refused, path)
    given = _from_environment(os.environ if environment is None else environment)
    layers += [(PREFIX + name.upper(), {name: value}) for name, value in given.items()]
    layers.append(("argument", {name: value for name, value in (arguments or {}).items() if value is not None}))
    for source, layer in layers:
        for name, value in layer.items():
            values[name] = _checked(name, value, source)
            sources[name] = source
    return Resolved(Settings(**values), sources, not_taken)


def config_files() -> list[Path]:
    """The `epochreel.toml` of the current folder, then the user's own, where they exist."""
    return [path for path in (Path(FILE).absolute(), user_folder() / FILE) if path.is_file()]


def trust_folder() -> tuple[Path, dict[str, Any]]:
    """Trusts the settings file of the current folder as it is; its path, and what it says that needed trust.

    Raises:
        ValueError: There is no such file, or it cannot be read.
    """
    path = Path(FILE).absolute()
    if not path.is_file():
        raise ValueError(f"there must be a file {FILE} in the current folder to trust. Received: {path.parent}")
    content = path.read_bytes()
    found = _parsed(path, content)
    trust(path, content, _code_of(found))
    return path, {name: found[name] for name in NEED_TRUST if name in found}


def _trusted_part(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What a file says, and the names of what is left out of it because nobody has trusted it."""
    content = path.read_bytes()
    found = _parsed(path, content)
    asking = [name for name in NEED_TRUST if name in found]
    if not asking or path == user_folder() / FILE or is_trusted(path, content, _code_of(found)):
        return found, []
    return {name: value for name, value in found.items() if name not in asking}, asking


def _code_of(found: Mapping[str, Any]) -> list[str]:
    """The Python files that a settings file names."""
    formulas, samples = found.get("formulas", []), found.get("samples")
    return [*(formulas if isinstance(formulas, list) else []), *([samples] if isinstance(samples, str) else [])]


def setting_names() -> list[str]:
    """The names of all settings, in the order in which they are shown."""
    return list(Settings.__struct_fields__)


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} must be TOML. Received: {error}") from error
    for name in found:
        if name not in setting_names():
            near = difflib.get_close_matches(name, setting_names(), n=1, cutoff=0.4)
            nearest = f"nearest: {near[0]}; " if near else ""
            known = ", ".join(setting_names())
            raise ValueError(f"a key of {path.name} must be known ({nearest}known: {known}). Received: {name!r}")
    if "formulas" in found and isinstance(found["formulas"], list):
        found["formulas"] = [str(path.parent / str(item)) for item in found["formulas"]]
    for name in PATHS:
        if isinstance(found.get(name), str):
            found[name] = str(path.parent / found[name])
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """What is set by name; an empty variable counts as not set."""
    given = {name: environment.get(PREFIX + name.upper(), "") for name in setting_names()}
    return {name: _listed(text) if name in LISTS else text for name, text in given.items() if text}


def _listed(text: str) -> list[str]:
    from .formulas import split_formulas

    return [part for part in split_formulas(text) if part]


def _checked(name: str, value: Any, source: str) -> Any:
    kind = next(field.type for field in msgspec.structs.fields(Settings) if field.name == name)
    rule, low, high = RULES[name]
    try:
        found = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name} must be {rule}. Received: {value!r} (from {source})") from error
    if isinstance(found, int | float) and not low <= found <= high:  # NaN is in no range
        raise ValueError(f"{name} must be {rule}. Received: {value!r} (from {source})")
    return found
