"""Where in somebody's file an error came up."""

from __future__ import annotations

import traceback
from pathlib import Path


def place(error: BaseException, filename: str) -> str:
    """File and last line in it, "formulas.py, line 3"; the file alone where the error does not say."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == filename else None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == filename:
            line = frame.lineno
    name = Path(filename).name
    return name if line is None else f"{name}, line {line}"
