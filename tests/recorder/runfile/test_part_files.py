"""Reading parts, over and over."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from recorder.runfile.layout import merged_parts
from recorder.runfile.part_files import read_part, scan_part

from .run_files import create, simple


@pytest.mark.parametrize("epochs", [None, (1, 1)])
def test_what_was_read_goes_at_once(tmp_path: Path, epochs: tuple[int, int] | None) -> None:
    """No circle of objects is left for the garbage collector, which comes late: a viewer reads for days.

    A schema and its metadata, as pyarrow gives them, were such a circle, with 30 kB of C++ behind it.
    """
    writer = create(tmp_path)
    for epoch in range(3):
        writer.append(simple(epoch))
    writer.close()
    (part,) = merged_parts(writer.folder, "tallies")
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        assert read_part(part.path, part.kind, epochs).num_rows
        assert list(scan_part(part.path, part.kind, epochs, columns=("attempt", "epoch")))
        gc.collect()
        assert not gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
