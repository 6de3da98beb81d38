"""Every setting holds in every command that it has a meaning for: as an option, a variable and a line of a file."""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.cli import app
from viewer.cli.looking import knobs_of, look_of
from viewer.config import setting_names
from viewer.dashboard.following import Follow
from viewer.surfaces import surface

LIVE = {
    "metrics",
    "output",
    "split",
    "threshold",
    "layout",
    "theme",
    "band",
    "prevalence",
    "best",
    "formulas",
    "samples",
    "port",
    "address",
    "certificate",
    "key",
}
DRAWN = LIVE - {"port", "address", "certificate", "key"} | {"size", "dpi"}
HOLDS = {  # what each command has a use for; a setting that is not here has none there
    "watch": LIVE | {"dir", "every"},
    "replay": LIVE,
    "frames": DRAWN - {"size"} | {"dir", "every"},  # the size is that of the cell
    "export": DRAWN | {"every", "fps"},
    "export table": {"metrics", "output", "split", "threshold", "prevalence", "formulas"},
    "metrics": {"metrics", "output", "split", "threshold", "prevalence", "formulas"},
    "list": {"dir", "metrics", "output", "split", "threshold", "prevalence", "formulas"},
    "compare": {"metrics", "output", "split", "threshold", "best", "formulas"},
    "compare film": {"metrics", "output", "split", "threshold", "best", "formulas", "theme", "size", "dpi", "fps"},
    "choose": {"output", "split", "prevalence", "formulas"},
    "samples": {"output", "split"},
}
VALUES: dict[str, Any] = {
    "metrics": ["npv", "maximum(recall, precision)"], "output": "second", "split": "other",
    "threshold": 0.3, "band": 0.5,
    "prevalence": 0.1, "best": "max(fp)", "layout": "scores", "theme": "dark", "every": 2,
    "address": "0.0.0.0", "port": 4321, "fps": 3.0,
    "certificate": "/certificate.pem", "key": "/key.pem", "size": "640x480", "dpi": 150,
}  # fmt: skip
FLAGS = {"metrics": "-m"}  # whose option is not called as the setting is
numbers = itertools.count()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, join_outputs: Callable[..., Path]) -> Path:
    """Two folders of runs: `runs` has two, with two outputs and a split more than usual; `elsewhere` has one."""
    root, rng = tmp_path_factory.mktemp("settings"), np.random.default_rng(0)
    for name in ("runs/a", "runs/b", "elsewhere/c"):
        parts = {}
        for output in ("first", "second"):
            with RunWriter(tmp_path_factory.mktemp("part"), name=output) as writer:
                truth = rng.integers(0, 2, 60)
                for epoch in range(4):
                    arrays = {split: (truth, (rng.random(60) + truth * spread).clip(0, 1))
                              for split, spread in (("train", 0.1), ("val", 0.2), ("other", 0.3))}  # fmt: skip
                    writer.epoch(epoch, logs={"loss": 1.0}, **arrays)
            parts[output] = viewer.open_run(writer.folder)
        join_outputs(root / Path(name).parent, parts, Path(name).name)
    return root


