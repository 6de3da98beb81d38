"""Reading parts, over and over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recorder.runfile.layout import merged_parts

from .run_files import create, simple

# By itself: the threads of other tests may leave circles meanwhile, such as the client of an object storage.
READ = """
import ast, gc, sys
from pathlib import Path
from recorder.runfile.part_files import read_part, scan_part
path, kind, epochs = Path(sys.argv[1]), sys.argv[2], ast.literal_eval(sys.argv[3])
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
assert read_part(path, kind, epochs).num_rows
assert list(scan_part(path, kind, epochs, columns=("attempt", "epoch")))
gc.collect()
assert not gc.garbage, gc.garbage
"""


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
    subprocess.run([sys.executable, "-c", READ, str(part.path), part.kind, repr(epochs)], check=True)
