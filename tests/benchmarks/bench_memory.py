"""What a recorder adds to the memory of a training, beside the floor: Arrow, imported and one table written.

A `fit` of TensorFlow in a process of its own each, 20 epochs of a small MLP with 8,000 validation samples; printed is
what a process holds at its end.

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
ARROW = """
import pyarrow, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.table({"epoch": [0]}), io.BytesIO(), compression="zstd")
"""
WAYS = {
    "bare fit": BARE.format(before="", after=""),
    "RunRecorder": BARE.format(before=RECORDED, after=""),
    "bare fit, and Arrow": BARE.format(before="", after=ARROW),
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
    keep("what Arrow adds", max(median(found["bare fit, and Arrow"]) - least, 1), "byte")


if __name__ == "__main__":
    main()