class Seen:
    """What a command has made of its settings, whatever it draws on."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._runs, self._folder, self._made = sorted((root / "runs").iterdir()), folder, ""
        monkeypatch.chdir(root)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
        for where in ("viewer.export.still.still", "viewer.export.film.film"):
            monkeypatch.setattr(where, self._drawn)
        monkeypatch.setattr(
            "viewer.comparison.Comparison.save", lambda *found, **options: self._saved(*found, **options)
        )
        monkeypatch.setattr(sys.modules["viewer.cli.watch"], "_open", self._opened)

    def __call__(self, command: str, *words: str, **environment: str) -> tuple[int, str]:
        """Exit code, and all that can be seen."""
        self._made, film = "", str(self._folder / "x.gif")
        run, other = map(str, self._runs)
        base: dict[str, list[str]] = {
            "watch": [], "replay": [run], "frames": [], "export": [run, "--to", film],
            "export table": [run, "--to", str(self._folder / "x.csv")], "metrics": [run, "--format", "csv"],
            "list": ["--format", "csv"], "compare": [run, other, "--format", "json"],
            "compare film": [run, other, "--to", film], "choose": [run, "--format", "json", "--repeats", "1"],
            "samples": [run, "--format", "csv"],
        }  # fmt: skip
        positional = base[command]
        result = invoke([command.split()[0], *positional, *words], env=environment)
        assert result.exception is None or isinstance(result.exception, ValueError | SystemExit), result.exception
        table = self._folder / "x.csv"
        text = result.output + str(result.exception or "") + self._made + (table.read_text() if table.exists() else "")
        return result.exit_code, re.sub(r" at 0x[0-9a-f]+", "", text)  # where in memory a function stands

    def _drawn(self, framer: Any, *rest: Any, look: Any, cut: Any = None, **_: Any) -> None:
        knobs = getattr(framer, "knobs", None) or framer._knobs
        where = getattr(framer, "folder", "")
        self._made = f"{knobs} {look} {cut} {where}"

    def _saved(self, found: Any, to: Path, **options: Any) -> None:
        self._made = f"{[value for key, value in options.items() if key != 'progress']} {found.summary}"

    def _opened(self, follow: Any, settings: Any, shown_by: Any, **_: Any) -> None:
        where, look = follow.folder, look_of(settings)
        served: tuple[Any, ...] = (
            settings.port,
            settings.address,
            settings.certificate,
            settings.key,
            isinstance(follow, Follow) and settings.every,
        )  # a replay has no new ones
        if shown_by is surface("stream"):  # has no page, and a size of its own
            served = (look.size, look.dpi, settings.every)
        self._made = f"{knobs_of(settings)} {look.layout} {look.theme} {where} {served}"


@pytest.fixture
def seen(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Seen:
    return Seen(root, monkeypatch, tmp_path)


@functools.cache
def options_of(command: str) -> set[str]:
    """The settings that a command has an option for."""
    from typer.main import get_command

    return {parameter.name for parameter in get_command(app).commands[command.split()[0]].params}  # type: ignore[attr-defined]


def value_of(setting: str, root: Path, folder: Path) -> tuple[Any, list[str]]:
    """A value that is no default, and the words to ask for it where it needs asking."""
    if setting == "dir":
        return str(root / "elsewhere"), []
    if setting == "formulas":  # a new name each time: what was registered once stays in this process
        name = f"mine{next(numbers)}"
        path = folder / f"{name}.py"
        path.write_text(f"import viewer\n@viewer.formula\ndef {name}(tp, fp):\n    return tp - fp\n")
        return [str(path)], [name]
    if setting == "samples":
        path = folder / "show.py"
        path.write_text("def show(sample):\n    return str(sample)\n")
        return str(path), []
    return VALUES[setting], []


def as_option(setting: str, value: Any) -> list[str]:
    if setting == "dir":
        return [value]
    flag = FLAGS.get(setting, f"--{setting}")
    return [word for one in (value if isinstance(value, list) else [value]) for word in (flag, str(one))]


def variable(setting: str) -> str:
    return f"EPOCHREEL_{setting.upper()}"


def asking(command: str, names: Sequence[str]) -> list[str]:
    flag = "--for" if command == "choose" else "-m"
    return [word for name in names for word in (flag, name)]


@pytest.mark.parametrize(
    ("command", "setting"), [(command, setting) for command, held in HOLDS.items() for setting in sorted(held)]
)
def test_a_setting_holds_in_a_command(seen: Seen, root: Path, tmp_path: Path, command: str, setting: str) -> None:
    """As an option (where there is one), a variable and a line of one's own file it does the same, and something."""
    ways: dict[str, Callable[[Any, list[str]], tuple[int, str]]] = {
        "option": lambda value, words: seen(command, *words, *as_option(setting, value)),
        "variable": lambda value, words: seen(
            command, *words, **{variable(setting): ", ".join(value) if isinstance(value, list) else str(value)}
        ),
        "file": lambda value, words: of_file(value, words),
    }  # fmt: skip

    def of_file(value: Any, words: list[str]) -> tuple[int, str]:
        file = tmp_path / "epochreel" / "epochreel.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{setting} = {msgspec.json.encode(value).decode()}\n")
        found = seen(command, *words)
        file.unlink()
        return found

    if setting not in options_of(command):
        assert command == "frames", "an option is missing"
        del ways["option"]
    found = {}
    for way, ask in ways.items():
        value, names = value_of(setting, root, tmp_path)
        words = asking(command, names)
        without = seen(command, *words)
        code, text = ask(value, words)
        assert code == 0, f"{way}: {text}"
        assert (code, text) != without, f"{way}: nothing has changed"
        found[way] = text.replace(names[0], "mine").replace("lambda", "") if names else text
    if setting != "formulas":  # each way has a function of its own there
        assert len(set(found.values())) == 1


def test_the_table_knows_every_setting() -> None:
    """A setting that no command holds is none, and a new one must be entered here."""
    assert set(setting_names()) == set().union(*HOLDS.values())


@pytest.mark.parametrize("command", HOLDS)
def test_what_has_no_meaning_for_a_command_does_it_no_harm(seen: Seen, command: str) -> None:
    """All settings that it has no use for, set at once, change nothing."""
    others = set(VALUES) - HOLDS[command]
    environment = {variable(name): str(VALUES[name]) for name in others if name != "metrics"}
    assert seen(command, **environment) == seen(command)
