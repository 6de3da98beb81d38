"""What a process costs to start: a training's imports, `list` of a run, the first picture of a replay.

Each beside its floor: Python and the packages of others that it cannot do without, imported and no more; of typer a
command of one argument and one option.

python tests/benchmarks/bench_starts.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from bench_viewer import recorded
from kept import QUICK, keep
from many_runs import Cost, command, processed

ROUNDS = 1 if QUICK else 9
SHOWN = """
import viewer.cli, viewer.surfaces.live
import viewer
from viewer.dashboard.following import Fixed
from viewer.dashboard.session import Session
from viewer.export.look import Look, drawn
frame = Session(Fixed([viewer.open_run({folder!r})])).frame()
dashboard = drawn(frame, Look())
dashboard.update(frame)
dashboard.paint()
"""
TABLE = """
import numpy, pyarrow, msgspec, rich.console, rich.table, typer
from pathlib import Path
app = typer.Typer()
@app.command()
def command(folder: Path, name: str = ""):
    pass
app(["a", "--name", "b"], standalone_mode=False)
"""


def main() -> None:
    """Measures in turns."""
    with tempfile.TemporaryDirectory() as root:
        writer = recorded(Path(root))
        writer.close()
        found = measure(
            {
                "import recorder": "import recorder; recorder.RunWriter",
                "import numpy and pyarrow": "import numpy, pyarrow.parquet",
                "import numpy, pyarrow and msgspec": "import numpy, pyarrow.parquet, msgspec",
                "list of a run": command("list", root),
                "list of a run, the packages it needs": TABLE,
                "first picture of a replay": SHOWN.format(folder=str(writer.folder)),
                "first picture of a replay, the packages it needs": (
                    f"{TABLE}\nimport matplotlib.figure, matplotlib.backends.backend_agg"
                ),
            }
        )
    with_msgspec, without = (found[f"import numpy{more}"] for more in (", pyarrow and msgspec", " and pyarrow"))
    keep("what msgspec adds", max(with_msgspec - without, 1e-4))


def measure(ways: dict[str, str]) -> dict[str, float]:
    """Seconds and memory of each: the least of some rounds, which the others of the machine disturb least.

    Returns:
        The median of the seconds of each.
    """
    found: dict[str, list[Cost]] = {name: [] for name in ways}
    for code in ways.values():
        processed(code)  # what was not compiled before is
    for _ in range(ROUNDS):
        for name, code in ways.items():
            found[name].append(processed(code))
    for name, costs in found.items():
        seconds, peak = [cost[0] for cost in costs], median(cost[2] for cost in costs)
        keep(name, seconds)
        keep(f"{name}, memory", peak * 2**20, "byte")
        print(f"{name:52} {median(seconds):.3f} s (least {min(seconds):.3f}), {peak:.0f} MB", flush=True)
    return {name: median(cost[0] for cost in costs) for name, costs in found.items()}


if __name__ == "__main__":
    main()
