"""`list` of very many runs, without an index and with one, each beside its floor.

Without an index that is to read each file once, the manifest, the last epoch, and of every other line which epoch it is
of, as it may be torn, or stand there twice; with one, to ask each file whether it changed.

python tests/benchmarks/bench_index.py [RUNS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from kept import QUICK, keep
from many_runs import command, many_runs, processed

from viewer.index.refreshing import refresh

MANY = 50 if QUICK else 10_000
FORMULAS = ("f1", "mcc", "recall")
LEAST = """
import viewer.cli, msgspec, os
from recorder.runfile import Head
heads = msgspec.json.Decoder(Head)
for folder in os.scandir({root!r}):
    if folder.name[0] != ".":
        with open(folder.path + "/run.json", "rb", 0) as file:
            msgspec.json.decode(file.read())
        with open(folder.path + "/epochs.jsonl", "rb", 0) as file:
            lines = file.read()
            heads.decode_lines(lines)
            msgspec.json.decode(lines.rsplit(b"\\n", 3)[-3])
"""


def main() -> None:
    """Prints seconds and memory of each."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "runs"
        files = many_runs(root, runs)
        listing = command("list", root, *[word for formula in FORMULAS for word in ("-m", formula)])
        tell(f"list of {runs} runs", *processed(listing))
        began = time.perf_counter()
        refresh(root)
        keep(f"index of {runs} runs, made", time.perf_counter() - began)
        tell(f"list of {runs} runs, with an index", *min(processed(listing) for _ in range(3)))
        tell(f"list of {runs} runs, the floor", *min(processed(LEAST.format(root=str(root))) for _ in range(3)))
        looked = [path for path in files if path.suffix in (".json", ".jsonl")]
        start, *_ = min(processed("import viewer.cli") for _ in range(3))
        began = time.perf_counter()
        for path in looked:
            os.lstat(path)
        asked = time.perf_counter() - began
        keep(f"list of {runs} runs, with an index, the floor", start + asked)
        print(f"the floor: start {start:.2f} s, and {len(looked):,} files asked in {asked:.2f} s")


def tell(name: str, seconds: float, busy: float, peak: float) -> None:
    """One row."""
    keep(name, seconds)
    keep(f"{name}, memory", peak * 2**20, "byte")
    print(f"{name:44} {seconds:.2f} s ({busy:.2f} s of processors), {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
