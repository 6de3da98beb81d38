"""Runs all benchmarks, and writes the table of the README and `history/unreleased.json`.

make bench [ROUNDS=4] [QUICK=1]
.venv-bench/bin/python -m tests.benchmarks --only table         # the table of what was measured last
.venv-bench/bin/python -m tests.benchmarks --only bench_starts  # measures that alone again
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .goals import GOALS, goals
from .kept import PLACE, QUICK
from .measured import Measured, Results
from .results import UNRELEASED, About, load, machine, save, versions
from .rivals.side_by_side import side_by_side
from .rivals.table import BARE, TITLES, markdown
from .rivals.ways import WAYS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TABLE, AIMED, END = "<!-- made by `make bench` -->\n", "<!-- goals, made by `make bench` -->\n", "<!-- until here -->\n"
PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "pyarrow", "matplotlib")


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="of the MLP; of the CNN one less")
    parser.add_argument("--python", default=sys.executable, help="runs the benchmarks of this product alone")
    names = [path.stem for path in sorted(HERE.glob("bench_*.py"))]
    parser.add_argument("--only", choices=("rivals", "own", "table", *names), default=None)
    options = parser.parse_args()
    about = {**machine(), **versions(PACKAGES), **versions(_measured_packages())}
    kept, fresh, failed, abouts = dict[str, Measured](), dict[str, Measured](), dict[str, str](), dict[str, About]()
    if options.only is not None and UNRELEASED.is_file():
        kept, abouts = load(UNRELEASED)
    measured = names if options.only in (None, "own") else [name for name in names if name == options.only]
    others = tuple(f"{each} / " for each in (*TITLES, *names) if each not in measured)  # not those of no file any more
    kept = {name: each for name, each in kept.items() if name.startswith(others)}
    fresh |= own(options.python, measured)
    if options.only in (None, "rivals"):
        rounds = {"mlp": 1} if QUICK else {"mlp": options.rounds, "cnn": max(options.rounds - 1, 1)}
        found, failed = side_by_side(list(WAYS), rounds, 3 if QUICK else 11, say)
        fresh |= found
    results = kept | fresh
    abouts = {name: about if name in fresh else abouts[name] for name in results}
    table = [*markdown(results, failed, list(WAYS)), "", described(abouts, f"mlp / {BARE} / wall", results)]
    aimed = [*goals(results), "", described(abouts, GOALS[0].of, results)]
    print("\n".join([*table, "", *aimed]))
    if not QUICK:
        save(results, abouts, UNRELEASED)
        put_into(ROOT / "README.md", table, TABLE)
        put_into(ROOT / "README.md", aimed, AIMED)


def own(python: str, names: Sequence[str]) -> dict[str, Measured]:
    """Runs some `bench_*.py` and takes what each keeps."""
    found = {}
    for path in (HERE / f"{name}.py" for name in names):
        say(f"== {path.name}")
        began = time.monotonic()
        with tempfile.NamedTemporaryFile("r") as kept:
            environment = os.environ | {PLACE: kept.name, "PYTHONPATH": str(ROOT)}
            ended = subprocess.run([python, str(path)], env=environment, cwd=ROOT, check=False).returncode
            for line in map(json.loads, kept):
                if line["values"]:
                    found[f"{path.stem} / {line['name']}"] = Measured(tuple(line["values"]), line["unit"])
        say(f"   {time.monotonic() - began:.0f} s" + (f"; it ended with {ended}" if ended else ""))
    return found


def described(abouts: Mapping[str, About], name: str, results: Results) -> str:
    """Where and with what a table was taken, of which `name` is a value."""
    about = abouts.get(name)
    if about is None:
        return ""
    names = {f"version_{name}": name for name in (*PACKAGES, *_measured_packages())}
    packages = ", ".join(f"{names[key]} {value}" for key, value in about.items() if key in names)
    load = float(about["load_before"])
    busy = f" The machine was busy (load {load}): of this table trust processors and memory." if load > 1 else ""
    rounds = f"{about['date']}, {len(results[name].values)} rounds." if name.startswith("mlp") else f"{about['date']}."
    return (
        f"{about['cpu_model']}, {about['cpu_count']} cores, {about['memory']}, {about['system']}, "
        f"Python {about['python']}; {packages}. {rounds}{busy}"
    )


def put_into(path: Path, lines: list[str], begin: str) -> None:
    """Between a mark of a file and the next end.

    Raises:
        ValueError: They are not there.
    """
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"{path.name} must have the lines {begin.strip()!r} and {END.strip()!r}")
    path.write_text("".join([before, begin, *(f"{line}\n" for line in ["", *lines, ""]), end, after]), encoding="utf-8")


def say(line: str) -> None:
    """At once."""
    print(line, flush=True)


def _measured_packages() -> tuple[str, ...]:
    return tuple(sorted({way.package for way in WAYS.values() if way.package and way.package != "epochreel"}))


if __name__ == "__main__":
    main()
