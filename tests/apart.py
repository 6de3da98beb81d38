"""A function of a test file in an interpreter of its own: it has no threads but those that it starts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
CALL = "import sys, importlib as i; getattr(i.import_module(sys.argv[1]), sys.argv[2])(*sys.argv[3:])"


def apart(function: Callable[..., None], *words: object) -> None:
    """Calls it, and raises AssertionError with what it printed where it fails or takes longer than four minutes.

    For what forks: a child of a process whose other threads hold locks may wait for them for ever, and the process of
    tests has threads of TensorFlow, JAX, Arrow and object storages.

    Args:
        function: of the file, by its name.
        words: what it is given, as texts.
    """
    command = [sys.executable, "-c", CALL, function.__module__, function.__qualname__, *map(str, words)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"{function.__qualname__} must end. Printed so far: {error.stderr}") from error
    assert done.returncode == 0, done.stderr
