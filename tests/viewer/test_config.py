"""Settings: which layer wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewer.config import Settings, resolve


def toml(folder: Path, text: str) -> Path:
    """A settings file in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / "epochreel.toml"
    path.write_text(text)
    return path


def test_arguments_go_before_environment_before_files_before_defaults(tmp_path: Path) -> None:
    """Each layer hides the ones below it, and the source of every value is named."""
    beside, own = toml(tmp_path / "a", "port = 1\nfps = 3\nband = 0.8"), toml(tmp_path / "b", "port = 2\ndpi = 90")
    found = resolve({"fps": 5.0, "theme": None}, environment={"EPOCHREEL_PORT": "7"}, files=[beside, own])
    assert (found.settings.fps, found.settings.port, found.settings.band, found.settings.dpi) == (5.0, 7, 0.8, 90)
    assert found.settings.theme == "light"
    assert [found.sources[name] for name in ("fps", "port", "band", "dpi", "theme")] == [
        "argument", "EPOCHREEL_PORT", str(beside), str(own), "default",
    ]  # fmt: skip


def test_files_of_formulas_stand_beside_the_file_that_names_them(tmp_path: Path) -> None:
    """A relative path in a file is relative to that file; in the environment it stays as it is."""
    path = toml(tmp_path / "a", 'formulas = ["mine.py"]')
    assert resolve(environment={}, files=[path]).settings.formulas == [str(tmp_path / "a" / "mine.py")]
    assert resolve(environment={"EPOCHREEL_FORMULAS": "x.py, y.py"}, files=[]).settings.formulas == ["x.py", "y.py"]


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    """A misspelt key is an error that names the key that was meant, and all that are known."""
    path = toml(tmp_path / "a", "tresholds = 0.3")
    with pytest.raises(ValueError, match=r"^a key of epochreel\.toml must be known \(nearest: threshold; known: dir, "):
        resolve(environment={}, files=[path])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("threshold", 1.5, r"^threshold must be in \[0, 1\]\. Received: 1\.5 \(from argument\)$"),
        ("every", 0, r"^every must be 1 or more\. Received: 0 \(from argument\)$"),
        ("theme", "blue", r"^theme must be "),
        ("port", "many", r"^port must be "),
    ],
)
def test_a_wrong_value_names_rule_value_and_source(name: str, value: object, message: str) -> None:
    """Values out of range or of the wrong kind are refused with the rule, the value and where it came from."""
    with pytest.raises(ValueError, match=message):
        resolve({name: value}, environment={}, files=[])


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """A broken file is one error with its name."""
    with pytest.raises(ValueError, match=r"^epochreel\.toml must be TOML\."):
        resolve(environment={}, files=[toml(tmp_path / "a", "= 3")])


def test_defaults_need_nothing() -> None:
    """Without arguments, environment and files there are the defaults."""
    assert resolve(environment={}, files=[]).settings == Settings()
