"""The versions that pyproject.toml admits, each set in an environment of its own: `make versions`.

    python -m tests.campaigns.versions               # every row of the table
    python -m tests.campaigns.versions core pandas   # the rows whose name has one of these words

uv makes the environments, in a temporary folder, of the interpreters that are here (python3.11 to 3.14 on the PATH,
those of pyenv, or one named by EPOCHREEL_PYTHON_3_14=/path/to/python3.14). A row is what is installed and which tests
are run with it; a test that needs something else is skipped, see `without.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
RUNFILES = ("tests/recorder/runfile", "tests/recorder/test_writer.py", "tests/golden")
NUMBERS = tuple(f"tests/viewer/{folder}" for folder in ("counts", "formulas", "frame", "listing", "reading", "run"))
TESTS = {
    "core": ("tests/recorder", "--ignore=tests/recorder/keras"),
    "viewer": (*RUNFILES, *NUMBERS, "tests/viewer/panels", "tests/viewer/export", "tests/viewer/needs"),
    "keras": tuple(f"tests/recorder/keras/test_{name}.py" for name in ("tally", "callback", "callback_outputs")),
    "trackers": ("tests/recorder/mlflow", "tests/recorder/wandb", "tests/viewer/importers/test_trackers.py"),
    "pyarrow": RUNFILES,
    "pandas": ("tests/golden", *NUMBERS),
}
EXTRAS = {
    "core": "",
    "viewer": "[all,tensorboard]",
    "keras": "[demo]",
    "trackers": "[viewer,mlflow,wandb]",
    "pyarrow": "[viewer]",
    "pandas": "[viewer]",
}
TOOLS = ["pytest", "pytest-timeout", "hypothesis"]
ORACLES = ["scikit-learn", "scipy"]
SHOWN = ("numpy", "pyarrow", "msgspec", "pandas", "matplotlib", "keras", "tensorflow-cpu", "tensorflow")


@dataclass(frozen=True)
class Row:
    """One environment.

    Args:
        kind: a key of `TESTS`.
        python: its version.
        lowest: whether what pyproject.toml names comes in its lowest version; else in its newest.
        pin: versions in place of that.
    """

    kind: str
    python: str
    lowest: bool = False
    pin: str = ""

    @property
    def name(self) -> str:
        return " ".join([self.kind, self.python, self.pin or ("lowest" if self.lowest else "newest")])


def rows() -> Iterator[Row]:
    """The table."""
    for kind in ("core", "viewer", "keras"):
        yield Row(kind, PYTHONS[0], lowest=True)
        yield from (Row(kind, python) for python in PYTHONS)
    yield Row("trackers", "3.12", pin="trackio sqlalchemy alembic")  # the last two for a database of MLflow
    yield from (Row("pyarrow", "3.12", pin=f"pyarrow=={major}.*") for major in range(15, 27))
    yield from (Row("pandas", "3.12", pin=f"pandas=={version}.*") for version in ("2.2", "2.3", "3.0", "3.1"))
    yield Row("pandas", "3.12", pin="pandas==2.1.* pyarrow==18.*")  # of NumPy 1, which newer ones of Arrow refuse


def interpreter(version: str) -> str:
    """Where a Python of that version is that runs; "" where there is none."""
    named = os.environ.get(f"EPOCHREEL_PYTHON_{version.replace('.', '_')}", "")
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for path in (named, shutil.which(f"python{version}") or "", *map(str, pyenv)):
        asked = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if path and subprocess.run(asked, capture_output=True, text=True).stdout.strip() == version:
            return path
    return ""


def uv(*words: str) -> str:
    """What uv says; raises RuntimeError with its complaint."""
    done = subprocess.run(["uv", *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def tried(row: Row, folder: Path) -> tuple[bool, str]:
    """Whether a row holds, and what came of it."""
    found = interpreter(row.python)
    if not found:
        return True, f"not tried: no python{row.python} here"
    uv("venv", "--quiet", "--no-python-downloads", "--python", found, str(folder))
    python = str(folder / "bin" / "python")
    install = ("pip", "install", "--quiet", "--python", python)
    wanted = ["-e", f".{EXTRAS[row.kind]}", *row.pin.split()]
    uv(*install, "--resolution", "lowest-direct" if row.lowest else "highest", *wanted)
    frozen = [line for line in uv("pip", "freeze", "--python", python).splitlines() if "==" in line]
    (folder / "frozen.txt").write_text("\n".join(frozen))
    uv(*install, "--constraint", str(folder / "frozen.txt"), *TOOLS, *(ORACLES if row.kind != "core" else ()))
    there = dict(line.split("==") for line in frozen)
    command = [python, "-m", "pytest", "-p", "tests.campaigns.without", "-m", "not campaign", *TESTS[row.kind]]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    versions = ", ".join(f"{name} {there[name]}" for name in SHOWN if name in there)
    outcome = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr.strip()[-200:]
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-2000:])
    return done.returncode == 0, f"{re.sub(r' in .*', '', outcome)} ({versions})"


def main(words: list[str]) -> int:
    """Tries the rows that are asked for, and prints a line for each."""
    failed = []
    for row in (row for row in rows() if not words or any(word in row.name for word in words)):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="epochreel-versions-") as folder:
            try:
                holds, outcome = tried(row, Path(folder, "venv"))
            except RuntimeError as error:
                holds, outcome = False, f"cannot be installed: {error}"
        failed += [] if holds else [row.name]
        print(f"{'  ' if holds else '! '}{row.name}: {outcome}, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "every row holds")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
