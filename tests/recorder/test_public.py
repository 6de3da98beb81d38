"""What the package offers, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import recorder

HEAVY = ("keras", "tensorflow", "jax", "torch", "pandas", "matplotlib", "watchdog", "pyarrow", "viewer")


def loaded_by(statement: str) -> set[str]:
    """The heavy packages that a fresh interpreter holds after a statement."""
    code = f"import sys; {statement}; print(*[name for name in {HEAVY} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return set(out.split())


def test_the_public_names_are_these() -> None:
    """`__all__`, `dir()` and what can be imported are the same names."""
    assert recorder.__all__ == [
        "ConfusionTally",
        "Counts",
        "RunBusyError",
        "RunFormatError",
        "RunRecorder",
        "RunWriter",
        "open_writer",
    ]
    assert dir(recorder) == recorder.__all__
    for name in recorder.__all__:
        assert getattr(recorder, name).__name__ == name
    assert not hasattr(recorder, "nothing")


def test_importing_is_light() -> None:
    """Importing loads none of the heavy packages; the writer needs Arrow alone, and so do run files once asked for."""
    assert loaded_by("import recorder") == set()
    assert loaded_by("from recorder import RunWriter, Counts") == {"pyarrow"}
    assert loaded_by("import recorder.runfile") == set()
    assert loaded_by("from recorder.runfile import RunFileWriter, read_records") == {"pyarrow"}


RECORDS = """
import sys, tempfile
sys.modules["pandas"] = None  # as where it is not installed
import numpy as np
from recorder import RunWriter
from recorder.runfile import read_records
truth, scores = np.arange(8) % 2, np.linspace(0, 1, 8)
with tempfile.TemporaryDirectory() as root:
    ids, groups = {"val": list("abcdefgh")}, {"val": list("aabbccdd")}
    with RunWriter(root, sample_ids=ids, groups=groups) as writer:
        for epoch in range(70):  # a merge among them
            arrays = {"norms": np.ones((2, 3)), "none": np.ones(0)}
            writer.epoch(epoch, logs={"loss": 0.5}, val=(truth, scores), observed=arrays)
    read_records(writer.folder)
    with RunWriter(root, class_names=list("abc")) as writer:
        writer.epoch(0, logs={}, val=(truth, np.full((8, 3), 1 / 3), scores))
"""


def test_recording_and_reading_load_no_pandas() -> None:
    """A loop of one's own need not wait until pandas is loaded (Arrow's `array` loads it), nor hold it."""
    assert loaded_by(f"exec({RECORDS!r}); del sys.modules['pandas']") == {"pyarrow"}
