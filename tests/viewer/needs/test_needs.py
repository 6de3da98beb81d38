"""What is said where an extra is not installed: which one to install, everywhere, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from tests.conftest import later_rows
from viewer.needs import EXTRAS, sentence

ROOT = Path(__file__).parents[3]
PACKAGES = {"imageio_ffmpeg": "imageio-ffmpeg", "PIL": "pillow", "IPython": "ipython", "PySide6": "PySide6-Essentials"}
# Modules of this process are hidden from what comes after, as if they were not installed.
HIDE = """
import sys
hidden = set(sys.argv.pop(1).split(","))
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""
COMMAND = HIDE + "from viewer.__main__ import main; main()"
PYTHON = HIDE + "import viewer; run = viewer.open_run(sys.argv[1]); eval(sys.argv[2])"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of two epochs."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path_factory.mktemp("runs"), name="bare") as writer:
        for epoch in range(2):
            writer.epoch(epoch, logs={"loss": 1.0}, val=(rng.integers(0, 2, 40), rng.random(40)))
    return str(writer.folder)


def ended(program: str, hidden: str, *words: str, folder: Path) -> tuple[int, str]:
    """Exit status and last line on standard error, without these modules."""
    command = [sys.executable, "-P", "-c", program, hidden, *words]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=100,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert "Traceback" not in found.stderr or program is PYTHON, found.stderr
    return found.returncode, found.stderr.strip().splitlines()[-1] if found.stderr.strip() else ""


def test_the_table_is_that_of_the_package() -> None:
    """Each module stands under the extra that brings it."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for extra, modules in EXTRAS.items():
        names = {requirement.split(">=")[0] for requirement in declared[extra]}
        assert {PACKAGES.get(module, module) for module in modules} == names, extra


@pytest.mark.parametrize(
    ("hidden", "extra", "command"),
    [
        ("typer,rich,pandas,matplotlib", "viewer", "list"),
        ("rich", "viewer", "--version"),
        ("pandas", "viewer", "metrics RUN"),
        ("matplotlib", "viewer", "export RUN --to x.png"),
        ("watchdog", "viewer", "watch . --text"),
        pytest.param("plotille", "text", "replay RUN --text", marks=pytest.mark.campaign),
        pytest.param("tornado", "web", "replay RUN --web", marks=pytest.mark.campaign),
        pytest.param("jinja2", "film", "export RUN --to report.html", marks=pytest.mark.campaign),
        pytest.param("imageio_ffmpeg", "film", "export RUN --to x.mp4", marks=pytest.mark.campaign),
        pytest.param("PIL", "film", "export RUN --to x.gif", marks=pytest.mark.campaign),
        pytest.param("tensorboard", "tensorboard", "export RUN --to tensorboard", marks=pytest.mark.campaign),
        pytest.param("tensorboard", "tensorboard", "import tensorboard .", marks=pytest.mark.campaign),
        pytest.param("duckdb", "sql", "sql 1 .", marks=pytest.mark.campaign),
        pytest.param("distributed", "dask", "index . --engine dask://", marks=pytest.mark.campaign),
    ],
)
def test_a_command_says_what_to_install(run: str, tmp_path: Path, hidden: str, extra: str, command: str) -> None:
    """In one line, with exit code 2, and nothing is written."""
    (tmp_path / "events.tfevents.1").write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    code, line = ended(COMMAND, hidden, *command.replace("RUN", run).split(), folder=tmp_path)
    assert code == 2
    assert line.startswith("epochreel: this needs ")
    assert f"pip install 'epochreel[{extra}]'" in line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("hidden", "extra", "call"),
    [
        ("pandas", "viewer", "run.metric('f1')"),
        ("keras", "tensorflow", "__import__('recorder').RunRecorder"),
        *later_rows(
            ("pandas", "viewer", "run.samples()"),
            ("matplotlib", "viewer", "__import__('viewer.export.film')"),
            ("IPython", "notebook", "viewer.watch('.')"),
            ("anywidget", "notebook", "viewer.watch('.', interactive=True)"),
            ("duckdb", "sql", "viewer.connect('.')"),
        ),
    ],
)
def test_python_says_it_too(run: str, tmp_path: Path, hidden: str, extra: str, call: str) -> None:
    """As the message of the ModuleNotFoundError."""
    code, line = ended(PYTHON, hidden, run, call, folder=tmp_path)
    assert code == 1
    assert line.startswith("ModuleNotFoundError: ")
    assert f"pip install 'epochreel[{extra}]'" in line


def test_other_modules_keep_their_words() -> None:
    """Such as one that a file of formulas imports."""
    error = ModuleNotFoundError("No module named 'theirs'", name="theirs")
    assert sentence(error) == "No module named 'theirs'"
