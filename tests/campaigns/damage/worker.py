"""A process that damages runs and looks at them, bounded in memory."""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from ... import memory
from .corpus import make
from .files import look_at_file
from .looks import WrongError, look, named
from .mutations import damage

ROOM = 2**30  # bytes of memory beside what is loaded at the start
SLOW, HANGS = 5.0, 60  # seconds of the processor, of the clock
BAD = "20260101-000001-bad-0000"


def main() -> None:
    """Inputs of some seeds; the last line is a JSON object with what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--at", type=Path, required=True, help="an empty folder; `seed` in it says which is tried")
    parser.add_argument("--files", action="store_true", help="single files in place of whole runs")
    parser.add_argument("--keep-going", type=int, default=1, help="wrong ones after which it ends")
    asked = parser.parse_args()
    root = make(asked.at)
    files = sorted(path for path in asked.at.glob("corpus/*/**/*") if path.is_file() and path.suffix != ".tmp")
    corpus, good = sorted((asked.at / "corpus").iterdir()), dict[str, object]()
    memory.bound(ROOM)
    outcomes, wrong, slowest, end = Counter[str](), list[str](), 0.0, time.monotonic() + asked.seconds
    before = peak = memory.peak()
    note = os.open(asked.at / "seed", os.O_CREAT | os.O_WRONLY)
    seed = asked.first
    for seed in range(asked.first, asked.first + asked.count):
        os.pwrite(note, f"{seed:12}".encode(), 0)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        began = time.process_time()
        try:
            outcomes[a_file(asked.at, files, seed) if asked.files else a_run(root, corpus, good, seed)] += 1
        except WrongError as error:
            wrong.append(f"seed {seed}: {error}")
        took = time.process_time() - began
        if took > SLOW:
            wrong.append(f"seed {seed}: {took:.1f} s")
        slowest = max(slowest, took)
        now = memory.peak()
        if now > peak + 2e8:
            print(f"seed {seed}: memory grew by {(now - peak) / 1e6:.0f} MB", file=sys.stderr)
        peak = max(peak, now)
        if len(wrong) >= asked.keep_going or time.monotonic() > end:
            break
    faulthandler.cancel_dump_traceback_later()
    found = {
        "inputs": seed - asked.first + 1, "outcomes": outcomes, "slowest": slowest, "grew": (peak - before) / 1e6,
        "wrong": wrong,
    }  # fmt: skip
    print(json.dumps(found))


def a_run(root: Path, corpus: list[Path], good: dict[str, object], seed: int) -> str:
    """Damages one run and looks at it."""
    random, bad = Random(seed), root / BAD
    shutil.copytree(random.choice(corpus), bad, copy_function=os.link)
    try:
        done = damage(bad, random, corpus)
        if not done:
            return "left whole"
        try:
            return look(root, bad, random, good)
        except WrongError as error:
            raise WrongError(f"{', '.join(done)}: {error}") from error
    finally:
        shutil.rmtree(bad)


def a_file(at: Path, files: list[Path], seed: int) -> str:
    """Damages one file and reads it."""
    random, folder = Random(seed), at / "one"
    folder.mkdir(exist_ok=True)
    original = random.choice(files)
    try:
        return look_at_file(folder, original, random)
    except Exception as error:
        raise WrongError(f"{original.parent.name}/{original.name}: {named(error)}") from error


if __name__ == "__main__":
    main()
