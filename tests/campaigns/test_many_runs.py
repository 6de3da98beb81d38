"""Very many runs: the index made by a cluster is that of one process, and what it costs per run is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.mirror.place import Place
from recorder.mirror.pushing import RunPusher
from viewer.index.refreshing import refresh
from viewer.index.schema import TABLES
from viewer.index.some_runs import joined
from viewer.index.store import Store
from viewer.reading.find import INDEX

from ..viewer.index.conftest import make_runs

pytestmark = pytest.mark.campaign

EPOCHS = 100
COUNTED = "lstat,newfstatat,statx,openat,open,read,pread64,getdents64,write,pwrite64,fsync,rename"
COMMAND = """
import atexit, pathlib, sys
from viewer.cli import main
told = sys.argv.pop(1)
atexit.register(lambda: pathlib.Path(told).write_text(pathlib.Path("/proc/self/status").read_text()))
main()
"""


def rows_of(folder: Path) -> dict[str, list[str]]:
    """All rows of the index of a folder, in an order that does not depend on who read them first."""
    store = Store(folder)
    catalog = store.catalog()
    assert catalog is not None
    tables = joined([store.tables(shard) for shard in catalog.shards])
    return {name: sorted(map(repr, tables[name].to_pylist())) for name in TABLES}


def copied(base: Path, number: int) -> Path:
    """The same run once more, under another name; its parts, which nobody changes, are shared."""
    folder = base.with_name(f"2026{1 + number % 12:02d}01-{number:06d}-copy-0000")
    shutil.copytree(base, folder, copy_function=_shared)
    manifest = json.loads((base / "run.json").read_bytes())
    created = f"2026-{1 + number % 12:02d}-01T00:00:00+00:00"
    (folder / "run.json").write_text(json.dumps(manifest | {"name": f"copy {number}", "created": created}))
    return folder


def another(run: Path, rng: np.random.Generator) -> None:
    """Gives the lines of a run other numbers, so that no two runs are compressed as one."""
    lines = [json.loads(line) for line in (run / "epochs.jsonl").read_bytes().splitlines()]
    for line in lines:
        line["logs"] = dict(zip(line.get("logs", ()), rng.random(9).tolist(), strict=False))
        for counts, found in zip(line.get("counts", ()), rng.random(2), strict=False):
            counts["tp"], counts["fn"] = (round(share * (counts["tp"] + counts["fn"])) for share in (found, 1 - found))
    (run / "epochs.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def _shared(source: str, target: str) -> None:
    (os.link if source.endswith(".parquet") else shutil.copyfile)(source, target)


def test_a_cluster_makes_the_same_index(memory: Path) -> None:
    """Two workers read runs of every kind; whoever reads them, each row of each table is the same."""
    distributed = pytest.importorskip("distributed")
    root = memory / "runs"
    make_runs(root)
    base = next(path for path in root.iterdir() if "-steps-" in path.name)
    for number in range(600):
        copied(base, number)
    refresh(root)
    alone = rows_of(root)
    shutil.rmtree(root / INDEX)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        done = refresh(root, engine=f"dask://{address}")
        with distributed.Client(cluster) as client:
            assert len(client.scheduler_info()["workers"]) == 2
    assert done.read == len(alone["runs"])
    assert rows_of(root) == alone


@pytest.mark.timeout(3_000)
def test_what_many_runs_cost(
    memory: Path, tmp_path: Path, effort: Callable[[int, int], int], figures: Callable[..., None]
) -> None:
    """Seconds, system calls and bytes a run, and what a million would take; the index is a fraction of its runs."""
    many, rng = effort(300, 10_000), np.random.default_rng(0)
    root = memory / "runs"
    truth = rng.random(2_000) < 0.1
    with RunWriter(root, name="base", epochs=EPOCHS, max_samples=0) as run:
        for epoch in range(EPOCHS):
            score = 1 / (1 + np.exp(-(rng.normal(size=2_000) + (truth * 2 - 1) * (1 + epoch / 50))))
            logs = {name: float(rng.random()) for name in ("loss", "val_loss", "accuracy", "val_accuracy")}
            run.epoch(epoch, logs=logs, seconds={"epoch": 1.0}, train=(truth, score), val=(truth, score))
    for number in range(many - 1):
        another(copied(run.folder, number), rng)
    lines = (run.folder / "epochs.jsonl").stat().st_size + (run.folder / "run.json").stat().st_size
    query = "select run, max(f1(tp, fp, fn)) as best from counts where split = 'val' group by run"
    steps: dict[str, tuple[str, ...]] = {
        "first index": ("index", str(root)),
        "unchanged": ("index", str(root)),
        "list": ("list", str(root), "-m", "f1", "-m", "mcc", "-m", "recall"),
        "sql": ("sql", query, str(root)),
    }
    (bare, _), own = cost(tmp_path, "--version"), calls_of(tmp_path, "--version")
    for name, words in steps.items():
        seconds, peak = cost(tmp_path, *words)
        if name == "first index":
            shutil.rmtree(root / INDEX)
        calls = calls_of(tmp_path, *words) - own
        each = (seconds - bare) / many
        figures(
            step=name, runs=many, processor_s=f"{seconds:.2f}", us_a_run=f"{1e6 * each:.0f}", peak_MB=f"{peak:.0f}",
            calls_a_run=f"{calls / many:.1f}", of_a_million_s=f"{1e6 * each:.0f}",
        )  # fmt: skip
    size = sum(path.stat().st_size for path in (root / INDEX).rglob("*") if path.is_file())
    figures(bytes_a_run=f"{size / many:.0f}", of_its_lines_and_manifest=lines, of_a_million_MB=f"{size / many:.0f}")
    assert size / many < lines / 4


# Dollars, S3 Standard in us-east-1 (aws.amazon.com/s3/pricing): requests that write or list, that read; a GB a month.
WRITES, READS, KEPT = 5e-6, 4e-7, 0.023


@pytest.mark.parametrize("max_samples", [0, 2_000])
def test_what_a_run_costs_in_object_storage(
    memory: Path, monkeypatch: pytest.MonkeyPatch, figures: Callable[..., None], max_samples: int
) -> None:
    """Requests and bytes of a run of 100 epochs, each sent by itself, and what a million cost at the prices of S3.

    An epoch is a part of each kind and its line, and few pieces of lines are written once more; a list asks twice.
    """
    pytest.importorskip("fsspec")
    monkeypatch.setenv("EPOCHREEL_CACHE", str(memory / "cache"))
    there, rng = memory / "there", np.random.default_rng(0)
    truth = rng.random(2_000) < 0.1
    with RunWriter(memory / "runs", epochs=EPOCHS, max_samples=max_samples) as run:
        pusher = RunPusher(run.folder, Place(f"file://{there}"))
        for epoch in range(EPOCHS):
            score = 1 / (1 + np.exp(-(rng.normal(size=2_000) + (truth * 2 - 1) * (1 + epoch / 50))))
            run.epoch(epoch, logs={"loss": 1.0}, seconds={"epoch": 1.0}, train=(truth, score), val=(truth, score))
            pusher.push()
    pusher.push(ended=True)
    files = [path for path in there.rglob("*") if path.is_file()]
    size, sent = sum(path.stat().st_size for path in files), pusher.sent
    asked: list[str] = []
    for name in ("get", "fetch"):
        monkeypatch.setattr(Place, name, _counted(getattr(Place, name), asked))
    viewer.list_runs(f"file://{there}", ["f1"])
    million = (
        1e6 * WRITES * sent.objects,
        1e6 * size / 1e9 * KEPT,
        1e6 * (READS * len(asked) + WRITES * len(files) / 1e3),
    )
    figures(
        samples=max_samples, written=sent.objects, MB_sent=f"{sent.bytes / 1e6:.1f}", objects=len(files),
        MB=f"{size / 1e6:.2f}", read_by_list=len(asked), of_a_million_dollars_to_write=f"{million[0]:.0f}",
        dollars_a_month=f"{million[1]:.0f}", dollars_to_list=f"{million[2]:.1f}",
    )  # fmt: skip
    assert sent.objects < EPOCHS * (2.2 if max_samples == 0 else 3.2)
    assert (len(files), len(asked)) == (4 if max_samples == 0 else 6, 2)


def _counted(function: Callable[..., object], asked: list[str]) -> Callable[..., object]:
    def called(place: Place, name: str, *rest: object) -> object:
        asked.append(name)
        return function(place, name, *rest)

    return called


def cost(place: Path, *words: str) -> tuple[float, float]:
    """Seconds of a processor, and megabytes at the peak, of a command."""
    process = subprocess.Popen([sys.executable, "-c", COMMAND, place / "status", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", (place / "status").read_text())
    return used.ru_utime + used.ru_stime, int(peak) / 1024


def calls_of(place: Path, *words: str) -> int:
    """How many system calls that touch files a command makes; 0 where they cannot be counted."""
    if shutil.which("strace") is None:
        return 0
    counting = ["strace", "-f", "-c", "-e", f"trace={COUNTED}", "-o", place / "calls"]
    command = [*counting, sys.executable, "-c", COMMAND, place / "status", *words]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    found = re.findall(r"^100\.00 .*?(\d+) +(?:\d+ +)?total", (place / "calls").read_text(), re.MULTILINE)
    return int(found[0]) if done.returncode == 0 and found else 0
