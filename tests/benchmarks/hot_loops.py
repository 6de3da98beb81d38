"""What runs once a batch, an epoch or a movement of the hand, many times over: of these instructions are counted.

`tests/campaigns/test_instructions.py` runs this file under Valgrind: it says "ready", waits for a line, runs the loop,
and ends at once.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

RNG = np.random.default_rng(0)
SAMPLES = 500


def a_batch() -> Callable[[], Any]:
    """32 samples are counted in NumPy."""
    from recorder import outputs
    from recorder.counters import Counters

    counters = Counters(outputs.output_for(np.zeros((1, 1))), 1, weighted=False)
    truth, score = (RNG.random(32) < 0.1).astype(np.int64), RNG.random((32, 1), dtype=np.float32)
    return lambda: counters.add(truth, score, None)


def the_parts_of_an_epoch() -> Callable[[], Any]:
    """Two splits and their samples become bytes of Parquet."""
    from recorder import counting, outputs
    from recorder.runfile import EpochRecord
    from recorder.runfile.part_encoder import PartEncoder
    from recorder.runfile.rows import rows_of

    output = outputs.output_for(np.zeros((1, 1)))
    truth, score = RNG.random(SAMPLES) < 0.1, RNG.random((SAMPLES, 1), dtype=np.float32)
    tallies = tuple(counting.tally_arrays(truth, score, output=output, split=split) for split in ("train", "val"))
    samples = counting.samples_of(truth, score, output=output, split="val", max_samples=SAMPLES)
    record, encoders = EpochRecord(epoch=3, tallies=tallies, samples=(samples,)), dict[str, PartEncoder]()

    def encode() -> None:
        for kind, rows in rows_of(record, attempt=0).items():
            encoders.setdefault(kind, PartEncoder()).encode(rows)

    return encode


def lines() -> Callable[[], Any]:
    """The numbers of 64 lines are decoded."""
    from recorder.runfile.codec import decode_parts
    from recorder.runfile.schema import Numbers

    text = b"".join((_recorded() / "epochs.jsonl").read_bytes().splitlines(keepends=True)[1:65])
    return lambda: decode_parts(text, Numbers)


def a_threshold() -> Callable[[], Any]:
    """A formula of all epochs at another threshold."""
    from viewer.run import open_run

    run, at = open_run(_recorded()), cycle((0.21, 0.33, 0.47, 0.58, 0.66, 0.72, 0.81))
    return lambda: run.values("mcc", threshold=next(at))


LOOPS: dict[str, tuple[Callable[[], Callable[[], Any]], int]] = {  # what makes them, and how often they run
    "a batch": (a_batch, 200),
    "the parts of an epoch": (the_parts_of_an_epoch, 50),
    "lines": (lines, 50),
    "a threshold": (a_threshold, 50),
}


def main() -> None:
    """Runs the loop that is named."""
    make, times = LOOPS[sys.argv[1]]
    step = make()
    for _ in range(10):  # caches are full, bytecode is specialised
        step()
    gc.collect()
    gc.disable()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        step()
    os._exit(0)


def _recorded() -> Path:
    """A run of 70 epochs, in a folder that whoever starts this takes away."""
    from recorder import RunWriter

    truth = RNG.random(SAMPLES) < 0.1
    with RunWriter(tempfile.mkdtemp(), name="hot") as run:
        for epoch in range(70):
            run.epoch(epoch, logs={"loss": 0.5}, val=(truth, RNG.random(SAMPLES)))
    return run.folder


if __name__ == "__main__":
    main()
