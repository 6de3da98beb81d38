"""Hot loops take no more instructions than `instructions.json` says, which

    python -m tests.campaigns.test_instructions

writes anew. Counted by Valgrind, which no other process disturbs: two counts of a loop differ by a few in a thousand.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.benchmarks.hot_loops import LOOPS

BUDGET = Path(__file__).with_name("instructions.json")
ROOT = Path(__file__).parents[2]
GROWN = 1.05
VALGRIND = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"]

pytestmark = pytest.mark.campaign


def instructions(loop: str, home: Path) -> int:
    """That one turn of a loop takes; what comes before it, imports above all, is not counted."""
    environment = os.environ | {
        "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT),
        "TMPDIR": str(home),
    }  # fmt: skip
    process = subprocess.Popen(
        [*VALGRIND, sys.executable, "-m", "tests.benchmarks.hot_loops", loop], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    subprocess.run(
        ["callgrind_control", "-i", "on", str(process.pid)], env=environment, check=True, capture_output=True
    )
    _, said = process.communicate("\n")
    (counted,) = (int(line.split()[-1]) for line in said.splitlines() if "Collected" in line)
    assert counted, said
    return counted // LOOPS[loop][1]


def here() -> dict[str, str]:
    """On what the counts depend: other versions, and processors with other instructions, take other numbers."""
    packages = {name: version(name) for name in ("numpy", "pyarrow", "msgspec")}
    return {"python": platform.python_version(), "machine": platform.machine(), **packages}


@pytest.mark.skipif(shutil.which("callgrind_control") is None, reason="needs Valgrind")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_hot_loop_takes_no_more_instructions(loop: str, tmp_path: Path) -> None:
    """A turn more than a twentieth above the budget is a change that somebody should have seen."""
    budget = json.loads(BUDGET.read_text(encoding="utf-8"))
    if budget["with"] != here():
        pytest.skip(f"counted with {budget['with']}")
    found, most = instructions(loop, tmp_path), budget["instructions"][loop]
    assert found <= GROWN * most, f"{loop}: {found:,} instructions a turn, {most:,} before"


def main() -> None:
    """Writes the budget of today."""
    with TemporaryDirectory() as place:
        found = {loop: instructions(loop, Path(place)) for loop in LOOPS}
    BUDGET.write_text(json.dumps({"with": here(), "instructions": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
