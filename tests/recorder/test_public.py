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
    """`import recorder` loads none of the heavy packages; the writer and the run files need Arrow alone."""
    assert loaded_by("import recorder") == set()
    assert loaded_by("from recorder import RunWriter, Counts") == {"pyarrow"}
    assert loaded_by("import recorder.runfile") == {"pyarrow"}
