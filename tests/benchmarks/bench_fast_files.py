"""What counts, reads and writes faster than NumPy's, SciPy's and Arrow's own ways.

`bench_reading.py` has thresholds and lists; `bench_hooks.py` what a recorder takes of an epoch.
python tests/benchmarks/bench_fast_files.py
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.special
from fast_paths import Pair, compare

from recorder import RunWriter, counting, outputs
from recorder.counters import _add as add
from recorder.runfile import EpochRecord
from recorder.runfile.codec import decode_parts
from recorder.runfile.parquet_footer import _footer, read_footer
from recorder.runfile.part_encoder import PartEncoder
from recorder.runfile.part_files import read_part
from recorder.runfile.rows import rows_of
from recorder.runfile.schema import Numbers
from viewer.statistics.gammas import gammas
from viewer.statistics.percentiles import interval

RNG = np.random.default_rng(0)


def main() -> None:
    """Measures all of them."""
    compare(pair for some in (numbers, files) for pair in some())


def numbers() -> Iterator[Pair]:
    """Draws of a posterior and their percentiles, for a hundred epochs."""
    counts = RNG.integers(0, 200, (4, 100))
    uniform = RNG.random((4, 100, 1_000))
    shape = (counts + 0.5)[..., None]
    yield Pair(
        "draws that do not tremble", "statistics/gammas.py", "SciPy's gammaincinv",
        lambda: gammas(counts, 0.5, 1_000), lambda: scipy.special.gammaincinv(shape, uniform),
    )  # fmt: skip
    histogram, place = np.zeros((2, 1_123), np.int64), (RNG.integers(0, 2, 32), RNG.integers(0, 1_123, 32))

    def by_bincount() -> None:
        histogram.reshape(-1)[:] += np.bincount(np.ravel_multi_index(place, histogram.shape), minlength=histogram.size)

    yield Pair(
        "a batch of 32 in 2,246 counters",
        "recorder/counters.py",
        "bincount",
        lambda: add(histogram, place),
        by_bincount,
    )
    drawn = RNG.random((100, 1_000))
    drawn[:, :7] = np.nan
    yield Pair(
        "percentiles of 100 x 1,000 draws", "statistics/percentiles.py", "nanquantile", lambda: interval(drawn, 0.95),
        lambda: np.nanquantile(drawn, [0.025, 0.975], axis=1),
    )  # fmt: skip


def files() -> Iterator[Pair]:
    """Lines, footers and parts of a run of 64 epochs."""
    with tempfile.TemporaryDirectory() as place:
        truth = RNG.random(2_000) < 0.1
        with RunWriter(place) as run:
            for epoch in range(64):
                score = RNG.random(2_000)
                run.epoch(epoch, logs={"loss": 0.5}, train=(truth, score), val=(truth, score))
        yield from parts_of_an_epoch(truth)
        lines = b"".join((run.folder / "epochs.jsonl").read_bytes().splitlines(keepends=True)[1:-1])
        yield Pair(
            "64 lines, logs and counts", "runfile/codec.py", "json", lambda: decode_parts(lines, Numbers),
            lambda: [json.loads(line) for line in lines.splitlines()],
        )  # fmt: skip
        for kind in ("tallies", "samples"):
            path = max((run.folder / kind).glob("*.parquet"), key=lambda path: path.stat().st_size)
            data = path.read_bytes()

            def ours(data: bytes = data) -> None:
                _footer.cache_clear()  # as one that was not seen before
                read_footer(data)

            def part(path: Path = path, kind: str = kind) -> None:
                _footer.cache_clear()
                read_part(path, kind)

            yield Pair(
                f"the footer of {kind}", "runfile/parquet_footer.py", "Arrow", ours,
                lambda data=data: [
                    group.column(column).statistics
                    for file in [pq.ParquetFile(pa.BufferReader(data)).metadata]
                    for group in map(file.row_group, range(file.num_row_groups))
                    for column in range(file.num_columns)
                ],
                "Arrow ends the process on some footers (`thrift.py`): a damaged run must not",
            )  # fmt: skip
            yield Pair(
                f"64 epochs of {kind}", "runfile/part_files.py", "Arrow",
                part, lambda path=path: pq.read_table(path),
                "read by Arrow too; what is on top checks footer and pages of files of strangers before",
            )  # fmt: skip


def parts_of_an_epoch(truth: Any) -> Iterator[Pair]:
    """What a recorder writes at the end of an epoch."""
    output, score = outputs.output_for(np.zeros((1, 1))), RNG.random((len(truth), 1), dtype=np.float32)
    tallies = tuple(counting.tally_arrays(truth, score, output=output, split=split) for split in ("train", "val"))
    samples = counting.samples_of(truth, score, output=output, split="val", max_samples=len(truth))
    for kind, rows in rows_of(EpochRecord(epoch=3, tallies=tallies, samples=(samples,)), attempt=0).items():
        encoder = PartEncoder()
        for _ in range(3):
            encoder.encode(rows)
        yield Pair(
            f"the part of an epoch's {kind}", "runfile/part_encoder.py", "Arrow",
            lambda encoder=encoder, rows=rows: encoder.encode(rows), lambda rows=rows: by_arrow(rows.table()),
        )  # fmt: skip


def by_arrow(table: Any) -> None:
    """As Arrow writes it."""
    pq.write_table(table, pa.BufferOutputStream(), compression="snappy", write_statistics=["epoch"])


if __name__ == "__main__":
    main()
