"""Runs that are damaged in every way: each is read, or refused by one error of our own, within a second and a gigabyte.

One input again: `python -m tests.campaigns.damage.worker --at EMPTY_FOLDER --first SEED` (with `--files` for a file).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from ..conftest import Effort
from .conftest import Figures

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(7_200)


@pytest.mark.parametrize(
    ("files", "short", "whole", "seconds"), [(True, 400, 1_000_000, 3_600), (False, 40, 40_000, 3_600)]
)
def test_whatever_a_file_of_a_run_holds_it_is_read_or_refused(
    tmp_path: Path, files: bool, short: int, whole: int, seconds: int, effort: Effort, figures: Figures
) -> None:
    """Damaged files by their readers, and damaged runs by what people do with them, in a process of bounded memory.

    Nothing else than an error that names file and place, no signal, no hang, no other run that says anything else.
    """
    count = effort(short, whole)
    done, wrong, outcomes, grew, slowest, began = 0, list[str](), Counter[str](), 0.0, 0.0, time.monotonic()
    limit = max(60.0, seconds * count / whole)
    while done < count and not wrong and time.monotonic() < began + limit:
        left = limit - (time.monotonic() - began)
        words = ["--first", str(done), "--count", str(min(count - done, 20_000)), "--seconds", str(left)]
        found = _worker(tmp_path, [*words, *(["--files"] if files else [])])
        done, wrong = done + found["inputs"], wrong + found["wrong"]
        outcomes += Counter(found["outcomes"])
        grew, slowest = max(grew, found["grew"]), max(slowest, found["slowest"])
    rate = done / (time.monotonic() - began)
    assert not wrong, "\n".join(wrong)
    figures(inputs=done, a_second=round(rate), grew_MB=round(grew), slowest_seconds=round(slowest, 2), **outcomes)
    assert {"read", "refused"} <= set(outcomes), "both happen"


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris")
def test_bytes_that_reach_new_code_are_read_or_refused(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """A fuzzer that sees which lines of the readers it reaches finds no bytes that are neither."""
    runs = effort(2_000, 1_000_000)
    command = [sys.executable, "-W", "ignore", "-m", "tests.campaigns.damage.guided", "--runs", str(runs)]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path) as at:
        place = Path(at) / "it"
        done = subprocess.run([*command, "--at", place], cwd=ROOT, capture_output=True, text=True, check=False)
        left = [path.read_bytes() for path in place.glob("*-*") if path.is_file()]
        assert (done.returncode, left) == (0, []), done.stderr[-3_000:]
        read, refused = map(int, (place / "outcomes").read_text().split())
    figures(inputs=runs, read=read, refused=refused)
    assert min(read, refused) > 0, "both happen"


def _worker(folder: Path, words: list[str]) -> dict[str, object]:
    """What a process says of its inputs; the seed that it died of, if it did."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.campaigns.damage.worker"]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else folder) as at:
        place = Path(at) / "it"
        run = subprocess.run(
            [*command, "--at", place, *words], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": at},
        )  # fmt: skip
        if run.returncode:
            seed = (place / "seed").read_text().strip() if (place / "seed").exists() else "none"
            pytest.fail(f"seed {seed}: exit code {run.returncode}\n{run.stderr[-3_000:]}")
    return json.loads(run.stdout.splitlines()[-1])  # type: ignore[no-any-return]
