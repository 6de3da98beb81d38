"""A full disk, without one."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


def fill() -> None:
    """From here on folders and empty files can be made, and no byte be written: as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def clear() -> None:
    """There is room again."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def full() -> Iterator[None]:
    """A full disk within the block."""
    fill()
    try:
        yield
    finally:
        clear()
