"""The first picture of 1,000 runs of 100 epochs each, against reading the bytes that it is made of.

python tests/benchmarks/bench_compare.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kept import keep
from many_runs import EPOCHS, RUNS, command, many_runs, processed, read, warm_and_cold

from viewer.index.refreshing import refresh

FORMULAS = ("mcc", "f1", "val_loss")
PYTHON = """
import viewer
viewer.compare({root!r}, {formulas!r}).save({picture!r})
"""
BARE = "import viewer.cli"
LEAST = "import numpy, pyarrow, typer, rich.console, matplotlib.figure, matplotlib.backends.backend_agg"
# What other packages hold in the two processes that are waited for at the same time: one reads, one draws.
READS = """
import os, sys
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
import numpy, pyarrow.parquet, rich.console, typer
from contextlib import suppress
from pathlib import Path
app = typer.Typer()
@app.command()
def read(path: Path):
    pyarrow.parquet.ParquetFile(path).read()
    rich.console.Console().print("read")
sys.argv = ["read", {path!r}]
with suppress(SystemExit):
    app()
"""
DRAWS = """
import io, matplotlib.figure, matplotlib.backends.backend_agg, numpy
figure = matplotlib.figure.Figure((12.8, 7.2))
matplotlib.backends.backend_agg.FigureCanvasAgg(figure)
figure.add_subplot(title="one line").plot([0, 1])
figure.savefig(io.BytesIO())
"""


def main() -> None:
    """Prints medians, and ratios within this run."""
    with tempfile.TemporaryDirectory() as place:
        root, picture = Path(place) / "runs", f"{place}/picture.png"
        files = many_runs(root)
        words = [word for formula in FORMULAS for word in ("-m", formula)]
        ways = {
            "epochreel compare": command("compare", root, *words, "--to", picture),
            "viewer.compare in Python": PYTHON.format(root=str(root), formulas=FORMULAS, picture=picture),
        }
        processed(BARE)
        start, *_ = processed(BARE)
        bare = read(files)
        seconds, *_ = processed(LEAST)
        keep("what other packages are imported, alone", seconds)
        print(f"the packages of others that a picture needs, imported: {seconds:.2f} s")
        part = next(path for path in files if path.suffix == ".parquet")
        *_, reads = processed(READS.format(path=str(part)))
        *_, draws = processed(DRAWS)
        keep("memory of other packages, both processes", (reads + draws) * 2**20, "byte")
        print(f"their memory: {reads:.0f} MB to read one file, {draws:.0f} MB to draw one line")
        measure(ways, files, start, bare)
        refresh(root)
        measure({f"{way} with an index": code for way, code in ways.items()}, files, start, bare)


def measure(ways: Mapping[str, str], files: Sequence[Path], start: float, bare: float) -> None:
    """Prints and keeps what each way costs; `start` and `bare` are seconds of a process, and of the bytes alone."""
    for way, code in ways.items():
        for name, (seconds, busy, peak) in warm_and_cold(code, files).items():
            keep(f"first picture of {RUNS} runs, {way}, {name}", seconds)
            keep(f"memory of it, {way}, {name}", peak * 2**20, "byte")
            print(
                f"first picture of {RUNS:,} runs of {EPOCHS} epochs, {way}, {name}: {seconds:.2f} s "
                f"({busy:.2f} s of processors), {peak:.0f} MB; {seconds / start:.1f} x an empty viewer process, "
                f"{seconds / bare:.0f} x reading the bytes"
            )


if __name__ == "__main__":
    main()
