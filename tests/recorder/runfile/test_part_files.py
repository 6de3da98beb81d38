"""Reading parts, over and over."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

import pytest

from recorder.runfile.layout import merged_parts
from recorder.runfile.part_files import read_part, scan_part

from ...apart import apart
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
    apart(read_and_look, part.path, part.kind, epochs)  # the threads of other tests may leave circles meanwhile


def read_and_look(path: str, kind: str, span: str) -> None:
    """Reads a part, and fails where that leaves garbage."""
    epochs = ast.literal_eval(span)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    assert read_part(Path(path), kind, epochs).num_rows
    assert list(scan_part(Path(path), kind, epochs, columns=("attempt", "epoch")))
    gc.collect()
    assert not gc.garbage
