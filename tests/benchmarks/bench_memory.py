"""What a recorder adds to the memory of a training, beside the floor: a metric of one counter, and Arrow.

A `fit` of TensorFlow in a process of its own each, 20 epochs of a small MLP with 8,000 validation samples; printed is
what a process holds at its end. Of the floor Arrow writes as many rows as are recorded of 16 epochs, in two row groups,
and nothing else happens: to keep counts on the device and write Parquet takes no less.

python tests/benchmarks/bench_memory.py
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from kept import QUICK, keep

ROUNDS = 1 if QUICK else 3
BARE = """
import io, tempfile
import keras, numpy, tensorflow
metrics, callbacks = list, list
{before}
rng = numpy.random.default_rng(0)
x = rng.normal(size=(8_000, 15)).astype("float32")
y = (x[:, 0] > 1).astype("float32")
model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=metrics())
model.fit(x, y, validation_data=(x, y), epochs=20, batch_size=256, verbose=0, callbacks=callbacks())
{after}
print(4096 * int(open("/proc/self/statm").read().split()[1]))
"""
RECORDED = """
from recorder import ConfusionTally, RunRecorder
metrics = lambda: [ConfusionTally()]
callbacks = lambda: [RunRecorder(tempfile.mkdtemp(), verbose=0)]
"""
COUNTER = """
class Counter(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.seen = self.add_weight(shape=(4_096,), dtype="int32", initializer="zeros")
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.assign_add(keras.ops.ones((4_096,), "int32"))
    def result(self):
        return self.seen[0]
metrics = lambda: [Counter()]
"""
ARROW = """
import pyarrow, pyarrow.parquet
rows = 8 * 2_000
samples = pyarrow.table({
    "epoch": numpy.arange(rows, dtype="int32") // 2_000,
    "sample": 4 * (numpy.arange(rows) % 2_000),
    "y_true": rng.integers(0, 2, rows).astype("int32"),
    "y_score": rng.random(rows).astype("float32"),
})
rows, bins = 8 * 2, 1_124
lists = lambda: pyarrow.ListArray.from_arrays(
    numpy.arange(rows + 1, dtype="int32") * bins, pyarrow.array(rng.poisson(3, rows * bins)))
tallies = pyarrow.table({
    "epoch": numpy.arange(rows, dtype="int32") // 2, "negatives": lists(), "positives": lists()})
for table in samples, tallies:
    with pyarrow.parquet.ParquetWriter(io.BytesIO(), table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.write_table(table)
del samples, tallies, table, writer
"""
WAYS = {
    "bare fit": BARE.format(before="", after=""),
    "RunRecorder": BARE.format(before=RECORDED, after=""),
    "the floor": BARE.format(before=COUNTER, after=ARROW),
}


def main() -> None:
    """Measures in turns."""
    found: dict[str, list[int]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, code in WAYS.items():
            ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
            found[name].append(int(ended.stdout))
    least = median(found["bare fit"])
    for name, values in found.items():
        keep(name, values, "byte")
        print(f"{name:24} {median(values) / 1e6:.0f} MB, {(median(values) - least) / 1e6:+.1f}", flush=True)
    keep("what the floor adds", max(median(found["the floor"]) - least, 1), "byte")


if __name__ == "__main__":
    main()
