"""The first picture of 1,000 runs of 100 epochs each, against reading the bytes that it is made of.

python tests/benchmarks/bench_compare.py
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from recorder import RunWriter

RUNS, EPOCHS, ROUNDS = 1_000, 100, 5
PICTURE = """
import resource, sys, time
import viewer
viewer.compare(sys.argv[1], ["mcc", "f1", "val_loss"]).save(sys.argv[2], size=(900, 600))
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def recorded(root: Path) -> Path:
    """One run; its validation samples are kept."""
    rng = np.random.default_rng(0)
    truth = rng.random(2_000) < 0.1
    with RunWriter(root, name="base", epochs=EPOCHS, max_samples=200) as run:
        for epoch in range(EPOCHS):
            score = 1 / (1 + np.exp(-(rng.normal(size=2_000) + (truth * 2 - 1) * (1 + epoch / 50))))
            logs = {"loss": 1 / (epoch + 1), "val_loss": 1.1 / (epoch + 1), "learning_rate": 1e-3}
            run.epoch(epoch, logs=logs, seconds={"epoch": 1.0}, train=(truth, score), val=(truth, score))
    return run.folder


def copied(base: Path, number: int) -> None:
    """The same run under another name, with other counts in its lines; arrays are shared."""
    folder = base.parent / f"20261124-{number:06d}-run-{number:04x}"
    shutil.copytree(base, folder, copy_function=_link)
    manifest = json.loads((base / "run.json").read_text()) | {"run_id": folder.name, "name": f"run {number}"}
    (folder / "run.json").write_text(json.dumps(manifest | {"config": {"lr": 10.0 ** -(1 + number % 5)}}))
    lines = [json.loads(line) for line in (base / "epochs.jsonl").read_text().splitlines()]
    rng = np.random.default_rng(number)
    for line in lines:
        for counts in line.get("counts", []):
            found = int(rng.binomial(counts["tp"], 0.97))
            counts["fn"] += counts["tp"] - found
            counts["tp"] = found
    (folder / "epochs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _link(source: str, target: str) -> None:
    if source.endswith(".parquet"):
        os.link(source, target)


def read(root: Path) -> float:
    """Seconds to read manifests and lines as bytes."""
    start = time.perf_counter()
    for path in root.glob("*/*.json*"):
        path.read_bytes()
    return time.perf_counter() - start


def main() -> None:
    """Prints medians of some rounds."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "runs"
        base = recorded(root)
        for number in range(1, RUNS):
            copied(base, number)
        walls, bytes_alone, said = [], [], ""
        for _ in range(ROUNDS):
            start = time.perf_counter()
            command = [sys.executable, "-c", PICTURE, str(root), f"{place}/picture.png"]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            walls.append(time.perf_counter() - start)
            bytes_alone.append(read(root))
        wall, bare = statistics.median(walls), statistics.median(bytes_alone)
        processor, memory = map(float, said.split())
        print(
            f"first picture of {RUNS:,} runs of {EPOCHS} epochs, a new process: {wall:.2f} s, {wall / bare:.0f} times"
        )
        print(f"what reading the bytes takes; {processor:.2f} s of processor time, {memory:.0f} MB")


if __name__ == "__main__":
    main()
