"""Where a command takes its memory from."""

from __future__ import annotations

import os
import subprocess
import sys

import pyarrow as pa
import pytest

TELL = """
import atexit, sys
atexit.register(lambda: print(sys.modules["pyarrow"].default_memory_pool().backend_name, file=sys.stderr))
from viewer.__main__ import main
sys.argv = ["epochreel", "--help"]
main()
"""
ASKED = "ARROW_DEFAULT_MEMORY_POOL"


@pytest.mark.parametrize(("asked", "wanted"), [({}, "system"), ({ASKED: "mimalloc"}, "mimalloc")], ids=str)
def test_arrow_takes_it_from_the_system_unless_told_otherwise(asked: dict[str, str], wanted: str) -> None:
    """Its own allocator holds more than a command needs; whoever sets the variable has what it says."""
    if wanted not in pa.supported_memory_backends():
        pytest.skip(f"this Arrow has no {wanted}")
    environment = {name: value for name, value in os.environ.items() if name != ASKED} | asked
    done = subprocess.run([sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr.split() == [wanted]
