"""Settings: which layer wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.config import Settings, resolve
from viewer.formulas import split_formulas
from viewer.trust import trust


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


def test_files_of_formulas_stand_beside_the_file_that_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path in a trusted file is relative to that file; in the environment it stays as it is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    path = toml(tmp_path / "a", 'formulas = ["mine.py"]')
    trust(path, path.read_bytes(), [str(tmp_path / "a" / "mine.py")])
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
        ("every", 0, r"^every must be a whole number, 1 or more\. Received: 0 \(from argument\)$"),
        ("threshold", float("nan"), r"^threshold must be in \[0, 1\]\. Received: nan \(from argument\)$"),
        ("threshold", "much", r"^threshold must be in \[0, 1\]\. Received: 'much' \(from argument\)$"),
        ("theme", "blue", r"^theme must be light or dark\. Received: 'blue' \(from argument\)$"),
        ("port", "many", r"^port must be a whole number in \[0, 65535\]\. Received: 'many' \(from argument\)$"),
        ("metrics", "f1", r"^metrics must be a list of formulas\. Received: 'f1' \(from argument\)$"),
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


def test_commas_within_brackets_and_quotes_part_nothing() -> None:
    """A list in the environment is split between formulas only; an empty variable is no setting."""
    variables = {"EPOCHREEL_METRICS": "maximum(a, b), f1@`x, y`, log((tp), (fp, [fn, tn])) ,", "EPOCHREEL_THEME": ""}
    found = resolve(environment=variables, files=[])
    assert found.settings.metrics == ["maximum(a, b)", "f1@`x, y`", "log((tp), (fp, [fn, tn]))"]
    assert found.sources["theme"] == "default"


@given(
    st.lists(
        st.recursive(
            st.text("ab1 @._", min_size=1).map(str.strip).filter(bool),
            lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"f({', '.join(parts)})"),
        ),
        min_size=1,
    )
)
def test_a_list_of_formulas_comes_back_from_one_text(formulas: list[str]) -> None:
    """Joined by commas and split again they are the same, however deep their brackets."""
    assert split_formulas(", ".join(formulas)) == formulas
