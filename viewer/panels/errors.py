"""Where something went wrong, in a sentence."""

from __future__ import annotations

import traceback
from pathlib import Path

HERE = Path(__file__).parents[1]


def where(error: Exception) -> str:
    """File, line and message of an error; of a user's own code where any of that is involved, else of the innermost."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not _is_library(Path(frame.filename))]
    found = (theirs or frames)[-1:]
    place = "".join(f"{Path(frame.filename).name}, line {frame.lineno}: " for frame in found)
    return f"{place}{type(error).__name__}: {error}"


def _is_library(path: Path) -> bool:
    return HERE in path.parents or "site-packages" in path.parts
