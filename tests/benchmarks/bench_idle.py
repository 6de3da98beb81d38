"""The share of a core that viewers take while nothing happens: one, and four on one folder, beside a run that goes on.

python tests/benchmarks/bench_idle.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from bench_viewer import recorded
from kept import QUICK, keep

SETTLE, SECONDS = (2, 2) if QUICK else (6, 30)


def main() -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as root:
        writer = recorded(Path(root))
        for number in (1, 4):
            share = idle(root, number)
            keep(f"{number} viewers, percent of a core each", 100 * share / number, "integer")
            print(f"{number} viewers at rest: {100 * share:.2f} % of a core together", flush=True)
        writer.close()


def idle(root: str, number: int) -> float:
    """Seconds of a processor a second, of so many viewers together."""
    command = [sys.executable, "-P", "-m", "viewer", "watch", root, "--web"]
    viewers = [psutil.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(number)]
    try:
        for each in viewers:
            while "open http" not in each.stderr.readline():
                pass
        time.sleep(SETTLE)
        before, began = spent(viewers), time.perf_counter()
        time.sleep(SECONDS)
        return (spent(viewers) - before) / (time.perf_counter() - began)
    finally:
        for each in viewers:
            each.kill()
            each.wait()


def spent(viewers: list[psutil.Popen]) -> float:
    """Seconds of a processor so far."""
    return sum(sum(each.cpu_times()[:2]) for each in viewers)


if __name__ == "__main__":
    main()
