"""A folder of 1,000 runs of 100 epochs, and what a process costs that looks at them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from kept import QUICK

from recorder import RunWriter

RUNS, EPOCHS, ROUNDS = (50, 100, 1) if QUICK else (1_000, 100, 5)
# The peak of this program's own memory: getrusage would count what the parent had when it forked. A process that it has
# started is counted beside it, as if both had their peaks at the same time.
TELL = """
import resource, sys, time
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
apart = resource.getrusage(resource.RUSAGE_CHILDREN)
busy = time.process_time() + apart.ru_utime + apart.ru_stime
print(busy, int(lines["VmHWM"].split()[0]) + apart.ru_maxrss, file=sys.stderr)
"""
COMMAND = """
from contextlib import suppress
from viewer.__main__ import main
import sys
sys.argv = ["epochreel", *{words!r}]
with suppress(SystemExit):
    main()
"""
Cost = tuple[float, float, float]  # seconds, seconds of a processor, megabytes


def many_runs(root: Path, runs: int = RUNS) -> list[Path]:
    """Records them; all their files."""
    base = _recorded(root)
    for number in range(1, runs):
        _copied(base, number)
    return [path for path in root.rglob("*") if path.is_file()]


def command(*words: object) -> str:
    """The code that runs a command as it is run at a terminal."""
    return COMMAND.format(words=list(map(str, words)))


def processed(code: str) -> Cost:
    """What a Python process of its own costs. Its modules are compiled, as those of an installed package are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", code + TELL], check=True, capture_output=True, text=True, env=environment
    ).stderr
    *_, busy, peak = told.split()
    return time.perf_counter() - start, float(busy), int(peak) / 1024


def warm_and_cold(code: str, files: Sequence[Path]) -> dict[str, Cost]:
    """Medians of some rounds, with the files in the page cache and without."""
    processed(code)
    warm = [processed(code) for _ in range(ROUNDS)]
    cold = []
    for _ in range(ROUNDS):
        forget(files)
        cold.append(processed(code))
    return {name: _medians(found) for name, found in (("warm", warm), ("cold", cold))}


def forget(files: Sequence[Path]) -> None:
    """Takes files out of the page cache; needs no root."""
    os.sync()
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read(files: Sequence[Path]) -> float:
    """Seconds to read manifests and lines as bytes."""
    start = time.perf_counter()
    for path in files:
        if path.suffix in (".json", ".jsonl"):
            path.read_bytes()
    return time.perf_counter() - start


def _medians(found: Sequence[Cost]) -> Cost:
    seconds, busy, peak = (median(column) for column in zip(*found, strict=True))
    return seconds, busy, peak


def _recorded(root: Path) -> Path:
    """One run; its validation samples are kept."""
    rng = np.random.default_rng(0)
    truth = rng.random(2_000) < 0.1
    with RunWriter(root, name="base", epochs=EPOCHS, max_samples=200) as run:
        for epoch in range(EPOCHS):
            score = 1 / (1 + np.exp(-(rng.normal(size=2_000) + (truth * 2 - 1) * (1 + epoch / 50))))
            logs = {"loss": 1 / (epoch + 1), "val_loss": 1.1 / (epoch + 1), "learning_rate": 1e-3}
            run.epoch(epoch, logs=logs, seconds={"epoch": 1.0}, train=(truth, score), val=(truth, score))
    return run.folder


def _copied(base: Path, number: int) -> None:
    """The same run under another name, with other counts in its lines; arrays are shared."""
    folder = base.parent / f"20261124-{number:06d}-run-{number:04x}"
    shutil.copytree(base, folder, copy_function=_link)
    manifest = json.loads((base / "run.json").read_text()) | {"run_id": folder.name, "name": f"run {number}"}
    (folder / "run.json").write_text(json.dumps(manifest | {"config": {"lr": 10.0 ** -(1 + number % 5)}}, indent=2))
    lines = [json.loads(line) for line in (base / "epochs.jsonl").read_text().splitlines()]
    rng = np.random.default_rng(number)
    for line in lines:
        for counts in line.get("counts", []):
            found = int(rng.binomial(counts["tp"], 0.97))
            counts["fn"] += counts["tp"] - found
            counts["tp"] = found
    written = (json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (folder / "epochs.jsonl").write_text("".join(written))


def _link(source: str, target: str) -> None:
    if source.endswith(".parquet"):
        os.link(source, target)
