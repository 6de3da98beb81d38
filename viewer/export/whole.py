"""A file is written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A hidden name to write to, which becomes `path` if all goes well and vanishes if not.

    Raises:
        IsADirectoryError: There is a folder of that name.
        OSError: It cannot be written; the error names `path`.
    """
    if path.is_dir():
        raise IsADirectoryError(f"what is written must be a file; there is a folder of that name. Received: {path}")
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        temporary.unlink(missing_ok=True)  # a link of that name would lead to somebody's file
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.filename is not None and Path(str(error.filename)).name == temporary.name:
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
