"""Measured values as pyperf keeps them: one file a release in `history`, which pyperf's own commands read too."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
import pyperf

from .measured import Measured, Results

About = dict[str, str | int]  # a machine, the packages on it, and when
HISTORY = Path(__file__).parent / "history"
UNRELEASED = HISTORY / "unreleased.json"


def machine() -> About:
    """On what it is measured, without its name."""
    said = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in said if line.startswith("model name")), "")
    load = f"{os.getloadavg()[0]:.1f}"
    return {
        "cpu_model": model or platform.machine(),
        "cpu_count": psutil.cpu_count() or 1,
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "load_before": load,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Of distributions, as far as they are here."""
    found = {}
    for package in packages:
        try:
            found[f"version_{package}"] = version(package)
        except ImportError:  # PackageNotFoundError is one
            continue
    return found


def save(results: Results, about: Mapping[str, About], path: Path) -> None:
    """Writes a file that `load` and `python -m pyperf` read; `about` says of each on what it was measured."""
    benchmarks = []
    for name, measured in results.items():
        metadata = {"name": name, "unit": measured.unit} | about[name]
        runs = [pyperf.Run([value], metadata=metadata, collect_metadata=False) for value in measured.values]
        if runs:
            benchmarks.append(pyperf.Benchmark(runs))
    path.parent.mkdir(exist_ok=True)
    pyperf.BenchmarkSuite(benchmarks).dump(str(path), compact=True, replace=True)


def load(path: Path) -> tuple[dict[str, Measured], dict[str, About]]:
    """The values of a file by name, and on what each was measured."""
    all_of_them = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
    found = {one.get_name(): Measured(tuple(one.get_values()), one.get_unit()) for one in all_of_them}
    return found, {one.get_name(): dict(one.get_metadata()) for one in all_of_them}
